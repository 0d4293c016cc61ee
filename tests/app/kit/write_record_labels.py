"""Writes `app/kit/record_labels.py`: `python -m tests.app.kit.write_record_labels`."""

import json
from pathlib import Path

from localdb.domain.records import RECORDS

FILE = Path(__file__).parents[3] / "app" / "kit" / "record_labels.py"
_HEAD = '''"""What people call records and their fields, where Qt's `lupdate` finds it.

Written by `python -m tests.app.kit.write_record_labels` from what the records declare; a test holds
the two equal. The program itself translates these labels as it meets them (`app.kit.words`).
"""

from app.kit.translation import translate


def record_labels() -> tuple[str, ...]:
    """Every label in the language of the person, a record's before those of its fields."""
    return (
'''


def declared() -> list[tuple[str, str]]:
    """Context and text of each label once, in the order of the records."""
    pairs: dict[tuple[str, str], None] = {}
    for record in RECORDS.values():
        pairs[("Record", record.LABEL)] = None
        pairs |= {(record.LABEL, field.label.text): None for field in record.fields()}
    return list(pairs)


def module() -> str:
    """The text of the module."""
    lines = (
        f"        translate({json.dumps(context)}, {json.dumps(text)}),\n"
        for context, text in declared()
    )
    return f"{_HEAD}{''.join(lines)}    )\n"


if __name__ == "__main__":
    FILE.write_text(module(), encoding="utf-8")

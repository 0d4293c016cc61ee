"""The table of policies in PROTOCOL.md is the one that the records declare."""

from pathlib import Path

from localdb.domain.fields import Policy
from localdb.domain.records import REFERENCES, Reference
from sync import protocol

PAGE = Path(protocol.__file__).parent / "PROTOCOL.md"


def policy_table() -> str:
    """Record type -> its fields by policy, as the page shows them."""
    head = ["| record type | `ask` | `incoming` | `server` |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *map(_row, REFERENCES)])


def _row(record: type[Reference]) -> str:
    columns = (Policy.ASK, Policy.INCOMING, Policy.SERVER)
    return (
        " | ".join([f"| `{record.TYPE}`", *(_fields(record, policy) for policy in columns)]) + " |"
    )


def _fields(record: type[Reference], policy: Policy) -> str:
    named = [f.name for f in record.fields() if f.spec.policy is policy and f.name != "id"]
    return " ".join(f"`{name}`" for name in sorted(named))


def test_the_page_names_the_policy_of_every_field() -> None:
    """Whoever writes another client reads there what happens to two values for one field."""
    table = policy_table()
    assert table in PAGE.read_text(encoding="utf-8"), f"PROTOCOL.md should hold\n\n{table}\n"

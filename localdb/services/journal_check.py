"""Walking a till's own journal from its first entry: to verify it, and to export it.

A slice at a time and a snapshot for each: a journal of any length takes little memory, and what the
till writes meanwhile is not held up. Safe to run off the thread of the screen.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from localdb.domain import journal
from localdb.domain.journal import Broken
from localdb.domain.records import JournalEntry
from localdb.errors import Refusal
from localdb.queries import journals
from localdb.services.till import Till

FIELDS = ("device_id", "seq", "kind", "at_us", "payload", "previous_hash", "hash")
"""What an export holds of an entry: all that its hash covers, and the hash."""
RECIPE = """How to verify this journal without Evertill
===========================================

Each line of {file} is one entry, in order, as a JSON object. Its "hash" is the
SHA-256, in hex, of this compact ASCII JSON array of six of its values:

    [previous_hash, device_id, seq, kind, at_us, payload]

"previous_hash" is the hash of the line before it (64 zeros in the first line),
"seq" counts up from 1 without a gap, "at_us" is UTC in microseconds since 1970.
If one entry is changed, left out or put in, every hash from there on is wrong.

With Python 3, in the folder of the file:

    import hashlib, json
    previous, number = "0" * 64, 0
    for line in open("{file}", encoding="utf-8"):
        entry, number = json.loads(line), number + 1
        values = [entry[name] for name in
                  ("previous_hash", "device_id", "seq", "kind", "at_us", "payload")]
        text = json.dumps(values, separators=(",", ":"))
        good = hashlib.sha256(text.encode()).hexdigest() == entry["hash"]
        if not good or entry["previous_hash"] != previous or entry["seq"] != number:
            raise SystemExit("The chain breaks at entry %d." % number)
        previous = entry["hash"]
    print("All %d entries hold; the last hash is %s." % (number, previous))

This export: {entries} entries, the last hash {head}.

A chain proves that nothing before its last hash was changed since that hash was
noted elsewhere: the server of the till holds it too. It is no fiscal
certification (TSE, NF525 or the like), and none is claimed.
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """How far a walk through the journal came, and what it found."""

    total: int
    entries: int = 0
    """Read so far."""
    first_at_us: int = 0
    last_at_us: int = 0
    head: str = journal.FIRST_PREVIOUS_HASH
    """The hash of the last entry that was read."""
    broken: Broken | None = None
    """The first entry that does not hold; what comes after it proves nothing."""
    finished: bool = False


Progress = Callable[[Checked], object]
Cancelled = Callable[[], bool]


def check(till: Till, progress: Progress, cancelled: Cancelled) -> Checked:
    """Verify the whole journal; ends at the first entry that does not hold."""
    checked = Checked(till.ask(journals.own_extent).entries)
    last: JournalEntry | None = None
    for entries in _slices(till):
        broken = journal.verify(entries, after=last)
        if broken is None:
            last = entries[-1]
        checked = _further(checked, entries, broken)
        progress(checked)
        if broken is not None or cancelled():
            return checked
    return replace(checked, finished=True)


def export(till: Till, file: Path, progress: Progress, cancelled: Cancelled) -> Checked:
    """Write the journal as JSON lines, and beside it how to verify it; raises Refusal.

    Also one that does not hold: it is evidence. Cancelled, or broken off, it leaves no file.
    """
    part = file.with_name(f"{file.name}.part")
    try:
        checked = _written(till, part, progress, cancelled)
        if checked.finished:
            recipe = RECIPE.format(file=file.name, entries=checked.entries, head=checked.head)
            part.replace(file)
            recipe_file(file).write_text(recipe, encoding="utf-8")
        return checked
    except OSError as error:
        raise Refusal(
            f"The journal cannot be written there: {error}. Choose another folder."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def recipe_file(file: Path) -> Path:
    """Where an export's instructions lie."""
    return file.with_name(f"{file.stem}-how-to-verify.txt")


def _written(till: Till, part: Path, progress: Progress, cancelled: Cancelled) -> Checked:
    checked = Checked(till.ask(journals.own_extent).entries)
    last: JournalEntry | None = None
    with part.open("w", encoding="utf-8", newline="\n") as file:
        for entries in _slices(till):
            broken = checked.broken or journal.verify(entries, after=last)
            last = entries[-1]
            for entry in entries:
                values = {name: getattr(entry, name) for name in FIELDS}
                file.write(json.dumps(values, ensure_ascii=False) + "\n")
            checked = _further(checked, entries, broken)
            progress(checked)
            if cancelled():
                return checked
    return replace(checked, finished=True)


def _slices(till: Till) -> Iterator[list[JournalEntry]]:
    entries = till.ask(journals.own_slice, None)
    while entries:
        yield entries
        entries = till.ask(journals.own_slice, entries[-1])


def _further(checked: Checked, entries: list[JournalEntry], broken: Broken | None) -> Checked:
    return replace(
        checked,
        entries=checked.entries + len(entries),
        first_at_us=checked.first_at_us or entries[0].at_us,
        last_at_us=entries[-1].at_us,
        head=entries[-1].hash,
        broken=broken,
    )

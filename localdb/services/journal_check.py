"""Walking a till's own journal from its first entry: to verify it, and to export it.

A slice at a time and a snapshot for each: a journal of any length takes little memory, and what the
till writes meanwhile is not held up. Safe to run off the thread of the screen.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from localdb.domain import journal
from localdb.domain.journal import Broken, Fact
from localdb.domain.records import JournalEntry
from localdb.errors import Refusal
from localdb.queries import journals
from localdb.services.till import Till

VERIFIER = Path(__file__).with_name("verify_journal.py")
"""Goes along with an export; it needs nothing of this program."""
CHANGED = "a sale or something else that was written with it was changed"
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

A payload with "facts" also says what was written with the entry: the sale, its
lines, payments, taxes, discounts and movements. They stand in the line's own
"facts", each as [type, values]. Written as compact ASCII JSON with sorted keys,
without "store_id" and without what is null, false, 0 or empty, sorted as texts
and joined by line feeds, their SHA-256 is payload.facts.sha256. Entries of
before November 2026 have no such hash: of them the payload alone is proved.

Receipts and Z reports show a code such as 7K4M-Q2XP: the first 40 bits of their
entry's hash in Crockford's base 32. A receipt in your hand whose code is not
found here was left out or changed, together with everything after it.

{script} does all of it, with Python 3 and nothing else:

    python3 {script} {file}
    python3 {script} {file} 7K4M-Q2XP

This export: {entries} entries, the last hash {head},
on paper {code}.

A chain proves that nothing before its last hash was changed since that hash was
noted elsewhere: on paper, or at the server of the till. Whoever can change the
till's data and takes every paper away as well can write a new chain. It is no
fiscal certification (TSE, NF525 or the like), and none is claimed.
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
        broken = journal.verify(entries, after=last) or _changed_fact(till, entries)
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
            recipe = RECIPE.format(
                file=file.name,
                script=VERIFIER.name,
                entries=checked.entries,
                head=checked.head,
                code=journal.paper_code(checked.head),
            )
            part.replace(file)
            recipe_file(file).write_text(recipe, encoding="utf-8")
            shutil.copyfile(VERIFIER, file.with_name(VERIFIER.name))
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
            facts = till.ask(journals.written_with, entries)
            broken = (
                checked.broken or journal.verify(entries, after=last) or _differing(entries, facts)
            )
            last = entries[-1]
            for entry in entries:
                values: dict[str, object] = {name: getattr(entry, name) for name in FIELDS}
                if entry.id in facts:
                    values["facts"] = [[name, fact] for name, fact in facts[entry.id]]
                file.write(json.dumps(values, ensure_ascii=False) + "\n")
            checked = _further(checked, entries, broken)
            progress(checked)
            if cancelled():
                return checked
    return replace(checked, finished=True)


def _changed_fact(till: Till, entries: list[JournalEntry]) -> Broken | None:
    return _differing(entries, till.ask(journals.written_with, entries))


def _differing(entries: list[JournalEntry], held: Mapping[str, list[Fact]]) -> Broken | None:
    """The first entry whose facts are not the ones it was written with."""
    for entry in entries:
        told = journal.facts_of_entry(entry.payload)
        if told is not None and told != journal.told_of_facts(held[entry.id]):
            return Broken(entry.seq, CHANGED)
    return None


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

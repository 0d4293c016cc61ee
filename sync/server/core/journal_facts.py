"""Checks a group's facts against the journal that came with them; asks the database nothing."""

from dataclasses import dataclass

from localdb.domain import journal
from localdb.domain.ops import Group
from localdb.domain.records import RECORDS, JournalEntry, Kind
from sync.server.core.ports import Values


@dataclass(frozen=True, slots=True)
class Doubt:
    """A journal entry that does not agree with itself, or with the facts of its group."""

    entry: Values
    what: str
    """``hash`` or ``facts``."""
    found: str
    expected: str
    is_partial: bool = False
    """Whether facts are only missing, or may be: then the group may come in parts."""


def doubts(group: Group) -> list[Doubt]:
    """Recompute the hashes of a group's journal entries and that of its facts.

    It costs two hashes over what is in memory anyway.
    """
    entries = [op.values for op in group.ops if op.type == JournalEntry.TYPE and op.values]
    found = [doubt for entry in entries if (doubt := _changed(entry)) is not None]
    if any(op.type not in RECORDS for op in group.ops):
        # From a newer till: its facts cannot be told from its references here.
        return found
    said = [(e, told) for e in entries if (told := journal.facts_of_entry(e["payload"]))]
    if len(said) != 1:
        return found
    (entry, told), facts = said[0], list(_facts(group))
    here = journal.told_of_facts(facts)
    if here["sha256"] != told.get("sha256"):
        partial = here["count"] < (told.get("count") or 0)
        found.append(Doubt(entry, "facts", here["sha256"], str(told.get("sha256")), partial))
    return found


def _changed(entry: Values) -> Doubt | None:
    right = journal.entry_hash(
        entry["previous_hash"],
        entry["device_id"],
        entry["seq"],
        entry["kind"],
        entry["at_us"],
        entry["payload"],
    )
    return None if right == entry["hash"] else Doubt(entry, "hash", entry["hash"], right)


def _facts(group: Group) -> list[journal.Fact]:
    """The group's facts without the journal entries."""
    return [
        (op.type, op.values)
        for op in group.ops
        if op.kind == "insert"
        and op.values
        and op.type != JournalEntry.TYPE
        and RECORDS[op.type].KIND is Kind.FACT
    ]

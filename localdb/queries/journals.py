"""The till's hash-chained journal, for verifying and exporting it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select, tuple_

from localdb.domain import journal
from localdb.domain.ids import id_at, time_us
from localdb.domain.journal import Fact
from localdb.domain.records import FACTS, JournalEntry
from localdb.queries.here import identity
from localdb.store import images
from localdb.store.rows import to_json
from localdb.store.tables import TABLES

SLICE = 1000
"""Entries read at once: a journal of any length takes the memory of so many."""

_TABLE = TABLES[JournalEntry.TYPE]
# A copy of this till may have gone on with the same journal under a name of its own since.
_OWN = (_TABLE.c.device_id == bindparam("device"), _TABLE.c.origin_device == bindparam("device"))
_NEXT = (
    select(_TABLE)
    # By the id too: of two entries with one number, as nobody should write, none is passed over.
    .where(*_OWN, tuple_(_TABLE.c.seq, _TABLE.c.id) > tuple_(bindparam("seq"), bindparam("id")))
    .order_by(_TABLE.c.seq, _TABLE.c.id)
    .limit(SLICE)
)
_ORIGINS = "SELECT id, origin_dseq FROM journal_entry WHERE id IN (SELECT value FROM json_each(?))"
_MADE_BETWEEN = 'SELECT * FROM "{}" WHERE id > ? AND id <= ? AND origin_device = ?'
_OF_GROUPS = (
    'SELECT * FROM "{}" WHERE origin_device = ? AND origin_dseq IN (SELECT value FROM json_each(?))'
)
_MARGIN_US = 3_600_000_000
"""How long before its entry a fact may be made: a sale gets its id when payment begins."""
_BY_PREFIX = (
    select(_TABLE)
    .where(*_OWN, _TABLE.c.hash >= bindparam("low"), _TABLE.c.hash < bindparam("high"))
    .order_by(_TABLE.c.seq.desc())
    .limit(2)
)
_OF_FACT = (
    "SELECT hash FROM journal_entry WHERE id > ? AND id <= ? AND kind = ? "
    "AND payload ->> ? = ? ORDER BY id LIMIT 1"
)
_EXTENT = select(
    func.count(), func.min(_TABLE.c.seq), func.max(_TABLE.c.seq), func.min(_TABLE.c.at_us)
).where(*_OWN)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a journal is here."""

    device_id: str
    entries: int
    first_seq: int
    last_seq: int
    began_us: int
    """The earliest time in it; 0 for none."""


def own_extent(connection: Connection) -> Extent:
    """How long this till's own journal is."""
    device = identity(connection).device_id
    row = connection.execute(_EXTENT, {"device": device}).one()
    return Extent(device, row[0], row[1] or 0, row[2] or 0, row[3] or 0)


def own_entries(connection: Connection) -> list[JournalEntry]:
    """Every entry of this till's own journal, in order."""
    return list(own_journal(connection))


def own_journal(connection: Connection) -> Iterator[JournalEntry]:
    """The same, read a slice at a time."""
    entries = own_slice(connection, None)
    while entries:
        yield from entries
        entries = own_slice(connection, entries[-1])


def own_slice(connection: Connection, after: JournalEntry | None) -> list[JournalEntry]:
    """The next entries of this till's own journal behind one, at most ``SLICE``."""
    seq, entry_id = (after.seq, after.id) if after else (-1, "")
    given = {"device": identity(connection).device_id, "seq": seq, "id": entry_id}
    found = connection.execute(_NEXT, given).mappings()
    return [JournalEntry.from_values(dict(row)) for row in found]


def written_with(
    connection: Connection, entries: Sequence[JournalEntry]
) -> Mapping[str, list[Fact]]:
    """Entry id -> the facts that this till holds of its group, of those that speak of facts."""
    told = {e.id: facts for e in entries if (facts := journal.facts_of_entry(e.payload))}
    if not told:
        return {}
    origins = connection.exec_driver_sql(_ORIGINS, (to_json(list(told)),))
    group_of = {row.id: row.origin_dseq for row in origins}
    device, ids = entries[0].device_id, sorted(told)
    window = (id_at(time_us(ids[0]) - _MARGIN_US), ids[-1], device)
    found = _by_group(connection, _MADE_BETWEEN, window)
    lacking = [group_of[id_] for id_ in ids if len(found[group_of[id_]]) != told[id_]["count"]]
    if lacking:
        # Made long before, or while the clock was another one: without an index, and seldom.
        found |= _by_group(connection, _OF_GROUPS, (device, to_json(lacking)))
    return {id_: found[group_of[id_]] for id_ in ids}


def _by_group(
    connection: Connection, sql: str, given: tuple[str, ...]
) -> defaultdict[int, list[Fact]]:
    found: defaultdict[int, list[Fact]] = defaultdict(list)
    for record in FACTS:
        if record is JournalEntry:
            continue
        rows = connection.exec_driver_sql(sql.format(record.TYPE), given).mappings()
        for row in rows:
            values = images.row_values(record.TYPE, dict(row))
            found[row["origin_dseq"]].append((record.TYPE, values))
    return found


def entries_with_code(connection: Connection, digits: str) -> list[JournalEntry]:
    """The entries of this till's own journal whose hash begins with these digits; two at most."""
    given = {"device": identity(connection).device_id, "low": digits, "high": f"{digits}g"}
    found = connection.execute(_BY_PREFIX, given).mappings()
    return [JournalEntry.from_values(dict(row)) for row in found]


def code_of(connection: Connection, kind: str, name: str, value: str, made: str) -> str:
    """What stands on paper for the entry of this kind that says ``value`` under ``name``.

    ``made`` is the id of the fact it was written with; empty when the entry is not here.
    """
    # An entry is made with its fact, or soon after: the ids, which begin with the time, bound it.
    given = (made, id_at(time_us(made) + 24 * _MARGIN_US), kind, name, value)
    found = connection.exec_driver_sql(_OF_FACT, given).scalar()
    return journal.paper_code(str(found)) if found else ""

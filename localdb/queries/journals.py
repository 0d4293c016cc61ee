"""The till's hash-chained journal, for verifying and exporting it."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select, tuple_

from localdb.domain.records import JournalEntry
from localdb.queries.here import identity
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

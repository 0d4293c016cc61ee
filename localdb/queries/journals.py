"""The till's hash-chained journal, for verifying and exporting it."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from localdb.domain.records import JournalEntry
from localdb.queries.here import identity
from localdb.store.tables import TABLES


def own_entries(connection: Connection) -> list[JournalEntry]:
    """Every entry of this till's own journal, in order."""
    return list(_entries(connection, identity(connection).device_id))


def _entries(connection: Connection, device_id: str) -> Iterator[JournalEntry]:
    table = TABLES["journal_entry"]
    wanted = select(table).where(table.c.device_id == device_id).order_by(table.c.seq)
    wanted = wanted.where(table.c.origin_device == device_id)
    for row in connection.execute(wanted).mappings():
        yield JournalEntry.from_values(dict(row))

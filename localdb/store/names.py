"""Names a record as a person recognises it."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from localdb.domain.records import RECORDS
from localdb.store.tables import TABLES

TITLES = ("name", "label", "code", "key", "receipt_number")
"""The first of these fields that a record type has names its records."""


def names(connection: Connection, record_type: str, ids: Iterable[str]) -> dict[str, str]:
    """Id -> name, for those that are here."""
    table = TABLES[record_type]
    declared = {field.name for field in RECORDS[record_type].fields()}
    title = next((name for name in TITLES if name in declared), "id")
    rows = connection.execute(
        select(table.c.id, table.c[title]).where(table.c.id.in_(sorted(set(ids))))
    )
    return {row[0]: row[1] for row in rows}


def name_of(connection: Connection, record_type: str, record_id: str | None) -> str:
    """One record's name; empty for none, and for one that is not here."""
    return names(connection, record_type, (record_id,)).get(record_id, "") if record_id else ""

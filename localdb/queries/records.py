"""One record of any type, as it is stored now."""

from typing import TypeVar

from sqlalchemy import Connection

from localdb.domain.records import Record
from localdb.store import rows

R = TypeVar("R", bound=Record)


def one(connection: Connection, record: type[R], record_id: str) -> R | None:
    """A record by its id, also one that was deleted; None for one that is not here."""
    return rows.get(connection, record, record_id)

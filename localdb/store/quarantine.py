"""Stores pulled rows; quarantines a row that this program cannot store, so that it stops no other.

A program that is newer or older may leave out a field that is required here, or send a value that
no table takes. Nothing is made up in its place, least of all in a sale: the row is kept as it came,
beside the rows of types that are not known yet, and the proof shows that it is missing.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, ProgrammingError

from localdb.domain.ids import is_id
from localdb.domain.ops import body_hash
from localdb.store.rows import replace_sql, to_json
from localdb.store.tables import AGGREGATES

LOG = logging.getLogger(__name__)

_KEEP = "INSERT OR REPLACE INTO unknown_record (type, id, body) VALUES (?, ?, ?)"
_PARENTS = dict(AGGREGATES)
_ABSENT = (
    "SELECT value FROM json_each(?) EXCEPT "
    "SELECT id FROM sale WHERE id IN (SELECT value FROM json_each(?))"
)
UNSTORABLE = (
    KeyError,
    IntegrityError,
    InterfaceError,
    ProgrammingError,
    DataError,
    OverflowError,
)
"""Errors that are a row's own. A full disk or a damaged file is raised to the caller."""


class PulledRow(Protocol):
    """A reference record as the server holds it."""

    @property
    def type(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def vector(self) -> Mapping[str, int]: ...
    @property
    def values(self) -> Mapping[str, Any]: ...


class PulledFact(Protocol):
    """A fact as some till recorded it."""

    @property
    def type(self) -> str: ...
    @property
    def values(self) -> Mapping[str, Any]: ...


def put(
    conn: Connection,
    record_type: str,
    pulled: Sequence[Any],
    row_of: Callable[[Any], tuple[Any, ...]],
    body_of: Callable[[Any], Mapping[str, Any]],
) -> list[Any]:
    """Insert or replace a row for each of ``pulled``; returns those that were stored.

    ``row_of`` makes the whole row in table order, KeyError when a field is missing; ``body_of``
    what is kept of one that cannot be stored, with its ``values``.
    """
    made: list[tuple[Any, tuple[Any, ...]]] = []
    odd: list[Any] = []
    for one in pulled:
        try:
            made.append((one, row_of(one)))
        except KeyError:
            odd.append(one)
    odd += _insert(conn, record_type, made)
    if not odd:
        return list(pulled)
    keep(conn, record_type, (body_of(one) for one in odd))
    refused = set(map(id, odd))
    return [one for one in pulled if id(one) not in refused]


def row_body(row: PulledRow) -> dict[str, Any]:
    """A reference row as it came."""
    return {"version": row.version, "vector": dict(row.vector), "values": dict(row.values)}


def fact_body(fact: PulledFact) -> dict[str, Any]:
    """A fact as it came."""
    return {"values": dict(fact.values)}


def keep(conn: Connection, record_type: str, bodies: Iterable[Mapping[str, Any]]) -> None:
    """Keep rows as they came, until a program comes that understands them."""
    kept = [(record_type, _id_of(body), to_json(body)) for body in bodies]
    LOG.warning(
        "%d %s rows are quarantined: this program cannot store them", len(kept), record_type
    )
    conn.exec_driver_sql(_KEEP, kept)


def parent_of(record_type: str, values: Mapping[str, Any]) -> str:
    """The id of the sale that this row belongs to; empty for a row that belongs to no sale."""
    column = _PARENTS.get(record_type)
    return "" if column is None else str(values.get(column))


def absent_parents(
    conn: Connection, record_type: str, values: Iterable[Mapping[str, Any]]
) -> set[str]:
    """Ids of the sales that these rows belong to and that are not there: quarantined themselves."""
    if record_type not in _PARENTS:
        return set()
    named = to_json(sorted({parent_of(record_type, one) for one in values}))
    return {row[0] for row in conn.exec_driver_sql(_ABSENT, (named, named))}


def _insert(
    conn: Connection, record_type: str, made: Sequence[tuple[Any, tuple[Any, ...]]]
) -> list[Any]:
    """Write all rows; returns what those came from that the table does not take."""
    if not made:
        return []
    sql = replace_sql(record_type)
    try:
        conn.exec_driver_sql(sql, [row for _, row in made])
    except UNSTORABLE:
        return [one for one, row in made if not _stored(conn, sql, row)]
    return []


def _stored(conn: Connection, sql: str, row: tuple[Any, ...]) -> bool:
    try:
        conn.exec_driver_sql(sql, row)
    except UNSTORABLE:
        return False
    return True


def _id_of(body: Mapping[str, Any]) -> str:
    found = body["values"].get("id")
    return found if isinstance(found, str) and is_id(found) else body_hash(to_json(body))

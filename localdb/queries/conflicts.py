"""Contradictions as a manager looks at them."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from localdb.domain.records import RECORDS, Conflict
from localdb.errors import Refusal
from localdb.queries.names import name_of
from localdb.store.tables import TABLES

_CONFLICT = TABLES["conflict"]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a contradiction: who wanted it, on which till, when, and what it had seen."""

    till: str
    user: str
    at_us: int | None
    vector: dict[str, int]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One disputed field: what it was, what each side made of it, and what holds now."""

    name: str
    before: Any
    local: Any
    remote: Any
    current: Any


@dataclass(frozen=True, slots=True)
class ConflictView:
    """All that the dialog shows; ``others`` are the record's undisputed fields as they stand."""

    conflict: Conflict
    fields: tuple[FieldRow, ...]
    local: Side
    remote: Side
    others: dict[str, Any]


def open_count(connection: Connection) -> int:
    """How many wait for a manager."""
    wanted = select(func.count()).where(_CONFLICT.c.state == "open")
    return int(connection.execute(wanted).scalar_one())


def listed(connection: Connection, *, state: str = "open", limit: int = 500) -> list[Conflict]:
    """Conflicts in a state: of the open ones the oldest first, of the settled ones the newest."""
    order = _CONFLICT.c.id if state == "open" else _CONFLICT.c.id.desc()
    wanted = select(_CONFLICT).where(_CONFLICT.c.state == state).order_by(order)
    rows = connection.execute(wanted.limit(limit)).mappings()
    return [Conflict.from_values(dict(row)) for row in rows]


def view(connection: Connection, conflict_id: str) -> ConflictView:
    """One conflict in full; raises Refusal when it is not here."""
    found = connection.execute(select(_CONFLICT).where(_CONFLICT.c.id == conflict_id)).mappings()
    row = found.first()
    if row is None:
        raise Refusal("This conflict is no longer here.")
    conflict = Conflict.from_values(dict(row))
    current = _current(connection, conflict)
    disputed = json.loads(conflict.fields_json)
    fields = tuple(
        FieldRow(name, clash["base"], clash["local"], clash["remote"], current.get(name))
        for name, clash in disputed.items()
    )
    return ConflictView(
        conflict,
        fields,
        _side(
            connection, conflict.device_id, conflict.user_id, conflict.at_us, conflict.local_vector
        ),
        _side(
            connection,
            conflict.remote_device_id,
            conflict.remote_user_id,
            conflict.remote_at_us,
            conflict.remote_vector,
        ),
        {name: value for name, value in current.items() if name not in disputed},
    )


def _current(connection: Connection, conflict: Conflict) -> dict[str, Any]:
    record, table = RECORDS[conflict.record_type], TABLES[conflict.record_type]
    row = connection.execute(select(table).where(table.c.id == conflict.record_id)).mappings()
    found = row.first()
    return {} if found is None else record.from_values(dict(found)).values()


def _side(
    connection: Connection,
    device_id: str | None,
    user_id: str | None,
    at_us: int | None,
    vector: str,
) -> Side:
    return Side(
        name_of(connection, "till", device_id) or "the back office",
        name_of(connection, "user", user_id),
        at_us,
        json.loads(vector),
    )

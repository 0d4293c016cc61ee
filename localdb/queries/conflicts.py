"""Contradictions as a manager looks at them."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from localdb.domain.ops import Group
from localdb.domain.records import RECORDS, Conflict, Kind
from localdb.domain.resolution import ResolutionStep, steps
from localdb.errors import Refusal
from localdb.queries.names import name_of
from localdb.store import overtaken
from localdb.store.tables import TABLES

LIST_MAX = 500
"""Nobody settles more in one sitting; the counts count all."""
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
    steps: tuple[ResolutionStep, ...] = ()
    """What was decided so far, oldest first."""
    is_deleted: bool = False
    """Whether the record is deleted as things stand."""


NOT_PERMITTED = "not_permitted"
"""The verdict's code of a group whose edits were not its to make."""


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A settlement of this till that came second: what was wanted, and what became of it."""

    conflict: Conflict
    """As it stands now."""
    chosen: dict[str, Any]
    at_us: int
    by: str
    """Who was first; empty while that has not been pulled, or when the tills agreed."""


def open_count(connection: Connection) -> int:
    """How many wait for a manager."""
    wanted = select(func.count()).where(_CONFLICT.c.state == "open")
    return int(connection.execute(wanted).scalar_one())


def listed(connection: Connection, *, state: str = "open", limit: int = LIST_MAX) -> list[Conflict]:
    """Conflicts in a state: of the open ones the oldest first, of the others the newest."""
    order = _CONFLICT.c.id if state == "open" else _CONFLICT.c.id.desc()
    wanted = select(_CONFLICT).where(_CONFLICT.c.state == state).order_by(order)
    rows = connection.execute(wanted.limit(limit)).mappings()
    return [Conflict.from_values(dict(row)) for row in rows]


def view(connection: Connection, conflict_id: str) -> ConflictView:
    """One conflict in full; raises Refusal when it is not here."""
    conflict = _conflict(connection, conflict_id)
    if conflict is None:
        raise Refusal("This conflict is no longer here.")
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
        steps(conflict.resolution_json),
        bool(current.get("deleted")),
    )


def overtaken_settlements(connection: Connection) -> list[Overtaken]:
    """The settlements of this till that came second and that nobody has read about yet."""
    return [
        one
        for group, code in overtaken.unread(connection)
        if code != NOT_PERMITTED
        for one in _overtaken(connection, group)
    ]


def refused_changes(connection: Connection) -> list[str]:
    """What the changes of this till were about that the server did not take, and nobody read yet.

    They were not this till's to make, or not those of the person signed in.
    """
    groups = [group for group, code in overtaken.unread(connection) if code == NOT_PERMITTED]
    return [_about(connection, group) for group in groups]


def _about(connection: Connection, group: Group) -> str:
    op = next(op for op in group.ops if RECORDS[op.type].KIND is Kind.REFERENCE)
    conflict = _conflict(connection, op.id) if op.type == Conflict.TYPE else None
    if conflict is not None:
        return conflict.title
    values = op.values or {}
    told = next((values[n] for n in ("name", "label", "code", "key") if values.get(n)), "")
    return str(told or name_of(connection, op.type, op.id) or op.type.replace("_", " "))


def overtaken_count(connection: Connection) -> int:
    """How many groups of this till came second and were not read about yet."""
    return overtaken.count(connection)


def _overtaken(connection: Connection, group: Group) -> list[Overtaken]:
    found = []
    for op in group.ops:
        after = op.after or {}
        conflict = _conflict(connection, op.id) if op.type == Conflict.TYPE else None
        if conflict is None or "state" not in after:
            continue
        mine = steps(after["resolution_json"])[-1] if "resolution_json" in after else None
        by = name_of(connection, "user", conflict.settled_by)
        chosen = dict(mine.chosen) if mine else {}
        found.append(Overtaken(conflict, chosen, group.at_us, by))
    return found


def _conflict(connection: Connection, conflict_id: str) -> Conflict | None:
    found = connection.execute(select(_CONFLICT).where(_CONFLICT.c.id == conflict_id)).mappings()
    row = found.first()
    return None if row is None else Conflict.from_values(dict(row))


def _current(connection: Connection, conflict: Conflict) -> dict[str, Any]:
    record = RECORDS.get(conflict.record_type)
    if record is None:
        return {}
    table = TABLES[conflict.record_type]
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

"""Keeps which group brought a fact, so that a server that lost the group can be given it back.

A fact that was pulled says in its own row which group brought it. What a page of a load or of a
comparison brought does not; ``fact_origin`` says so instead. It also holds the facts that must not
lie in the tables of their types: the journal entries of others, which a load brings back, and their
movements, which the stock has counted or will count when they come down.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from localdb.domain.ids import time_us
from localdb.domain.ops import Group, Op
from localdb.domain.records import FACTS, RECORDS
from localdb.store import images, rows
from localdb.store.identity import TillIdentity
from localdb.store.rows import to_json

_DEVICES = (
    'SELECT DISTINCT origin_device FROM "{}" '
    "WHERE store_id = ? AND origin_device <> '' AND origin_dseq > 0"
)
_DEVICES_TOLD = "SELECT DISTINCT device_id FROM fact_origin WHERE store_id = ?"
_BEYOND = (
    'SELECT f.id, f.origin_device AS device, f.origin_dseq AS dseq FROM "{}" f '
    "JOIN json_each(?) j ON j.key = f.origin_device AND f.origin_dseq > j.value "
    "WHERE f.store_id = ? ORDER BY f.id"
)
_TOLD_BEYOND = (
    "SELECT b.type, b.id, b.device_id AS device, b.dseq FROM fact_origin b "
    "JOIN json_each(?) j ON j.key = b.device_id AND b.dseq > j.value "
    "WHERE b.store_id = ? ORDER BY b.type, b.id"
)
_KEPT = (
    "SELECT id, body FROM fact_origin WHERE type = ? AND body IS NOT NULL "
    "AND id IN (SELECT value FROM json_each(?))"
)
_KEEP = (
    "INSERT OR REPLACE INTO fact_origin (type, id, store_id, device_id, dseq, body) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
_PRUNE = (
    "DELETE FROM fact_origin WHERE (type, id) IN "
    "(SELECT type, id FROM fact_origin WHERE id < ? LIMIT ?)"
)

Told = tuple[str, str, str, int, str | None]
"""(type, id, device, its dseq, values as JSON where the table of the type does not hold them)."""


@dataclass(slots=True)
class OriginGroup:
    """The facts that one group brought here."""

    device_id: str
    dseq: int
    ids: dict[str, set[str]] = field(default_factory=dict)
    """Record type -> ids."""


def other_devices(conn: Connection, identity: TillIdentity) -> list[str]:
    """The other devices whose groups brought facts of this store here.

    What it gave out is in the outbox, and goes up from there. Of a device that it was before, it
    may hold what another copy or a disk that is lost has rung.
    """
    asked = (identity.store_id,)
    found = set(conn.exec_driver_sql(_DEVICES_TOLD, asked).scalars())
    for fact in FACTS:
        found |= set(conn.exec_driver_sql(_DEVICES.format(fact.TYPE), asked).scalars())
    return sorted(found - {identity.device_id})


def groups_beyond(
    conn: Connection, identity: TillIdentity, delivered: Mapping[str, int]
) -> list[OriginGroup]:
    """The groups of each device above a number, by device and number."""
    found: dict[tuple[str, int], OriginGroup] = {}
    asked = (to_json(dict(delivered)), identity.store_id)
    rows_of = [
        (fact.TYPE, conn.exec_driver_sql(_BEYOND.format(fact.TYPE), asked)) for fact in FACTS
    ]
    told = ((row.type, row) for row in conn.exec_driver_sql(_TOLD_BEYOND, asked))
    for type_name, row in (*((name, row) for name, rows_ in rows_of for row in rows_), *told):
        origin = (row.device, row.dseq)
        group = found.setdefault(origin, OriginGroup(*origin))
        group.ids.setdefault(type_name, set()).add(row.id)
    return [found[origin] for origin in sorted(found)]


def again(conn: Connection, identity: TillIdentity, group: OriginGroup) -> Group:
    """The group again, with its facts alone; without any, it only keeps its number."""
    ops = tuple(_ops(conn, group))
    # The original id is needed nowhere: one that is the same each time is enough.
    id_ = min((op.id for op in ops), default=group.device_id)
    return Group(
        id=id_,
        device_id=group.device_id,
        dseq=group.dseq,
        store_id=identity.store_id,
        user_id=None,
        at_us=time_us(id_),
        ops=ops,
    )


def _ops(conn: Connection, group: OriginGroup) -> Iterator[Op]:
    for record_type, ids in sorted(group.ids.items()):
        kept = conn.exec_driver_sql(_KEPT, (record_type, to_json(sorted(ids))))
        values = {row.id: json.loads(row.body) for row in kept}
        if record_type in RECORDS:
            held = rows.load(conn, record_type, ids)
            values |= {id_: images.row_values(record_type, row) for id_, row in held.items()}
        for id_ in sorted(values):
            yield Op("insert", record_type, id_, values=values[id_])


def keep(conn: Connection, identity: TillIdentity, facts: Iterable[Told]) -> None:
    """Keep which groups brought these facts of the till's store."""
    told = [(type_, id_, identity.store_id, *rest) for type_, id_, *rest in facts]
    if told:
        conn.exec_driver_sql(_KEEP, told)


def prune(conn: Connection, below: str, rows_max: int) -> bool:
    """Drop some of what is told about facts with lower ids; whether there may be more."""
    return conn.exec_driver_sql(_PRUNE, (below, rows_max)).rowcount == rows_max

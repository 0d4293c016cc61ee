"""Facts as they came, group by group: to be handed to a server that has lost those groups."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from localdb.domain.ids import time_us
from localdb.domain.ops import Group, Op
from localdb.domain.records import FACTS
from localdb.store import images, rows
from localdb.store.identity import TillIdentity, own_devices
from localdb.store.rows import to_json

_DEVICES = (
    'SELECT DISTINCT origin_device FROM "{}" '
    "WHERE store_id = ? AND origin_device <> '' AND origin_dseq > 0"
)
_BEYOND = (
    'SELECT f.id, f.origin_device AS device, f.origin_dseq AS dseq FROM "{}" f '
    "JOIN json_each(?) j ON j.key = f.origin_device AND f.origin_dseq > j.value "
    "WHERE f.store_id = ? ORDER BY f.id"
)


@dataclass(slots=True)
class BroughtGroup:
    """The facts that one group brought here."""

    device_id: str
    dseq: int
    ids: dict[str, list[str]] = field(default_factory=dict)
    """Record type -> ids."""


def other_devices(conn: Connection, identity: TillIdentity) -> list[str]:
    """The devices whose groups brought facts of this store here, but those this till ever was.

    What was rung here is in the outbox, and goes up from there.
    """
    found: set[str] = set()
    for fact in FACTS:
        asked = (identity.store_id,)
        found |= set(conn.exec_driver_sql(_DEVICES.format(fact.TYPE), asked).scalars())
    return sorted(found.difference(own_devices(conn)))


def groups_beyond(
    conn: Connection, identity: TillIdentity, delivered: Mapping[str, int]
) -> list[BroughtGroup]:
    """The groups of each device above a number, by device and number.

    Facts that were loaded with a snapshot do not say which group brought them.
    """
    found: dict[tuple[str, int], BroughtGroup] = {}
    for fact in FACTS:
        asked = (to_json(dict(delivered)), identity.store_id)
        for row in conn.exec_driver_sql(_BEYOND.format(fact.TYPE), asked):
            origin = (row.device, row.dseq)
            group = found.setdefault(origin, BroughtGroup(*origin))
            group.ids.setdefault(fact.TYPE, []).append(row.id)
    return [found[origin] for origin in sorted(found)]


def again(conn: Connection, identity: TillIdentity, group: BroughtGroup) -> Group:
    """The group again, with its facts alone; without any, it only keeps its number."""
    ops = tuple(_ops(conn, group))
    # What it was called goes nowhere: an id that is the same each time will do.
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


def _ops(conn: Connection, group: BroughtGroup) -> Iterator[Op]:
    for record_type, ids in group.ids.items():
        for id_, row in sorted(rows.load(conn, record_type, ids).items()):
            values = images.row_values(record_type, row)
            yield Op("insert", record_type, id_, values=values)

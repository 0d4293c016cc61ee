"""What this till used up and the server cannot know of yet: a claim counts it in."""

from dataclasses import dataclass

from sqlalchemy import Connection

from localdb.domain.claims import HELD_CART, SALE_LINE
from localdb.domain.methods import ON_ACCOUNT
from localdb.queries import here

# What waits begins at the oldest pending group: those before it have a verdict.
_DELIVERED = (
    "SELECT coalesce((SELECT min(dseq) - 1 FROM outbox_group WHERE state = 'pending'), "
    "(SELECT value FROM counter WHERE series = 'dseq'), 0)"
)
_MOVED = (
    "SELECT coalesce(sum(amount), 0) FROM balance_movement WHERE account_id = ? AND kind = ? "
    "AND origin_device = ? AND origin_dseq > ?"
)
_GIVEN_BACK = (
    "SELECT coalesce(abs(sum(quantity_milli)), 0) FROM sale_line WHERE refund_of = ? "
    "AND origin_device = ? AND origin_dseq > ?"
)


@dataclass(frozen=True, slots=True)
class Unsent:
    """``used`` of a thing in the groups after ``after``, the last one that has a verdict.

    In the thing's own units; negative when this till added more than it used.
    """

    after: int
    used: int


def unsent(connection: Connection, kind: str, subject_id: str) -> Unsent:
    """What this till did to a thing (see ``domain.claims.Wish``) and has not delivered."""
    after = int(connection.exec_driver_sql(_DELIVERED).scalar_one())
    mine = (here.identity(connection).device_id, after)
    if kind == HELD_CART:
        return Unsent(after, 0)
    if kind == SALE_LINE:
        used = connection.exec_driver_sql(_GIVEN_BACK, (subject_id, *mine)).scalar_one()
        return Unsent(after, int(used))
    moved = int(connection.exec_driver_sql(_MOVED, (subject_id, kind, *mine)).scalar_one())
    return Unsent(after, moved if kind == ON_ACCOUNT else -moved)

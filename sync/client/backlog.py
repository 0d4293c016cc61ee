"""What is still to be delivered or settled, counted from the local database."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from localdb.store import outbox
from localdb.store.tables import OUTBOX_GROUP, TABLES


@dataclass(frozen=True, slots=True)
class Backlog:
    """The counts behind the sync chip."""

    waiting: int
    waiting_since_us: int | None
    waiting_by_type: tuple[tuple[str, int], ...]
    parked: int
    copied: bool
    conflicts_open: int


def backlog(conn: Connection) -> Backlog:
    """Count what waits for the server and what waits for a person."""
    waiting = outbox.waiting(conn)
    parked = _parked_by_verdict(conn)
    return Backlog(
        waiting=waiting.groups,
        waiting_since_us=waiting.oldest_us,
        waiting_by_type=tuple(sorted(waiting.by_type.items())),
        parked=sum(parked.values()),
        copied="fork" in parked,
        conflicts_open=_open_conflicts(conn),
    )


def _parked_by_verdict(conn: Connection) -> dict[str, int]:
    verdict = OUTBOX_GROUP.c.verdict
    query = select(verdict, func.count()).where(OUTBOX_GROUP.c.state == "parked").group_by(verdict)
    return {row[0]: row[1] for row in conn.execute(query)}


def _open_conflicts(conn: Connection) -> int:
    table = TABLES["conflict"]
    query = select(func.count()).select_from(table).where(table.c.state == "open")
    return conn.execute(query.where(table.c.deleted.is_(False))).scalar_one()

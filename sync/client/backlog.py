"""Counts in the local database what is still to be delivered or settled."""

from dataclasses import dataclass

from sqlalchemy import Connection

from localdb.store import groups, local, outbox, succession
from localdb.store.unaccounted import Unaccounted, unaccounted
from sync.client.status import Progress

# As text: they are asked at every step, and building a statement costs more than its answer.
_PARKED = "SELECT verdict, count(*) FROM outbox_group WHERE state = 'parked' GROUP BY verdict"
_OPEN_CONFLICTS = "SELECT count(*) FROM conflict WHERE state = 'open' AND NOT deleted"


@dataclass(frozen=True, slots=True)
class Backlog:
    """The counts behind the sync chip."""

    waiting: int
    waiting_since_us: int | None
    waiting_by_type: tuple[tuple[str, int], ...]
    parked: int
    copied: bool
    conflicts_open: int
    unaccounted: tuple[Unaccounted, ...]
    readdressing: Progress | None
    history: Progress | None


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
        unaccounted=unaccounted(conn),
        readdressing=_readdressing(conn),
        history=_history(conn),
    )


def _readdressing(conn: Connection) -> Progress | None:
    found = succession.under_way(conn)
    if found is None:
        return None
    done, last = found.done_to - found.change.after, local.counter(conn, groups.DSEQ)
    return Progress(done, last - found.change.after)


def _history(conn: Connection) -> Progress | None:
    last = succession.history_to(conn)
    return Progress(last - succession.history_left(conn), last) if last else None


def _parked_by_verdict(conn: Connection) -> dict[str, int]:
    return {row[0]: row[1] for row in conn.exec_driver_sql(_PARKED)}


def _open_conflicts(conn: Connection) -> int:
    return int(conn.exec_driver_sql(_OPEN_CONFLICTS).scalar_one())

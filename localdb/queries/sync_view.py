"""The queue to the server as the sync panel shows it."""

from dataclasses import dataclass

from sqlalchemy import Connection

from localdb.store import outbox, sync_state
from localdb.store.outbox import ParkedGroup, Waiting


@dataclass(frozen=True, slots=True)
class QueueView:
    """What waits for the server, what it refused, and when it last answered."""

    waiting: Waiting
    parked: tuple[ParkedGroup, ...]
    last_success_us: int | None


def queue(connection: Connection) -> QueueView:
    """The queue as it stands."""
    return QueueView(
        outbox.waiting(connection),
        tuple(outbox.parked(connection)),
        sync_state.last_success_us(connection),
    )


def parked(connection: Connection) -> list[ParkedGroup]:
    """The groups that the server refused, oldest first."""
    return outbox.parked(connection)


def undelivered(connection: Connection) -> str:
    """Every group that is not delivered, as JSON text for support."""
    return outbox.export(connection)


__all__ = ["ParkedGroup", "QueueView", "Waiting", "parked", "queue", "undelivered"]

"""What the sync chip shows, from the engine's status."""

from collections.abc import Callable

from app.bootstrap.session import Session
from app.kit.sync_figures import SyncFigures
from localdb.queries import conflicts, here
from localdb.queries.file_damage import file_damage
from sync.client.status import Connection, SyncStatus


class ChipFigures:
    """Called on the UI thread for the figures; ``changed`` is called on the sync thread."""

    def __init__(self, session: Session, changed: Callable[[], None]) -> None:
        self._session = session
        self._changed = changed
        self._offline_since_us: int | None = None
        session.on_connected.append(self._listen)
        self._listen()

    def __call__(self) -> SyncFigures:
        """The figures as they stand."""
        link, till = self._session.link, self._session.till
        odd = len(till.ask(here.odd_values)) if till.is_set_up else 0
        is_damaged = till.ask(file_damage) is not None
        if link is None:
            inbox = till.ask(conflicts.open_count)
            return SyncFigures(
                enrolled=self._session.is_enrolled,
                attention=inbox + odd + is_damaged,
                inbox=inbox,
                is_damaged=is_damaged,
            )
        status = link.engine.status
        inbox = status.in_inbox + self._session.till.ask(conflicts.overtaken_count)
        return SyncFigures(
            enrolled=True,
            waiting_groups=status.waiting,
            waiting_sales=dict(status.waiting_by_type).get("sale", 0),
            attention=inbox + status.in_panel + odd + is_damaged,
            inbox=inbox,
            is_damaged=is_damaged,
            locked=status.locked,
            offline_since_us=self._since(status),
        )

    def close(self) -> None:
        """Listen no more."""
        self._session.on_connected.remove(self._listen)
        if self._session.link is not None:
            self._session.link.engine.on_status.remove(self._announced)

    def _listen(self) -> None:
        if self._session.link is not None:
            self._session.link.engine.on_status.append(self._announced)

    def _announced(self, status: SyncStatus) -> None:
        self._since(status)
        self._changed()

    def _since(self, status: SyncStatus) -> int | None:
        if status.connection is Connection.ONLINE:
            self._offline_since_us = None
        elif self._offline_since_us is None:
            self._offline_since_us = self._session.now_us()
        return self._offline_since_us

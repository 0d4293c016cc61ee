"""Puts the sync's status together from both loops, and announces each change."""

import threading
from collections.abc import Callable
from contextlib import suppress

from localdb.store import sync_state
from sync.client.admission import Admission, Admitted
from sync.client.background import Background, Stopping, report_bug
from sync.client.backlog import Backlog, backlog
from sync.client.download import Downloader
from sync.client.loop_schedule import LoopSchedule
from sync.client.status import Connection, LiveStatus, SyncStatus
from sync.protocol.gateway import AuthFault, NetworkFault, UpdateNeeded

COUNT_EVERY_S = 1.0
"""While the queue drains or is long, the backlog is counted no more often than this."""
LONG_QUEUE = 500
"""Groups; counting more than this after each sale would cost as much as the sale."""
NEVER = float("inf")


class StatusPublisher:
    """Keeps the status; both loops report and publish, each on its own thread."""

    def __init__(
        self,
        background: Background,
        up: LoopSchedule,
        down: LoopSchedule,
        downloader: Downloader,
        admission: Admission,
        now_us: Callable[[], int],
    ) -> None:
        self.status = SyncStatus()
        self.on_status: list[Callable[[SyncStatus], None]] = []
        self.recount_at = NEVER
        """When to publish again without a cause, because the backlog was not counted lately."""
        self._background = background
        self._up = up
        self._down = down
        self._downloader = downloader
        self._admission = admission
        self._now_us = now_us
        self._publishing = threading.Lock()
        self._published_at = -NEVER
        self._live = LiveStatus()
        self._reached = False
        self._unrecorded = 0
        self._clock_skew_us: int | None = None
        self._backlog: Backlog | None = None
        self._counted_at = -NEVER
        self._counted_commits = 0
        """The commits when the backlog was counted; without a new one it is the same."""
        with background.read() as conn:
            self._last_success_us = sync_state.last_success_us(conn)

    def answered(self, server_time_us: int | None) -> None:
        """The server gave a good answer; ``server_time_us`` is its clock, if it said."""
        self._reached = True
        self._last_success_us = now_us = self._now_us()
        if server_time_us is not None:
            self._clock_skew_us = server_time_us - now_us

    def answered_for(self, groups: int) -> None:
        """The server has so many groups whose verdicts the payment screen keeps from the disk."""
        changed, self._unrecorded = groups != self._unrecorded, groups
        if changed:
            with suppress(Stopping):
                self.publish()

    @property
    def line_stands(self) -> bool:
        """Whether the connection for hints is open."""
        return self._live.connected

    def live(self, status: LiveStatus) -> None:
        """The state of the hints' connection; from the listener's thread, which outlives a stop."""
        changed, self._live = status != self._live, status
        if changed:
            with suppress(Stopping):
                self.publish()

    def publish(self, now: float | None = None) -> None:
        """Announce the status if it changed; without a time, as of the last one.

        Without a time nobody may look again soon: then the backlog is counted in any case.
        """
        with self._publishing:
            self._published_at = self._published_at if now is None else now
            if now is None:
                self._backlog = None
            before, self.status = self.status, self._assess(self._published_at)
            if self.status == before:
                return
            for hook in tuple(self.on_status):
                try:
                    hook(self.status)
                except Exception as bug:
                    report_bug(bug)

    def _assess(self, now: float) -> SyncStatus:
        left = self._count(now)
        download = self._downloader.state
        return SyncStatus(
            connection=self._connection(),
            waiting=max(0, left.waiting - self._unrecorded),
            waiting_since_us=left.waiting_since_us,
            waiting_by_type=left.waiting_by_type,
            parked=left.parked,
            conflicts_open=left.conflicts_open,
            pushing=left.waiting > self._unrecorded and self._up.fault is None,
            pulling=download.behind and self._down.fault is None,
            upload_stuck=self._up.stuck,
            download_stuck=self._down.stuck,
            bootstrap=download.load,
            swap_waiting=download.swap_waiting,
            copied=left.copied,
            unaccounted=left.unaccounted,
            readdressing=left.readdressing,
            history=left.history,
            locked=self._admission.state is Admitted.LOCKED,
            last_success_us=self._last_success_us,
            last_error=self._up.trouble or self._down.trouble,
            clock_skew_us=self._clock_skew_us,
            compared=download.compared,
            live=self._live,
            uploads=self._up.tally,
            downloads=self._down.tally,
        )

    def _count(self, now: float) -> Backlog:
        commits = self._background.commits
        if self._backlog is not None and commits == self._counted_commits:
            # As good as counted now.
            self._counted_at, self.recount_at = now, NEVER
            return self._backlog
        if self._backlog is not None and self._may_count_later(now, self._backlog):
            self.recount_at = self._counted_at + COUNT_EVERY_S
            return self._backlog
        with self._background.read() as conn:
            self._backlog = backlog(conn)
        self._counted_at, self._counted_commits, self.recount_at = now, commits, NEVER
        return self._backlog

    def _may_count_later(self, now: float, last: Backlog) -> bool:
        draining = min(self._up.due_at, self._down.due_at) <= now
        recent = now - self._counted_at < COUNT_EVERY_S
        return recent and (draining or last.waiting > LONG_QUEUE)

    def _connection(self) -> Connection:
        faults = (self._up.fault, self._down.fault)
        if self._admission.state is not Admitted.YES:
            return Connection.REVOKED
        if any(isinstance(fault, UpdateNeeded) for fault in faults):
            return Connection.UPDATE_NEEDED
        if any(isinstance(fault, AuthFault) for fault in faults):
            return Connection.AUTH
        if any(isinstance(fault, NetworkFault) for fault in faults) or not self._reached:
            return Connection.OFFLINE
        return Connection.ONLINE

"""The sync engine: two lanes, up and down, each due by its own clock."""

import os
import threading
from collections.abc import Callable

from localdb.domain.ids import IdSource
from localdb.errors import EvertillError
from localdb.store import sync_state
from localdb.store.changes import Changes
from localdb.store.database import Database
from sync.client.background import Background, Stopping, report_bug
from sync.client.backlog import Backlog, backlog
from sync.client.backoff import Backoff
from sync.client.download import Downloader
from sync.client.lane import Lane
from sync.client.push import Pusher
from sync.client.restored import send_lost_again
from sync.client.status import Connection, SyncStatus
from sync.protocol.gateway import (
    AuthFault,
    Gateway,
    NetworkFault,
    RequestRefused,
    UpdateNeeded,
)
from sync.protocol.limits import POLL_BUSY_S, POLL_IDLE_S

BUSY_FOR_S = 60.0
"""How long after the last traffic a till still counts as busy."""
COUNT_EVERY_S = 1.0
"""While the queue drains or is long, the backlog is counted no more often than this."""
LONG_QUEUE = 500
"""Groups; counting more than this after each sale would cost as much as the sale."""


class SyncEngine:
    """Moves what changed, both ways; ``step`` is called by a thread or, in a test, by hand.

    ``random`` gives floats in [0, 1) for the jitter; ``cart_is_empty`` says whether freshly
    loaded data may take the place of the live data now. The till must be enrolled.
    """

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        *,
        now_us: Callable[[], int],
        random: Callable[[], float],
        cart_is_empty: Callable[[], bool],
        random_bytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.status = SyncStatus()
        self.on_status: list[Callable[[SyncStatus], None]] = []
        """Called on the sync thread whenever the status has changed."""
        self.on_nudge: list[Callable[[], None]] = []
        """Called on the nudging thread: what sleeps until the next step wakes by it."""
        self._background = Background(database)
        self._gateway = gateway
        self._now_us = now_us
        self._pusher = Pusher(self._background, gateway, IdSource(now_us, random_bytes))
        self._downloader = Downloader(
            database, self._background, gateway, _store_of(database), cart_is_empty
        )
        self._up = Lane(Backoff(random))
        self._down = Lane(Backoff(random))
        self._nudged: set[str] = set()
        self._nudging = threading.Lock()
        self._active_at = float("-inf")
        self._counted_at = float("-inf")
        self._recount_at = float("inf")
        self._backlog: Backlog | None = None
        self._reached = False
        self._clock_skew_us: int | None = None
        with database.read() as conn:
            self._last_success_us = sync_state.last_success_us(conn)

    # ------------------------------------------------------------ from other threads

    def committed(self, changes: Changes) -> None:
        """Something was written locally: hook this to ``Database.on_commit``."""
        self._nudge("up")

    def hinted(self) -> None:
        """The server has news (hook this to the hint listener), or the cart became empty."""
        self._nudge("down")

    def sync_now(self) -> None:
        """A person asks, or has put right what was wrong: waits are cut short."""
        self._nudge("now")

    def stop(self) -> None:
        """Write nothing more; a step under way ends with ``Stopping``."""
        self._background.stop()

    def close(self) -> None:
        """Let go of files; after the last step, on the thread that stepped."""
        self._downloader.close()

    # ------------------------------------------------------------ the sync thread

    def step(self, now: float) -> float:
        """Do one unit of due work; returns when to call again. Times are monotonic seconds."""
        self._take_nudges(now)
        # The one that has waited longest: a long download and a long upload take turns.
        lane = min(self._up, self._down, key=lambda lane: lane.due_at)
        if lane.due_at <= now:
            self._run(lane, now)
        self._publish(now)
        return min(self._up.due_at, self._down.due_at, self._recount_at)

    def _run(self, lane: Lane, now: float) -> None:
        try:
            wait_s = self._upload(now) if lane is self._up else self._download(now)
        except Stopping:
            raise
        except EvertillError as fault:
            lane.failed(now, fault)
        except Exception as bug:
            report_bug(bug)
            lane.failed(now, bug)
        else:
            lane.succeeded(now, wait_s)

    def _upload(self, now: float) -> float:
        """Send one batch; how long to wait before the next look."""
        try:
            pushed = self._pusher.push()
        except RequestRefused:
            # A restored server may miss what came before; the next try brings it.
            send_lost_again(self._background, self._gateway)
            raise
        if pushed is None:
            return POLL_IDLE_S
        self._answered(pushed.server_time_us)
        if pushed.restored:
            send_lost_again(self._background, self._gateway)
        self._active_at = now
        if self._down.fault is None:
            self._down.due_at = min(self._down.due_at, now + POLL_BUSY_S)
        return 0.0

    def _download(self, now: float) -> float:
        """Take one page in; how long to wait before the next look."""
        done = self._downloader.step()
        if done.heard:
            self._answered(done.server_time_us)
        if done.entries:
            self._active_at = now
        if done.more:
            return 0.0
        return POLL_BUSY_S if now - self._active_at < BUSY_FOR_S else POLL_IDLE_S

    def _answered(self, server_time_us: int | None) -> None:
        self._reached = True
        self._last_success_us = self._now_us()
        if server_time_us is not None:
            self._clock_skew_us = server_time_us - self._last_success_us

    # ------------------------------------------------------------ nudges and status

    def _nudge(self, what: str) -> None:
        with self._nudging:
            self._nudged.add(what)
        for wake in tuple(self.on_nudge):
            wake()

    def _take_nudges(self, now: float) -> None:
        with self._nudging:
            nudged, self._nudged = self._nudged, set()
        if "up" in nudged:
            self._up.nudge(now)
        if "down" in nudged:
            self._down.nudge(now)
        if "now" in nudged:
            self._up.hurry(now)
            self._down.hurry(now)

    def _publish(self, now: float) -> None:
        status = self._assess(now)
        if status == self.status:
            return
        self.status = status
        for hook in tuple(self.on_status):
            try:
                hook(status)
            except Exception as bug:
                report_bug(bug)

    def _assess(self, now: float) -> SyncStatus:
        left = self._count(now)
        load = self._downloader.bootstrap
        return SyncStatus(
            connection=self._connection(),
            waiting=left.waiting,
            waiting_since_us=left.waiting_since_us,
            waiting_by_type=left.waiting_by_type,
            parked=left.parked,
            conflicts_open=left.conflicts_open,
            pushing=left.waiting > 0 and self._up.fault is None,
            pulling=self._downloader.behind and self._down.fault is None,
            bootstrap=load.progress if load else None,
            swap_waiting=self._downloader.swap_waiting,
            copied=left.copied,
            last_success_us=self._last_success_us,
            last_error=self._up.trouble or self._down.trouble,
            clock_skew_us=self._clock_skew_us,
        )

    def _count(self, now: float) -> Backlog:
        if self._backlog is not None and self._may_count_later(now, self._backlog):
            self._recount_at = self._counted_at + COUNT_EVERY_S
            return self._backlog
        with self._background.read() as conn:
            self._backlog = backlog(conn)
        self._counted_at, self._recount_at = now, float("inf")
        return self._backlog

    def _may_count_later(self, now: float, last: Backlog) -> bool:
        draining = min(self._up.due_at, self._down.due_at) <= now
        recent = now - self._counted_at < COUNT_EVERY_S
        return recent and (draining or last.waiting > LONG_QUEUE)

    def _connection(self) -> Connection:
        faults = (self._up.fault, self._down.fault)
        if any(isinstance(fault, UpdateNeeded) for fault in faults):
            return Connection.UPDATE_NEEDED
        if any(isinstance(fault, AuthFault) for fault in faults):
            return Connection.AUTH
        if any(isinstance(fault, NetworkFault) for fault in faults) or not self._reached:
            return Connection.OFFLINE
        return Connection.ONLINE


def _store_of(database: Database) -> str:
    identity = database.identity
    if identity is None:
        raise RuntimeError("a till that is not enrolled has nothing to sync with")
    return identity.store_id

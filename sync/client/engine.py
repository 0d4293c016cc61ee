"""The sync engine: two loops, upload and download, each due by its own clock.

One step up, with something to send:

1. ``SyncLoop.step`` looks whether ``up`` is due, and asks ``Uploader.step`` for one unit of work.
2. ``Reenrolment.step`` first ends what a restored or copied till must do under its new name.
3. ``Pusher.push`` reads the oldest groups of the outbox and asks the server to take them.
4. The server's verdicts come back, and ``Pusher`` writes them: taken, in conflict, or refused.
5. ``Uploader`` notes what a restored server has lost, and calls ``_sent``: there may be changes.

One step down, once a stream has moved:

6. ``Poll.step`` decides whether to ask, and ``Downloader.step`` fetches one page of one stream.
7. ``replica.apply_entries`` stores the page's rows and facts in one transaction with its place.
8. Own edits that wait are replayed on top of what came.
9. A place that the server no longer knows begins a ``Bootstrap``: the data is loaded afresh,
   and takes the place of the live data with an empty cart.
10. ``StatusPublisher.publish`` tells the chip and the panel the state of the sync;
    ``SyncLoop`` sets when the next step is due.
"""

import os
from collections.abc import Callable

from localdb.domain.ids import IdSource
from localdb.store.changes import Changes
from localdb.store.database import Database
from sync.client.admission import Admission
from sync.client.background import Background
from sync.client.backoff import Backoff
from sync.client.channel import SLOW_S, Channel, InlineChannel, ThreadChannel
from sync.client.download import Downloader
from sync.client.loop_schedule import LoopSchedule
from sync.client.poll import Poll
from sync.client.push import Pushed, Pusher
from sync.client.reenrolment import Reenrolment
from sync.client.status import LiveStatus, SyncStatus
from sync.client.status_publisher import StatusPublisher
from sync.client.sync_loop import Nudge, SyncLoop
from sync.client.token_rotation import TokenRotation
from sync.client.token_store import TokenStore
from sync.client.upload import Uploader
from sync.protocol.gateway import Gateway
from sync.protocol.limits import PULL_DEADLINE_S, PUSH_DEADLINE_S
from sync.protocol.messages import Hint


class SyncEngine:
    """Moves what changed, both ways.

    ``up`` and ``down`` are each stepped by a thread of their own, or both by ``step`` from one
    thread: a test, or a simulation in virtual time. Neither waits for the other.

    ``gateway`` serves both loops unless ``download_gateway`` is given. With ``threaded``,
    requests run on threads of their own with a deadline; otherwise on the thread that steps.
    ``random`` gives floats in [0, 1) for the jitter; ``cart_is_empty`` says whether freshly
    loaded data may take the place of the live data now. ``save_token`` keeps the token of a till
    that was restored or copied and is enrolled anew; without it that does not happen.
    ``tokens`` has its token replaced now and then. The till must be enrolled.
    """

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        *,
        now_us: Callable[[], int],
        random: Callable[[], float],
        cart_is_empty: Callable[[], bool],
        download_gateway: Gateway | None = None,
        threaded: bool = False,
        save_token: Callable[[str], None] | None = None,
        tokens: TokenStore | None = None,
        random_bytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._background = Background(database)
        self._threaded = threaded
        up, down = LoopSchedule(Backoff(random)), LoopSchedule(Backoff(random))
        up_line = self._channel(gateway, "up", up, PUSH_DEADLINE_S)
        down_line = self._channel(download_gateway or gateway, "down", down, PULL_DEADLINE_S)
        reenrolment = Reenrolment(self._background, up_line, save_token)
        store_id = _store_of(database)
        self._downloader = Downloader(
            database, self._background, down_line, store_id, cart_is_empty, reenrolment
        )
        admission = Admission(self._background)
        self._publisher = StatusPublisher(
            self._background, up, down, self._downloader, admission, now_us
        )
        pusher = Pusher(
            self._background,
            up_line,
            IdSource(now_us, random_bytes),
            self._publisher.answered_for,
        )
        upload = Uploader(
            self._background, up_line, pusher, reenrolment, self._publisher, admission, self._sent
        )
        self._rotation = (
            None
            if tokens is None
            else TokenRotation(self._background, down_line, tokens, now_us, random_bytes)
        )
        self._hints = self._downloader.hints
        self._poll = Poll(self._downloader, self._publisher, admission, upload, self._when_level)
        self.up = SyncLoop(up, upload.step, self._publisher, random)
        self.down = SyncLoop(down, self._poll.step, self._publisher, random, self._poll.earliest)

    @property
    def status(self) -> SyncStatus:
        """The status of the sync; for any thread."""
        return self._publisher.status

    @property
    def on_status(self) -> list[Callable[[SyncStatus], None]]:
        """Called whenever the status has changed, one call at a time, on a sync thread."""
        return self._publisher.on_status

    # ------------------------------------------------------------ from other threads

    def committed(self, changes: Changes) -> None:
        """Something was written locally: hook this to ``Database.on_commit``."""
        self.up.nudge(Nudge.WORK)

    def hinted(self, hint: Hint | None = None) -> None:
        """A stream moved (hook this to the hint listener); without a hint, anything may have."""
        if self._hints.hear(hint):
            self.down.nudge(Nudge.WORK)

    def live(self, status: LiveStatus) -> None:
        """The connection for hints opened, broke or could not be opened."""
        if status.connected:
            # Hints that were sent while there was no connection are lost.
            self._hints.hear(None)
            self.up.nudge(Nudge.LINE)
            self.down.nudge(Nudge.LINE)
        self._publisher.live(status)

    def sync_now(self) -> None:
        """Cut all waits short: a person asks, or has mended what was wrong."""
        self._hints.hear(None)
        self.up.nudge(Nudge.PERSON)
        self.down.nudge(Nudge.PERSON)

    def compare_now(self) -> None:
        """Compare this till with the server: a person asks, or the proof found a difference."""
        self._downloader.integrity.request()
        self._hints.hear(None)
        self.down.nudge(Nudge.PERSON)

    def stop(self) -> None:
        """Write nothing more; a step under way ends with ``Stopping``."""
        self._background.stop()

    def close(self) -> None:
        """Close files; call it after the last step, on the thread that stepped ``down``."""
        self._downloader.close()

    # ------------------------------------------------------------ both at once

    def step(self, now: float) -> float:
        """Do one unit of what is due, up before down; returns when to call again.

        Times are monotonic seconds.
        """
        return min(self.up.step(now), self.down.step(now))

    def _when_level(self, now: float) -> None:
        if self._rotation is not None:
            self._rotation.step(now)

    def _sent(self, pushed: Pushed | None) -> None:
        if pushed is not None:
            self._hints.delivered(pushed.epoch, pushed.verdicts)
        self._poll.sent()
        self.down.nudge(Nudge.TRAFFIC)
        if self._hints.waits:
            self.down.nudge(Nudge.WORK)

    def _channel(
        self, gateway: Gateway, name: str, schedule: LoopSchedule, deadline_s: float
    ) -> Channel:
        if not self._threaded:
            return InlineChannel(gateway)

        def stuck(is_stuck: bool) -> None:
            schedule.stuck = is_stuck
            self._publisher.publish()

        return ThreadChannel(
            gateway,
            self._background,
            f"evertill-line-{name}",
            deadline_s=deadline_s,
            slow_s=SLOW_S,
            on_slow=stuck,
        )


def _store_of(database: Database) -> str:
    identity = database.identity
    if identity is None:
        raise RuntimeError("a till that is not enrolled has nothing to sync with")
    return identity.store_id

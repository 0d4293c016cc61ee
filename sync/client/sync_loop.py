"""Runs one loop: when its schedule says so or a nudge wakes it, independent of the other loop."""

import threading
from collections.abc import Callable
from enum import Enum, auto

from localdb.errors import EvertillError
from sync.client.background import Stopping, report_bug
from sync.client.loop_schedule import LoopSchedule
from sync.client.status_publisher import StatusPublisher
from sync.protocol.limits import POLL_BUSY_S, RECONNECT_SPREAD_S


class Nudge(Enum):
    """Why a loop should look again before its time."""

    WORK = auto()
    """There is something to do: a sale was rung, or the server has changes."""
    TRAFFIC = auto()
    """Something went up: what it caused elsewhere comes down soon."""
    LINE = auto()
    """The server can be reached again."""
    PERSON = auto()
    """A person asked, or has put right what was wrong."""


class SyncLoop:
    """Calls ``work`` whenever it is due; ``step`` runs on one thread, ``nudge`` on any.

    ``work`` takes the time and returns how long to wait before the next look; ``earliest`` says
    when work that somebody nudged for may begin.
    """

    def __init__(
        self,
        schedule: LoopSchedule,
        work: Callable[[float], float],
        publisher: StatusPublisher,
        random: Callable[[], float],
        earliest: Callable[[float], float] = lambda now: now,
    ) -> None:
        self.schedule = schedule
        self.on_nudge: list[Callable[[], None]] = []
        """Called on the nudging thread, to wake the thread that sleeps until the next step."""
        self._work = work
        self._publisher = publisher
        self._random = random
        self._earliest = earliest
        self._nudged: set[Nudge] = set()
        self._nudging = threading.Lock()

    def nudge(self, why: Nudge) -> None:
        """Make the next step come sooner."""
        with self._nudging:
            self._nudged.add(why)
        for wake in tuple(self.on_nudge):
            wake()

    def step(self, now: float) -> float:
        """Do one unit of work if it is due; returns when to call again, in monotonic seconds."""
        self._take_nudges(now)
        if self.schedule.due_at <= now:
            self._run(now)
        self._publisher.publish(now)
        return min(self.schedule.due_at, self._publisher.recount_at)

    def _run(self, now: float) -> None:
        try:
            wait_s = self._work(now)
        except Stopping:
            raise
        except EvertillError as fault:
            self.schedule.failed(now, fault, line_stands=self._publisher.line_stands)
        except Exception as bug:
            report_bug(bug)
            self.schedule.failed(now, bug)
        else:
            self.schedule.succeeded(now, wait_s)

    def _take_nudges(self, now: float) -> None:
        with self._nudging:
            nudged, self._nudged = self._nudged, set()
        if Nudge.WORK in nudged:
            self.schedule.nudge(self._earliest(now))
        if Nudge.TRAFFIC in nudged:
            self.schedule.nudge(now + POLL_BUSY_S)
        if Nudge.LINE in nudged:
            # Spread: a thousand tills of a chain get their network back together.
            self.schedule.line_is_back(now + self._random() * RECONNECT_SPREAD_S)
        if Nudge.PERSON in nudged:
            self.schedule.hurry(now)

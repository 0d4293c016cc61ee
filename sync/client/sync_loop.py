"""One direction at work: due by its lane's clock, woken by nudges, whatever the other one does."""

import threading
from collections.abc import Callable
from enum import Enum, auto

from localdb.errors import EvertillError
from sync.client.background import Stopping, report_bug
from sync.client.loop_schedule import Lane
from sync.client.status_publisher import Board
from sync.protocol.limits import POLL_BUSY_S, RECONNECT_SPREAD_S


class Nudge(Enum):
    """Why a direction should look again before its time."""

    WORK = auto()
    """There is something to do: a sale was rung, or the server has news."""
    TRAFFIC = auto()
    """Something went up: what it caused elsewhere comes down soon."""
    LINE = auto()
    """The server can be reached again."""
    PERSON = auto()
    """A person asked, or has put right what was wrong."""


class Direction:
    """Calls ``work`` whenever it is due; ``step`` runs on one thread, ``nudge`` on any.

    ``work`` takes the time and returns how long to wait before the next look; ``earliest`` says
    when work that somebody nudged for may begin.
    """

    def __init__(
        self,
        lane: Lane,
        work: Callable[[float], float],
        board: Board,
        random: Callable[[], float],
        earliest: Callable[[float], float] = lambda now: now,
    ) -> None:
        self.lane = lane
        self.on_nudge: list[Callable[[], None]] = []
        """Called on the nudging thread: what sleeps until the next step wakes by it."""
        self._work = work
        self._board = board
        self._random = random
        self._earliest = earliest
        self._nudged: set[Nudge] = set()
        self._nudging = threading.Lock()

    def nudge(self, why: Nudge) -> None:
        """Have the next step look sooner."""
        with self._nudging:
            self._nudged.add(why)
        for wake in tuple(self.on_nudge):
            wake()

    def step(self, now: float) -> float:
        """Do one unit of work if it is due; returns when to call again, in monotonic seconds."""
        self._take_nudges(now)
        if self.lane.due_at <= now:
            self._run(now)
        self._board.publish(now)
        return min(self.lane.due_at, self._board.recount_at)

    def _run(self, now: float) -> None:
        try:
            wait_s = self._work(now)
        except Stopping:
            raise
        except EvertillError as fault:
            self.lane.failed(now, fault, line_stands=self._board.line_stands)
        except Exception as bug:
            report_bug(bug)
            self.lane.failed(now, bug)
        else:
            self.lane.succeeded(now, wait_s)

    def _take_nudges(self, now: float) -> None:
        with self._nudging:
            nudged, self._nudged = self._nudged, set()
        if Nudge.WORK in nudged:
            self.lane.nudge(self._earliest(now))
        if Nudge.TRAFFIC in nudged:
            self.lane.nudge(now + POLL_BUSY_S)
        if Nudge.LINE in nudged:
            # Spread: a thousand tills of a chain get their network back together.
            self.lane.line_is_back(now + self._random() * RECONNECT_SPREAD_S)
        if Nudge.PERSON in nudged:
            self.lane.hurry(now)

"""Keeps when a loop of the sync is due next, and which fault stopped it last."""

from dataclasses import dataclass

from localdb.errors import EvertillError
from sync.client.backoff import Backoff
from sync.client.status import NOTHING_YET, Tally
from sync.protocol.gateway import AuthFault, CursorExpired, NetworkFault, UpdateNeeded
from sync.protocol.limits import BACKOFF_MAX_S, RECONNECT_SPREAD_S

SHORT_TRIES = 20
"""About as long as a dead hints' connection takes to be noticed; then the backoff applies."""
UNFORESEEN = "Something unexpected happened while syncing. It is tried again; the log says more."


@dataclass(slots=True)
class LoopSchedule:
    """When this loop is due next, and what stopped it last; times are monotonic seconds.

    Only the thread that works in this loop changes it.
    """

    backoff: Backoff
    due_at: float = 0.0
    fault: Exception | None = None
    not_before: float = float("-inf")
    """What the server asked for with Retry-After, and how often a person's duty is asked about."""
    stuck: bool = False
    """Whether a request has been under way for longer than it should."""
    tally: Tally = NOTHING_YET

    def succeeded(self, now: float, wait_s: float) -> None:
        """Note a success: due again after ``wait_s``."""
        self.fault = None
        self.tally = Tally(self.tally.succeeded + 1, self.tally.failed)
        self.not_before = float("-inf")
        self.backoff.succeeded()
        self.due_at = now + wait_s

    def failed(self, now: float, fault: Exception, *, line_stands: bool = False) -> None:
        """Note a fault of any kind: due again by the clock, since nothing else may ever happen.

        While the connection for hints is up, a network fault is taken for a short one, and tried
        again within a second: nothing would say that it is over.
        """
        floor_s = _floor_s(fault)
        self.fault = fault
        self.tally = Tally(self.tally.succeeded, self.tally.failed + 1)
        self.not_before = now + floor_s
        wait_s = self.backoff.failed(floor_s)
        short = line_stands and self.backoff.failures <= SHORT_TRIES
        if short and isinstance(fault, NetworkFault):
            wait_s = max(floor_s, min(wait_s, RECONNECT_SPREAD_S))
        self.due_at = now + wait_s

    def nudge(self, at: float) -> None:
        """Be due at that time at the latest; a fault is still waited out first."""
        if self.fault is None:
            self.due_at = min(self.due_at, at)

    def line_is_back(self, at: float) -> None:
        """Try at that time if only the network stopped this loop: the server was reached again."""
        if self.fault is None or isinstance(self.fault, NetworkFault):
            self.backoff.succeeded()
            self.due_at = min(self.due_at, max(at, self.not_before))

    def hurry(self, now: float) -> None:
        """Try at once: a person asked, or has mended what was wrong."""
        self.backoff.succeeded()
        self.due_at = min(self.due_at, now)

    @property
    def trouble(self) -> str:
        """The fault as a sentence; empty when there is none."""
        if self.fault is None:
            return ""
        return str(self.fault) if isinstance(self.fault, EvertillError) else UNFORESEEN


def _floor_s(fault: Exception) -> float:
    if isinstance(fault, NetworkFault):
        return fault.retry_after_s
    # Somebody must act first: asking more often than this would be a loop.
    return BACKOFF_MAX_S if isinstance(fault, AuthFault | UpdateNeeded | CursorExpired) else 0.0

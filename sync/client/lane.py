"""One direction of the sync, with a clock of its own."""

from dataclasses import dataclass

from localdb.errors import EvertillError
from sync.client.backoff import Backoff
from sync.protocol.gateway import AuthFault, CursorExpired, NetworkFault, UpdateNeeded
from sync.protocol.limits import BACKOFF_MAX_S

UNFORESEEN = "Something unexpected happened while syncing. It is tried again; the log says more."


@dataclass(slots=True)
class Lane:
    """When this direction is due next, and what stopped it last; times are monotonic seconds."""

    backoff: Backoff
    due_at: float = 0.0
    fault: Exception | None = None

    def succeeded(self, now: float, wait_s: float) -> None:
        """All went well: due again after ``wait_s``."""
        self.fault = None
        self.backoff.succeeded()
        self.due_at = now + wait_s

    def failed(self, now: float, fault: Exception) -> None:
        """Due again by the clock, whatever the fault: nothing else may ever happen here."""
        self.fault = fault
        self.due_at = now + self.backoff.failed(_floor_s(fault))

    def nudge(self, now: float) -> None:
        """There is something to do; but a fault is waited out first."""
        if self.fault is None:
            self.due_at = min(self.due_at, now)

    def hurry(self, now: float) -> None:
        """Try at once: a person asked, or what was wrong has been put right."""
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

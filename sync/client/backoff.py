"""How long to wait after a failure: exponential, with full jitter."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sync.protocol.limits import BACKOFF_MAX_S, BACKOFF_MIN_S

DOUBLINGS_MAX = 32
"""Beyond any sensible ceiling; keeps the power of two bounded in a week-long outage."""


@dataclass(slots=True)
class Backoff:
    """Seconds to wait, rising with each failure in a row.

    ``random`` gives a float in [0, 1). Each wait is drawn from the whole range up to the ceiling,
    so that the tills of a chain do not come back together; the server's Retry-After is the floor.
    """

    random: Callable[[], float]
    min_s: float = BACKOFF_MIN_S
    max_s: float = BACKOFF_MAX_S
    failures: int = field(default=0, init=False)

    def failed(self, floor_s: float = 0.0) -> float:
        """Count a failure; how long to wait now."""
        self.failures = min(self.failures + 1, DOUBLINGS_MAX)
        ceiling_s = min(self.max_s, self.min_s * 2.0**self.failures)
        return max(floor_s, self.min_s + self.random() * (ceiling_s - self.min_s))

    def succeeded(self) -> None:
        """Begin anew at the next failure."""
        self.failures = 0

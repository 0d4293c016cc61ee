"""Says how much to ask for at once: less after a failure, more again as pages arrive."""

from collections.abc import Callable
from typing import TypeVar

from sync.protocol.gateway import BrokenOff, TimedOut

T = TypeVar("T")

GROW_AFTER = 4
"""Pages that must arrive before a larger one is tried: each that does not costs a time-out."""


class PageSize:
    """Rows of the next page, between one and ``largest``.

    A line may pass small answers and lose large ones; a page that was too slow, or broke off, is
    halved, as uploads are.
    """

    def __init__(self, largest: int) -> None:
        self.rows = self._largest = largest
        self._arrived = 0

    def watch(self, page: Callable[[], T]) -> T:
        """Wait for a page and adapt the size to the outcome; raises what the wait raises."""
        try:
            got = page()
        except (BrokenOff, TimedOut):
            self.rows, self._arrived = max(1, self.rows // 2), 0
            raise
        self._arrived += 1
        if self._arrived >= GROW_AFTER:
            self.rows, self._arrived = min(self._largest, self.rows * 2), 0
        return got

"""Says how soon a till may load everything afresh again."""

WAIT_FIRST_S = 60.0
WAIT_MAX_S = 6 * 3600.0
FORGET_S = 24 * 3600.0
"""After so long without a load the wait begins anew."""


class LoadPace:
    """The wait between loads: none before the first, then doubling from a minute to six hours.

    It grows with every load, also where the server took the till's cursor once in between: one
    that says 410 again and again must cost neither the line nor the disk a whole copy each time.
    """

    def __init__(self) -> None:
        self._loads = 0
        self._began_at = float("-inf")

    def wait_s(self, now: float) -> float:
        """Seconds until the next load may begin; 0 when it may."""
        if not self._loads or now - self._began_at >= FORGET_S:
            return 0.0
        wait_s = min(WAIT_FIRST_S * 2.0 ** (self._loads - 1), WAIT_MAX_S)
        return max(0.0, self._began_at + wait_s - now)

    def began(self, now: float) -> None:
        """A load begins."""
        forgotten = now - self._began_at >= FORGET_S
        self._loads = 1 if forgotten else min(self._loads + 1, 32)
        self._began_at = now

"""Virtual time: it passes when the simulation says so."""

from dataclasses import dataclass

START_US = 1_790_000_000_000_000
"""2026-09-21 in UTC microseconds."""


@dataclass(slots=True)
class VirtualClock:
    """Seconds since the start; each reading of the wall moves on by a microsecond."""

    s: float = 0.0
    _readings: int = 0

    def now_us(self) -> int:
        """UTC microseconds by a clock that is right."""
        self._readings += 1
        return START_US + int(self.s * 1_000_000) + self._readings

    def pass_to(self, s: float) -> None:
        """Let time pass until ``s``; it never goes back."""
        self.s = max(self.s, s)

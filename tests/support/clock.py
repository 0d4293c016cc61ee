"""A clock that goes only when it is told to."""

from dataclasses import dataclass

MOMENT_US = 1_790_000_000_000_000
"""2026-09-21 in UTC microseconds: where test clocks start."""


@dataclass(slots=True)
class Clock:
    """UTC microseconds; each reading moves on by one, as a real clock's would."""

    us: int = MOMENT_US

    def __call__(self) -> int:
        self.us += 1
        return self.us

    def advance_s(self, seconds: float) -> None:
        """Let that much time pass."""
        self.us += int(seconds * 1_000_000)

"""Measured durations and what is said of them."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` of the values do not exceed (nearest rank)."""
    if not values:
        raise ValueError("no samples")
    rank = math.ceil(len(values) * percent / 100)
    return sorted(values)[max(rank, 1) - 1]


@dataclass(slots=True)
class Samples:
    """Durations in milliseconds, in the order they were taken."""

    values_ms: list[float] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.values_ms)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Time the block."""
        began = time.perf_counter()
        yield
        self.values_ms.append((time.perf_counter() - began) * 1000)

    def at(self, percent: float) -> float:
        """A percentile in milliseconds."""
        return percentile(self.values_ms, percent)

    @property
    def median(self) -> float:
        """The middle one in milliseconds."""
        return self.at(50)

    @property
    def p99(self) -> float:
        """What one in a hundred exceeds, in milliseconds."""
        return self.at(99)

    def summary(self, name: str) -> dict[str, float]:
        """Median, p95, p99 and the worst under names that begin with ``name``."""
        points = {"p50": 50.0, "p95": 95.0, "p99": 99.0, "max": 100.0}
        return {f"{name}_{point}_ms": round(self.at(at), 3) for point, at in points.items()}


def interleaved(
    measured: Callable[[int], None], floor: Callable[[int], None], repeats: int, warm_up: int
) -> None:
    """Call both in turn, so that a noisy moment of the machine meets either alike.

    Each is given its turn's number; numbers below 0 are warm-up, to be run and not counted. Who
    goes first alternates.
    """
    for turn in range(-warm_up, repeats):
        for call in (measured, floor) if turn % 2 else (floor, measured):
            call(turn)

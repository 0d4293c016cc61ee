"""Rings past trade on all tills at once, each till in the order of the file."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from localdb.errors import Refusal
from tests.replay.chain import ReplayTill, tell, tell_line

TELL_EVERY = 500


class Trade(Protocol):
    """What is rung at one store at once: a basket, an invoice."""

    @property
    def store(self) -> str: ...

    @property
    def number(self) -> str: ...


T = TypeVar("T", bound=Trade)


@dataclass(slots=True)
class Rung:
    """How the ringing went; what was refused is named and counted, never skipped silently."""

    count: int = 0
    seconds: float = 0.0
    refused: Counter[str] = field(default_factory=Counter)
    """Reason -> how many."""
    examples: dict[str, str] = field(default_factory=dict)
    """Reason -> the first basket or invoice refused for it."""

    @property
    def per_second(self) -> float:
        return self.count / self.seconds if self.seconds else 0.0

    def refuse(self, number: str, reason: str) -> None:
        """Count one that could not be rung."""
        self.refused[reason] += 1
        self.examples.setdefault(reason, number)

    def add(self, other: "Rung") -> None:
        """Add another till's."""
        self.count += other.count
        self.refused += other.refused
        self.examples = {**other.examples, **self.examples}


def ring(
    tills: Mapping[str, ReplayTill], trade: Sequence[T], ring_one: Callable[[ReplayTill, T], None]
) -> Rung:
    """Ring everything at the till of its store, all tills at once."""
    began = time.monotonic()
    with ThreadPoolExecutor(len(tills), "replay-till") as pool:
        parts = pool.map(
            lambda code: _ring_at(tills[code], [t for t in trade if t.store == code], ring_one),
            tills,
        )
        total = Rung()
        for part in parts:
            total.add(part)
    total.seconds = time.monotonic() - began
    tell_line(f"rang {total.count:,}, {total.per_second:.0f}/s")
    return total


def _ring_at(till: ReplayTill, trade: list[T], ring_one: Callable[[ReplayTill, T], None]) -> Rung:
    rung = Rung()
    for one in trade:
        try:
            ring_one(till, one)
        except Refusal as refusal:
            rung.refuse(one.number, str(refusal))
        else:
            rung.count += 1
        if rung.count % TELL_EVERY == 0:
            tell(f"{rung.count:,} of {len(trade):,} rung at store {one.store}")
    return rung

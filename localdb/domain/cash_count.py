"""Counting cash by notes and coins, or as a plain sum."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from localdb.domain.fields import MINOR_MAX
from localdb.errors import Refusal

PIECES_MAX = 1_000_000
"""More of one note or coin than any drawer holds: a slip of the keyboard."""


@dataclass(frozen=True, slots=True)
class Denominations:
    """The notes and coins of a currency in minor units, largest first."""

    notes: tuple[int, ...] = ()
    coins: tuple[int, ...] = ()

    @property
    def all(self) -> tuple[int, ...]:
        """Notes, then coins."""
        return self.notes + self.coins


def denominations(currency: str) -> Denominations:
    """What is in circulation of a currency; none of one that is not listed: count a plain sum.

    Source: the issuing central banks' lists of notes and coins in circulation, 2026. A note that is
    being withdrawn is left out; it can still be counted as part of a plain sum. On 2026-12-01 the
    notes were compared with the first of ``currencies.LISTS``, which also has those withdrawn
    since.
    """
    return _IN_USE.get(currency, Denominations())


@dataclass(frozen=True, slots=True)
class CashCount:
    """Cash that somebody counted, in minor units."""

    total_minor: int
    pieces: Mapping[int, int] = field(default_factory=dict)
    """Value of a note or coin -> how many; none of a plain sum."""

    @classmethod
    def of(cls, pieces: Mapping[int, int]) -> Self:
        """A count by notes and coins; those of which there are none are left out."""
        return cls(counted_cash(pieces), {v: n for v, n in pieces.items() if n})

    def to_detail(self) -> dict[str, Any]:
        """As the event's detail keeps it; nothing of a plain sum."""
        return {"count": {str(v): n for v, n in self.pieces.items()}} if self.pieces else {}


def counted_cash(pieces: Mapping[int, int]) -> int:
    """The sum of a count: value of a note or coin, in minor units -> how many."""
    if any(value <= 0 or not 0 <= count <= PIECES_MAX for value, count in pieces.items()):
        raise Refusal("Count each note and coin as 0 or more.")
    total = sum(value * count for value, count in pieces.items())
    if total > MINOR_MAX:
        raise Refusal("That is more cash than a drawer holds. Recount it.")
    return total


def pieces_in(detail: str) -> dict[int, int]:
    """The count by notes and coins in an event's detail; empty where there is none."""
    try:
        count = json.loads(detail).get("count", {})
        return {int(value): int(number) for value, number in count.items()}
    except (ValueError, AttributeError, TypeError, RecursionError):
        return {}


_CENTS = (50, 20, 10, 5, 2, 1)
_IN_USE = {
    "EUR": Denominations((50000, 20000, 10000, 5000, 2000, 1000, 500), (200, 100, *_CENTS)),
    "USD": Denominations((10000, 5000, 2000, 1000, 500, 200, 100), (100, 50, 25, 10, 5, 1)),
    "GBP": Denominations((5000, 2000, 1000, 500), (200, 100, *_CENTS)),
    "CHF": Denominations((100000, 20000, 10000, 5000, 2000, 1000), (500, 200, 100, 50, 20, 10, 5)),
    "JPY": Denominations((10000, 5000, 2000, 1000), (500, 100, 50, 10, 5, 1)),
    "INR": Denominations((50000, 20000, 10000, 5000, 2000, 1000), (2000, 1000, 500, 200, 100, 50)),
    "CAD": Denominations((10000, 5000, 2000, 1000, 500), (200, 100, 25, 10, 5)),
    "AUD": Denominations((10000, 5000, 2000, 1000, 500), (200, 100, 50, 20, 10, 5)),
    "NZD": Denominations((10000, 5000, 2000, 1000, 500), (200, 100, 50, 20, 10)),
    "SEK": Denominations((100000, 50000, 20000, 10000, 5000, 2000), (1000, 500, 200, 100)),
    "NOK": Denominations((100000, 50000, 20000, 10000, 5000), (2000, 1000, 500, 100)),
    "DKK": Denominations((50000, 20000, 10000, 5000), (2000, 1000, 500, 200, 100, 50)),
    "PLN": Denominations((50000, 20000, 10000, 5000, 2000, 1000), (500, 200, 100, *_CENTS)),
    "KWD": Denominations((20000, 10000, 5000, 1000, 500, 250), (100, 50, 20, 10, 5)),
}

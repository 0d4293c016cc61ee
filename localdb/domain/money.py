"""Money as whole minor units: rounding that says which way, and sharing out that loses nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from localdb.domain import currencies

PPM = 1_000_000
"""Parts per million: the scale of every rate."""
MILLI = 1000
"""Thousandths: the scale of every quantity."""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency by its ISO 4217 ``code``; ``exponent`` is its number of decimals, 0 to 3."""

    code: str
    exponent: int = 2

    @classmethod
    def of(cls, code: str) -> Self:
        """The currency of an ISO 4217 code; a code that is not listed has two decimals."""
        return cls(code, currencies.facts(code).decimals)

    @property
    def unit_minor(self) -> int:
        """One whole unit in minor units: 100 for the euro, 1 for the yen."""
        return int(10**self.exponent)


class Rounding(StrEnum):
    """Where a tie goes; both mirror a negative amount, so that a refund undoes its sale."""

    HALF_UP = "half_up"
    """Away from zero."""
    HALF_EVEN = "half_even"


def divide(numerator: int, denominator: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """The quotient rounded to a whole number; raises ZeroDivisionError."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    whole, rest = divmod(abs(numerator), denominator)
    tie_up = rounding is Rounding.HALF_UP or whole % 2 == 1
    if 2 * rest > denominator or (2 * rest == denominator and tie_up):
        whole += 1
    return whole if numerator >= 0 else -whole


def rate_of(amount_minor: int, rate_ppm: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """``rate_ppm`` parts per million of an amount."""
    return divide(amount_minor * rate_ppm, PPM, rounding)


def percent_off(amount_minor: int, rate_ppm: int, *, rounds_price: bool = True) -> int:
    """What a percentage takes off an amount, so that half a cent goes up on the price.

    5 % off 2.30 leaves 2.185, a price of 2.19. A shop may round what is taken off instead
    (0.115 is 0.12, a price of 2.18): not ``rounds_price``.
    """
    if rounds_price:
        return amount_minor - rate_of(amount_minor, PPM - rate_ppm)
    return rate_of(amount_minor, rate_ppm)


def round_to_step(amount: int, step: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """The multiple of ``step`` (1 or more) nearest to ``amount``."""
    return divide(amount, step, rounding) * step


def spread(numerators: Sequence[int], denominator: int, total: int) -> list[int]:
    """Whole numbers summing to ``total``, each next to its share ``numerator / denominator``.

    Every share is rounded half up, then what the sum is off by is taken one unit at a time from
    the shares that rounding moved furthest (the largest-remainder method); ties go to the first.
    ``total`` must be a rounding of the sum of the exact shares, and ``denominator`` not 0.
    """
    if denominator < 0:
        numerators, denominator = [-n for n in numerators], -denominator
    shares = [divide(n, denominator) for n in numerators]
    missing = total - sum(shares)
    step = 1 if missing > 0 else -1

    def moved(i: int) -> int:
        return step * (shares[i] * denominator - numerators[i])

    for i in sorted(range(len(shares)), key=moved)[: abs(missing)]:
        shares[i] += step
    return shares


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Share ``total`` out in proportion to ``weights``: the parts sum to it exactly.

    A weight of 0 gets nothing. Raises ZeroDivisionError when only the weights sum to 0.
    """
    if total == 0:
        return [0] * len(weights)
    return spread([total * weight for weight in weights], sum(weights), total)

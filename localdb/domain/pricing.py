"""What a line costs, and what a discount takes off a line or a whole cart."""

from collections.abc import Sequence
from dataclasses import dataclass

from localdb.domain.fields import MINOR_MAX
from localdb.domain.money import MILLI, PPM, allocate, divide, percent_off
from localdb.errors import Refusal


@dataclass(frozen=True, slots=True)
class Discount:
    """Either an amount or a rate off; raises Refusal unless it is exactly one, and sensible.

    ``amount_minor`` is 1 or more; ``rate_ppm`` is 1 to 1,000,000 (all of it).
    """

    amount_minor: int | None = None
    rate_ppm: int | None = None

    def __post_init__(self) -> None:
        if (self.amount_minor is None) == (self.rate_ppm is None):
            raise Refusal("Give the discount either as an amount or as a percentage.")
        if self.amount_minor is not None and not 0 < self.amount_minor <= MINOR_MAX:
            raise Refusal("Enter a discount above 0.")
        if self.rate_ppm is not None and not 0 < self.rate_ppm <= PPM:
            raise Refusal("Enter a discount above 0 % and up to 100 %.")

    @property
    def name(self) -> str:
        """What it is called on a receipt: "10%", and nothing for an amount."""
        return "" if self.rate_ppm is None else f"{self.rate_ppm * 100 / PPM:g}%"

    def off(self, amount_minor: int, *, rounds_price: bool = True) -> int:
        """What it takes off an amount: with the amount's sign, and never more than it.

        ``rounds_price`` as in ``money.percent_off``.
        """
        if self.rate_ppm is not None:
            return percent_off(amount_minor, self.rate_ppm, rounds_price=rounds_price)
        off = min(self.amount_minor or 0, abs(amount_minor))
        return off if amount_minor >= 0 else -off


@dataclass(frozen=True, slots=True)
class Saving:
    """What took how much off a line, as the receipt says it."""

    kind: str
    """``promotion``, ``line`` or ``cart``, as ``SaleDiscount`` has it."""
    name: str
    amount_minor: int
    """With the sign of what it comes off."""
    promotion_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPrice:
    """A price of a line's product on a price list, as it was when the line was scanned."""

    price_minor: int
    name: str
    min_quantity_milli: int = 0
    group_id: str | None = None
    starts_day: int = 0
    ends_day: int = 0


def coupon_code(text: str) -> str:
    """A coupon's code as it is kept and compared: without outer spaces, in capitals."""
    return text.strip().upper()


def line_amount(quantity_milli: int, unit_price_minor: int) -> int:
    """Quantity times price, rounded half up to the minor unit."""
    return divide(quantity_milli * unit_price_minor, MILLI)


def spread_discount(
    discount: Discount, amounts: Sequence[int], *, rounds_price: bool = True
) -> list[int]:
    """What a cart's discount takes off each line's amount; the parts sum to it exactly.

    Only what is bought shares in it: a negative amount (a return) keeps its value. Callers give 0
    for lines that never share, such as deposits.
    """
    weights = [max(amount, 0) for amount in amounts]
    return allocate(discount.off(sum(weights), rounds_price=rounds_price), weights)

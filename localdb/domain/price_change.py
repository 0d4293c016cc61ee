"""A rule that makes new prices of old ones: up or down by a share or an amount, or to one price."""

from dataclasses import dataclass
from typing import Literal

from localdb.domain.fields import PRICE
from localdb.domain.money import PPM, divide

Way = Literal["percent", "amount", "set"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRule:
    """How prices change; all amounts in minor units."""

    way: Way
    value: int
    """Parts per million for ``percent``, else minor units; below 0 makes cheaper."""
    step_minor: int = 1
    """The new price is a multiple of this, the nearest; a tie goes up."""
    ending_minor: int = 0
    """How much below the multiple it ends: 1 with a step of 100 makes 4.99. Less than the step."""

    def applied(self, price_minor: int) -> int:
        """The new price of something; never below 0, and 0 only where it was or is set so."""
        match self.way:
            case "percent":
                changed = price_minor + divide(price_minor * self.value, PPM)
            case "amount":
                changed = price_minor + self.value
            case "set":
                changed = self.value
        if price_minor and self.way != "set":
            changed = max(changed, 1)
        if self.step_minor > 1 and changed > 0:
            whole = divide(changed + self.ending_minor, self.step_minor)
            changed = max(whole, 1) * self.step_minor - self.ending_minor
        return min(max(changed, PRICE.low), PRICE.high)

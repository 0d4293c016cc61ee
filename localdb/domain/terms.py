"""All that prices a cart beside what is in it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Self

from localdb.domain.local_time import LocalTime
from localdb.domain.promotions import Offers
from localdb.domain.tax import Taxes

LONG_AGO = LocalTime(19700101)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a shop sells under at a moment: taxes, offers and the time by its wall clock.

    The prices of price lists, the customer's group, coupons and the moment of the first scan are
    kept by the cart itself, so that an open cart stays what it was while a customer waits, and
    comes to the same on the till that recalls it.
    """

    taxes: Taxes = field(default_factory=Taxes)
    offers: Offers = field(default_factory=Offers)
    now: LocalTime = LONG_AGO
    """Counts only for a cart in which nobody noted when it began."""
    zone: tzinfo = UTC

    def at(self, at_us: int) -> Self:
        """The same terms at a moment in UTC microseconds."""
        return replace(self, now=LocalTime.of(at_us, self.zone))

"""Why a coupon does not hold."""

from typing import Any

import pytest

from localdb.domain.coupons import check
from localdb.domain.promotions import Offers, Shopper
from localdb.errors import Refusal
from tests.localdb.domain.build import GROUP, NOON, STORE, promotion


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ends_day": 20261120}, "ended on 2026-11-20"),
        ({"starts_day": 20261201}, "begins on 2026-12-01"),
        ({"weekdays": 1}, "at this day and time"),
        ({"until_min": 60}, "at this day and time"),
        ({"group_id": GROUP}, "group of customers"),
        ({"coupon_code": "OTHER"}, "Coupon"),
    ],
)
def test_a_coupon_that_does_not_hold_says_why(fields: dict[str, Any], words: str) -> None:
    """Ended, not begun, another hour, another group, or no such code."""
    offers = Offers.of([promotion(**{"coupon_code": "TEN", **fields})], STORE)
    with pytest.raises(Refusal, match=words):
        check(offers, "ten", Shopper(NOON))


def test_a_coupon_that_holds() -> None:
    """One of two offers of a code is enough, whatever letters were typed."""
    offers = Offers.of(
        [promotion(1, coupon_code="TEN", ends_day=20200101), promotion(2, coupon_code="ten")],
        STORE,
    )
    check(offers, " Ten", Shopper(NOON))

"""New prices of old ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.fields import PRICE
from localdb.domain.price_change import PriceRule

AMOUNTS = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        (PriceRule(way="percent", value=50_000), 129, 135),
        (PriceRule(way="percent", value=-50_000), 129, 123),
        (PriceRule(way="percent", value=50_000, step_minor=5), 129, 135),
        (PriceRule(way="percent", value=50_000, step_minor=10), 129, 140),
        (PriceRule(way="percent", value=50_000, step_minor=100, ending_minor=1), 129, 99),
        (PriceRule(way="percent", value=50_000, step_minor=100, ending_minor=1), 455, 499),
        (PriceRule(way="amount", value=-50), 129, 79),
        (PriceRule(way="amount", value=-500), 129, 1),
        (PriceRule(way="amount", value=-500, step_minor=100, ending_minor=1), 129, 99),
        (PriceRule(way="set", value=250), 129, 250),
        (PriceRule(way="set", value=0), 129, 0),
        (PriceRule(way="percent", value=100_000), 0, 0),
    ],
)
def test_a_rule_makes_a_new_price(rule: PriceRule, before: int, after: int) -> None:
    """Up, down, rounded, ending in 99, and never given away by a reduction."""
    assert rule.applied(before) == after


@given(AMOUNTS, st.integers(-2_000_000, 2_000_000), st.sampled_from([1, 5, 10, 100]))
def test_a_new_price_is_a_price(before: int, value: int, step: int) -> None:
    """Within the bounds of prices, on its step, and above 0 where it was."""
    after = PriceRule(way="percent", value=value, step_minor=step).applied(before)
    assert PRICE.low <= after <= PRICE.high
    assert after % step == 0 or after == 0
    assert (after > 0) == (before > 0)

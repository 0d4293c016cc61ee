"""Discounts on lines and carts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.money import percent_off
from localdb.domain.pricing import Discount, line_amount, spread_discount
from localdb.errors import Refusal
from tests.localdb.domain.build import discounts


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"amount_minor": 1, "rate_ppm": 1},
        {"amount_minor": 0},
        {"amount_minor": -5},
        {"rate_ppm": 0},
        {"rate_ppm": 1_000_001},
    ],
)
def test_senseless_discounts_are_refused(fields: dict[str, int]) -> None:
    """A discount is one of amount and rate, above nothing and at most all."""
    with pytest.raises(Refusal):
        Discount(**fields)


def test_line_amount_rounds_half_up() -> None:
    """0.735 kg at 2.00 is 1.47; half a cent goes up, on the way back too."""
    assert line_amount(735, 200) == 147
    assert line_amount(500, 1) == 1
    assert line_amount(-500, 1) == -1


@given(discounts(), st.integers(-(10**6), 10**6))
def test_off_never_passes_zero(discount: Discount, amount: int) -> None:
    """A discount has the amount's sign and takes at most all of it."""
    off = discount.off(amount)
    assert abs(off) <= abs(amount)
    assert off * amount >= 0


@given(discounts(), st.lists(st.integers(-5_000, 50_000)))
def test_spread_discount_closes(discount: Discount, amounts: list[int]) -> None:
    """The parts sum to the discount on what is bought, and none makes a line negative."""
    parts = spread_discount(discount, amounts)
    assert sum(parts) == discount.off(sum(max(amount, 0) for amount in amounts))
    for part, amount in zip(parts, amounts, strict=True):
        assert 0 <= part <= max(amount, 0)


@pytest.mark.parametrize(
    ("price", "rate_ppm", "by_price", "by_discount"),
    [(230, 50_000, 219, 218), (595, 300_000, 417, 416), (1, 500_000, 1, 0), (199, 1_000_000, 0, 0)],
)
def test_half_a_cent_goes_up_on_what_the_shop_rounds(
    price: int, rate_ppm: int, by_price: int, by_discount: int
) -> None:
    """The price as a rule; what is taken off where the shop says so; a return mirrors the sale."""
    discount = Discount(rate_ppm=rate_ppm)
    for sign in (1, -1):
        assert sign * price - discount.off(sign * price) == sign * by_price
        off = discount.off(sign * price, rounds_price=False)
        assert sign * price - off == sign * by_discount
    assert sum(spread_discount(discount, [price, 0])) == price - by_price


@given(st.integers(1, 1_000_000), st.integers(-(10**6), 10**6))
def test_either_rounding_is_within_half_a_unit_of_the_exact_price(rate: int, amount: int) -> None:
    """Both are roundings of the same number, and they differ only by half a unit's tie."""
    exact = amount * (1_000_000 - rate)
    prices = {amount - percent_off(amount, rate, rounds_price=r) for r in (True, False)}
    assert all(2 * abs(price * 1_000_000 - exact) <= 1_000_000 for price in prices)
    assert abs(max(prices) - min(prices)) <= 1

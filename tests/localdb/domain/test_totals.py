"""What a cart comes to."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.cart import Cart
from localdb.domain.pricing import Discount
from localdb.domain.tax import Taxes
from localdb.domain.totals import totals
from tests.localdb.domain.build import (
    COMPOUND,
    EXCLUDED_5,
    INCLUDED_19,
    TAXES,
    TAXES_PER_LINE,
    carts,
    line,
)

both_taxes = st.sampled_from([TAXES, TAXES_PER_LINE])


@given(carts(), both_taxes)
def test_sums_close(cart: Cart, taxes: Taxes) -> None:
    """Subtotal less discounts plus added tax is the total, over the lines and over the cart."""
    result = totals(cart, taxes)
    for money in result.lines:
        assert money.full_minor - money.discount_minor == money.total_minor
    assert sum(money.total_minor for money in result.lines) + result.added_tax_minor == (
        result.total_minor
    )
    assert sum(money.tax_minor for money in result.lines) == result.tax_minor
    assert sum(row.tax_minor for row in result.tax_rows) == result.tax_minor
    assert result.subtotal_minor - result.discount_minor + result.added_tax_minor == (
        result.total_minor
    )


@given(carts(), both_taxes, st.randoms(use_true_random=False))
def test_order_does_not_matter(cart: Cart, taxes: Taxes, random: Any) -> None:
    """Without a cart discount to share out, the order of scanning changes no sum and no row."""
    plain = cart.discount_cart(None)
    shuffled = Cart(lines=tuple(random.sample(plain.lines, len(plain.lines))))
    shuffled = shuffled.set_customer(None, tax_exempt=plain.tax_exempt)
    one, other = totals(plain, taxes), totals(shuffled, taxes)
    assert (one.total_minor, one.tax_rows) == (other.total_minor, other.tax_rows)


def test_mixed_classes_in_one_cart() -> None:
    """Included and added taxes stand side by side."""
    cart = (
        Cart()
        .add(line(1, 1190))
        .add(line(2, 1000, tax_class_id=EXCLUDED_5))
        .add(line(3, 100, tax_class_id=COMPOUND))
        .add(line(4, 50, tax_class_id=None))
    )
    result = totals(cart, TAXES)
    assert result.subtotal_minor == 2340
    assert (result.added_tax_minor, result.tax_minor) == (65, 255)
    assert result.total_minor == 2405


def test_a_cart_discount_spares_deposits_and_returns() -> None:
    """Ten percent off takes nothing off a deposit, nor off goods that come back."""
    cart = (
        Cart()
        .add(line(1, 1000))
        .add(line(2, 25, kind="deposit"))
        .add(line(3, 400, quantity_milli=-1000))
        .discount_cart(Discount(rate_ppm=100_000))
    )
    assert [money.total_minor for money in totals(cart, TAXES).lines] == [900, 25, -400]


def test_a_discount_outlives_the_lines_it_was_meant_for() -> None:
    """A cart discount larger than what is left takes that and no more."""
    cart = Cart().add(line(1, 1000)).add(line(2, 100)).discount_cart(Discount(amount_minor=500))
    assert totals(cart.void_line(line(1).id), TAXES).total_minor == 0


def test_line_then_cart_discount() -> None:
    """A cart's discount is taken off what the lines' own discounts leave."""
    cart = (
        Cart()
        .add(line(1, 1000, discount=Discount(amount_minor=200)))
        .discount_cart(Discount(rate_ppm=500_000))
    )
    assert totals(cart, TAXES).total_minor == 400
    assert totals(cart, TAXES).discount_minor == 600


def test_an_exempt_customer_pays_the_net() -> None:
    """Included tax comes off the price, added tax is not added, and no tax is shown."""
    cart = Cart().add(line(1, 1190)).add(line(2, 1000, tax_class_id=EXCLUDED_5))
    result = totals(cart.set_customer(None, tax_exempt=True), TAXES)
    assert (result.total_minor, result.tax_minor, result.tax_rows) == (2000, 0, ())


def test_an_empty_cart_is_nothing() -> None:
    """Nothing costs nothing, also with a discount."""
    assert totals(Cart(discount=Discount(amount_minor=5)), TAXES).total_minor == 0


def test_a_fractional_unit_price_keeps_its_line_total() -> None:
    """Three for 1.00 is 1.00, whatever a piece is said to cost."""
    cart = Cart().add(line(1, 33, quantity_milli=3000, amount_minor=100, tax_class_id=INCLUDED_19))
    assert totals(cart, TAXES).total_minor == 100

"""What a cart comes to."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.cart import Cart
from localdb.domain.local_time import LocalTime
from localdb.domain.pricing import Discount
from localdb.domain.terms import Terms
from localdb.domain.totals import totals
from tests.localdb.domain.build import (
    COMPOUND,
    EXCLUDED_5,
    INCLUDED_19,
    TERMS,
    TERMS_PER_LINE,
    carts,
    line,
    promotion,
    terms_with,
)

both_ways = st.sampled_from([TERMS, TERMS_PER_LINE])


@given(carts(), both_ways)
def test_sums_close(cart: Cart, terms: Terms) -> None:
    """Subtotal less discounts plus added tax is the total, over the lines and over the cart."""
    result = totals(cart, terms)
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


@given(carts(), both_ways, st.randoms(use_true_random=False))
def test_order_does_not_matter(cart: Cart, terms: Terms, random: Any) -> None:
    """Scanning in another order changes no sum and no row, also when a discount is shared out."""
    shuffled = replace(cart, lines=tuple(random.sample(cart.lines, len(cart.lines))))
    one, other = totals(cart, terms), totals(shuffled, terms)
    assert (one.total_minor, one.tax_rows) == (other.total_minor, other.tax_rows)
    assert sorted(m.total_minor for m in one.lines) == sorted(m.total_minor for m in other.lines)


def test_mixed_classes_in_one_cart() -> None:
    """Included and added taxes stand side by side."""
    cart = (
        Cart()
        .add(line(1, 1190))
        .add(line(2, 1000, tax_class_id=EXCLUDED_5))
        .add(line(3, 100, tax_class_id=COMPOUND))
        .add(line(4, 50, tax_class_id=None))
    )
    result = totals(cart, TERMS)
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
    assert [money.total_minor for money in totals(cart, TERMS).lines] == [900, 25, -400]


def test_a_discount_outlives_the_lines_it_was_meant_for() -> None:
    """A cart discount larger than what is left takes that and no more."""
    cart = Cart().add(line(1, 1000)).add(line(2, 100)).discount_cart(Discount(amount_minor=500))
    assert totals(cart.void_line(line(1).id), TERMS).total_minor == 0


def test_line_then_cart_discount() -> None:
    """A cart's discount is taken off what the lines' own discounts leave."""
    cart = (
        Cart()
        .add(line(1, 1000, discount=Discount(amount_minor=200)))
        .discount_cart(Discount(rate_ppm=500_000))
    )
    assert totals(cart, TERMS).total_minor == 400
    assert totals(cart, TERMS).discount_minor == 600


def test_an_exempt_customer_pays_the_net() -> None:
    """Included tax comes off the price, added tax is not added, and no tax is shown."""
    cart = Cart().add(line(1, 1190)).add(line(2, 1000, tax_class_id=EXCLUDED_5))
    result = totals(cart.set_customer(None, tax_exempt=True), TERMS)
    assert (result.total_minor, result.tax_minor, result.tax_rows) == (2000, 0, ())


def test_an_empty_cart_is_nothing() -> None:
    """Nothing costs nothing, also with a discount."""
    assert totals(Cart(discount=Discount(amount_minor=5)), TERMS).total_minor == 0


def test_a_fractional_unit_price_keeps_its_line_total() -> None:
    """Three for 1.00 is 1.00, whatever a piece is said to cost."""
    cart = Cart().add(line(1, 33, quantity_milli=3000, amount_minor=100, tax_class_id=INCLUDED_19))
    assert totals(cart, TERMS).total_minor == 100


def test_what_is_taken_off_says_why() -> None:
    """Offer, line and cart each name their part of a line's discount."""
    terms = terms_with(promotion(rate_ppm=100_000))
    cart = (
        Cart()
        .add(line(1, 1000, discount=Discount(amount_minor=100)))
        .discount_cart(Discount(rate_ppm=500_000))
    )
    (money,) = totals(cart, terms).lines
    assert [(saving.kind, saving.name, saving.amount_minor) for saving in money.savings] == [
        ("promotion", "Offer 1", 100),
        ("line", "", 100),
        ("cart", "50%", 400),
    ]


def test_who_pays_no_tax_saves_the_net() -> None:
    """What an offer saves on the shelf price comes off without the tax in it, and sums close."""
    terms = terms_with(promotion(rate_ppm=500_000), promotion(2, "spend", amount_minor=1))
    cart = Cart().add(line(1, 1190)).set_customer(None, tax_exempt=True)
    (money,) = totals(cart, terms).lines
    assert (money.full_minor, money.discount_minor, money.total_minor) == (1000, 500, 500)


def test_an_open_cart_is_judged_by_its_first_scan() -> None:
    """Goods scanned in happy hour keep its price at the end of the queue, and the other way."""
    terms = terms_with(promotion(rate_ppm=500_000, from_min=17 * 60, until_min=18 * 60))
    cart = Cart().add(line(1, 100))
    assert totals(cart.begin(LocalTime(20261121, 17 * 60 + 59)), terms).total_minor == 50
    assert totals(cart.begin(LocalTime(20261121, 16 * 60 + 59)), terms).total_minor == 100
    assert totals(cart, terms).total_minor == 100


def test_a_discount_by_hand_never_makes_a_line_dearer() -> None:
    """It comes on top of the offer, which it does not push out."""
    terms = terms_with(promotion(kind="n_for_m", take=2, pay=1))
    cart = Cart().add(line(1, 100, quantity_milli=2000))
    assert totals(cart, terms).total_minor == 100
    discounted = cart.discount_line(line(1).id, Discount(rate_ppm=100_000))
    assert totals(discounted, terms).total_minor == 90

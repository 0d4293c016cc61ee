"""Goods that come back without a receipt are worth what they would cost now, never more."""

from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings

from localdb.domain.cart import Cart, CartLine
from localdb.domain.pricing import ListPrice
from localdb.domain.terms import Terms
from localdb.domain.totals import totals
from tests.localdb.domain.build import (
    TERMS,
    baskets,
    carts,
    line,
    on_offer,
    promotion,
    terms_with,
)

LISTED = ListPrice(price_minor=800, name="Club")


def due(terms: Terms, *lines: CartLine) -> int:
    return totals(Cart(lines=lines), terms).total_minor


def test_a_list_price_is_paid_back_and_not_the_catalogues() -> None:
    """List 8.00, catalogue 10.00: -1 pays 8.00 out, -1 and +1 nothing."""
    sold = line(1, 1000, prices=(LISTED,))
    back = line(2, 1000, prices=(LISTED,), quantity_milli=-1000)
    assert due(TERMS, back) == -800
    assert due(TERMS, back, replace(sold, product_id=back.product_id)) == 0


@pytest.mark.parametrize("quantity", [1000, 3000])
def test_a_price_for_a_quantity_holds_on_the_way_back(quantity: int) -> None:
    """Three bought at the price for three and one given back leaves two at it, not one for less."""
    price = replace(LISTED, min_quantity_milli=3000)
    sold = line(1, 1000, prices=(price,), quantity_milli=3000)
    back = line(2, 1000, prices=(price,), quantity_milli=-quantity)
    back = replace(back, product_id=sold.product_id)
    assert due(TERMS, sold, back) == 2400 - 800 * quantity // 1000
    assert due(TERMS, back) == (-1000 if quantity == 1000 else -2400)


def test_an_offer_counts_for_what_comes_back() -> None:
    """Twenty percent off: -1 pays 8.00 out, -1 and +1 nothing."""
    terms = terms_with(promotion(rate_ppm=200_000))
    assert due(terms, line(1, 1000, quantity_milli=-1000)) == -800
    assert due(terms, line(1, 1000, quantity_milli=-1000), line(2, 1000)) == 0


def test_a_coupon_never_makes_a_cart_dearer_by_what_comes_back() -> None:
    """It is left out where it takes more off a return than off a purchase."""
    terms = terms_with(promotion(rate_ppm=500_000, coupon_code="HALF"))
    back = Cart(lines=(line(1, 1000, quantity_milli=-1000),))
    assert totals(back.add_coupon("half"), terms).total_minor == -1000


@settings(max_examples=300, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(cart=carts() | baskets(), terms=on_offer())
def test_buying_and_giving_back_the_same_comes_to_nothing(cart: Cart, terms: Terms) -> None:
    """Whatever the offers and lists, no money is made of goods that go round in a circle."""
    bought = tuple(replace(one, discount=None) for one in cart.lines if one.quantity_milli > 0)
    returned = tuple(
        replace(
            one,
            id=f"back-{one.id}",
            quantity_milli=-one.quantity_milli,
            amount_minor=None if one.amount_minor is None else -one.amount_minor,
        )
        for one in bought
    )
    both = replace(cart, lines=bought + returned, discount=None)
    found = totals(both, terms)
    assert found.total_minor == 0
    assert found.discount_minor == 0
    assert found.tax_minor == 0

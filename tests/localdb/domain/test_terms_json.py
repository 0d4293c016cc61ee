"""Terms that outlive a power cut."""

from dataclasses import replace

import pytest
from hypothesis import given

from localdb.domain.cart import Cart
from localdb.domain.money import Rounding
from localdb.domain.tax import Taxes, TaxRounding
from localdb.domain.terms import Terms
from localdb.domain.terms_json import kept, terms_of
from localdb.domain.totals import totals
from tests.localdb.domain.build import (
    RULES,
    STORE,
    baskets,
    carts,
    line,
    on_offer,
    product,
    promotion,
    terms_with,
)


@given(baskets(), on_offer())
def test_a_cart_comes_to_the_same_under_kept_terms(basket: Cart, terms: Terms) -> None:
    """To the line: whoever saved what before the power cut saved it after."""
    assert totals(basket, terms_of(kept(terms, basket))) == totals(basket, terms)


@given(carts(), on_offer())
def test_so_does_any_cart(cart: Cart, terms: Terms) -> None:
    """With every kind of tax, rounding and line."""
    taxes = Taxes(RULES, TaxRounding.PER_LINE, Rounding.HALF_EVEN)
    terms = replace(terms, taxes=taxes)
    assert totals(cart, terms_of(kept(terms, cart))) == totals(cart, terms)


def test_only_what_prices_the_cart_is_kept() -> None:
    """Five hundred offers on other goods do not make a charge heavy; one's own store's stay."""
    offers = [promotion(n, rate_ppm=1, targets=[(n,)]) for n in range(1, 500)]
    terms = terms_with(*offers, promotion(900, rate_ppm=2, targets=[(1,)], store_id=STORE))
    text = kept(terms, Cart().add(line(1)))
    assert [offer.promotion.id for offer in terms_of(text).offers.offers] == [
        promotion(1).id,
        promotion(900).id,
    ]
    assert product(2) not in text


@pytest.mark.parametrize("text", ["", "[]", "5", "{}", '{"promotions":5}'])
def test_what_is_no_terms(text: str) -> None:
    """Anything else is an error, never terms without offers."""
    with pytest.raises(ValueError, match=r"terms|Expecting"):
        terms_of(text)

"""The sample shop's offers, sold at a till."""

from pathlib import Path

import pytest

from app.selling.lines import product_line
from app.setup import sample
from localdb.domain.cart import Cart
from localdb.domain.ids import IdSource
from localdb.domain.totals import Totals, totals
from localdb.queries import offers, products
from tests.support.shops import Shop, small_shop


def rung(shop: Shop, *codes: str, quantity: int = 1, coupon: str = "") -> Totals:
    """A cart of sample goods, and what it comes to."""
    new_id = IdSource(shop.clock)
    cart = Cart().add_coupon(coupon) if coupon else Cart()
    for code in codes:
        view = shop.till.ask(products.by_code, code)
        assert view is not None
        price = view.product.price_minor
        cart = cart.add(*product_line(view, new_id, quantity * 1000, price))
    return totals(cart, shop.till.ask(offers.terms, shop.clock()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sample")


def test_what_a_visitor_can_try(folder: Path) -> None:
    """Three teas for two, coffee with a croissant, a coupon, cola by the crate."""
    with small_shop(folder) as shop:
        sample.load(shop.till)
        teas = rung(shop, "1168", "1169", "1170")
        assert teas.discount_minor == 149
        assert {s.name for line in teas.lines for s in line.savings} == {"Tea 3 for 2"}
        assert rung(shop, "1166", "1039").discount_minor == 220 + 175 - 350
        assert rung(shop, "1158", coupon="welcome10").discount_minor == 59
        crate = rung(shop, "1180", quantity=24).lines
        assert (crate[0].unit_price_minor, crate[0].list_name) == (69, "By the crate")
        assert rung(shop, "1180", quantity=23).lines[0].unit_price_minor == 89

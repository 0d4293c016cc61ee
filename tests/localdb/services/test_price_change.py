"""Many prices changed at once, and put back."""

from pathlib import Path

import pytest

from localdb.errors import Refusal
from localdb.queries import products
from localdb.services import catalogue, price_change
from localdb.services.price_change import NewPrice
from tests.support.shops import Shop, small_shop


def price_of(shop: Shop, product_id: str) -> int:
    """The stored price of a product."""
    view = shop.till.ask(products.view, product_id)
    assert view is not None
    return view.product.price_minor


def test_what_somebody_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    """Also on the way back; what was changed is told."""
    with small_shop(tmp_path) as shop:
        milk, bread = NewPrice(shop.milk.id, 129, 139), NewPrice(shop.bread.id, 349, 359)
        shop.till.write(catalogue.change_product, shop.bread.id, price_minor=399)
        changed = shop.till.write(price_change.change_some, [milk, bread])
        assert changed == [milk]
        assert (price_of(shop, shop.milk.id), price_of(shop, shop.bread.id)) == (139, 399)
        shop.till.write(catalogue.change_product, shop.milk.id, price_minor=149)
        assert shop.till.write(price_change.change_some, [milk.back]) == []
        assert price_of(shop, shop.milk.id) == 149


def test_only_who_may_changes_prices(tmp_path: Path) -> None:
    """And then none of them."""
    with small_shop(tmp_path) as shop:
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal, match="Only a manager"):
            shop.till.write(price_change.change_some, [NewPrice(shop.milk.id, 129, 139)])
        assert price_of(shop, shop.milk.id) == 129

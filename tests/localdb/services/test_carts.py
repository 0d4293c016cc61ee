"""The open cart survives; a held cart is recalled once."""

from pathlib import Path

import pytest

from localdb.domain.cart import Cart
from localdb.errors import Refusal
from localdb.queries import carts as cart_queries
from localdb.queries import lists
from localdb.services import carts
from localdb.services.till import Till
from localdb.store import carts as cart_store
from tests.support.clock import Clock
from tests.support.shops import opened, small_shop


def test_the_open_cart_is_there_after_a_restart(tmp_path: Path) -> None:
    """What was scanned before the power went is on the screen again."""
    with small_shop(tmp_path) as shop:
        cart = shop.cart(shop.milk, shop.bread)
        shop.till.jot(carts.save_open, cart)
    with opened(tmp_path, Clock()) as database:
        assert Till(database).ask(cart_queries.open_cart) == cart


def test_a_damaged_open_cart_does_not_keep_the_till_from_starting(tmp_path: Path) -> None:
    """Failure 33: a cart that cannot be read is set aside and the till starts with an empty one."""
    with small_shop(tmp_path) as shop:
        shop.till.write(lambda uow: cart_store.save(uow.connection, '{"lines": [{', uow.now_us))
        assert shop.till.ask(cart_queries.open_cart) == Cart()


def test_a_held_cart_is_recalled_once(tmp_path: Path) -> None:
    """It leaves the list, keeps its prices, and a second recall is refused."""
    with small_shop(tmp_path) as shop:
        cart = shop.cart(shop.milk)
        held_id = shop.till.write(carts.hold, cart, "Blue coat")
        assert [held.label for held in shop.till.ask(lists.held_carts)] == ["Blue coat"]
        assert shop.till.ask(cart_queries.open_cart) == Cart()
        assert shop.till.write(carts.recall, held_id) == cart
        assert shop.till.ask(lists.held_carts) == []
        with pytest.raises(Refusal, match="already recalled"):
            shop.till.write(carts.recall, held_id)


def test_an_empty_cart_is_not_held(tmp_path: Path) -> None:
    """There is nothing to come back for."""
    with small_shop(tmp_path) as shop, pytest.raises(Refusal, match="empty"):
        shop.till.write(carts.hold, Cart(), "")

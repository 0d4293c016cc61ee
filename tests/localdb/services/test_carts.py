"""The open cart survives; a held cart is recalled once."""

from dataclasses import replace
from pathlib import Path

import pytest

from localdb.domain.cart import Cart
from localdb.domain.pricing import ListPrice
from localdb.domain.records import Sale
from localdb.domain.tender import Tender
from localdb.domain.totals import totals
from localdb.errors import Refusal
from localdb.queries import carts as cart_queries
from localdb.queries import lists
from localdb.queries import offers as queries
from localdb.services import carts, offers
from localdb.services.checkout import checkout
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
        recalled = shop.till.write(carts.recall, held_id)
        assert recalled == replace(cart, held_cart_id=held_id)
        assert shop.till.ask(lists.held_carts) == []
        with pytest.raises(Refusal, match="already recalled"):
            shop.till.write(carts.recall, held_id)


def test_an_empty_cart_is_not_held(tmp_path: Path) -> None:
    """There is nothing to come back for."""
    with small_shop(tmp_path) as shop, pytest.raises(Refusal, match="empty"):
        shop.till.write(carts.hold, Cart(), "")


def test_a_sale_names_the_held_cart_it_came_from(tmp_path: Path) -> None:
    """So that two sales of one cart are found; held again it is another cart, and emptied none."""
    with small_shop(tmp_path) as shop:
        first = shop.till.write(carts.hold, shop.cart(shop.milk), "Blue coat")
        again = shop.till.write(carts.hold, shop.till.write(carts.recall, first), "Blue coat")
        assert '"held_cart_id"' not in shop.till.ask(lists.held_carts)[0].cart
        cart = shop.till.write(carts.recall, again)
        assert cart.void_line(cart.lines[0].id).held_cart_id is None
        done = shop.till.write(checkout, cart, Tender(129, shop.till.currency).pay_cash())
        sale = shop.till.write(lambda uow: uow.get(Sale, done.sale_id))
        assert sale is not None
        assert sale.held_cart_id == again


def test_a_held_cart_comes_to_the_same_on_another_till(tmp_path: Path) -> None:
    """Hours later, with the catalogue and its lists changed, for a till that never saw them."""
    with small_shop(tmp_path / "one") as one, small_shop(tmp_path / "other") as other:
        for shop in (one, other):
            hour = {"from_min": 14 * 60, "until_min": 15 * 60, "rate_ppm": 500_000}
            shop.till.write(offers.add_promotion, "Happy hour", "percent", **hour)
        club = ListPrice(price_minor=99, name="Club", group_id=one.manager.id)
        cart = one.cart(one.milk)
        cart = replace(cart, lines=(replace(cart.lines[0], prices=(club,), tax_class_id=None),))
        cart = cart.set_customer(None, group_id=one.manager.id)
        terms = one.till.ask(queries.terms, one.clock())
        held_id = one.till.write(carts.hold, cart.begin(terms.now), "Blue coat")
        (held,) = one.till.ask(lists.held_carts)
        assert held.total_minor == 50
        other.clock.advance_s(5 * 3600)
        other.till.write(lambda uow: uow.insert(replace(held, store_id=uow.identity.store_id)))
        recalled = other.till.write(carts.recall, held_id)
        later = other.till.ask(queries.terms, other.clock())
        assert totals(recalled, later).total_minor == held.total_minor

"""Price lists and promotions: made, changed, in force at the next scan."""

from pathlib import Path
from typing import Any

import pytest

from localdb.domain.cart import Cart, CartLine
from localdb.domain.promotions import Target, targets_json
from localdb.domain.records import JournalEntry, Promotion
from localdb.domain.terms import Terms
from localdb.domain.totals import totals
from localdb.errors import Refusal, ValidationRefusal
from localdb.queries import offers as queries
from localdb.queries import products
from localdb.services import offers, people, settings
from tests.support.shops import CASHIER_PIN, MILK, Shop, line_of, small_shop


def terms(shop: Shop) -> Terms:
    return shop.till.ask(queries.terms, shop.clock())


def test_a_promotion_is_in_force_once_it_is_made(tmp_path: Path) -> None:
    """It prices the next cart, and not one any more when it is switched off."""
    with small_shop(tmp_path) as shop:
        cart = shop.cart(shop.milk, shop.bread)
        made = shop.till.write(
            offers.create_promotion,
            "Milk at half",
            "percent",
            rate_ppm=500_000,
            targets=targets_json([Target(frozenset({shop.milk.id}))]),
        )
        assert totals(cart, terms(shop)).discount_minor == 64
        shop.till.write(offers.change_promotion, made.id, rate_ppm=1_000_000)
        assert totals(cart, terms(shop)).discount_minor == 129
        shop.till.write(offers.change_promotion, made.id, active=False)
        assert totals(cart, terms(shop)).discount_minor == 0
        kinds = [entry.kind for entry in shop.till.write(lambda uow: uow.find(JournalEntry))]
        assert kinds.count("offer_changed") == 3


def test_settings_decide_how_offers_meet_and_taxes_round(tmp_path: Path) -> None:
    """The shop's word is part of what prices a cart."""
    with small_shop(tmp_path) as shop:
        for priority in (1, 2):
            shop.till.write(
                offers.add_promotion, f"Half {priority}", "percent", rate_ppm=500_000,
                stackable=True, priority=priority,
            )  # fmt: skip
        cart = shop.cart(shop.bread)
        assert totals(cart, terms(shop)).total_minor == 349 - 174
        shop.till.write(settings.change, "offers", "stack")
        assert totals(cart, terms(shop)).total_minor == 349 - 174 - 87
        assert terms(shop).taxes.rounding == "document"
        shop.till.write(settings.change, "tax_rounding", "line")
        shop.till.write(settings.change, "tax_ties", "half_even")
        taxes = terms(shop).taxes
        assert (taxes.rounding, taxes.ties) == ("line", "half_even")


def scanned(shop: Shop, quantity_milli: int = 1000) -> CartLine:
    """A line of milk as a scan makes it."""
    view = shop.till.ask(products.by_code, MILK)
    assert view is not None
    line = line_of(shop.till, view.product, quantity_milli)
    return CartLine(**{f: getattr(line, f) for f in line.__slots__} | {"prices": view.prices})


def test_a_list_gives_its_price_to_the_next_scan(tmp_path: Path) -> None:
    """An open cart keeps what it scanned, also when the list is changed or loses the price."""
    with small_shop(tmp_path) as shop:
        before = Cart().add(scanned(shop))
        made = shop.till.write(offers.create_price_list, "Club")
        shop.till.write(offers.set_price, made.id, shop.milk.id, 99)
        after = Cart().add(scanned(shop))
        assert totals(before, terms(shop)).total_minor == 129
        assert totals(after, terms(shop)).total_minor == 99
        shop.till.write(offers.set_price, made.id, shop.milk.id, 79)
        assert totals(Cart().add(scanned(shop)), terms(shop)).total_minor == 79
        shop.till.write(offers.set_price, made.id, shop.milk.id, None)
        assert totals(Cart().add(scanned(shop)), terms(shop)).total_minor == 129
        shop.till.write(offers.set_price, made.id, shop.milk.id, 89, min_quantity_milli=6000)
        assert totals(Cart().add(scanned(shop, 6000)), terms(shop)).total_minor == 6 * 89
        shop.till.write(offers.change_price_list, made.id, active=False)
        assert totals(Cart().add(scanned(shop, 6000)), terms(shop)).total_minor == 6 * 129
        assert totals(after, terms(shop)).total_minor == 99


def test_a_cashier_makes_no_offers(tmp_path: Path) -> None:
    """Nor changes any."""
    with small_shop(tmp_path) as shop:
        held = shop.till.write(offers.add_promotion, "Half", "percent", rate_ppm=500_000)
        some_list = shop.till.write(offers.add_price_list, "Club")
        people.sign_in(shop.till, shop.cashier.id, CASHIER_PIN)
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(offers.create_promotion, "All", "percent", rate_ppm=1_000_000)
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(offers.change_promotion, held.id, rate_ppm=1_000_000)
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(offers.create_price_list, "Friends")
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(offers.change_price_list, some_list.id, name="Friends")
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(offers.set_price, some_list.id, shop.milk.id, 1)


@pytest.mark.parametrize(
    ("kind", "fields", "wrong"),
    [
        ("percent", {}, {"rate_ppm"}),
        ("percent", {"rate_ppm": 1_000_001}, {"rate_ppm"}),
        ("amount", {}, {"amount_minor"}),
        ("n_for_m", {"take": 3, "pay": 3}, {"pay"}),
        ("n_for_m", {"take": 1, "pay": 1}, {"take", "pay"}),
        ("n_for_price", {"take": 3}, {"amount_minor"}),
        ("cheapest_free", {}, {"take"}),
        ("bundle", {"amount_minor": 100}, {"targets"}),
        ("spend", {}, {"amount_minor"}),
        ("spend", {"amount_minor": 5, "rate_ppm": 5}, {"amount_minor"}),
        ("percent", {"rate_ppm": 1, "targets": "[1]"}, {"targets"}),
        ("percent", {"rate_ppm": 1, "weekdays": 0}, {"weekdays"}),
        ("percent", {"rate_ppm": 1, "starts_day": 20261122, "ends_day": 20261121}, {"ends_day"}),
        ("lottery", {}, {"kind"}),
    ],
)
def test_an_offer_that_makes_no_sense(
    tmp_path: Path, kind: str, fields: dict[str, Any], wrong: set[str]
) -> None:
    """Each wrong field is named, and nothing is stored."""
    with small_shop(tmp_path) as shop:
        with pytest.raises(ValidationRefusal) as refused:
            shop.till.write(offers.add_promotion, "Odd", kind, **fields)
        assert set(refused.value.errors) == wrong
        assert shop.till.write(lambda uow: uow.find(Promotion)) == []


def test_a_list_that_ends_before_it_begins(tmp_path: Path) -> None:
    """Days in the wrong order are refused, at first and later."""
    with small_shop(tmp_path) as shop:
        with pytest.raises(ValidationRefusal):
            shop.till.write(offers.add_price_list, "Odd", starts_day=20261122, ends_day=20261121)
        made = shop.till.write(offers.add_price_list, "Winter", starts_day=20261122)
        with pytest.raises(ValidationRefusal):
            shop.till.write(offers.change_price_list, made.id, ends_day=20261121)
        with pytest.raises(Refusal, match="was deleted"):
            shop.till.write(offers.change_price_list, shop.milk.id, name="x")

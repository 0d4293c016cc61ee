"""A promotion tried on the past comes to what the till would have taken off."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localdb.domain.cart import Cart
from localdb.domain.money import Currency
from localdb.domain.pricing import Discount
from localdb.domain.promotions import Target, targets_json
from localdb.domain.records import Promotion
from localdb.domain.tender import Tender
from localdb.domain.totals import totals
from localdb.queries import offer_trial, offers
from localdb.services import checkout
from localdb.services import offers as service
from tests.support.shops import Shop, line_of, small_shop

EUR = Currency.of("EUR")
ALWAYS = (0, 2**62)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop with milk at 1.29 and bread at 3.49; the manager is signed in."""
    with small_shop(tmp_path) as found:
        yield found


def sold(shop: Shop, cart: Cart) -> Cart:
    """A cart, paid in cash."""
    due = totals(cart, shop.till.ask(offers.terms, shop.clock())).total_minor
    shop.till.write(checkout.checkout, cart, Tender(due, EUR).pay_cash())
    return cart


def carts(shop: Shop, count: int) -> list[Cart]:
    """Sales of one to seven pieces of each."""
    dice = random.Random(7)
    made = []
    for _sale in range(count):
        cart = Cart()
        for product in (shop.milk, shop.bread):
            pieces = dice.randint(0, 7)
            if pieces:
                cart = cart.add(line_of(shop.till, product, 1000 * pieces))
        if not cart.is_empty:
            made.append(sold(shop, cart))
    return made


def taken_off(shop: Shop, promotion: Promotion, made: list[Cart]) -> int:
    """What the till takes off these carts once the promotion is there."""
    before = shop.till.ask(offers.terms, shop.clock())
    values = {name: v for name, v in promotion.values().items() if name not in ("id", "deleted")}
    shop.till.write(service.add_promotion, values.pop("name"), values.pop("kind"), **values)
    after = shop.till.ask(offers.terms, shop.clock())
    return sum(totals(cart, before).total_minor - totals(cart, after).total_minor for cart in made)


def drafts(shop: Shop) -> dict[str, Promotion]:
    """One of each kind."""
    milk, bread = Target(frozenset({shop.milk.id})), Target(frozenset({shop.bread.id}))
    both = targets_json([Target(frozenset({shop.milk.id, shop.bread.id}))])
    draft = Promotion(id=shop.milk.id, name="Draft", kind="percent", targets=both)
    return {
        "percent": replace(draft, rate_ppm=100_000),
        "amount": replace(draft, kind="amount", amount_minor=15),
        "n_for_m": replace(draft, kind="n_for_m", take=3, pay=2),
        "n_for_price": replace(draft, kind="n_for_price", take=2, amount_minor=200),
        "bundle": replace(
            draft, kind="bundle", amount_minor=399, targets=targets_json([milk, bread])
        ),
        "cheapest_free": replace(draft, kind="cheapest_free", take=3),
        "spend": replace(draft, kind="spend", spend_minor=1000, amount_minor=100),
    }


@pytest.mark.parametrize(
    "kind", ["percent", "amount", "n_for_m", "n_for_price", "bundle", "cheapest_free", "spend"]
)
def test_what_is_tried_is_what_the_till_would_have_taken_off(shop: Shop, kind: str) -> None:
    """To the cent, for every kind, over many sales."""
    made = carts(shop, 30)
    promotion = drafts(shop)[kind]
    trial = shop.till.ask(offer_trial.tried, promotion, *ALWAYS)
    assert trial.sales == len(made)
    assert trial.total.saved_minor == sum(row.saved_minor for row in trial.products)
    assert trial.total.saved_minor == taken_off(shop, promotion, made) > 0


def test_what_was_on_another_promotion_or_cheaper_by_hand_is_left_out(shop: Shop) -> None:
    """No goods take part in two offers, and a price set by hand stands."""
    percent = drafts(shop)["percent"]
    line = line_of(shop.till, shop.milk)
    sold(shop, Cart().add(replace(line, unit_price_minor=99)))
    assert shop.till.ask(offer_trial.tried, percent, *ALWAYS).touched == 0
    shop.till.write(service.add_promotion, "Milk", "percent", rate_ppm=50_000)
    sold(shop, shop.cart(shop.milk))
    assert shop.till.ask(offer_trial.tried, percent, *ALWAYS).touched == 0


def test_no_more_is_saved_than_was_paid(shop: Shop) -> None:
    """A piece that was nearly given away by hand cannot save its whole price."""
    line = replace(line_of(shop.till, shop.milk), discount=Discount(amount_minor=120))
    sold(shop, Cart().add(line))
    half = replace(drafts(shop)["percent"], rate_ppm=500_000)
    assert shop.till.ask(offer_trial.tried, half, *ALWAYS).total.saved_minor == 9


def test_hours_and_the_period_count_and_the_dates_of_the_promotion_do_not(shop: Shop) -> None:
    """A promotion of next year is tried on this one; one for the night touches no day's sale."""
    sold(shop, shop.cart(shop.milk))
    percent = drafts(shop)["percent"]
    later = replace(percent, starts_day=20990101)
    assert shop.till.ask(offer_trial.tried, later, *ALWAYS).touched == 1
    minute = (shop.clock() // 60_000_000) % 1440
    other = replace(percent, from_min=(minute + 60) % 1440, until_min=(minute + 120) % 1440)
    assert shop.till.ask(offer_trial.tried, other, *ALWAYS).touched == 0
    assert shop.till.ask(offer_trial.tried, percent, 0, shop.clock() - 60_000_000).sales == 0


def test_one_that_nobody_waits_for_stops(shop: Shop) -> None:
    """Cancelled at its next report, it gives what it has."""
    carts(shop, 5)
    told: list[int] = []
    before, offer_trial.REPORT_EVERY = offer_trial.REPORT_EVERY, 2
    try:
        trial = shop.till.ask(
            offer_trial.tried, drafts(shop)["percent"], *ALWAYS, told.append, lambda: True
        )
    finally:
        offer_trial.REPORT_EVERY = before
    assert (told, trial.sales) == ([2], 2)

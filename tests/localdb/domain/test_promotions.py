"""What each kind of offer does, and when it holds."""

from dataclasses import replace
from typing import Any

import pytest

from localdb.domain.cart import Cart, CartLine
from localdb.domain.local_time import LocalTime
from localdb.domain.promotions import Offers, Shopper, Target, is_on, targets_json, targets_of
from localdb.domain.records import Promotion
from localdb.domain.totals import Totals, totals
from tests.localdb.domain.build import (
    CATEGORIES,
    GROUP,
    NOON,
    OTHER_GROUP,
    STORE,
    line,
    numbered_id,
    product,
    promotion,
    terms_with,
)


def priced(*lines: CartLine, by: Promotion, stack: bool = False) -> Totals:
    """A cart under one offer."""
    return totals(Cart(lines=lines), terms_with(by, stack=stack))


def off(*lines: CartLine, by: Promotion) -> list[int]:
    """What one offer takes off each line."""
    return [money.discount_minor for money in priced(*lines, by=by).lines]


def pieces(number: int, price: int, quantity: int = 1) -> CartLine:
    return line(number, price, quantity_milli=quantity * 1000)


def weighed(number: int, price: int, milli: int) -> CartLine:
    return line(number, price, quantity_milli=milli, unit="kg", kind="weighed")


def test_a_rate_comes_off_each_line() -> None:
    """Ten percent of each line, weighed goods too."""
    offer = promotion(rate_ppm=100_000)
    assert off(pieces(1, 129, 3), weighed(2, 1000, 525), by=offer) == [39, 52]


def test_an_amount_comes_off_each_unit() -> None:
    """0.20 off each piece and each kilogram, and never more than the price."""
    offer = promotion(kind="amount", amount_minor=20)
    assert off(pieces(1, 129, 3), weighed(2, 1000, 525), pieces(3, 15), by=offer) == [60, 11, 15]


def test_times_max_limits_pieces() -> None:
    """A rate for two pieces goes to the dearest two; a weighed line counts as one."""
    offer = promotion(rate_ppm=500_000, times_max=2)
    assert off(pieces(1, 100, 3), pieces(2, 300), by=offer) == [50, 150]
    assert off(weighed(1, 1000, 2500), pieces(2, 300, 2), by=offer) == [1250, 150]


def test_three_for_two() -> None:
    """Of six pieces the cheapest of the dear three and of the cheap three are free."""
    offer = promotion(kind="n_for_m", take=3, pay=2)
    assert priced(pieces(1, 1000, 3), pieces(2, 100, 3), by=offer).discount_minor == 1100
    assert off(pieces(1, 129, 2), by=offer) == [0]


def test_what_a_set_saves_lies_on_all_of_it() -> None:
    """The free piece is paid back in proportion if one of the set is returned."""
    offer = promotion(kind="n_for_m", take=3, pay=2)
    assert off(pieces(1, 200), pieces(2, 100), pieces(3, 100), by=offer) == [50, 25, 25]


def test_three_for_a_price() -> None:
    """Any three for 5.00, the dearest first, and only where that is less."""
    offer = promotion(kind="n_for_price", take=3, amount_minor=500)
    assert priced(pieces(1, 200, 4), pieces(2, 150, 2), by=offer).discount_minor == 100
    assert priced(pieces(1, 150, 3), by=offer).discount_minor == 0


def test_a_bundle() -> None:
    """A coffee and a cake for 4.00, as often as there are both, the dearest of each."""
    offer = promotion(kind="bundle", amount_minor=400, targets=[(1, 2), (3,)])
    lines = pieces(1, 300), pieces(2, 350), pieces(3, 200, 5)
    assert priced(*lines, by=offer).discount_minor == (350 + 200 - 400) + (300 + 200 - 400)
    assert priced(pieces(1, 300), by=offer).discount_minor == 0
    assert priced(*lines, by=replace(offer, times_max=1)).discount_minor == 150


def test_a_bundle_of_several_pieces() -> None:
    """Two of the one and one of the other, also when both targets name the same goods."""
    both = targets_json([Target(frozenset({product(1)}), quantity=2), Target()])
    offer = replace(promotion(kind="bundle", amount_minor=100), targets=both)
    assert priced(pieces(1, 100, 3), by=offer).discount_minor == 200
    assert priced(pieces(1, 100, 2), by=offer).discount_minor == 0


def test_the_cheapest_of_all_is_free() -> None:
    """Buy three, the cheapest free: of six pieces the two cheapest, not one of each three."""
    offer = promotion(kind="cheapest_free", take=3)
    lines = pieces(1, 1000, 3), pieces(2, 100, 3)
    assert priced(*lines, by=offer).discount_minor == 200
    assert priced(*lines, by=replace(offer, times_max=1)).discount_minor == 100


def test_what_was_spent() -> None:
    """5.00 off each 20.00 spent, once where a limit says so, and nothing below."""
    offer = promotion(kind="spend", spend_minor=2000, amount_minor=500)
    assert priced(pieces(1, 1000, 4), weighed(2, 1000, 500), by=offer).discount_minor == 1000
    assert priced(pieces(1, 4000), by=replace(offer, times_max=1)).discount_minor == 500
    assert priced(pieces(1, 1999), by=offer).discount_minor == 0
    rate = promotion(kind="spend", spend_minor=2000, rate_ppm=100_000)
    assert priced(pieces(1, 4500), by=rate).discount_minor == 450


def test_only_what_a_target_names() -> None:
    """Products by id, categories by id, and anything when a target names nothing."""
    in_category = replace(
        promotion(rate_ppm=500_000),
        targets=targets_json([Target(categories=frozenset(CATEGORIES[:1]))]),
    )
    goods = line(1, 100, category_id=CATEGORIES[0]), line(2, 100, category_id=CATEGORIES[1])
    assert off(*goods, by=in_category) == [50, 0]
    assert off(*goods, by=promotion(rate_ppm=500_000, targets=[(2,)])) == [0, 50]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "deposit"},
        {"kind": "gift_card"},
        {"kind": "account_payment"},
        {"unit_price_minor": 99},
    ],
)
def test_what_is_never_on_offer(fields: dict[str, object]) -> None:
    """Deposits, money on a card and a price set by hand stay as they are."""
    kept = line(1, 100, **fields)
    assert off(kept, pieces(2, 100), by=promotion(rate_ppm=500_000)) == [0, 50]
    assert off(kept, pieces(2, 100), by=promotion(kind="n_for_m", take=2, pay=1)) == [0, 0]


def test_only_whole_pieces_make_sets() -> None:
    """Weighed goods, half pieces and labels with a price of their own are in no three for two."""
    offer = promotion(kind="n_for_m", take=2, pay=1)
    odd = line(1, 100, quantity_milli=2500), line(2, 50, quantity_milli=2000, amount_minor=99)
    assert off(weighed(3, 100, 4000), *odd, by=offer) == [0, 0, 0]
    assert off(odd[1], by=promotion(rate_ppm=100_000)) == [10]


def test_a_coupon_opens_its_offer() -> None:
    """Without the code there is nothing off; small and capital letters are one."""
    terms = terms_with(promotion(rate_ppm=500_000, coupon_code="Half"))
    cart = Cart().add(line(1, 100))
    assert totals(cart, terms).total_minor == 100
    assert totals(cart.add_coupon(" half "), terms).total_minor == 50


SHOPPER = Shopper(NOON)


@pytest.mark.parametrize(
    ("fields", "holds"),
    [
        ({}, True),
        ({"starts_day": 20261121, "ends_day": 20261121}, True),
        ({"starts_day": 20261122}, False),
        ({"ends_day": 20261120}, False),
        ({"weekdays": 0b0100000}, True),
        ({"weekdays": 0b1011111}, False),
        ({"from_min": 720, "until_min": 721}, True),
        ({"from_min": 600, "until_min": 720}, False),
        ({"from_min": 721, "until_min": 800}, False),
        ({"group_id": GROUP}, False),
        ({"coupon_code": "X"}, False),
    ],
)
def test_when_an_offer_holds(fields: dict[str, Any], holds: bool) -> None:
    """Dates include both ends, hours their first minute; a group and a coupon are asked for."""
    assert is_on(promotion(**fields), SHOPPER) is holds


def test_for_a_group_of_customers() -> None:
    """Only its members, and never those of another."""
    offer = promotion(group_id=GROUP)
    assert is_on(offer, Shopper(NOON, GROUP))
    assert not is_on(offer, Shopper(NOON, OTHER_GROUP))


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        (LocalTime(20261120, 22 * 60), True),
        (LocalTime(20261121, 119), True),
        (LocalTime(20261121, 120), False),
        (LocalTime(20261120, 60), False),
        (LocalTime(20261121, 23 * 60), False),
    ],
)
def test_hours_over_midnight_belong_to_the_evening(at: LocalTime, holds: bool) -> None:
    """Fridays from 22:00 to 02:00: early on Saturday, not early on Friday nor on Saturday night."""
    offer = promotion(from_min=22 * 60, until_min=120, weekdays=0b0010000, ends_day=20261120)
    assert is_on(offer, Shopper(at)) is holds


def test_offers_of_a_store() -> None:
    """Another store's, deleted, switched off and unreadable ones are left out."""
    offers = Offers.of(
        [
            promotion(1),
            promotion(2, store_id=STORE),
            promotion(3, store_id=numbered_id(12)),
            promotion(4, active=False),
            promotion(5, deleted=True),
            replace(promotion(6), targets='{"a": 1}'),
            replace(promotion(7), targets='[{"quantity": 0}]'),
        ],
        STORE,
    )
    assert [offer.promotion.name for offer in offers.offers] == ["Offer 1", "Offer 2"]


def test_targets_come_back_from_their_json() -> None:
    """What a service writes is what the till reads; an empty list means all goods."""
    targets = (Target(frozenset({"a", "b"}), frozenset({"c"}), 2), Target(frozenset({"d"})))
    assert targets_of(targets_json(targets)) == targets
    assert targets_of("[]") == (Target(),)
    with pytest.raises(ValueError, match="no targets"):
        targets_of("[5]")

"""Other prices: the lowest that applies, and never more than the catalogue's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.cart import Cart, CartLine
from localdb.domain.local_time import LocalTime
from localdb.domain.price_lists import priced, prices_of
from localdb.domain.pricing import ListPrice
from localdb.domain.records import PriceList, PriceListItem
from localdb.domain.totals import totals
from tests.localdb.domain.build import (
    GROUP,
    NOON,
    OTHER_GROUP,
    STORE,
    TERMS,
    carts,
    line,
    list_prices,
    numbered_id,
    product,
)


def offered(*prices: ListPrice, price: int = 250, quantity: int = 1000) -> CartLine:
    return line(1, price, quantity_milli=quantity, prices=prices)


def price_of(item: CartLine, group_id: str | None = None, at: LocalTime = NOON) -> int:
    return priced([item], group_id, at)[0].unit_price_minor


def listed(price_minor: int, **fields: object) -> ListPrice:
    return ListPrice(price_minor=price_minor, name="Club", **fields)  # type: ignore[arg-type]


def test_the_lowest_that_applies() -> None:
    """Of several lists the lowest price counts, and its list is named."""
    (found,) = priced([offered(listed(220), listed(199), listed(230))], None, NOON)
    assert (found.unit_price_minor, found.list_name) == (199, "Club")


def test_never_above_the_catalogue() -> None:
    """A list that is dearer, or equal, changes nothing."""
    (found,) = priced([offered(listed(250), listed(300))], None, NOON)
    assert (found.unit_price_minor, found.list_name) == (250, "")


@pytest.mark.parametrize(
    ("fields", "group_id", "price"),
    [
        ({"group_id": GROUP}, GROUP, 199),
        ({"group_id": GROUP}, OTHER_GROUP, 250),
        ({"group_id": GROUP}, None, 250),
        ({"starts_day": 20261121, "ends_day": 20261121}, None, 199),
        ({"starts_day": 20261122}, None, 250),
        ({"ends_day": 20261120}, None, 250),
        ({"min_quantity_milli": 1000}, None, 199),
        ({"min_quantity_milli": 1001}, None, 250),
    ],
)
def test_whom_and_when_a_list_is_for(
    fields: dict[str, object], group_id: str | None, price: int
) -> None:
    """Group, first and last day, and the quantity bought decide."""
    assert price_of(offered(listed(199, **fields)), group_id) == price


def test_a_quantity_may_stand_on_several_lines() -> None:
    """Five and one of a product reach six; what comes back does not count, nor do other goods."""
    crate = listed(199, min_quantity_milli=6000)
    five, one = offered(crate, quantity=5000), offered(crate)
    assert [p.unit_price_minor for p in priced([five, one], None, NOON)] == [199, 199]
    back, other = offered(crate, quantity=-1000), line(2, 250, quantity_milli=9000)
    found = priced([five, back, other], None, NOON)
    assert [p.unit_price_minor for p in found] == [250, 250, 250]


@pytest.mark.parametrize(
    "fields",
    [
        {"unit_price_minor": 240},
        {"amount_minor": 240},
        {"kind": "open_price"},
    ],
)
def test_prices_that_stand(fields: dict[str, object]) -> None:
    """A price set by hand, by a label or typed for an open price."""
    item = line(1, 250, prices=(listed(100),), **fields)
    assert price_of(item) == item.unit_price_minor


def test_a_customer_who_is_named_last_gets_the_price() -> None:
    """The cart is priced anew when the customer is known, and when she is taken off again."""
    cart = Cart().add(offered(listed(199, group_id=GROUP)))
    assert totals(cart, TERMS).total_minor == 250
    cart = cart.set_customer(numbered_id(5), "Ada", group_id=GROUP)
    result = totals(cart, TERMS)
    assert (result.total_minor, result.discount_minor) == (199, 0)
    assert (result.lines[0].unit_price_minor, result.lines[0].list_name) == (199, "Club")
    assert totals(cart.set_customer(None), TERMS).total_minor == 250


def test_an_offer_is_taken_off_the_lists_price() -> None:
    """A line's discount counts from what the list asks."""
    cart = Cart().add(offered(listed(200))).add(line(2, 100))
    assert totals(cart, TERMS).subtotal_minor == 300


@given(carts(), st.lists(list_prices(), max_size=3))
def test_a_list_never_makes_a_cart_dearer(cart: Cart, more: list[ListPrice]) -> None:
    """Whatever lists are added, no line costs more than before."""
    at = cart.began or NOON
    before = priced(cart.lines, cart.group_id, at)
    richer = [line(1, 250, prices=tuple(more)), *cart.lines]
    assert all(
        after.unit_price_minor <= item.unit_price_minor
        for after, item in zip(priced(richer, cart.group_id, at), richer, strict=True)
    )
    assert [p.unit_price_minor for p in before] == [
        p.unit_price_minor for p in priced(cart.lines, cart.group_id, at)
    ]


def test_what_a_line_takes_along() -> None:
    """Prices of this store's lists that are in use, whomever and whenever they are for."""
    item = PriceListItem(
        id=numbered_id(60), price_list_id=numbered_id(61), product_id=product(1), price_minor=199
    )
    held = PriceList(id=numbered_id(61), name="Club", group_id=GROUP, starts_day=20270101)
    expected = ListPrice(price_minor=199, name="Club", group_id=GROUP, starts_day=20270101)
    assert prices_of([(item, held)], STORE) == (expected,)
    for gone in ({"active": False}, {"deleted": True}, {"store_id": numbered_id(12)}):
        other = PriceList(**{**held.values(), **gone})
        assert prices_of([(item, other)], STORE) == ()

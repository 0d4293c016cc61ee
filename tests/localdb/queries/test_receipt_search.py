"""Finding a receipt without the network: by its code, number, customer, day and amount."""

from pathlib import Path

import pytest

from localdb.domain.records import Till
from localdb.domain.tender import Tender
from localdb.queries import receipt_search
from localdb.queries.receipt_search import Found
from localdb.services import customers
from localdb.services.checkout import checkout
from localdb.store.unit_of_work import UnitOfWork
from tests.support.shops import Shop, small_shop

DAY_S = 86_400


def sell(shop: Shop, quantity: int = 1, customer: str = "") -> str:
    """Milk at 1.29 each, to somebody; gives the sale's id."""
    cart = shop.cart(shop.milk)
    cart = cart.set_quantity(cart.lines[0].id, 1000 * quantity)
    if customer:
        buyer = shop.till.write(customers.create, customer)
        cart = cart.set_customer(buyer.id, buyer.name)
    tender = Tender(129 * quantity, shop.till.currency).pay_cash()
    return shop.till.write(checkout, cart, tender).sale_id


def ids(found: list[Found]) -> list[str]:
    return [one.sale.id for one in found]


@pytest.mark.parametrize("code", ["S01-T01-000002", "*S01-T01-000002*", " s01-t01-000002 "])
def test_the_printed_number_finds_its_sale(tmp_path: Path, code: str) -> None:
    """As scanned, as printed with its marks, and as typed."""
    with small_shop(tmp_path) as shop:
        sell(shop)
        second = sell(shop)
        assert receipt_search.looks_like_number(code)
        assert shop.till.ask(receipt_search.by_code, code) == second
        assert shop.till.ask(receipt_search.by_code, "S01-T01-000009") is None


@pytest.mark.parametrize(
    "code", ["4006381333931", "GC-1", "A-B-C", "--1", "S01-T01-", "2026-09-21"]
)
def test_other_codes_are_no_receipt_numbers(code: str) -> None:
    """A product's code is never taken for a receipt."""
    assert not receipt_search.looks_like_number(code)


def test_a_short_number_is_looked_for_at_every_till_of_the_store(tmp_path: Path) -> None:
    """Failure 30: two receipts with the same number from two tills are both found."""
    with small_shop(tmp_path) as shop:
        mine = sell(shop)
        other = Till(
            id=shop.till.write(UnitOfWork.new_id),
            store_id=shop.till.identity.store_id,
            code="T02",
            name="Till 2",
        )
        shop.till.write(UnitOfWork.insert, other)
        theirs = sell(shop)
        shop.till.write(renumber, theirs, "S01-T02-000001")
        assert set(ids(shop.till.ask(receipt_search.by_number, "1"))) == {mine, theirs}
        assert ids(shop.till.ask(receipt_search.by_number, "3")) == []


def renumber(uow: UnitOfWork, sale_id: str, number: str) -> None:
    """As if the other till had rung it."""
    uow.connection.exec_driver_sql(
        "UPDATE sale SET receipt_number = ? WHERE id = ?", (number, sale_id)
    )


def test_by_customer_the_newest_first(tmp_path: Path) -> None:
    """Whoever the name fits; nobody's sales for a name that nobody has."""
    with small_shop(tmp_path) as shop:
        sell(shop)
        first = sell(shop, customer="Ada Byron")
        shop.clock.advance_s(60)
        second = sell(shop, customer="Adam Smith")
        found = shop.till.ask(receipt_search.by_customer, "ada")
        assert ids(found) == [second, first]
        assert found[1].customer_name == "Ada Byron"
        assert shop.till.ask(receipt_search.by_customer, "Zoe") == []


def test_by_day_and_amount(tmp_path: Path) -> None:
    """A day in the shop's time, an amount among the newest sales, or both."""
    with small_shop(tmp_path) as shop:
        old = sell(shop, 2)
        day = receipt_search_day(shop)
        shop.clock.advance_s(70 * DAY_S)
        new, other = sell(shop, 2), sell(shop)
        by = receipt_search.by_day_and_amount
        assert ids(shop.till.ask(by, day=day)) == [old]
        assert ids(shop.till.ask(by, total_minor=258)) == [new, old]
        today = receipt_search_day(shop)
        assert ids(shop.till.ask(by, day=today, total_minor=129)) == [other]
        assert set(ids(shop.till.ask(receipt_search.newest))) == {old, new, other}


def receipt_search_day(shop: Shop) -> int:
    """Today in the shop (UTC)."""
    from datetime import UTC, datetime

    return int(datetime.fromtimestamp(shop.clock() / 1_000_000, UTC).strftime("%Y%m%d"))

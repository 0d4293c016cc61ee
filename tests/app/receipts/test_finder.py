"""What a cashier types to find a receipt."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.kit.formats import Formats
from app.receipts.finder import find
from localdb.domain.tender import Tender
from localdb.services import customers, returns
from localdb.services.checkout import checkout
from tests.support.shops import Shop, small_shop

FORMATS = Formats()


def numbers(shop: Shop, text: str) -> list[str]:
    """The running numbers of what is found, the newest first."""
    rows = find(shop.till, FORMATS, text)
    return [row.number.removeprefix("S01-T01-").lstrip("0") for row in rows]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Milk for nobody, bread for Ada Byron, and milk that was voided."""
    with small_shop(tmp_path) as shop:
        ada = shop.till.write(customers.create, "Ada Byron", phone="0171 12")
        plain, hers = shop.cart(shop.milk), shop.cart(shop.bread)
        for cart, due in ((plain, 129), (hers.set_customer(ada.id, ada.name), 349), (plain, 129)):
            done = shop.till.write(checkout, cart, Tender(due, shop.till.currency).pay_cash())
            shop.clock.advance_s(60)
        shop.till.write(returns.void, done.sale_id)
        yield shop


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["4", "3", "2", "1"]),
        ("S01-T01-000002", ["2"]),
        ("*s01-t01-000002*", ["2"]),
        ("2", ["2"]),
        ("3.49", ["2"]),
        ("1,29", ["4", "3", "1"]),
        ("byron", ["2"]),
        ("0171", ["2"]),
        ("2026-09-21", ["4", "3", "2", "1"]),
        ("9/21/26 3.49", ["2"]),
        ("2026-09-20", []),
        ("9/31/26", []),
        ("nobody", []),
    ],
)
def test_what_is_typed_finds_what_is_meant(shop: Shop, text: str, found: list[str]) -> None:
    """A full or a short number, an amount, a customer, a day, a day and an amount."""
    assert numbers(shop, text) == found


def test_a_row_tells_what_it_is(shop: Shop) -> None:
    """A void is no sale, and a customer is named."""
    rows = find(shop.till, FORMATS, "")
    assert [(row.kind, row.who, row.total) for row in rows] == [
        ("Void", "", "-€1.29"),
        ("", "", "€1.29"),
        ("", "Ada Byron", "€3.49"),
        ("", "", "€1.29"),
    ]

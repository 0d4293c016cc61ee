"""Carts, taxes and contexts for the tests of the selling rules."""

import itertools
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st

from localdb.domain.balances import NO_SCHEME, Loyalty
from localdb.domain.cart import Cart, CartLine
from localdb.domain.money import Currency
from localdb.domain.pricing import Discount
from localdb.domain.records import (
    BalanceMovement,
    Payment,
    Record,
    Sale,
    SaleLine,
    SaleTax,
    StockMovement,
)
from localdb.domain.refund import Receipt
from localdb.domain.sale import SaleContext
from localdb.domain.tax import Rate, Taxes, TaxRounding, TaxRule
from localdb.domain.tender import Tender

R = TypeVar("R", bound=Record)

EUR = Currency.of("EUR")
DATA = Path(__file__).parents[4] / "shared" / "data"


def numbered_id(number: int) -> str:
    """A valid id that a test can recognise."""
    return str(uuid.UUID(int=7 << 76 | 2 << 62 | number))


INCLUDED_19, INCLUDED_7, EXCLUDED_5, COMPOUND, TWO_INCLUDED, FREE = map(numbered_id, range(1, 7))
RULES = {
    INCLUDED_19: TaxRule(INCLUDED_19, "Standard", True, (Rate("VAT", 190_000),)),
    INCLUDED_7: TaxRule(INCLUDED_7, "Reduced", True, (Rate("VAT", 70_000),)),
    EXCLUDED_5: TaxRule(EXCLUDED_5, "GST", False, (Rate("GST", 50_000),)),
    COMPOUND: TaxRule(
        COMPOUND, "Both", False, (Rate("GST", 50_000), Rate("QST", 99_750, compound=True))
    ),
    TWO_INCLUDED: TaxRule(
        TWO_INCLUDED, "City", True, (Rate("VAT", 190_000), Rate("City", 15_000, compound=True))
    ),
    FREE: TaxRule(FREE, "Zero", True, (Rate("VAT", 0),)),
}
TAXES = Taxes(RULES)

TAXES_PER_LINE = Taxes(RULES, TaxRounding.PER_LINE)


def line(number: int = 1, price: int = 250, **fields: Any) -> CartLine:
    """A piece of product ``number`` at ``price``; its line id follows from the number too."""
    values = {
        "id": numbered_id(1000 + number),
        "product_id": numbered_id(2000 + number),
        "name": f"Item {number}",
        "unit_price_minor": price,
        "list_price_minor": price,
        "tax_class_id": INCLUDED_19,
    }
    return CartLine(**{**values, **fields})


def context(
    taxes: Taxes = TAXES, first_id: int = 1_000_000, loyalty: Loyalty = NO_SCHEME
) -> SaleContext:
    """A till that gives out ids in order."""
    ids: Iterator[int] = itertools.count(first_id)
    return SaleContext(
        store_id=numbered_id(11),
        device_id=numbered_id(12),
        shift_id=numbered_id(13),
        cashier_id=numbered_id(14),
        receipt_number="S01-T01-000001",
        currency="EUR",
        rung_at_us=1_700_000_000_000_000,
        business_day=20231114,
        taxes=taxes,
        new_id=lambda: numbered_id(next(ids)),
        loyalty=loyalty,
    )


def paid(due_minor: int, step: int = 1) -> Tender:
    """A tender that is settled in cash."""
    tender = Tender(due_minor, EUR, step)
    return tender if tender.is_complete else tender.pay_cash()


def receipt(records: tuple[Record, ...]) -> Receipt:
    """The records of one sale, as a refund looks them up."""
    (sale,) = of_type(records, Sale)
    moved = frozenset(m.product_id for m in of_type(records, StockMovement))
    lines, taxes = of_type(records, SaleLine), of_type(records, SaleTax)
    return Receipt(sale, lines, taxes, moved, of_type(records, BalanceMovement))


def of_type(records: tuple[Record, ...], kind: type[R]) -> tuple[R, ...]:
    """The records of one type, in order."""
    return tuple(record for record in records if isinstance(record, kind))


def check_sums(records: tuple[Record, ...]) -> None:
    """Assert that a stored sale adds up, whatever way it is summed."""
    (sale,) = of_type(records, Sale)
    lines, taxes = of_type(records, SaleLine), of_type(records, SaleTax)
    payments = of_type(records, Payment)
    assert sum(item.tax_minor for item in lines) == sale.tax_minor
    assert sum(row.tax_minor for row in taxes) == sale.tax_minor
    assert sum(item.discount_minor for item in lines) == sale.discount_minor
    assert sum(p.amount_minor for p in payments) == sale.total_minor + sale.rounding_minor
    assert all(p.tendered_minor - p.change_minor == p.amount_minor for p in payments)
    assert sale.line_count == len(lines)


def vectors(name: str, kind: str) -> list[dict[str, Any]]:
    """The vectors of one kind from ``../shared/data``; skips the test where that is absent."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not there: the vectors are no part of the project")
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["vectors"]
    return [vector for vector in found if vector["kind"] == kind]


def discounts() -> st.SearchStrategy[Discount]:
    """Discounts by amount and by rate."""
    amounts = st.builds(Discount, amount_minor=st.integers(1, 5_000))
    return amounts | st.builds(Discount, rate_ppm=st.integers(1, 1_000_000))


def cart_lines() -> st.SearchStrategy[CartLine]:
    """Lines of every kind and class, some of them coming back, some with their own amount."""
    return st.builds(
        line,
        number=st.integers(1, 900),
        price=st.integers(0, 20_000),
        quantity_milli=st.integers(-5_000, 20_000).filter(bool),
        kind=st.sampled_from(["normal", "weighed", "open_price", "service", "deposit"]),
        tax_class_id=st.sampled_from([*RULES, None]),
        discount=st.none() | discounts(),
        amount_minor=st.none() | st.integers(-5_000, 50_000),
    )


def carts() -> st.SearchStrategy[Cart]:
    """Carts of one to eight lines."""
    lines = st.lists(cart_lines(), min_size=1, max_size=8, unique_by=lambda item: item.id)
    return st.builds(
        Cart,
        lines=lines.map(tuple),
        discount=st.none() | discounts(),
        tax_exempt=st.booleans(),
    )

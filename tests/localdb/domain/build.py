"""Carts, taxes and contexts for the tests of the selling rules."""

import itertools
import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st

from localdb.domain.balances import NO_SCHEME, Loyalty
from localdb.domain.cart import Cart, CartLine
from localdb.domain.local_time import LocalTime
from localdb.domain.money import Currency
from localdb.domain.pricing import Discount, ListPrice
from localdb.domain.promotions import Offers, Target, targets_json
from localdb.domain.records import (
    PROMOTION_KINDS,
    BalanceMovement,
    Payment,
    Promotion,
    Record,
    Sale,
    SaleDiscount,
    SaleLine,
    SaleTax,
    StockMovement,
)
from localdb.domain.refund import Receipt
from localdb.domain.sale import SaleContext
from localdb.domain.tax import Rate, Taxes, TaxRounding, TaxRule
from localdb.domain.tender import Tender
from localdb.domain.terms import Terms

R = TypeVar("R", bound=Record)

EUR = Currency.of("EUR")
DATA = Path(__file__).parents[4] / "shared" / "data"


def numbered_id(number: int) -> str:
    """A valid id that a test can recognise."""
    return str(uuid.UUID(int=7 << 76 | 2 << 62 | number))


INCLUDED_19, INCLUDED_7, EXCLUDED_5, COMPOUND, TWO_INCLUDED, FREE, EXCISE, LEVY = map(
    numbered_id, range(1, 9)
)
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
    EXCISE: TaxRule(
        EXCISE, "Spirits", True, (Rate("Excise", 0, per_unit_minor=50), Rate("VAT", 190_000, True))
    ),
    LEVY: TaxRule(LEVY, "Bags", False, (Rate("Levy", 0, per_unit_minor=10), Rate("VAT", 190_000))),
}
TAXES = Taxes(RULES)
TERMS = Terms(TAXES)
TERMS_PER_LINE = Terms(Taxes(RULES, TaxRounding.PER_LINE))


STORE, GROUP, OTHER_GROUP = numbered_id(11), numbered_id(31), numbered_id(32)
CATEGORIES = (numbered_id(41), numbered_id(42))
NOON = LocalTime(20261121, 720)
"""A Saturday."""


def product(number: int) -> str:
    """The id of the product that ``line(number)`` sells."""
    return numbered_id(2000 + number)


def promotion(number: int = 1, kind: str = "percent", **fields: Any) -> Promotion:
    """An offer on all goods, unless ``targets`` name some: product numbers in one tuple each."""
    groups: list[tuple[int, ...]] = fields.pop("targets", [])
    targets = [Target(frozenset(map(product, group))) for group in groups]
    values = {
        "id": numbered_id(3000 + number),
        "name": f"Offer {number}",
        "kind": kind,
        "targets": targets_json(targets),
    }
    return Promotion(**{**values, **fields})


def terms_with(*promotions: Promotion, stack: bool = False, terms: Terms | None = None) -> Terms:
    """Terms with some offers, at noon."""
    offers = Offers.of(promotions, STORE, stack=stack)
    return replace(terms or TERMS, offers=offers, now=NOON)


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
    terms: Terms = TERMS, first_id: int = 1_000_000, loyalty: Loyalty = NO_SCHEME
) -> SaleContext:
    """A till that gives out ids in order."""
    ids: Iterator[int] = itertools.count(first_id)
    return SaleContext(
        store_id=STORE,
        device_id=numbered_id(12),
        shift_id=numbered_id(13),
        cashier_id=numbered_id(14),
        receipt_number="S01-T01-000001",
        currency="EUR",
        rung_at_us=1_700_000_000_000_000,
        business_day=20231114,
        terms=terms,
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
    moves, off = of_type(records, BalanceMovement), of_type(records, SaleDiscount)
    return Receipt(sale, lines, taxes, moved, moves, off)


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
    rows = of_type(records, SaleDiscount)
    assert sum(row.amount_minor for row in rows) == sale.discount_minor
    assert all(row.amount_minor for row in rows)
    off = {item.id: item.discount_minor for item in lines}
    for row in rows:
        assert row.line_id is None or row.line_id in off
    assert sum(p.amount_minor for p in payments) == sale.total_minor + sale.rounding_minor
    assert all(p.tendered_minor - p.change_minor == p.amount_minor + p.tip_minor for p in payments)
    assert sum(p.tip_minor for p in payments) == sale.tip_minor
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


def list_prices() -> st.SearchStrategy[ListPrice]:
    """Prices of lists, some of them for another time, group or quantity."""
    return st.builds(
        ListPrice,
        price_minor=st.integers(0, 20_000),
        name=st.sampled_from(["Club", "Winter", "Crate"]),
        min_quantity_milli=st.sampled_from([0, 0, 3000]),
        group_id=st.sampled_from([None, None, GROUP, OTHER_GROUP]),
        starts_day=st.sampled_from([0, 20261121, 20261122]),
        ends_day=st.sampled_from([0, 20261120, 20261121]),
    )


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
        category_id=st.sampled_from([None, *CATEGORIES]),
        lot=st.sampled_from(["", "L7"]),
        expires_day=st.sampled_from([0, 20270131]),
        prices=st.lists(list_prices(), max_size=2).map(tuple),
    )


def goods() -> st.SearchStrategy[CartLine]:
    """Lines that offers meet often: few products, whole pieces, prices close together."""
    return st.builds(
        line,
        number=st.integers(1, 4),
        price=st.sampled_from([0, 1, 33, 100, 100, 129, 250, 999]),
        quantity_milli=st.sampled_from([1000, 1000, 2000, 3000, 7000, 525, -1000]),
        unit=st.sampled_from(["piece", "piece", "piece", "kg"]),
        kind=st.sampled_from(["normal", "normal", "normal", "open_price", "deposit"]),
        category_id=st.sampled_from([None, *CATEGORIES]),
        tax_class_id=st.sampled_from([INCLUDED_19, INCLUDED_7, EXCLUDED_5, None]),
        id=st.integers(10_000, 99_999).map(numbered_id),
    )


def carts() -> st.SearchStrategy[Cart]:
    """Carts of one to eight lines."""
    lines = st.lists(cart_lines(), min_size=1, max_size=8, unique_by=lambda item: item.id)
    return st.builds(
        Cart,
        lines=lines.map(tuple),
        discount=st.none() | discounts(),
        tax_exempt=st.booleans(),
        group_id=st.sampled_from([None, GROUP]),
        coupons=st.sampled_from([(), ("TEN",), ("TEN", "MORE")]),
        began_day=st.sampled_from([0, 20261121]),
        began_min=st.integers(0, 1439),
    )


def baskets() -> st.SearchStrategy[Cart]:
    """Carts full of what is on offer."""
    lines = st.lists(goods(), min_size=1, max_size=7, unique_by=lambda item: item.id)
    return st.builds(
        Cart, lines=lines.map(tuple), coupons=st.sampled_from([(), ("TEN",), ("TEN", "MORE")])
    )


def promotions() -> st.SearchStrategy[Promotion]:
    """Offers of every kind on the products of ``goods``."""
    groups = st.lists(st.sets(st.integers(1, 4), min_size=1, max_size=3).map(tuple), max_size=2)
    return st.builds(
        promotion,
        number=st.integers(1, 99),
        kind=st.sampled_from(PROMOTION_KINDS),
        targets=groups,
        rate_ppm=st.sampled_from([0, 100_000, 333_333, 1_000_000]),
        amount_minor=st.sampled_from([0, 5, 50, 99, 300]),
        take=st.integers(0, 4),
        pay=st.integers(0, 3),
        spend_minor=st.sampled_from([0, 100, 1000]),
        coupon_code=st.sampled_from(["", "", "", "TEN", "more"]),
        stackable=st.booleans(),
        priority=st.integers(0, 2),
        times_max=st.sampled_from([0, 0, 1, 2]),
    )


def on_offer() -> st.SearchStrategy[Terms]:
    """Terms with up to six offers that meet on the same goods, shared out or stacked."""
    many = st.lists(promotions(), max_size=6, unique_by=lambda offer: offer.id)
    return st.builds(lambda found, stack: terms_with(*found, stack=stack), many, st.booleans())

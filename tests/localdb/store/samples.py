"""Records and pulled entries that several tests need."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localdb.domain.records import (
    Payment,
    Product,
    Record,
    Sale,
    SaleLine,
    StockMovement,
)
from localdb.store.identity import TillIdentity
from localdb.store.unit_of_work import UnitOfWork

KEY = bytes(range(32))


@dataclass(slots=True)
class Clock:
    """A clock that stands until it is moved."""

    us: int = 1_750_000_000_000_000

    def __call__(self) -> int:
        return self.us


def product(new_id: Callable[[], str], **fields: Any) -> Product:
    """A product; anything may be given."""
    given = {"sku": "A1", "name": "Apple juice", "price_minor": 199, "tax_class_id": new_id()}
    return Product(**{"id": new_id(), **given, **fields})


def sell(uow: UnitOfWork, product_id: str, quantity_milli: int = 1000) -> str:
    """Ring a one-line sale with everything that belongs to it; returns its id."""
    till, sale_id = uow.identity, uow.new_id()
    uow.insert(*sale_records(till, uow.new_id, sale_id, product_id, quantity_milli, uow.now_us))
    uow.journal("sale", {"sale": sale_id})
    return sale_id


def sale_records(
    till: TillIdentity,
    new_id: Callable[[], str],
    sale_id: str,
    product_id: str,
    quantity_milli: int,
    at_us: int,
) -> tuple[Record, ...]:
    """The facts of a sale of one line, paid in cash."""
    return (
        Sale(
            id=sale_id,
            store_id=till.store_id,
            device_id=till.device_id,
            shift_id=new_id(),
            cashier_id=new_id(),
            receipt_number=f"S01-{till.till_code}-{sale_id[-6:]}",
            currency="EUR",
            total_minor=199,
            tax_minor=19,
            line_count=1,
            rung_at_us=at_us,
            business_day=20250615,
        ),
        SaleLine(
            id=new_id(),
            store_id=till.store_id,
            sale_id=sale_id,
            position=0,
            product_id=product_id,
            name="Apple juice",
            quantity_milli=quantity_milli,
            unit_price_minor=199,
            total_minor=199,
        ),
        Payment(
            id=new_id(),
            store_id=till.store_id,
            sale_id=sale_id,
            position=0,
            method="cash",
            amount_minor=199,
            tendered_minor=199,
        ),
        StockMovement(
            id=new_id(),
            store_id=till.store_id,
            product_id=product_id,
            quantity_milli=-quantity_milli,
            reason="sale",
            sale_id=sale_id,
            at_us=at_us,
        ),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A pulled reference row."""

    type: str
    id: str
    version: int
    values: Mapping[str, Any]
    vector: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FactOf:
    """A pulled fact."""

    type: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PulledGroup:
    """One entry of a stream."""

    number: int
    device_id: str
    dseq: int
    rows: tuple[Row, ...] = ()
    facts: tuple[FactOf, ...] = ()
    given_by: str | None = None


def row_of(record: Record, version: int = 1, **changed: Any) -> Row:
    """A pulled row with a record's values, some of them changed."""
    return Row(record.TYPE, record.id, version, {**record.values(), **changed})


def facts_of(*records: Record) -> tuple[FactOf, ...]:
    """Pulled facts."""
    return tuple(FactOf(record.TYPE, record.values()) for record in records)

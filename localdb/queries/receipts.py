"""A stored sale as it was printed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection, select

from localdb.domain.corrections import effective
from localdb.domain.methods import BUILT_IN, Method
from localdb.domain.records import Payment, Sale, SaleDiscount, SaleLine, SaleTax
from localdb.errors import Refusal
from localdb.queries import here, payments
from localdb.queries.names import name_of
from localdb.store.arriving import is_arriving
from localdb.store.identity import own_devices
from localdb.store.tables import TABLES

R = TypeVar("R", SaleLine, SaleDiscount, SaleTax, Payment)
SALE_KINDS = ("sale", "refund")
"""Journal entries that are sales."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything a receipt shows; facts only, so that a reprint equals the first print."""

    sale: Sale
    lines: tuple[SaleLine, ...]
    taxes: tuple[SaleTax, ...]
    payments: tuple[Payment, ...]
    """Those that count; what was corrected is left out."""
    store_name: str
    store_address: str
    footer: str
    timezone: str
    cashier_name: str
    customer_name: str = ""
    discounts: tuple[SaleDiscount, ...] = ()
    """What saved how much; none on receipts of older tills."""
    is_training: bool = False
    """Practised only: it says so, and is nobody's proof of anything."""
    methods: Mapping[str, Method] = field(default_factory=lambda: BUILT_IN)

    def method_name(self, code: str) -> str:
        """What a method of payment is called; an unknown one by its code."""
        return self.methods[code].name if code in self.methods else code

    @property
    def change_minor(self) -> int:
        """What went back to the customer."""
        return sum(payment.change_minor for payment in self.payments)


def load(connection: Connection, sale_id: str) -> Receipt:
    """The receipt of a sale; raises Refusal for one that this till does not hold, or not yet."""
    sales, store = TABLES["sale"], here.store(connection)
    row = connection.execute(select(sales).where(sales.c.id == sale_id)).mappings().first()
    if row is None:
        raise Refusal("This till does not hold that sale.")
    if is_arriving(connection, sale_id):
        raise Refusal("This sale is just arriving from another till. Try again in a moment.")
    sale = Sale.from_values(dict(row))
    return Receipt(
        sale=sale,
        lines=_children(connection, SaleLine, sale.id),
        taxes=_children(connection, SaleTax, sale.id),
        payments=effective(_children(connection, Payment, sale.id)),
        store_name=store.name,
        store_address=store.address,
        footer=store.receipt_footer,
        timezone=store.timezone,
        cashier_name=name_of(connection, "user", sale.cashier_id),
        customer_name=name_of(connection, "customer", sale.customer_id),
        methods=payments.known(connection),
        discounts=_children(connection, SaleDiscount, sale.id),
    )


def by_number(connection: Connection, receipt_number: str) -> Receipt:
    """The receipt with that printed number; raises Refusal when there is none here."""
    sales = TABLES["sale"]
    sale_id = connection.execute(
        select(sales.c.id).where(sales.c.receipt_number == receipt_number.strip().upper()).limit(1)
    ).scalar()
    if sale_id is None:
        raise Refusal(f"Receipt {receipt_number} is not on this till.")
    return load(connection, sale_id)


def last(connection: Connection) -> Receipt | None:
    """The sale this till stored last, for a reprint.

    By the journal, which counts on when the clock is set back.
    """
    entries, own = TABLES["journal_entry"], own_devices(connection)
    wanted = (
        select(entries.c.payload)
        .where(entries.c.kind.in_(SALE_KINDS), entries.c.origin_device.in_(own))
        .order_by(entries.c.seq.desc())
        .limit(1)
    )
    for device_id in own:
        payload = connection.execute(wanted.where(entries.c.device_id == device_id)).scalar()
        if payload:
            return load(connection, json.loads(payload)["sale"])
    return None


def _children(connection: Connection, record: type[R], sale_id: str) -> tuple[R, ...]:
    table = TABLES[record.TYPE]
    rows = connection.execute(
        select(table).where(table.c.sale_id == sale_id).order_by(table.c.position)
    ).mappings()
    return tuple(record.from_values(dict(row)) for row in rows)

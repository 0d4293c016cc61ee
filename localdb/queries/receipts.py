"""A stored sale as it was printed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection, select

from localdb.domain.balances import EARNED
from localdb.domain.corrections import effective
from localdb.domain.methods import BUILT_IN, FROM_BALANCE, GIFT_CARD, POINTS, Method
from localdb.domain.records import (
    AuditEntry,
    BalanceMovement,
    GiftCard,
    Payment,
    Sale,
    SaleDiscount,
    SaleLine,
    SaleTax,
)
from localdb.errors import Refusal
from localdb.queries import balances, here, journals, payments
from localdb.queries.names import name_of
from localdb.store.arriving import is_arriving
from localdb.store.identity import own_devices
from localdb.store.rows import find, get
from localdb.store.tables import TABLES

R = TypeVar("R", SaleLine, SaleDiscount, SaleTax, Payment)
SALE_KINDS = ("sale", "refund")
"""Journal entries that are sales."""
INVOICE = "invoice"
"""The audit entry of an invoice asked for after the sale; its detail is the buyer."""


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
    store_vat_number: str
    footer: str
    timezone: str
    cashier_name: str
    customer_name: str = ""
    discounts: tuple[SaleDiscount, ...] = ()
    """What saved how much; none on receipts of older tills."""
    is_training: bool = False
    """Practised only: it says so, and is nobody's proof of anything."""
    methods: Mapping[str, Method] = field(default_factory=lambda: BUILT_IN)
    refunded_number: str = ""
    """Of a refund: the receipt of the sale."""
    points: int = 0
    """What the customer's points changed by, other than by paying with them."""
    journal_code: str = ""
    """What stands for its journal entry on paper; none where that entry is not here."""

    def method_name(self, code: str) -> str:
        """What a method of payment is called; an unknown one by its code."""
        return self.methods[code].name if code in self.methods else code

    @property
    def change_minor(self) -> int:
        """What went back to the customer."""
        return sum(payment.change_minor for payment in self.payments)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left on a card or an account that a receipt has to do with."""

    kind: str
    """A kind of balance."""
    name: str
    """The card's code; nothing for what is the customer's."""
    amount: int
    """Minor units, or points."""


def load(connection: Connection, sale_id: str) -> Receipt:
    """The receipt of a sale; raises Refusal for one that this till does not hold, or not yet."""
    sales, store = TABLES["sale"], here.store(connection)
    row = connection.execute(select(sales).where(sales.c.id == sale_id)).mappings().first()
    if row is None:
        raise Refusal("This sale isn't on this till.")
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
        store_vat_number=store.vat_number,
        footer=store.receipt_footer,
        timezone=store.timezone,
        cashier_name=name_of(connection, "user", sale.cashier_id),
        customer_name=name_of(connection, "customer", sale.customer_id),
        methods=payments.known(connection),
        discounts=_children(connection, SaleDiscount, sale.id),
        refunded_number=_number(connection, sale.refund_of),
        points=_points(connection, sale),
        journal_code=journals.code_of(connection, sale.kind, "sale", sale.id, sale.id),
    )


def rests(connection: Connection, receipt: Receipt) -> tuple[Rest, ...]:
    """What is left now wherever this sale put something or took something, points last."""
    customer_id = receipt.sale.customer_id
    accounts: set[tuple[str, str | None]] = {
        (paid.method, paid.account_id)
        for paid in receipt.payments
        if paid.method in FROM_BALANCE and paid.account_id
    }
    accounts |= {(GIFT_CARD, line.account_id) for line in receipt.lines if line.kind == GIFT_CARD}
    if receipt.points:
        accounts.add((POINTS, customer_id))
    found = []
    for kind, account_id in sorted((kind, id_) for kind, id_ in accounts if id_):
        card = get(connection, GiftCard, account_id) if kind == GIFT_CARD else None
        amount = balances.balance(connection, kind, account_id)
        found.append(Rest(kind, card.code if card else "", amount))
    return tuple(sorted(found, key=lambda rest: rest.kind == POINTS))


def invoice_buyer(connection: Connection, sale_id: str) -> str:
    """The buyer an invoice was made out to after the sale; nothing when none was."""
    entries = find(connection, AuditEntry, action=INVOICE, sale_id=sale_id)
    return entries[-1].detail if entries else ""


def _number(connection: Connection, sale_id: str | None) -> str:
    sale = get(connection, Sale, sale_id) if sale_id else None
    return sale.receipt_number if sale else ""


def _points(connection: Connection, sale: Sale) -> int:
    if sale.customer_id is None:
        return 0
    moved = find(
        connection, BalanceMovement, account_id=sale.customer_id, kind=POINTS, sale_id=sale.id
    )
    return sum(one.amount for one in moved if one.reason == EARNED)


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

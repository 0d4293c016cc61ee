"""What of a stored sale can still come back, as far as this till knows."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from localdb.domain import balances, refund
from localdb.domain.corrections import effective
from localdb.domain.methods import POINTS
from localdb.domain.payout import Source, sources
from localdb.domain.records import (
    BalanceMovement,
    Payment,
    Product,
    Sale,
    SaleDiscount,
    SaleLine,
    SaleTax,
)
from localdb.domain.refund import Part, RefundPlan
from localdb.domain.returns import Pending, Return
from localdb.domain.sale import STOCKED_KINDS
from localdb.errors import Refusal
from localdb.queries import taxes
from localdb.store import carts
from localdb.store.arriving import is_arriving
from localdb.store.rows import find, get
from localdb.store.tables import TABLES

_SALE = TABLES["sale"]
_REFUNDS = select(_SALE.c.id).order_by(_SALE.c.rung_at_us, _SALE.c.id)


@dataclass(frozen=True, slots=True)
class Returnable:
    """A sale with its refunds so far."""

    original: refund.Receipt
    payments: tuple[Payment, ...]
    """Those of the sale that count."""
    earlier: tuple[refund.Receipt, ...]
    sources: tuple[Source, ...]
    """What may go back to which method."""

    @property
    def left(self) -> tuple[Part, ...]:
        """What is left of each line."""
        return refund.refundable(self.original, self.earlier)


def load(connection: Connection, sale_id: str) -> Returnable:
    """A sale and what came back of it; raises Refusal for one that is not here, or not yet."""
    sale = get(connection, Sale, sale_id)
    if sale is None:
        raise Refusal("This sale isn't on this till.")
    if is_arriving(connection, sale_id):
        raise Refusal("This sale is just arriving from another till. Try again in a moment.")
    ids = connection.execute(_REFUNDS.where(_SALE.c.refund_of == sale_id)).scalars().all()
    found = [get(connection, Sale, refund_id) for refund_id in ids]
    earlier = [_receipt(connection, one) for one in found if one is not None]
    paid = _counting(connection, sale_id)
    returned = [payment for refund_id in ids for payment in _counting(connection, refund_id)]
    return Returnable(_receipt(connection, sale), paid, tuple(earlier), sources(paid, returned))


def planned(connection: Connection, wanted: Return) -> tuple[Returnable, RefundPlan]:
    """The refund of what was picked; raises Refusal for more than is left."""
    found = load(connection, wanted.sale_id)
    in_force = taxes.in_force(connection)
    plan = refund.plan(found.original, found.earlier, in_force, dict(wanted.quantities))
    return found, plan


def open_exchange(connection: Connection) -> Pending | None:
    """What is given back for the open cart; None when nothing is, or it cannot be read."""
    text = carts.load(connection, carts.EXCHANGE)
    try:
        return None if text is None else Pending.from_json(text)
    except ValueError:
        # Nothing was given back yet: the cashier looks the receipt up again.
        return None


def _counting(connection: Connection, sale_id: str) -> tuple[Payment, ...]:
    payments = find(connection, Payment, sale_id=sale_id)
    return effective(sorted(payments, key=lambda payment: payment.position))


def _receipt(connection: Connection, sale: Sale) -> refund.Receipt:
    lines = sorted(find(connection, SaleLine, sale_id=sale.id), key=lambda line: line.position)
    rows = sorted(find(connection, SaleTax, sale_id=sale.id), key=lambda row: row.position)
    off = sorted(find(connection, SaleDiscount, sale_id=sale.id), key=lambda row: row.position)
    return refund.Receipt(
        sale=sale,
        lines=tuple(lines),
        taxes=tuple(rows),
        stocked=_stocked(connection, lines),
        moved=_points_moved(connection, sale),
        discounts=tuple(off),
    )


def _stocked(connection: Connection, lines: list[SaleLine]) -> frozenset[str]:
    """By the kind each was sold as; lines of older programs do not say, but the product does."""
    stocked = set()
    for line in lines:
        if line.product_id is None:
            continue
        product = None if line.kind else get(connection, Product, line.product_id)
        if (product.kind if product else line.kind) in STOCKED_KINDS:
            stocked.add(line.product_id)
    return frozenset(stocked)


def _points_moved(connection: Connection, sale: Sale) -> tuple[BalanceMovement, ...]:
    if sale.customer_id is None:
        return ()
    moved = find(
        connection,
        BalanceMovement,
        account_id=sale.customer_id,
        kind=POINTS,
        sale_id=sale.id,
        reason=balances.EARNED,
    )
    return tuple(moved)

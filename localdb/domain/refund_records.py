"""The records of a refund that was paid out, and of a sale that is voided."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from localdb.domain import balances
from localdb.domain.methods import EXCHANGE
from localdb.domain.records import Payment, Record, Sale, SaleDiscount, SaleLine
from localdb.domain.refund import Part, RefundPlan, left_of_each, uses_up
from localdb.domain.sale import (
    SaleContext,
    discount_records,
    movement,
    payment_records,
    tax_records,
)
from localdb.domain.sale_discounts import of_refund
from localdb.domain.tender import Paid, Tender
from localdb.errors import Refusal

RETURN, VOID, EXCHANGED = "return", "void", "exchange"
"""Why money goes back: goods came back, the sale was a mistake, other goods were taken instead."""


def complete(
    refund: RefundPlan,
    tender: Tender,
    context: SaleContext,
    *,
    reason: str = RETURN,
    note: str = "",
    damaged: Collection[str] = (),
) -> tuple[Record, ...]:
    """The records of a paid-out refund, the sale record first.

    ``damaged`` are lines as sold (their ids) whose goods do not go back on the shelf.
    """
    if not tender.is_complete:
        raise Refusal("The refund is not fully paid out yet.")
    if (tender.due_minor, tender.carried_minor) != (refund.due_minor, refund.carried_minor):
        raise Refusal("The refund has changed since payment began. Pay it out again.")
    balances.check((), tender.payments, context.loyalty)
    paid = Settled(tender.payments, tender.rounding_minor, tender.id)
    return _records(refund, paid, context, reason, note, damaged)


def void(
    refund: RefundPlan, payments: Sequence[Payment], context: SaleContext, *, note: str = ""
) -> tuple[Record, ...]:
    """The records that take a whole sale back as if it had never been rung, tips included.

    ``payments`` are those of the sale that count: each goes back the way it came, and so does
    what was rounded. Raises Refusal when part of the sale was given back before, or when it
    belongs to an exchange.
    """
    if refund.earlier or not uses_up(refund.parts, left_of_each(refund.original, ())):
        raise Refusal("Part of this sale was already refunded. Refund the rest instead.")
    if any(payment.method == EXCHANGE for payment in payments):
        raise Refusal("This sale is one half of an exchange. Refund its items instead.")
    back = tuple(
        Paid(
            payment.method,
            -payment.amount_minor,
            -payment.amount_minor - payment.tip_minor,
            reference=payment.reference,
            tip_minor=-payment.tip_minor,
            account_id=payment.account_id,
        )
        for payment in payments
    )
    paid = Settled(back, -refund.original.sale.rounding_minor)
    return _records(refund, paid, context, VOID, note, ())


@dataclass(frozen=True, slots=True)
class Settled:
    """How a refund was paid out."""

    payments: tuple[Paid, ...]
    rounding_minor: int
    sale_id: str = ""
    """The id its sale will have; none for any."""

    @property
    def tip_minor(self) -> int:
        return sum(paid.tip_minor for paid in self.payments)


def _records(
    refund: RefundPlan,
    paid: Settled,
    context: SaleContext,
    reason: str,
    note: str,
    damaged: Collection[str],
) -> tuple[Record, ...]:
    sale = replace(_sale(refund, paid, context), reason=reason, note=note)
    lines = tuple(
        _line(position, part, sale, context) for position, part in enumerate(refund.parts)
    )
    payments = payment_records(paid.payments, sale, context)
    negated = tuple(
        replace(r, base_minor=-r.base_minor, tax_minor=-r.tax_minor) for r in refund.rows
    )
    return (
        sale,
        *lines,
        *_discounts(refund, lines, sale, context),
        *tax_records(negated, sale, context),
        *payments,
        *_movements(refund, damaged, sale, context),
        *balances.movements(sale, lines, payments, refund.points, context.loyalty, context.new_id),
    )


def _sale(refund: RefundPlan, paid: Settled, context: SaleContext) -> Sale:
    sold = refund.original.sale
    return Sale(
        id=paid.sale_id or context.new_id(),
        store_id=context.store_id,
        device_id=context.device_id,
        shift_id=context.shift_id,
        cashier_id=context.cashier_id,
        customer_id=sold.customer_id,
        receipt_number=context.receipt_number,
        kind="refund",
        refund_of=sold.id,
        currency=sold.currency,
        total_minor=refund.due_minor,
        tax_minor=-sum(part.tax_minor for part in refund.parts),
        discount_minor=-sum(part.discount_minor for part in refund.parts),
        rounding_minor=paid.rounding_minor,
        tip_minor=paid.tip_minor,
        line_count=len(refund.parts),
        rung_at_us=context.rung_at_us,
        business_day=context.business_day,
        buyer=sold.buyer,
    )


def _line(position: int, part: Part, sale: Sale, context: SaleContext) -> SaleLine:
    return replace(
        part.line,
        id=context.new_id(),
        store_id=sale.store_id,
        sale_id=sale.id,
        position=position,
        quantity_milli=-part.quantity_milli,
        discount_minor=-part.discount_minor,
        total_minor=-part.total_minor,
        tax_minor=-part.tax_minor,
        refund_of=part.line.id,
    )


def _discounts(
    refund: RefundPlan, lines: Sequence[SaleLine], sale: Sale, context: SaleContext
) -> tuple[SaleDiscount, ...]:
    left = {
        part.line.id: part.discount_minor for part in left_of_each(refund.original, refund.earlier)
    }
    returned: dict[str, list[SaleDiscount]] = {}
    for receipt in refund.earlier:
        sold_as = {line.id: line.refund_of for line in receipt.lines}
        for row in receipt.discounts:
            returned.setdefault(sold_as.get(row.line_id or "") or "", []).append(row)
    rows = of_refund(
        (
            (part.line, line, left[part.line.id])
            for part, line in zip(refund.parts, lines, strict=True)
        ),
        refund.original.discounts,
        returned,
    )
    return discount_records(rows, sale, context)


def _movements(
    refund: RefundPlan, damaged: Collection[str], sale: Sale, context: SaleContext
) -> tuple[Record, ...]:
    stocked = refund.original.stocked
    return tuple(
        movement(part.line.product_id, -part.quantity_milli, sale, context)
        for part in refund.parts
        if part.line.product_id is not None
        and part.line.product_id in stocked
        and part.line.id not in damaged
    )

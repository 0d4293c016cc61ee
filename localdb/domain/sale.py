"""From a paid cart to the facts that are stored, printed and sent."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from localdb.domain import balances
from localdb.domain.cart import LINES_MAX, Cart, CartLine
from localdb.domain.money import Currency
from localdb.domain.records import (
    Payment,
    Record,
    Sale,
    SaleDiscount,
    SaleLine,
    SaleTax,
    StockMovement,
)
from localdb.domain.sale_discounts import Off, of_sale
from localdb.domain.tax import TaxRow
from localdb.domain.tender import Paid, Tender
from localdb.domain.terms import Terms
from localdb.domain.totals import LineTotal, Totals, totals
from localdb.errors import Refusal

STOCKED_KINDS = ("normal", "weighed", "deposit")
"""Product kinds that a shop holds; services and open prices move no stock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleContext:
    """Where, when and by whom a sale is rung, and under which terms."""

    store_id: str
    device_id: str
    shift_id: str
    cashier_id: str
    receipt_number: str
    currency: str
    """ISO 4217 code."""
    rung_at_us: int
    business_day: int
    """YYYYMMDD; see ``business_day.business_day``."""
    terms: Terms
    new_id: Callable[[], str]
    loyalty: balances.Loyalty = balances.NO_SCHEME


def complete(cart: Cart, tender: Tender, context: SaleContext) -> tuple[Record, ...]:
    """The records of a paid cart, the sale first.

    Refuses an empty or an unpaid cart, and a payment that was taken for another total.
    """
    _check(cart, tender)
    balances.check(cart.lines, tender.payments, context.loyalty)
    summed = totals(cart, context.terms)
    if summed.total_minor != tender.due_minor:
        raise Refusal("The total has changed since payment began. Take the payment again.")
    sale = _sale(cart, summed, tender, context)
    lines = _lines(cart, summed, sale, context)
    savings = (money.savings for money in summed.lines)
    off = of_sale(zip((line.id for line in lines), savings, strict=True))
    payments = payment_records(tender.payments, sale, context)
    unit_minor = Currency.of(context.currency).unit_minor
    points = balances.points_earned(sale, lines, payments, context.loyalty, unit_minor)
    return (
        sale,
        *lines,
        *discount_records(off, sale, context),
        *tax_records(summed.tax_rows, sale, context),
        *payments,
        *_movements(cart, sale, context),
        *balances.movements(sale, lines, payments, points, context.loyalty, context.new_id),
    )


def discount_records(
    rows: Iterable[Off], sale: Sale, context: SaleContext
) -> tuple[SaleDiscount, ...]:
    """What saved how much on a sale, in the order of its lines, the cart's discount last."""
    return tuple(
        SaleDiscount(
            id=context.new_id(),
            store_id=sale.store_id,
            sale_id=sale.id,
            position=position,
            line_id=row.line_id,
            kind=row.saving.kind,
            name=row.saving.name,
            promotion_id=row.saving.promotion_id,
            amount_minor=row.saving.amount_minor,
        )
        for position, row in enumerate(rows)
    )


def tax_records(rows: tuple[TaxRow, ...], sale: Sale, context: SaleContext) -> tuple[SaleTax, ...]:
    """The tax table of a sale."""
    return tuple(
        SaleTax(
            id=context.new_id(),
            store_id=sale.store_id,
            sale_id=sale.id,
            position=position,
            name=row.name,
            rate_ppm=row.rate_ppm,
            base_minor=row.base_minor,
            tax_minor=row.tax_minor,
            per_unit_minor=row.per_unit_minor,
        )
        for position, row in enumerate(rows)
    )


def payment_records(
    payments: tuple[Paid, ...], sale: Sale, context: SaleContext
) -> tuple[Payment, ...]:
    """The payments of a sale, in the order taken."""
    return tuple(
        Payment(
            id=paid.id or context.new_id(),
            store_id=sale.store_id,
            sale_id=sale.id,
            position=position,
            method=paid.method,
            amount_minor=paid.amount_minor,
            tendered_minor=paid.tendered_minor,
            change_minor=paid.change_minor,
            reference=paid.reference,
            tip_minor=paid.tip_minor,
            account_id=paid.account_id,
        )
        for position, paid in enumerate(payments)
    )


def movement(product_id: str, sold_milli: int, sale: Sale, context: SaleContext) -> StockMovement:
    """What a line takes off the shelf, or puts back when it comes back."""
    return StockMovement(
        id=context.new_id(),
        store_id=sale.store_id,
        product_id=product_id,
        quantity_milli=-sold_milli,
        reason="sale" if sold_milli > 0 else "refund",
        sale_id=sale.id,
        user_id=sale.cashier_id,
        at_us=sale.rung_at_us,
    )


def _check(cart: Cart, tender: Tender) -> None:
    if cart.is_empty:
        raise Refusal("The cart is empty. Add an item first.")
    if len(cart.lines) > LINES_MAX:
        raise Refusal(f"A sale holds at most {LINES_MAX} lines. Split the cart.")
    if not tender.is_complete:
        raise Refusal("This sale is not fully paid yet. Take the rest first.")


def _sale(cart: Cart, summed: Totals, tender: Tender, context: SaleContext) -> Sale:
    return Sale(
        id=tender.id or context.new_id(),
        store_id=context.store_id,
        device_id=context.device_id,
        shift_id=context.shift_id,
        cashier_id=context.cashier_id,
        customer_id=cart.customer_id,
        receipt_number=context.receipt_number,
        kind="refund" if summed.total_minor < 0 else "sale",
        currency=context.currency,
        total_minor=summed.total_minor,
        tax_minor=summed.tax_minor,
        discount_minor=summed.discount_minor,
        rounding_minor=tender.rounding_minor,
        tip_minor=tender.tips_minor,
        line_count=len(cart.lines),
        rung_at_us=context.rung_at_us,
        business_day=context.business_day,
        note=cart.note,
        held_cart_id=cart.held_cart_id,
        buyer=cart.buyer,
    )


def _lines(cart: Cart, summed: Totals, sale: Sale, context: SaleContext) -> tuple[SaleLine, ...]:
    pairs = zip(cart.lines, summed.lines, strict=True)
    return tuple(
        _line(position, line, money, sale, context) for position, (line, money) in enumerate(pairs)
    )


def _line(
    position: int, line: CartLine, money: LineTotal, sale: Sale, context: SaleContext
) -> SaleLine:
    # A new id, not the cart line's: a held cart may be recalled on two tills that are offline, and
    # then both sales stand.
    return SaleLine(
        id=context.new_id(),
        store_id=sale.store_id,
        sale_id=sale.id,
        position=position,
        product_id=line.product_id,
        name=line.name,
        barcode=line.barcode,
        quantity_milli=line.quantity_milli,
        unit_price_minor=money.unit_price_minor,
        discount_minor=money.discount_minor,
        total_minor=money.total_minor,
        tax_class_id=line.tax_class_id,
        tax_minor=money.tax_minor,
        note=line.note,
        kind=line.kind,
        account_id=line.account_id,
        unit=line.unit,
        list_price_minor=line.list_price_minor,
        lot=line.lot,
        expires_day=line.expires_day,
    )


def _movements(cart: Cart, sale: Sale, context: SaleContext) -> tuple[StockMovement, ...]:
    return tuple(
        movement(line.product_id, line.quantity_milli, sale, context)
        for line in cart.lines
        if line.product_id is not None and line.kind in STOCKED_KINDS
    )

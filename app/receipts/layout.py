"""The receipt as lines of text, for paper of 48 or 32 characters and for the screen. Pure."""

import textwrap
from dataclasses import dataclass
from typing import Literal

from app.kit.formats import MINUS, Formats
from app.kit.paper import centred, pair
from app.kit.translation import translate
from localdb.domain.money import PPM
from localdb.domain.records import Payment, SaleDiscount, SaleLine, SaleTax
from localdb.domain.refund_records import EXCHANGED, VOID
from localdb.queries.receipts import Receipt, Rest

REST_NAMES = {
    "gift_card": "Left on gift card",
    "store_credit": "Store credit left",
    "points": "Points",
    "on_account": "Owed on account",
}

TRAINING = "*** TRAINING *** nothing was sold, no proof of payment"


PrintKind = Literal["first", "copy", "gift"]


@dataclass(frozen=True, slots=True)
class Print:
    """Which print of a receipt this is."""

    kind: PrintKind = "first"
    at_us: int = 0
    """When a copy is made."""
    rests: tuple[Rest, ...] = ()
    """What is left on cards and accounts: of this moment, so on the first print alone."""
    buyer: str = ""
    """For an invoice that was asked for after the sale."""


FIRST = Print()


def receipt_lines(
    receipt: Receipt, formats: Formats, columns: int = 48, what: Print = FIRST
) -> list[str]:
    """Lay a receipt out; no line is longer than `columns`, and every amount stands at the right."""
    if what.kind == "gift":
        return _gift_lines(receipt, formats, columns)
    return [
        *_training(receipt, columns),
        *_heading(receipt, columns),
        *_titles(receipt, formats, columns, what),
        "-" * columns,
        *(text for line in receipt.lines for text in _line(receipt, line, formats, columns)),
        "-" * columns,
        *_sums(receipt, formats, columns),
        *(
            text
            for payment in receipt.payments
            for text in _payment(receipt, payment, formats, columns)
        ),
        *_taxes(receipt.taxes, formats, columns),
        *_points_and_rests(receipt, what, formats, columns),
        *_footing(receipt, columns),
        *_journal(receipt, columns),
        *_code(receipt, columns),
        *_training(receipt, columns),
    ]


def _training(receipt: Receipt, columns: int) -> list[str]:
    """At both ends, so that no half of it passes for a receipt."""
    return centred(TRAINING, columns) if receipt.is_training else []


def _gift_lines(receipt: Receipt, formats: Formats, columns: int) -> list[str]:
    """What was bought, without a price: the number at the foot finds the sale for an exchange."""
    text = [
        *_training(receipt, columns),
        *_heading(receipt, columns),
        "",
        *centred("GIFT RECEIPT", columns),
        *pair(receipt.sale.receipt_number, formats.stamp(receipt.sale.rung_at_us), columns),
        "-" * columns,
    ]
    for line in receipt.lines:
        text += pair(line.name, formats.quantity(line.quantity_milli, line.unit), columns)
    text += ["-" * columns, *centred(translate("Orders", "Exchange with this receipt"), columns)]
    return [*text, *_footing(receipt, columns), *_code(receipt, columns)]


def _titles(receipt: Receipt, formats: Formats, columns: int, what: Print) -> list[str]:
    sale = receipt.sale
    text = [""]
    if what.kind == "copy":
        text += centred(f"COPY {formats.stamp(what.at_us)}", columns)
    text += pair(sale.receipt_number, formats.stamp(sale.rung_at_us), columns)
    text += pair(translate("Orders", "Cashier"), receipt.cashier_name, columns)
    if receipt.customer_name:
        text += pair(translate("Orders", "Customer"), receipt.customer_name, columns)
    if sale.kind == "refund":
        text += centred(_REFUNDS.get(sale.reason, "REFUND"), columns)
    if receipt.refunded_number:
        text += pair(translate("Orders", "Of receipt"), receipt.refunded_number, columns)
    if sale.kind == "refund" and sale.note:
        text += textwrap.wrap(sale.note, columns)
    buyer = sale.buyer or what.buyer
    if buyer:
        text += ["", *centred("INVOICE", columns)]
        text += [part for line in buyer.splitlines() for part in textwrap.wrap(line, columns)]
    return text


_REFUNDS = {VOID: "VOID", EXCHANGED: "EXCHANGE: GOODS RETURNED"}


def _points_and_rests(receipt: Receipt, what: Print, formats: Formats, columns: int) -> list[str]:
    text: list[str] = []
    if receipt.points:
        name = (
            translate("Orders", "Points earned")
            if receipt.points > 0
            else translate("Orders", "Points deducted")
        )
        text += pair(name, f"{receipt.points:+d}".replace("-", MINUS), columns)
    for rest in what.rests:
        amount = str(rest.amount) if rest.kind == "points" else formats.amount(rest.amount)
        text += pair(f"{REST_NAMES[rest.kind]} {rest.name}".rstrip(), amount, columns)
    return ["", *text] if text else []


def _journal(receipt: Receipt, columns: int) -> list[str]:
    """The code of its journal entry: with it the paper proves what was rung, and all before it."""
    code = receipt.journal_code
    return ["", *pair(translate("Orders", "Journal code"), code, columns)] if code else []


def _code(receipt: Receipt, columns: int) -> list[str]:
    """The number between asterisks, as a Code 39 bar code is written out: scanned, it finds this.

    Not on what is no receipt.
    """
    return (
        [] if receipt.is_training else ["", *centred(f"*{receipt.sale.receipt_number}*", columns)]
    )


def _heading(receipt: Receipt, columns: int) -> list[str]:
    text = [receipt.store_name, *receipt.store_address.splitlines()]
    if receipt.store_vat_number:
        number = receipt.store_vat_number
        text.append(translate("Receipt", "VAT number {number}", number=number))
    return [part for line in text for part in centred(line, columns)]


def _line(receipt: Receipt, line: SaleLine, formats: Formats, columns: int) -> list[str]:
    """A line of one piece takes one row; any other says how many at what price below."""
    before = line.total_minor + line.discount_minor
    text = pair(line.name, formats.amount(before), columns)
    listed = _listed(line, formats)
    if line.quantity_milli != 1000 or listed:
        quantity = formats.quantity(line.quantity_milli)
        text.append(f"  {quantity} x {formats.amount(line.unit_price_minor)}{listed}"[:columns])
    text += _savings(receipt, line, formats, columns)
    if line.note:
        text += textwrap.wrap(f"  {line.note}", columns, subsequent_indent="  ")
    return text


def _listed(line: SaleLine, formats: Formats) -> str:
    """The catalogue's price beside a lower one; nothing for an open price, and on older tills."""
    if line.kind == "open_price" or line.list_price_minor <= line.unit_price_minor:
        return ""
    return translate(
        "Orders", " instead of {list_price}", list_price=formats.amount(line.list_price_minor)
    )


def _savings(receipt: Receipt, line: SaleLine, formats: Formats, columns: int) -> list[str]:
    """What took how much off a line; a receipt of an older till does not say what it was."""
    if not receipt.discounts:
        off = (
            [(translate("Orders", "Discount"), line.discount_minor)] if line.discount_minor else []
        )
    else:
        rows = [row for row in receipt.discounts if row.line_id == line.id]
        off = [(_saving_name(row), row.amount_minor) for row in rows]
    return [
        text
        for name, minor in off
        for text in pair(f"  {name}", _negative(minor, formats), columns)
    ]


def _saving_name(row: SaleDiscount) -> str:
    """An offer by its name, anything else as a discount."""
    return (
        row.name
        if row.kind == "promotion"
        else translate("Orders", "Discount {name}", name=row.name).rstrip()
    )


def _sums(receipt: Receipt, formats: Formats, columns: int) -> list[str]:
    sale = receipt.sale
    text: list[str] = []
    for row in (row for row in receipt.discounts if row.line_id is None):
        text += pair(_saving_name(row), _negative(row.amount_minor, formats), columns)
    added = sale.total_minor - sum(line.total_minor for line in receipt.lines)
    if added:
        text += pair(
            translate("Orders", "Subtotal"), formats.amount(sale.total_minor - added), columns
        )
        text += pair(translate("Orders", "Tax"), formats.amount(added), columns)
    text += pair(f"TOTAL {sale.currency}", formats.amount(sale.total_minor), columns)
    if sale.discount_minor > 0:
        text += pair(translate("Orders", "You saved"), formats.amount(sale.discount_minor), columns)
    if sale.rounding_minor:
        text += pair(
            translate("Orders", "Cash rounding"), formats.amount(sale.rounding_minor), columns
        )
    text.append("")
    return text


def _payment(receipt: Receipt, payment: Payment, formats: Formats, columns: int) -> list[str]:
    name = receipt.method_name(payment.method)
    if payment.reference:
        name = f"{name} {payment.reference}"
    text = pair(name, formats.amount(payment.tendered_minor), columns)
    if payment.tip_minor:
        text += pair(
            translate("Orders", "  of which tip"), formats.amount(payment.tip_minor), columns
        )
    if payment.corrects:
        text += [translate("Orders", "  corrected after the sale")]
    if payment.change_minor:
        text += pair(translate("Orders", "Change"), formats.amount(payment.change_minor), columns)
    return text


def _taxes(taxes: tuple[SaleTax, ...], formats: Formats, columns: int) -> list[str]:
    if not taxes:
        return []
    wide = 9 if columns < 40 else 12
    name = columns - 2 * wide
    rows = [f"{'Tax':<{name}}{'Net':>{wide}}{'Tax':>{wide}}"]
    rows += [
        f"{_tax_name(tax, formats)[: name - 1]:<{name}}"
        f"{formats.amount(tax.base_minor):>{wide}}{formats.amount(tax.tax_minor):>{wide}}"
        for tax in taxes
    ]
    return ["", *rows]


def _tax_name(tax: SaleTax, formats: Formats) -> str:
    """The tax by its name, with its rate unless the name already says it, or its amount a unit."""
    if tax.per_unit_minor:
        return f"{tax.name} {formats.amount(tax.per_unit_minor)}"
    rate = formats.percent(tax.rate_ppm)
    number = f"{tax.rate_ppm * 100 / PPM:g}"
    return tax.name if number in tax.name else f"{tax.name} {rate}"


def _footing(receipt: Receipt, columns: int) -> list[str]:
    text = [part for line in receipt.footer.splitlines() for part in centred(line, columns)]
    return ["", *text] if text else []


def _negative(minor: int, formats: Formats) -> str:
    return formats.amount(-minor).replace("-", MINUS) if minor > 0 else formats.amount(-minor)

"""The receipt as lines of text, for paper of 48 or 32 characters and for the screen. Pure."""

import textwrap

from app.formats import MINUS, Formats
from localdb.domain.money import PPM
from localdb.domain.records import Payment, SaleLine, SaleTax
from localdb.queries.receipts import Receipt


def receipt_lines(receipt: Receipt, formats: Formats, columns: int = 48) -> list[str]:
    """Lay a receipt out; no line is longer than `columns`, and every amount stands at the right."""
    sale = receipt.sale
    return [
        *_heading(receipt, columns),
        "",
        *_pair(sale.receipt_number, formats.stamp(sale.rung_at_us), columns),
        *_pair("Cashier", receipt.cashier_name, columns),
        *(_pair("Customer", receipt.customer_name, columns) if receipt.customer_name else ()),
        *(["REFUND".center(columns).rstrip()] if sale.kind == "refund" else ()),
        "-" * columns,
        *(text for line in receipt.lines for text in _line(line, formats, columns)),
        "-" * columns,
        *_sums(receipt, formats, columns),
        *(
            text
            for payment in receipt.payments
            for text in _payment(receipt, payment, formats, columns)
        ),
        *_taxes(receipt.taxes, formats, columns),
        *_footing(receipt, columns),
    ]


def _heading(receipt: Receipt, columns: int) -> list[str]:
    text = [receipt.store_name, *receipt.store_address.splitlines()]
    return [part for line in text for part in _centred(line, columns)]


def _line(line: SaleLine, formats: Formats, columns: int) -> list[str]:
    """A line of one piece takes one row; any other says how many at what price below."""
    before = line.total_minor + line.discount_minor
    text = _pair(line.name, formats.amount(before), columns)
    if line.quantity_milli != 1000:
        quantity = formats.quantity(line.quantity_milli)
        text.append(f"  {quantity} x {formats.amount(line.unit_price_minor)}"[:columns])
    if line.discount_minor:
        text += _pair("  Discount", _negative(line.discount_minor, formats), columns)
    if line.note:
        text += textwrap.wrap(f"  {line.note}", columns, subsequent_indent="  ")
    return text


def _sums(receipt: Receipt, formats: Formats, columns: int) -> list[str]:
    sale = receipt.sale
    text: list[str] = []
    added = sale.total_minor - sum(line.total_minor for line in receipt.lines)
    if added:
        text += _pair("Subtotal", formats.amount(sale.total_minor - added), columns)
        text += _pair("Tax", formats.amount(added), columns)
    text += _pair(f"TOTAL {sale.currency}", formats.amount(sale.total_minor), columns)
    if sale.discount_minor:
        text += _pair("You saved", formats.amount(sale.discount_minor), columns)
    if sale.rounding_minor:
        text += _pair("Cash rounding", formats.amount(sale.rounding_minor), columns)
    text.append("")
    return text


def _payment(receipt: Receipt, payment: Payment, formats: Formats, columns: int) -> list[str]:
    name = receipt.method_name(payment.method)
    if payment.reference:
        name = f"{name} {payment.reference}"
    text = _pair(name, formats.amount(payment.tendered_minor), columns)
    if payment.tip_minor:
        text += _pair("  of which tip", formats.amount(payment.tip_minor), columns)
    if payment.change_minor:
        text += _pair("Change", formats.amount(payment.change_minor), columns)
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
    """The tax by its name, with its rate unless the name already says it."""
    rate = formats.percent(tax.rate_ppm)
    number = f"{tax.rate_ppm * 100 / PPM:g}"
    return tax.name if number in tax.name else f"{tax.name} {rate}"


def _footing(receipt: Receipt, columns: int) -> list[str]:
    text = [part for line in receipt.footer.splitlines() for part in _centred(line, columns)]
    return ["", *text] if text else []


def _centred(text: str, columns: int) -> list[str]:
    return [part.center(columns).rstrip() for part in textwrap.wrap(text, columns)]


def _pair(left: str, right: str, columns: int) -> list[str]:
    """A text and what belongs at the right edge; a long text wraps and the right stays last."""
    room = columns - len(right) - 1
    parts = textwrap.wrap(left, max(room, 8)) or [""]
    last = parts.pop()
    return [*parts, f"{last:<{room}} {right}"[:columns] if room > 0 else f"{last} {right}"]


def _negative(minor: int, formats: Formats) -> str:
    return formats.amount(-minor).replace("-", MINUS) if minor > 0 else formats.amount(-minor)

"""A receipt in plain words for mail: what was bought, taxed and paid, as it was stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from localdb.domain.corrections import effective
from localdb.domain.methods import BUILT_IN
from localdb.domain.money import Currency
from localdb.domain.real_values import zone
from localdb.domain.records import Payment, Sale, SaleLine, SaleTax, Store

WIDTH = 48


@dataclass(frozen=True, slots=True)
class SoldParts:
    """A sale with all that its receipt names."""

    store: Store
    sale: Sale
    lines: Sequence[SaleLine]
    taxes: Sequence[SaleTax]
    payments: Sequence[Payment]


def receipt_text(sold: SoldParts) -> str:
    """The receipt as text of at most ``WIDTH`` characters a line, but for long names."""
    sale, currency = sold.sale, Currency.of(sold.sale.currency)

    def row(name: str, minor: int) -> str:
        amount = f"{Decimal(minor).scaleb(-currency.exponent):f}"
        return f"{name:<{WIDTH - len(amount) - 1}} {amount}"

    rung = datetime.fromtimestamp(sale.rung_at_us / 1_000_000, zone(sold.store.timezone))
    rule = "-" * WIDTH
    text = [sold.store.name, *sold.store.address.splitlines()]
    text += [f"VAT number {sold.store.vat_number}"] if sold.store.vat_number else []
    text.append("")
    text += [sale.receipt_number, f"{rung:%Y-%m-%d %H:%M}"]
    text += ["REFUND"] if sale.kind == "refund" else []
    text += ["INVOICE", *sale.buyer.splitlines()] if sale.buyer else []
    text.append(rule)
    for line in sold.lines:
        quantity = "" if line.quantity_milli == 1000 else f"{_quantity(line.quantity_milli)} x "
        text.append(row(f"{quantity}{line.name}", line.total_minor))
    text += [rule, row(f"TOTAL {sale.currency}", sale.total_minor)]
    for payment in effective(tuple(sold.payments)):
        method = BUILT_IN.get(payment.method)
        text.append(row(method.name if method else payment.method, payment.amount_minor))
    text += [row(f"of which {tax.name}", tax.tax_minor) for tax in sold.taxes]
    text += ["", *sold.store.receipt_footer.splitlines()]
    return "\n".join(text).rstrip() + "\n"


def _quantity(milli: int) -> str:
    return f"{Decimal(milli).scaleb(-3).normalize():f}"

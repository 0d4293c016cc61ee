"""A receipt in plain words."""

from dataclasses import replace

from localdb.domain.cart import Cart
from localdb.domain.receipt_text import SoldParts, receipt_text
from localdb.domain.records import Payment, Sale, SaleLine, SaleTax, Store
from localdb.domain.sale import complete
from tests.localdb.domain.build import STORE, context, line, of_type, paid


def sold() -> SoldParts:
    """Three of an item at 2.50, in cash."""
    records = complete(Cart().add(line(1, 250, quantity_milli=3000)), paid(750), context())
    store = Store(id=STORE, code="S01", name="Corner", address="Street 1", timezone="Europe/Paris")
    return SoldParts(
        store,
        of_type(records, Sale)[0],
        of_type(records, SaleLine),
        of_type(records, SaleTax),
        of_type(records, Payment),
    )


def test_what_a_mail_says() -> None:
    """The shop, the number, the shop's own time, the lines, the sum, how it was paid, the tax."""
    text = [" ".join(part.split()) for part in receipt_text(sold()).splitlines()]
    rule = "-" * 48
    assert text == [
        "Corner", "Street 1", "", "S01-T01-000001", "2023-11-14 23:13", rule,
        "3 x Item 1 7.50", rule, "TOTAL EUR 7.50", "Cash 7.50", "of which VAT 1.20",
    ]  # fmt: skip


def test_decimals_are_the_currencys() -> None:
    """No yen has cents; a refund and an invoice say so."""
    one = sold()
    sale = replace(one.sale, currency="JPY", kind="refund", buyer="Weber GmbH")
    text = receipt_text(replace(one, sale=sale))
    assert "750\n" in text
    assert "REFUND\nINVOICE\nWeber GmbH" in text

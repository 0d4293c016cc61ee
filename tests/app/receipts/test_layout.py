"""The receipt as text."""

from dataclasses import replace

import pytest

from app.kit.formats import Formats
from app.receipts.layout import Print, receipt_lines
from localdb.domain.records import Payment, Sale, SaleDiscount, SaleLine, SaleTax
from localdb.queries.receipts import Receipt, Rest

ID = "01890000-0000-7000-8000-000000000001"
SALE = Sale(
    id=ID,
    store_id=ID,
    device_id=ID,
    shift_id=ID,
    cashier_id=ID,
    receipt_number="S01-T03-000123",
    currency="EUR",
    total_minor=1150,
    tax_minor=75,
    discount_minor=39,
    line_count=2,
    rung_at_us=1_790_000_000_000_000,
    business_day=20260921,
)
LINE = SaleLine(
    id=ID,
    store_id=ID,
    sale_id=ID,
    position=0,
    name="Milk 1 l",
    quantity_milli=3000,
    unit_price_minor=129,
    total_minor=348,
    discount_minor=39,
)
LONG = replace(
    LINE,
    name="A very long name of a product that no roll of paper was ever meant to carry",
    quantity_milli=1000,
    unit_price_minor=802,
    total_minor=802,
    discount_minor=0,
)
RECEIPT = Receipt(
    sale=SALE,
    lines=(LINE, LONG),
    taxes=(
        SaleTax(
            id=ID,
            store_id=ID,
            sale_id=ID,
            position=0,
            name="VAT",
            rate_ppm=70_000,
            base_minor=1075,
            tax_minor=75,
        ),
    ),
    payments=(
        Payment(
            id=ID,
            store_id=ID,
            sale_id=ID,
            position=0,
            method="cash",
            amount_minor=1150,
            tendered_minor=2000,
            change_minor=850,
        ),
    ),
    store_name="Corner Market",
    store_vat_number="DE123456789",
    store_address="12 Harbour Street",
    footer="Thank you",
    timezone="UTC",
    cashier_name="Ada",
)


@pytest.mark.parametrize("columns", [48, 32])
def test_no_line_is_wider_than_the_paper(columns: int) -> None:
    """Long names wrap; amounts stay at the right edge."""
    lines = receipt_lines(RECEIPT, Formats(), columns)
    assert max(map(len, lines)) <= columns
    amounts = [line for line in lines if line.startswith(("TOTAL", "Cash", "Change", "Milk"))]
    assert {len(line) for line in amounts} == {columns}


def test_what_a_receipt_says() -> None:
    """Number, lines with quantity and discount, total, what was paid, change and tax."""
    assert receipt_lines(replace(RECEIPT, lines=(LINE,)), Formats(), 32) == [
        "         Corner Market",
        "       12 Harbour Street",
        "     VAT number DE123456789",
        "",
        "S01-T03-000123  9/21/26, 2:13 PM",
        "Cashier                      Ada",
        "-" * 32,
        "Milk 1 l                    3.87",
        "  3 x 1.29",
        "  Discount                 −0.39",
        "-" * 32,
        "Subtotal                    3.48",
        "Tax                         8.02",
        "TOTAL EUR                  11.50",
        "You saved                   0.39",
        "",
        "Cash                       20.00",
        "Change                      8.50",
        "",
        "Tax                 Net      Tax",
        "VAT 7%            10.75     0.75",
        "",
        "           Thank you",
        "",
        "        *S01-T03-000123*",
    ]


def test_a_refund_says_so() -> None:
    """A refund's receipt cannot be mistaken for a sale's."""
    refund = replace(RECEIPT, sale=replace(SALE, kind="refund"))
    assert any(line.strip() == "REFUND" for line in receipt_lines(refund, Formats()))


def test_the_receipt_says_what_saved_what() -> None:
    """Offers by name under their line, the cart's discount before the total; it adds up."""
    off = SaleDiscount(
        id=ID, store_id=ID, sale_id=ID, position=0, line_id=ID, kind="promotion", name="3 for 2",
        amount_minor=30,
    )  # fmt: skip
    by_hand = replace(off, kind="line", name="", amount_minor=4)
    of_cart = replace(off, kind="cart", name="10%", line_id=None, amount_minor=5)
    line = replace(LINE, list_price_minor=149, kind="normal")
    sale = replace(SALE, total_minor=348)
    receipt = replace(
        RECEIPT, sale=sale, lines=(line,), taxes=(), discounts=(off, by_hand, of_cart)
    )
    assert receipt_lines(receipt, Formats(), 32)[7:16] == [
        "Milk 1 l                    3.87",
        "  3 x 1.29 instead of 1.49",
        "  3 for 2                  −0.30",
        "  Discount                 −0.04",
        "-" * 32,
        "Discount 10%               −0.05",
        "TOTAL EUR                   3.48",
        "You saved                   0.39",
        "",
    ]


def test_nobody_saves_on_a_refund() -> None:
    """What came off the sale comes off what goes back: no receipt says "You saved -0.39"."""
    sale = replace(SALE, kind="refund", discount_minor=-39)
    text = receipt_lines(replace(RECEIPT, sale=sale), Formats())
    assert not any("saved" in row for row in text)


@pytest.mark.parametrize(
    "fields", [{"list_price_minor": 0}, {"list_price_minor": 129}, {"list_price_minor": 100},
               {"list_price_minor": 149, "kind": "open_price"}],
)  # fmt: skip
def test_a_price_that_is_not_below_the_lists_says_nothing(fields: dict[str, object]) -> None:
    """Nor does an open price, nor a line of an older till that did not keep the list's."""
    line = replace(LINE, **fields)  # type: ignore[arg-type]
    text = receipt_lines(replace(RECEIPT, lines=(line,)), Formats(), 32)
    assert "  3 x 1.29" in text


def test_a_long_offers_name_wraps() -> None:
    """Whatever an offer is called, no line is wider than the paper."""
    off = SaleDiscount(
        id=ID, store_id=ID, sale_id=ID, position=0, line_id=ID, kind="promotion",
        name="Everything for the garden and the terrace, now in spring only", amount_minor=39,
    )  # fmt: skip
    text = receipt_lines(replace(RECEIPT, discounts=(off,)), Formats(), 32)
    assert max(map(len, text)) <= 32


def test_a_fixed_tax_shows_what_it_is_a_unit() -> None:
    """It has no rate, so it shows its amount."""
    (tax,) = RECEIPT.taxes
    levy = replace(tax, name="Levy", rate_ppm=0, per_unit_minor=25)
    text = receipt_lines(replace(RECEIPT, taxes=(levy,)), Formats(), 32)
    assert "Levy 0.25         10.75     0.75" in text


def said(receipt: Receipt, what: Print) -> list[str]:
    """The lines, their words one space apart."""
    return [" ".join(line.split()) for line in receipt_lines(receipt, Formats(), 32, what)]


def test_a_copy_says_so_and_when() -> None:
    """It cannot be taken for the receipt, and is otherwise the same."""
    copy = said(RECEIPT, Print("copy", 1_790_000_600_000_000))
    assert "COPY 9/21/26, 2:23 PM" in copy
    copy.remove("COPY 9/21/26, 2:23 PM")
    assert copy == said(RECEIPT, Print())


def test_a_gift_receipt_has_no_price_and_can_be_scanned() -> None:
    """What was bought and the number for an exchange; no amount anywhere."""
    text = said(RECEIPT, Print("gift"))
    assert "GIFT RECEIPT" in text
    assert "Milk 1 l 3" in text
    assert text[-1] == "*S01-T03-000123*"
    assert not [line for line in text if "." in line]


@pytest.mark.parametrize(
    ("reason", "title"),
    [("return", "REFUND"), ("void", "VOID"), ("exchange", "EXCHANGE: GOODS RETURNED")],
)
def test_money_back_says_why_and_of_which_receipt(reason: str, title: str) -> None:
    """A refund, a void and an exchange are told apart, and lead back to the sale."""
    sale = replace(SALE, kind="refund", reason=reason, note="Too small", total_minor=-1150)
    text = said(replace(RECEIPT, sale=sale, refunded_number="S01-T02-000007"), Print())
    assert title in text
    assert "Of receipt S01-T02-000007" in text
    assert "Too small" in text


def test_what_was_practised_cannot_be_brought_back() -> None:
    """It has no code that a scanner could read."""
    text = said(replace(RECEIPT, is_training=True), Print())
    assert "*S01-T03-000123*" not in text


def test_an_invoice_names_its_buyer() -> None:
    """Asked for before the sale it is in the sale; afterwards it comes with the copy."""
    buyer = "Weber GmbH\nHafenstr. 1\nVAT DE123456789"
    before = said(replace(RECEIPT, sale=replace(SALE, buyer=buyer)), Print())
    after = said(RECEIPT, Print("copy", SALE.rung_at_us, buyer=buyer))
    for text in (before, after):
        at = text.index("INVOICE")
        assert text[at + 1 : at + 4] == ["Weber GmbH", "Hafenstr. 1", "VAT DE123456789"]


def test_tips_corrections_points_and_what_is_left() -> None:
    """All that a customer may ask about later stands below the total."""
    payment = replace(RECEIPT.payments[0], method="card", reference="**42", tendered_minor=1300)
    payment = replace(payment, change_minor=0, tip_minor=150, corrects=ID)
    rests = (Rest("gift_card", "GC-7", 425), Rest("points", "", 31))
    receipt = replace(RECEIPT, payments=(payment,), points=11)
    text = said(receipt, Print(rests=rests))
    at = text.index("Card **42 13.00")
    assert text[at + 1 : at + 3] == [
        "of which tip 1.50",
        "corrected after the sale",
    ]
    at = text.index("Points earned +11")
    assert text[at + 1 : at + 3] == [
        "Left on gift card GC-7 4.25",
        "Points 31",
    ]


@pytest.mark.parametrize("columns", [32, 48])
def test_the_code_of_its_journal_entry_stands_on_it(columns: int) -> None:
    """So that the paper proves it; not on a gift receipt, nor where the entry is not here."""
    coded = replace(RECEIPT, journal_code="7K4M-Q2XP")
    said = [line for line in receipt_lines(coded, Formats(), columns) if "7K4M" in line]
    assert said == ["Journal code".ljust(columns - 9) + "7K4M-Q2XP"]
    gift = receipt_lines(coded, Formats(), columns, Print("gift"))
    assert not any("7K4M" in line for line in gift)
    assert not any("Journal" in line for line in receipt_lines(RECEIPT, Formats(), columns))

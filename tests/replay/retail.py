"""A UK gift shop's invoices, as carts, refunds and stock corrections.

An invoice whose number begins with ``C`` gives goods back. Lines without a price and with a
negative quantity on any other invoice are write-offs (lost, damaged): they correct stock and are no
sale. What no till rings at all (entries of the shop's own ledger) is left out by name, see
``left_out``. Everything is taxed at the standard rate, contained in the price; times as UTC.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

from localdb.domain.cart import QUANTITY_MAX_MILLI, Cart, CartLine
from localdb.domain.ids import IdSource
from localdb.domain.pricing import line_amount
from localdb.domain.records import Product
from localdb.errors import Refusal
from tests.replay.grocer import STORES, opened, unreadable

INVOICES = "online_retail_uci.csv.gz"
TAX = "standard"
PIECES_MAX = QUANTITY_MAX_MILLI // 1000
SERVICES = frozenset({"POST", "DOT", "M", "m", "D", "S", "B", "C2", "BANK CHARGES", "CRUK"})
"""Stock codes that are no goods: postage, carriage, manual sums, discounts, samples, charges."""


class Line(NamedTuple):
    """A line of the file; ``quantity`` in pieces, negative when they come back or are lost."""

    code: str
    name: str
    quantity: int
    price: Decimal

    @property
    def cents(self) -> int:
        """What the line comes to, half away from zero where the price has a fraction of a cent."""
        exact = self.quantity * self.price * 100
        return int(exact.to_integral_value(ROUND_HALF_UP))

    @property
    def unit_cents(self) -> int:
        return int((self.price * 100).to_integral_value(ROUND_HALF_UP))

    @property
    def is_write_off(self) -> bool:
        """Whether it corrects stock, on an invoice that gives nothing back."""
        return self.quantity < 0 and self.price == 0

    def pieces(self) -> Iterator["Line"]:
        """The line in parts that a till takes: 9,999 pieces at most each."""
        left = self.quantity
        while left:
            part = max(-PIECES_MAX, min(PIECES_MAX, left))
            yield self._replace(quantity=part)
            left -= part


@dataclass(slots=True)
class Invoice:
    """What one customer (a number, or empty) bought or gave back at once."""

    number: str
    at_us: int
    customer: str
    lines: list[Line] = field(default_factory=list)

    @property
    def gives_back(self) -> bool:
        return self.number.startswith("C")

    @property
    def store(self) -> str:
        """A customer always comes to the same till, so that it has the sale to refund."""
        digits = (self.customer or self.number).lstrip("AC")
        return STORES[int(digits) % 2]

    @property
    def method(self) -> str:
        """How it was paid: the file does not say; known customers have a card."""
        return "card" if self.customer else "cash"

    def rung(self) -> list[Line]:
        """The parts of the lines that are a sale or a return."""
        lines = [line for line in self.lines if self.gives_back or not line.is_write_off]
        return [part for line in lines for part in line.pieces()]

    def write_offs(self) -> list[Line]:
        """The lines that correct stock."""
        return [line for line in self.lines if not self.gives_back and line.is_write_off]


def left_out(row: Mapping[str, str]) -> str:
    """Why a row of the file is no trade of a till; empty for all others."""
    code, description = row["StockCode"], row["Description"].strip()
    if row["InvoiceNo"].startswith("A"):
        return f"an entry of the ledger: {description}"
    if code == "AMAZONFEE":
        return "a fee of a marketplace: AMAZON FEE"
    if code == "BANK CHARGES" and int(row["Quantity"]) < 0:
        return "a charge that the bank makes the shop: BANK CHARGES"
    if code == "CRUK":
        return "a commission that the shop pays to a charity: CRUK"
    return ""


def read_invoices(path: Path, limit: int | None = None) -> list[Invoice]:
    """The first ``limit`` invoices that have anything to ring; an unreadable row is a Refusal."""
    invoices: dict[str, Invoice] = {}
    with opened(path) as text:
        rows = csv.DictReader(text)
        for row in rows:
            try:
                if left_out(row):
                    continue
                number = row["InvoiceNo"]
                if number not in invoices:
                    if len(invoices) == limit:
                        continue
                    invoices[number] = _invoice(row)
                invoices[number].lines.append(_line(row))
            except (KeyError, TypeError, ValueError, ArithmeticError) as error:
                raise unreadable(path, rows.line_num, error) from error
    return list(invoices.values())


def write_catalogue(path: Path, invoices: Iterable[Invoice]) -> tuple[str, ...]:
    """Write what the invoices name as a file of products to import; gives their stock codes.

    A product has the first name and the first price that the file gives it.
    """
    first: dict[str, Line] = {}
    for invoice in invoices:
        for line in invoice.lines:
            known = first.setdefault(line.code, line)
            if (line.name and not known.name) or (line.price and not known.price):
                first[line.code] = known._replace(
                    name=known.name or line.name, price=known.price or line.price
                )
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(("sku", "name", "price", "tax", "kind"))
        for code, line in first.items():
            kind = "service" if code in SERVICES else "normal"
            price = f"{line.unit_cents // 100}.{line.unit_cents % 100:02}"
            writer.writerow((code, line.name or code, price, TAX, kind))
    return tuple(first)


def cart_of(
    note: str, lines: Iterable[Line], goods: Mapping[str, Product], new_id: IdSource
) -> Cart:
    """Lines of an invoice as a cart; a product that is not in ``goods`` is a Refusal."""
    cart = Cart(note=note)
    for line in lines:
        product = goods.get(line.code)
        if product is None:
            raise Refusal("A product of the invoice is not in the catalogue.")
        cart = cart.add(cart_line(line, product, new_id()), merge=False)
    return cart


def cart_line(line: Line, product: Product, line_id: str) -> CartLine:
    """One line, at the price of the file; a fraction of a cent is rounded once, in the line."""
    rung = CartLine(
        id=line_id,
        product_id=product.id,
        name=product.name,
        sku=product.sku,
        kind=product.kind,
        quantity_milli=1000 * line.quantity,
        unit_price_minor=line.unit_cents,
        list_price_minor=product.price_minor,
        tax_class_id=product.tax_class_id,
    )
    exact = line_amount(rung.quantity_milli, rung.unit_price_minor) == line.cents
    return rung if exact else replace(rung, amount_minor=line.cents)


def _invoice(row: dict[str, str]) -> Invoice:
    at = datetime.fromisoformat(row["InvoiceDate"]).replace(tzinfo=UTC)
    return Invoice(row["InvoiceNo"], int(at.timestamp()) * 1_000_000, row["CustomerID"].strip())


def _line(row: dict[str, str]) -> Line:
    return Line(
        row["StockCode"],
        row["Description"].strip(),
        int(row["Quantity"]),
        Decimal(row["UnitPrice"]),
    )

"""The gift shop's books, summed straight from the file with nothing of the product's own.

Amounts, quantities and stock come from the rows alone. How many receipts an invoice takes, and so
how many payments, depends on which sale each return is matched to: that comes from ``returns``,
which reads the file and nothing else.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from tests.replay.books import Books
from tests.replay.grocer import opened
from tests.replay.retail import SERVICES, left_out
from tests.replay.returns import Plan

Row = dict[str, str]
PIECES_MAX = 9999
TAX_PERCENT = 19


@dataclass(slots=True)
class RetailBooks:
    """The books, and what a reader must know of the rows that are not a plain sale."""

    books: dict[str, Books]
    file_total: Decimal = Decimal(0)
    """Quantity times price over every row read."""
    lines_out: Counter[str] = field(default_factory=Counter)
    value_out: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    """Reason -> lines, and their worth, that no till rings."""
    oddities: Counter[str] = field(default_factory=Counter)
    rounded_off: Decimal = Decimal(0)

    @property
    def remarks(self) -> list[str]:
        """What was left out and why, what was rung in an unusual way, and the closing sum."""
        out = sum(self.value_out.values(), Decimal(0))
        rung = Decimal(self.books["all"].total_cents) / 100
        closes = self.file_total == rung + out + self.rounded_off
        return [
            *(
                f"left out {self.lines_out[reason]:,} lines worth {self.value_out[reason]:,}:"
                f" {reason}"
                for reason in sorted(self.lines_out)
            ),
            *(f"{count:,} lines {oddity}" for oddity, count in sorted(self.oddities.items())),
            f"the file's {self.file_total:,} = {rung:,} rung + {out:,} left out"
            f" + {self.rounded_off:,} rounded off: {'yes' if closes else 'NO'}",
        ]


def count(path: Path, planned: Iterable[Plan], limit: int | None = None) -> RetailBooks:
    """The books of each store and of ``all``, over the first ``limit`` invoices."""
    summed = RetailBooks(defaultdict(Books))
    invoices: dict[str, Row] = {}
    seen: set[tuple[str, ...]] = set()
    with opened(path) as text:
        for row in csv.DictReader(text):
            if _is_beyond(row, invoices, limit):
                continue
            if tuple(row.values()) in seen:
                summed.oddities["repeat another of the file exactly: rung as they stand"] += 1
            seen.add(tuple(row.values()))
            _count_row(summed, row, invoices.get(row["InvoiceNo"], row))
    for plan in planned:
        _count_receipts(summed.books, plan)
    summed.books = dict(summed.books)
    return summed


def _is_beyond(row: Row, invoices: dict[str, Row], limit: int | None) -> bool:
    """Whether the row belongs to an invoice beyond the limit; remembers each invoice's first."""
    if left_out(row):
        return len(invoices) == limit
    if row["InvoiceNo"] not in invoices:
        if len(invoices) == limit:
            return True
        invoices[row["InvoiceNo"]] = row
    return False


def _count_row(summed: RetailBooks, row: Row, first: Row) -> None:
    quantity, price = int(row["Quantity"]), Decimal(row["UnitPrice"])
    summed.file_total += quantity * price
    reason = left_out(row)
    if reason:
        summed.lines_out[reason] += 1
        summed.value_out[reason] += quantity * price
        return
    books = (summed.books[_store(row)], summed.books["all"])
    if quantity < 0 and price == 0 and row["InvoiceNo"][0] != "C":
        summed.oddities["are write-offs: corrected in stock, no sale"] += 1
        for book in books:
            book.move_stock(row["StockCode"], 1000 * quantity)
        return
    _count_oddities(summed, quantity, price)
    for part in _parts(quantity):
        cents = _cents(part * price)
        summed.rounded_off += part * price - Decimal(cents) / 100
        for book in books:
            _count_part(book, row, first, part, cents)


def _count_part(book: Books, row: Row, first: Row, pieces: int, cents: int) -> None:
    book.add_line(row["InvoiceNo"], row["StockCode"], 1000 * pieces, cents, 0)
    book.add_takings(row["InvoiceNo"], int(first["InvoiceDate"][:10].replace("-", "")), cents)
    if row["StockCode"] not in SERVICES:
        book.move_stock(row["StockCode"], -1000 * pieces)


def _count_oddities(summed: RetailBooks, quantity: int, price: Decimal) -> None:
    if price == 0:
        summed.oddities["have no price: rung for nothing"] += 1
    if price != round(price, 2):
        summed.oddities["have a price with over 2 decimals: the line rounded to the cent"] += 1
    if abs(quantity) > PIECES_MAX:
        summed.oddities["have over 9,999 pieces: rung as several"] += 1
    if quantity < 0:
        summed.oddities["are returns"] += 1


def _count_receipts(books: dict[str, Books], plan: Plan) -> None:
    for book in (books[plan.store], books["all"]):
        if plan.rung:
            cents = sum(_cents(line.quantity * line.price) for line in plan.rung)
            book.tax_cents += _contained_tax(cents)
            _count_receipt(book, plan, cents)
            if plan.invoice.customer:
                book.customers.add(plan.invoice.customer)
        for lines in plan.returned.values():
            book.receipted_returns += len(lines)
            _count_receipt(
                book, plan, sum(_cents(line.quantity * line.price) for line in lines.values())
            )


def _count_receipt(book: Books, plan: Plan, cents: int) -> None:
    book.sales += 1
    if cents:
        book.add_payment("card" if plan.invoice.customer else "cash", cents)


def _store(row: Row) -> str:
    digits = row["CustomerID"].strip() or row["InvoiceNo"].lstrip("C")
    return "S02" if int(digits) % 2 else "S01"


def _parts(quantity: int) -> list[int]:
    sign = 1 if quantity > 0 else -1
    whole, rest = divmod(abs(quantity), PIECES_MAX)
    return [sign * PIECES_MAX] * whole + ([sign * rest] if rest else [])


def _cents(pounds: Decimal) -> int:
    """Rounded half away from zero."""
    cents = int(abs(pounds) * 100 + Decimal("0.5"))
    return cents if pounds >= 0 else -cents


def _contained_tax(cents: int) -> int:
    gross_percent = 100 + TAX_PERCENT
    tax = (2 * TAX_PERCENT * abs(cents) + gross_percent) // (2 * gross_percent)
    return tax if cents >= 0 else -tax

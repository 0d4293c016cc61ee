"""The grocer's books, summed straight from the file with nothing of the product's own.

What the file means (see the README of the data): the line total is authoritative, a coupon is a
payment, quantity 0 moves no stock, fuel is counted in thousandths.
"""

import csv
import io
from collections import defaultdict
from pathlib import Path

from tests.replay.books import Books
from tests.replay.grocer import opened

Row = dict[str, str]
TAX_PERCENT = 7


def count(transactions: Path, products: Path, limit: int | None = None) -> dict[str, Books]:
    """The books of each store and of ``all``, over the first ``limit`` baskets."""
    books: dict[str, Books] = defaultdict(Books)
    fuel = _fuel(products)
    for rows in _rows_by_basket(transactions, limit).values():
        store = "S02" if int(rows[0]["store_id"]) % 2 else "S01"
        for book in (books[store], books["all"]):
            _count_basket(book, rows)
            for row in rows:
                _count_line(book, row, fuel)
    return dict(books)


def _rows_by_basket(path: Path, limit: int | None) -> dict[str, list[Row]]:
    baskets: dict[str, list[Row]] = {}
    with opened(path) as text:
        for row in csv.DictReader(text):
            if limit is None or len(baskets) < limit or row["basket_id"] in baskets:
                baskets.setdefault(row["basket_id"], []).append(row)
    return baskets


def _fuel(products: Path) -> dict[str, bool]:
    with opened(products) as text:
        reader = csv.DictReader(io.StringIO(text.read()))
        return {row["product_id"]: row["product_type"][:8] == "GASOLINE" for row in reader}


def _count_basket(book: Books, rows: list[Row]) -> None:
    total = sum(int(row["sales_cents"]) for row in rows)
    coupons = sum(int(row["coupon_disc_cents"]) for row in rows)
    book.sales += 1
    book.add_takings(rows[0]["basket_id"], int(rows[0]["ts"][:10].replace("-", "")), total)
    book.tax_cents += _contained_tax(total)
    if coupons:
        book.add_payment("coupon", coupons)
    if total != coupons:
        turn = rows[0]["basket_id"][-1] in "13579"
        book.add_payment("card" if turn else "cash", total - coupons)


def _count_line(book: Books, row: Row, fuel: dict[str, bool]) -> None:
    product, quantity, sales = row["product_id"], int(row["quantity"]), int(row["sales_cents"])
    off = int(row["retail_disc_cents"]) + int(row["coupon_match_disc_cents"])
    if abs(off) > abs(sales + off) or off * (sales + off) < 0:
        off = 0
    in_thousandths = quantity >= 100 and fuel.get(product, quantity >= 1000)
    milli = quantity if in_thousandths else 1000 * quantity
    book.discount_cents += off
    book.add_line(row["basket_id"], product, milli or 1000, sales, off)
    if milli:
        book.move_stock(product, -milli)


def _contained_tax(cents: int) -> int:
    """The tax in a total, rounded half away from zero to the cent."""
    gross_percent = 100 + TAX_PERCENT
    tax = (2 * TAX_PERCENT * abs(cents) + gross_percent) // (2 * gross_percent)
    return tax if cents >= 0 else -tax

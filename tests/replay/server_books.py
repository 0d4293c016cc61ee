"""The books as PostgreSQL holds them: plain SQL as the owner, past the API and the tills."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from tests.replay.books import Books

ALL = "all"
UNCLOSED: LiteralString = """
    SELECT count(*) FROM sale s
    LEFT JOIN (SELECT sale_id, sum(total_minor) AS total, sum(tax_minor) AS tax, count(*) AS lines
               FROM sale_line GROUP BY sale_id) l ON l.sale_id = s.id
    LEFT JOIN (SELECT sale_id, sum(amount_minor) AS paid FROM payment GROUP BY sale_id) p
           ON p.sale_id = s.id
    LEFT JOIN (SELECT sale_id, sum(tax_minor) AS tax FROM sale_tax GROUP BY sale_id) t
           ON t.sale_id = s.id
    WHERE s.total_minor <> coalesce(l.total, 0)
       OR s.line_count <> coalesce(l.lines, 0)
       OR s.tax_minor <> coalesce(l.tax, 0)
       OR s.tax_minor <> coalesce(t.tax, 0)
       OR s.total_minor + s.rounding_minor <> coalesce(p.paid, 0)
"""
"""Sales whose lines, taxes or payments do not sum to them, tax being contained in the price."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """One organisation's books of a store, or of ``all``, under an open connection."""

    connection: psycopg.Connection
    org_id: str
    store: str

    def rows(self, query: LiteralString) -> Iterable[Any]:
        """The rows of a query that speaks of ``org`` and ``store``."""
        return self.connection.execute(query, {"org": self.org_id, "store": self.store})


def read(owner_url: str, org_id: str, stores: Iterable[str]) -> dict[str, Books]:
    """The books of an organisation's stores, by code, and of ``all`` whatever the store."""
    with psycopg.connect(owner_url) as connection:
        ledgers = [Ledger(connection, org_id, code) for code in (*stores, ALL)]
        return {ledger.store: _books(ledger) for ledger in ledgers}


def unclosed_sales(owner_url: str) -> int:
    """How many sales of all organisations do not close."""
    with psycopg.connect(owner_url) as connection:
        row = connection.execute(UNCLOSED).fetchone()
    assert row is not None, "an aggregate always gives a row"
    return int(row[0])


def _books(ledger: Ledger) -> Books:
    books = Books()
    for read_part in (_sales, _lines, _payments, _movements):
        read_part(ledger, books)
    return books


def _sales(ledger: Ledger, books: Books) -> None:
    rows = ledger.rows(
        """
        SELECT s.note, s.business_day, s.total_minor, s.discount_minor,
               CASE WHEN s.refund_of IS NULL THEN s.tax_minor ELSE 0 END, c.card
        FROM sale s LEFT JOIN customer c ON c.id = s.customer_id
        WHERE s.org_id = %(org)s AND (%(store)s = 'all' OR s.store_id IN
            (SELECT id FROM store WHERE org_id = %(org)s AND code = %(store)s))
        """
    )
    for note, day, total, discount, tax, card in rows:
        books.sales += 1
        books.discount_cents += discount
        books.tax_cents += tax
        books.add_takings(note, day, total)
        if card is not None:
            books.customers.add(card)


def _lines(ledger: Ledger, books: Books) -> None:
    rows = ledger.rows(
        """
        SELECT s.note, p.sku, l.quantity_milli, l.total_minor, l.discount_minor,
               l.refund_of IS NOT NULL
        FROM sale_line l JOIN sale s ON s.id = l.sale_id LEFT JOIN product p ON p.id = l.product_id
        WHERE l.org_id = %(org)s AND (%(store)s = 'all' OR l.store_id IN
            (SELECT id FROM store WHERE org_id = %(org)s AND code = %(store)s))
        """
    )
    for note, sku, quantity, total, discount, is_receipted in rows:
        books.receipted_returns += is_receipted
        books.add_line(note, sku, quantity, total, discount)


def _payments(ledger: Ledger, books: Books) -> None:
    rows = ledger.rows(
        """
        SELECT method, amount_minor FROM payment
        WHERE org_id = %(org)s AND (%(store)s = 'all' OR store_id IN
            (SELECT id FROM store WHERE org_id = %(org)s AND code = %(store)s))
        """
    )
    for method, cents in rows:
        books.add_payment(method, cents)


def _movements(ledger: Ledger, books: Books) -> None:
    rows = ledger.rows(
        """
        SELECT p.sku, m.quantity_milli
        FROM stock_movement m LEFT JOIN product p ON p.id = m.product_id
        WHERE m.org_id = %(org)s AND (%(store)s = 'all' OR m.store_id IN
            (SELECT id FROM store WHERE org_id = %(org)s AND code = %(store)s))
        """
    )
    for sku, quantity in rows:
        books.move_stock(sku, quantity)

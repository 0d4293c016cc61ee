"""The books of both sides: what was printed must be stored exactly once, whole, with its total."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, func, select

from app.bootstrap.session import Session
from localdb.domain import journal
from localdb.domain.records import FACTS
from localdb.queries import here, journals, sync_view
from localdb.store import local
from localdb.store.tables import OUTBOX_GROUP, TABLES

AMOUNTS = {
    "sale": "total_minor",
    "sale_line": "total_minor",
    "sale_discount": "amount_minor",
    "sale_tax": "tax_minor",
    "payment": "amount_minor",
    "stock_movement": "quantity_milli",
    "balance_movement": "amount",
    "shift_event": "amount_minor",
    "audit_entry": "amount_minor",
    "receipt_mail": "at_us",
    "journal_entry": "seq",
}
"""What of a fact must arrive unchanged, besides its id."""
Fact = tuple[str, str, int]
"""Record type, id, amount."""


def complaints(session: Session, printed: dict[str, int], deaths: int = 0) -> list[str]:
    """What is wrong with a till's own books; a killed till may hold one sale it never printed."""
    return list(session.till.ask(lambda conn: _own_complaints(conn, printed, deaths)))


def _own_complaints(conn: Connection, printed: dict[str, int], deaths: int) -> list[str]:
    sales = _own_sales(conn)
    stored = [(number, total) for number, total, _, _ in sales]
    return [
        *_receipts(printed, stored),
        *_sums(sales),
        *_numbers(number for number, _ in stored),
        *_chain(conn, len(sales)),
        *_queue(conn),
        *([] if len(sales) - len(printed) <= deaths else ["sales that nobody rang"]),
        *([] if conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok" else ["damage"]),
    ]


def _own_sales(conn: Connection) -> list[Any]:
    """Receipt number, total, and what the lines and the payments come to."""
    sale, line, payment = (TABLES[name] for name in ("sale", "sale_line", "payment"))
    lines = select(func.sum(line.c.total_minor)).where(line.c.sale_id == sale.c.id)
    paid = select(func.sum(payment.c.amount_minor)).where(payment.c.sale_id == sale.c.id)
    query = select(
        sale.c.receipt_number, sale.c.total_minor, lines.scalar_subquery(), paid.scalar_subquery()
    )
    return list(conn.execute(query.where(sale.c.device_id == here.identity(conn).device_id)))


def _receipts(printed: dict[str, int], stored: Iterable[tuple[str, int]]) -> Iterator[str]:
    """Each printed receipt is stored exactly once, with its total; no number stands twice."""
    held: dict[str, list[int]] = {}
    for number, total in stored:
        held.setdefault(number, []).append(total)
    for number, total in printed.items():
        if held.get(number) != [total]:
            yield f"{number} was printed with {total} and is stored as {held.get(number)}"
    yield from (f"{number} is stored twice" for number, totals in held.items() if totals[1:])


def _sums(sales: list[Any]) -> Iterator[str]:
    for number, total, lines, paid in sales:
        if not total == lines == paid:
            yield f"{number}: total {total}, lines {lines}, paid {paid}"


def _numbers(receipt_numbers: Iterable[str]) -> Iterator[str]:
    counted = sorted(int(number.rsplit("-", 1)[1]) for number in receipt_numbers)
    if counted != list(range(1, len(counted) + 1)):
        yield f"receipt numbers with a gap or twice: {counted}"


def _chain(conn: Connection, sales: int) -> Iterator[str]:
    entries = journals.own_entries(conn)
    if (broken := journal.verify(entries)) is not None:
        yield f"the journal breaks at {broken}"
    if (linked := sum(entry.kind == "sale" for entry in entries)) != sales:
        yield f"{sales} sales and {linked} in the journal"


def _queue(conn: Connection) -> Iterator[str]:
    queued = list(conn.execute(select(OUTBOX_GROUP.c.dseq).order_by(OUTBOX_GROUP.c.dseq)).scalars())
    if queued != list(range(1, local.counter(conn, "dseq") + 1)):
        yield f"the queue has a gap: {queued}"


def differences(session: Session, owner_url: str, printed: dict[str, int]) -> list[str]:
    """Where a till and its server differ after all is sent; the server's side is SQL as the owner.

    For a store with one till: every fact on one side is on the other, with the same amount.
    """
    queue = session.till.ask(sync_view.queue)
    found = [f"{queue.waiting.groups} still wait"] if queue.waiting.groups else []
    found += [f"{group.dseq} is parked: {group.detail}" for group in queue.parked]
    store = session.till.identity.store_id
    with psycopg.connect(owner_url) as server, session.database.read() as conn:
        receipts = "SELECT receipt_number, total_minor FROM sale WHERE store_id = %s"
        found += _receipts(printed, server.execute(receipts, (store,)).fetchall())
        for fact in FACTS:
            found += _compared(_here(conn, fact.TYPE), _there(server, fact.TYPE, store))
    return found


def _here(conn: Connection, record_type: str) -> Counter[Fact]:
    table = TABLES[record_type]
    rows = conn.execute(select(table.c.id, table.c[AMOUNTS[record_type]]))
    return Counter((record_type, *row) for row in rows)


def _there(server: "psycopg.Connection[Any]", record_type: str, store: str) -> Counter[Fact]:
    query = sql.SQL("SELECT id::text, {} FROM {} WHERE store_id = %s").format(
        sql.Identifier(AMOUNTS[record_type]), sql.Identifier(record_type)
    )
    return Counter((record_type, *row) for row in server.execute(query, (store,)))


def _compared(ours: "Counter[Fact]", theirs: "Counter[Fact]") -> Iterator[str]:
    yield from (f"only here: {fact}" for fact in (ours - theirs).elements())
    yield from (f"only there: {fact}" for fact in (theirs - ours).elements())

"""Derives stock on hand from the movements that this till holds and the server's checkpoint."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

_ADD = (
    "INSERT INTO stock_level (store_id, product_id, quantity_milli) VALUES (?, ?, ?) "
    "ON CONFLICT (store_id, product_id) "
    "DO UPDATE SET quantity_milli = quantity_milli + excluded.quantity_milli"
)


def add(conn: Connection, movements: Iterable[Mapping[str, Any]], sign: int = 1) -> None:
    """Add movements (as values) to the levels; ``sign`` -1 takes them out again."""
    levels = [(m["store_id"], m["product_id"], sign * m["quantity_milli"]) for m in movements]
    if levels:
        conn.exec_driver_sql(_ADD, levels)


def level(conn: Connection, store_id: str, product_id: str) -> int:
    """Stock on hand in thousandths; 0 when nothing ever moved."""
    sql = "SELECT quantity_milli FROM stock_level WHERE store_id = ? AND product_id = ?"
    row = conn.exec_driver_sql(sql, (store_id, product_id)).first()
    return 0 if row is None else int(row[0])

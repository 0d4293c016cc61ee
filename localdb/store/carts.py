"""Keeps the till's open cart on the device at each change, so that a crash loses no line."""

from sqlalchemy import Connection

_PUT = (
    "INSERT INTO open_cart (name, cart, saved_at_us) VALUES (?, ?, ?) ON CONFLICT (name) "
    "DO UPDATE SET cart = excluded.cart, saved_at_us = excluded.saved_at_us"
)
MAIN = "main"
"""The cart on the selling screen; other names are other carts kept open beside it."""
EXCHANGE = "exchange"
"""What is to be given back for what is in the cart."""


def save(conn: Connection, cart: str, at_us: int, name: str = MAIN) -> None:
    """Keep the cart (JSON text) in place of what was kept before."""
    conn.exec_driver_sql(_PUT, (name, cart, at_us))


def load(conn: Connection, name: str = MAIN) -> str | None:
    """The cart as last kept, or None."""
    row = conn.exec_driver_sql("SELECT cart FROM open_cart WHERE name = ?", (name,)).first()
    return None if row is None else str(row[0])


def clear(conn: Connection, name: str = MAIN) -> None:
    """Forget the cart: it was paid, held or emptied."""
    conn.exec_driver_sql("DELETE FROM open_cart WHERE name = ?", (name,))

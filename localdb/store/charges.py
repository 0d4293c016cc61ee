"""Keeps the charge under way and the card payments that were given up, beside the open cart.

In the same small table as the cart, so that both move together when the file is replaced.
"""

import json

from sqlalchemy import Connection

from localdb.domain.charge import Charge, TerminalRequest
from localdb.store import carts

CHARGE = "charge"
ABANDONED = "abandoned"


def save(conn: Connection, charge: Charge, at_us: int) -> None:
    """Keep the charge in place of what was kept before."""
    carts.save(conn, charge.to_json(), at_us, CHARGE)


def load(conn: Connection) -> Charge | None:
    """The charge as last kept, or None; raises ValueError for one that cannot be read."""
    text = carts.load(conn, CHARGE)
    return None if text is None else Charge.from_json(text)


def clear(conn: Connection) -> None:
    """Forget the charge: it was stored, or nothing had been taken."""
    carts.clear(conn, CHARGE)


def abandoned(conn: Connection) -> tuple[TerminalRequest, ...]:
    """The requests that were given up and may have been taken, the oldest first."""
    text = carts.load(conn, ABANDONED)
    return tuple(TerminalRequest.from_json(one) for one in json.loads(text)) if text else ()


def save_abandoned(conn: Connection, requests: tuple[TerminalRequest, ...], at_us: int) -> None:
    """Keep these requests in place of those kept before."""
    if requests:
        carts.save(conn, json.dumps([one.to_json() for one in requests]), at_us, ABANDONED)
    else:
        carts.clear(conn, ABANDONED)

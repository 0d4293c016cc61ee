"""Whether the till is in training, and what it keeps for that: on the device only."""

from sqlalchemy import Connection

from localdb.store import carts, local

CART = "training"
SHOPS_CART = carts.MAIN
KEY = "training"


def is_on(connection: Connection) -> bool:
    """Whether training began here and has not ended, also after a power cut."""
    return bool(local.setting(connection, KEY))

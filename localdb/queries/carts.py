"""The cart that was open when the till was last used."""

import logging

from sqlalchemy import Connection

from localdb.domain.cart import Cart
from localdb.errors import Refusal
from localdb.store import carts

log = logging.getLogger(__name__)


def open_cart(connection: Connection, name: str = carts.MAIN) -> Cart:
    """The open cart; an empty one when there is none, or when what is kept cannot be read.

    A cart is no sale yet: losing one is a nuisance, a till that does not start is a closed shop.
    """
    text = carts.load(connection, name)
    if text is None:
        return Cart()
    try:
        return Cart.from_json(text)
    except (ValueError, Refusal):
        log.exception("the open cart cannot be read and is left behind: %s", text)
        return Cart()

"""Bringing back a cart that was set aside, at one till only."""

from collections.abc import Generator
from typing import Any

from app.kit.claims import claimed
from app.kit.flow import Ask
from app.kit.formats import Formats
from app.kit.translation import translate
from app.selling.coupons import changed_since_held
from localdb.domain.cart import Cart
from localdb.domain.claims import HELD_CART, Wish
from localdb.domain.terms import Terms
from localdb.queries import lists
from localdb.services import carts
from localdb.services.till import Till


def recall(
    till: Till, held_id: str, terms: Terms, formats: Formats
) -> Generator[Ask, Any, tuple[Cart | None, str]]:
    """The cart and what to say about it; none when the cashier backed out.

    Raises Refusal when another till has it, and as ``carts.recall`` does.
    """
    if not (yield from claimed(till, Wish(HELD_CART, held_id), translate("Sell", "Recall sale"))):
        return None, ""
    held = till.ask(lists.held_carts)
    cart = till.write(carts.recall, held_id)
    held_minor = next((one.total_minor for one in held if one.id == held_id), None)
    if held_minor is None:
        return cart, ""
    return cart, changed_since_held(held_minor, cart, terms, formats)

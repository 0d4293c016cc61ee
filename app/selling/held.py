"""Carts on hold, written out to choose one from."""

from dataclasses import dataclass

from app.kit.formats import Formats
from localdb.domain.cart import Cart
from localdb.domain.records import HeldCart
from localdb.errors import Refusal
from localdb.queries import lists, names
from localdb.services.till import Till


@dataclass(frozen=True, slots=True)
class HeldView:
    """One cart on hold."""

    id: str
    label: str
    detail: str
    """Who set it aside, when, how much is in it and what it comes to."""


def held_views(till: Till, formats: Formats) -> tuple[HeldView, ...]:
    """The carts on hold in this store, the oldest first."""
    held = till.ask(lists.held_carts)
    people = till.ask(names.names, "user", [cart.held_by for cart in held])
    return tuple(_view(cart, people.get(cart.held_by, ""), formats) for cart in held)


def _view(held: HeldCart, who: str, formats: Formats) -> HeldView:
    parts = (who, formats.clock(held.held_at_us), _lines(held), formats.money(held.total_minor))
    return HeldView(held.id, held.label, "  ·  ".join(filter(None, parts)))


def _lines(held: HeldCart) -> str:
    try:
        count = len(Cart.from_json(held.cart).lines)
    except (ValueError, Refusal):
        # Recalling it will say so; the list must still open.
        return "damaged"
    return f"{count} line" if count == 1 else f"{count} lines"

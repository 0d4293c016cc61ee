"""Changes of the cart by hand: each asks for what was not typed, and gives what to do then.

What to do is a function of the cart, as the cart may have changed while the question stood.
"""

from collections.abc import Callable, Generator
from typing import Any, Literal

from app.kit.flow import Ask, AskDiscount, AskNumber, AskText
from app.kit.formats import Formats
from app.kit.translation import translate
from app.selling.state import DiscountAnswer
from localdb.domain.cart import Cart, CartLine

Change = Callable[[Cart], Cart]
Asking = Generator[Ask, Any, Change | None]
"""Ends with None when the cashier backed out."""


def quantity(line: CartLine, typed: str, formats: Formats) -> Asking:
    """A line in the quantity typed."""
    milli = formats.parse_quantity(typed)
    if milli is None:
        current = formats.quantity_entry(line.quantity_milli)
        kind: Literal["weight", "quantity"] = "quantity" if line.unit == "piece" else "weight"
        unit = "" if line.unit == "piece" else line.unit
        milli = yield AskNumber(translate("Sell", "Quantity"), kind, line.name, unit, current)
    return _on(milli, lambda cart, found: cart.set_quantity(line.id, found))


def count(line: CartLine, by_milli: int, formats: Formats) -> Asking:
    """A line with more or less of it; what is weighed is asked for."""
    if line.unit != "piece":
        return (yield from quantity(line, "", formats))
    left = line.quantity_milli + by_milli
    return lambda cart: cart.set_quantity(line.id, left) if left else cart.void_line(line.id)


def price(line: CartLine, typed: str, formats: Formats) -> Asking:
    """A line at the unit price typed."""
    minor = formats.parse_money(typed)
    if minor is None:
        current = formats.entry(line.unit_price_minor)
        minor = yield AskNumber(translate("Sell", "Price"), "money", line.name, line.unit, current)
    return _on(minor, lambda cart, found: cart.set_price(line.id, found))


def note(line: CartLine) -> Asking:
    """A line with a note; an empty one takes it off."""
    words: str | None = yield AskText(translate("Sell", "Note"), line.note, may_be_empty=True)
    return None if words is None else lambda cart: cart.note_line(line.id, words)


def discount(line: CartLine | None, typed: str) -> Asking:
    """A discount on a line or on the cart; none takes it off."""
    answer: DiscountAnswer | None = yield AskDiscount(line.name if line else None, typed)
    if answer is None:
        return None
    given = answer.discount
    if answer.on_cart or line is None:
        return lambda cart: cart.discount_cart(given)
    return lambda cart: cart.discount_line(line.id, given)


def void(line: CartLine) -> Asking:
    """The cart without a line."""
    yield from ()
    return lambda cart: cart.void_line(line.id)


def _on(number: int | None, change: Callable[[Cart, int], Cart]) -> Change | None:
    return None if number is None else lambda cart: change(cart, number)

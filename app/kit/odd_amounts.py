"""Amounts that look like a slip of the keyboard: asked about, never refused."""

from collections.abc import Generator
from typing import Any

from app.kit.flow import Ask, AskYesNo
from app.kit.formats import Formats
from localdb.domain import currencies
from localdb.domain.cart import Cart, CartLine, free_line, odd_line
from localdb.domain.tender import Tender


def amounts_are_right(formats: Formats, before: Cart, after: Cart) -> Generator[Ask, Any, bool]:
    """Whether a changed cart is meant so: asks about a line that costs very much, or nothing."""
    free = free_line(before, after)
    if free is not None and not (yield _question(formats, free)):
        return False
    odd = odd_line(before, after, currencies.facts(formats.currency).odd_minor)
    return odd is None or bool((yield _question(formats, odd)))


def odd_cash(formats: Formats, tender: Tender, minor: int) -> AskYesNo:
    """Whether so much more cash than is due was handed over."""
    change = minor - tender.cash_share_minor - tender.tip_minor
    amount = formats.money(minor)
    return AskYesNo(
        f"Is {amount} right?",
        f"{formats.money(tender.cash_share_minor)} is due. The change would be "
        f"{formats.money(change)}.",
        f"Take {amount}",
        "Go back",
        icon="alert",
        main=False,
    )


def odd_price(formats: Formats, name: str, before: int, after: int) -> AskYesNo | None:
    """Whether a product is meant to cost so much from now on; None for a usual price."""
    if after <= before or after < currencies.facts(formats.currency).odd_minor:
        return None
    amount = formats.money(after)
    return AskYesNo(
        f"Is {amount} right?",
        f"{name}: the price is {formats.money(before)} now.",
        f"Save {amount}",
        "Go back",
        icon="alert",
        main=False,
    )


def _question(formats: Formats, line: CartLine) -> AskYesNo:
    amount = formats.money(line.full_minor)
    quantity = formats.quantity(line.quantity_milli, line.unit)
    each = formats.money(line.unit_price_minor)
    said = f"{line.name}: {quantity} \u00d7 {each}"
    if line.amount_minor is not None:
        said = f"{line.name}: its label says {amount}"
    return AskYesNo(
        f"Is {amount} right?",
        f"{said}.",
        f"Sell at {amount}",
        "Go back",
        icon="alert",
        main=False,
    )

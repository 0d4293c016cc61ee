"""Amounts that look like a slip of the keyboard: asked about, never refused."""

from collections.abc import Generator
from typing import Any

from app.kit.flow import Ask, AskYesNo
from app.kit.formats import Formats
from app.kit.translation import translate
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
        translate("Till", "Is {amount} right?", amount=amount),
        translate(
            "Till",
            "{cash_share} is due. The change would be {change}.",
            cash_share=formats.money(tender.cash_share_minor),
            change=formats.money(change),
        ),
        translate("Till", "Take {amount}", amount=amount),
        translate("Till", "Go back"),
        icon="alert",
        main=False,
    )


def odd_price(formats: Formats, name: str, before: int, after: int) -> AskYesNo | None:
    """Whether a product is meant to cost so much from now on; None for a usual price."""
    if after <= before or after < currencies.facts(formats.currency).odd_minor:
        return None
    amount = formats.money(after)
    return AskYesNo(
        translate("Till", "Is {amount} right?", amount=amount),
        translate(
            "Till", "{name}: the price is {before} now.", name=name, before=formats.money(before)
        ),
        translate("Till", "Save {amount}", amount=amount),
        translate("Till", "Go back"),
        icon="alert",
        main=False,
    )


def _question(formats: Formats, line: CartLine) -> AskYesNo:
    amount = formats.money(line.full_minor)
    quantity = formats.quantity(line.quantity_milli, line.unit)
    each = formats.money(line.unit_price_minor)
    said = f"{line.name}: {quantity} \u00d7 {each}"
    if line.amount_minor is not None:
        said = translate("Till", "{name}: its label says {amount}", name=line.name, amount=amount)
    return AskYesNo(
        translate("Till", "Is {amount} right?", amount=amount),
        f"{said}.",
        translate("Till", "Sell at {amount}", amount=amount),
        translate("Till", "Go back"),
        icon="alert",
        main=False,
    )

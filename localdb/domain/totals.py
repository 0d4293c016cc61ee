"""What a cart comes to: discounts, then taxes, each sum closing to the minor unit."""

from dataclasses import dataclass

from localdb.domain.cart import Cart, CartLine
from localdb.domain.pricing import spread_discount
from localdb.domain.tax import Taxes, TaxLine, TaxResult, TaxRow, TaxRule, tax_lines, without_tax


@dataclass(frozen=True, slots=True)
class LineTotal:
    """One line's money: ``total_minor`` is ``full_minor`` less ``discount_minor``."""

    line_id: str
    full_minor: int
    discount_minor: int
    """Its own discount and its part of the cart's, with the sign of ``full_minor``."""
    total_minor: int
    """As printed: with the tax under an included class, without it otherwise."""
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Totals:
    """A cart's money, all in minor units; the lines are in the cart's order."""

    lines: tuple[LineTotal, ...]
    tax_rows: tuple[TaxRow, ...]
    subtotal_minor: int
    """The lines before discounts."""
    discount_minor: int
    tax_minor: int
    """All taxes, contained or added."""
    added_tax_minor: int
    """The taxes that come on top of the line totals."""
    total_minor: int
    """What is due, before cash rounding."""


def totals(cart: Cart, taxes: Taxes) -> Totals:
    """What the cart comes to under ``taxes``; an unknown tax class is a Refusal."""
    rules = [taxes.rule(line.tax_class_id) for line in cart.lines]
    full = [line.full_minor for line in cart.lines]
    if cart.tax_exempt:
        full = [without_tax(amount, rule) for amount, rule in zip(full, rules, strict=True)]
        rules = [None] * len(full)
    amounts = _after_discounts(cart, full)
    return _summed(cart, full, amounts, _taxed(amounts, rules, taxes))


def _after_discounts(cart: Cart, full: list[int]) -> list[int]:
    amounts = [
        amount - (line.discount.off(amount) if line.discount else 0)
        for line, amount in zip(cart.lines, full, strict=True)
    ]
    if cart.discount is None:
        return amounts
    shared = [
        amount if _shares(line) else 0 for line, amount in zip(cart.lines, amounts, strict=True)
    ]
    off = spread_discount(cart.discount, shared)
    return [amount - part for amount, part in zip(amounts, off, strict=True)]


def _shares(line: CartLine) -> bool:
    """A deposit is handed back in full, as is money, so a cart's discount never touches it."""
    return line.kind != "deposit" and not line.is_money


def _taxed(amounts: list[int], rules: list[TaxRule | None], taxes: Taxes) -> TaxResult:
    lines = [TaxLine(amount, rule) for amount, rule in zip(amounts, rules, strict=True)]
    return tax_lines(lines, taxes.rounding, taxes.ties)


def _summed(cart: Cart, full: list[int], amounts: list[int], taxed: TaxResult) -> Totals:
    lines = tuple(
        LineTotal(line.id, before, before - after, after, tax)
        for line, before, after, tax in zip(
            cart.lines, full, amounts, taxed.line_taxes, strict=True
        )
    )
    return Totals(
        lines=lines,
        tax_rows=taxed.rows,
        subtotal_minor=sum(full),
        discount_minor=sum(full) - sum(amounts),
        tax_minor=taxed.tax_minor,
        added_tax_minor=taxed.added_minor,
        total_minor=sum(amounts) + taxed.added_minor,
    )

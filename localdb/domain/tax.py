"""The tax engine: exact fractions until one rounding, and every sum closes.

A class may hold several taxes. A rate is a fraction of the net amount; a compound one also counts
the taxes before it into its base. A fixed tax is an amount on each piece, kilogram or litre. Prices
of an *included* class contain the tax, so its base is the balancing figure: what was printed less
the rounded tax. Taxes of other classes come on top.

So each tax of a line is exactly ``a * amount + f * quantity`` with two fractions that follow from
its class alone, and what comes back, in a negative quantity, takes back exactly its tax.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from localdb.domain.money import MILLI, PPM, Rounding, divide, spread
from localdb.domain.records import TaxClass, TaxRate
from localdb.errors import Refusal


class TaxRounding(StrEnum):
    """When a tax is rounded to the minor unit."""

    PER_DOCUMENT = "document"
    """Once per rate over the whole receipt (EN 16931, BR-CO-17)."""
    PER_LINE = "line"


@dataclass(frozen=True, slots=True)
class Rate:
    """One tax of a class: a rate in parts per million, or a fixed amount on each unit."""

    name: str
    rate_ppm: int
    compound: bool = False
    """Whether the taxes before this one count into its base."""
    per_unit_minor: int = 0
    """A fixed tax on each piece, kilogram or litre, in minor units; the rate is 0 then."""


class Share(NamedTuple):
    """A line's tax under one rate: ``of_amount`` of what was printed plus ``of_unit`` a unit."""

    of_amount: Fraction
    of_unit: Fraction

    def exact(self, amount_minor: int, quantity_milli: int) -> Fraction:
        """The tax of a line, unrounded."""
        return self.of_amount * amount_minor + self.of_unit * Fraction(quantity_milli, MILLI)


@dataclass(frozen=True, slots=True)
class TaxRule:
    """A tax class with its rates in order; no rates means exempt."""

    id: str
    name: str
    included: bool
    rates: tuple[Rate, ...]

    def shares(self) -> list[Share]:
        """Each rate's tax as fractions of a line's printed amount and of its quantity."""
        shares: list[Share] = []
        of_net = per_unit = Fraction()
        for rate in self.rates:
            if rate.per_unit_minor:
                share = Share(Fraction(), Fraction(rate.per_unit_minor))
            else:
                part = Fraction(rate.rate_ppm, PPM)
                share = Share(part, Fraction())
                if rate.compound:
                    share = Share(part * (1 + of_net), part * per_unit)
            shares.append(share)
            of_net, per_unit = of_net + share.of_amount, per_unit + share.of_unit
        if not self.included:
            return shares
        # amount = net + of_net * net + per_unit * quantity, solved for the net.
        gross = 1 + of_net
        return [
            Share(share.of_amount / gross, share.of_unit - share.of_amount / gross * per_unit)
            for share in shares
        ]


@dataclass(frozen=True, slots=True)
class Taxes:
    """The tax rules in force, by class id, and how they round."""

    rules: Mapping[str, TaxRule] = field(default_factory=dict)
    rounding: TaxRounding = TaxRounding.PER_DOCUMENT
    ties: Rounding = Rounding.HALF_UP

    def rule(self, tax_class_id: str | None) -> TaxRule | None:
        """The rule of a class, None for None; a class this till does not know is a Refusal."""
        if tax_class_id is None:
            return None
        try:
            return self.rules[tax_class_id]
        except KeyError:
            raise Refusal("This till does not know the tax of an item. Call a manager.") from None


@dataclass(frozen=True, slots=True)
class TaxLine:
    """An amount to tax, after all discounts; gross under an included rule, otherwise net.

    ``quantity_milli`` (thousandths) is what a fixed tax per unit counts.
    """

    amount_minor: int
    rule: TaxRule | None
    quantity_milli: int = MILLI


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One row of the tax table: all that was taxed under one name and rate."""

    name: str
    rate_ppm: int
    base_minor: int
    tax_minor: int
    per_unit_minor: int = 0


@dataclass(frozen=True, slots=True)
class TaxResult:
    """What the lines are taxed: ``line_taxes`` and ``rows`` both sum to ``tax_minor``."""

    line_taxes: tuple[int, ...]
    rows: tuple[TaxRow, ...]
    added_minor: int
    """The part of the tax that comes on top of the line amounts."""

    @property
    def tax_minor(self) -> int:
        return sum(self.line_taxes)


def rules_of(classes: Iterable[TaxClass], rates: Iterable[TaxRate]) -> dict[str, TaxRule]:
    """The rules by class id, from the records; deleted rates do not count."""
    ordered = sorted((r for r in rates if not r.deleted), key=lambda r: (r.position, r.id))
    by_class: dict[str, list[Rate]] = {}
    for rate in ordered:
        by_class.setdefault(rate.tax_class_id, []).append(
            Rate(rate.name, rate.rate_ppm, rate.compound, rate.per_unit_minor)
        )
    return {c.id: TaxRule(c.id, c.name, c.included, tuple(by_class.get(c.id, ()))) for c in classes}


def tax_lines(
    lines: Sequence[TaxLine],
    rounding: TaxRounding = TaxRounding.PER_DOCUMENT,
    ties: Rounding = Rounding.HALF_UP,
) -> TaxResult:
    """Tax the lines of one receipt.

    The rows and all sums do not depend on the order of the lines, and the taxes of the negated
    lines are the negated taxes.
    """
    taxes = _rounded(lines, rounding, ties)
    return TaxResult(
        line_taxes=tuple(map(sum, taxes)),
        rows=tax_rows(lines, taxes),
        added_minor=sum(
            sum(line_taxes)
            for line, line_taxes in zip(lines, taxes, strict=True)
            if line.rule and not line.rule.included
        ),
    )


def tax_rows(lines: Sequence[TaxLine], taxes: Sequence[Sequence[int]]) -> tuple[TaxRow, ...]:
    """The tax table of lines whose taxes, one per rate of their rule, are settled."""
    sums: dict[tuple[str, int, int], list[int]] = {}
    for line, line_taxes in zip(lines, taxes, strict=True):
        if line.rule is None:
            continue
        net = line.amount_minor - (sum(line_taxes) if line.rule.included else 0)
        for position, (rate, tax) in enumerate(zip(line.rule.rates, line_taxes, strict=True)):
            base = net + (sum(line_taxes[:position]) if rate.compound else 0)
            sums_of = sums.setdefault((rate.name, rate.rate_ppm, rate.per_unit_minor), [0, 0])
            sums_of[0] += base
            sums_of[1] += tax
    highest_first = sorted(sums.items(), key=lambda item: (-item[0][1], item[0]))
    return tuple(
        TaxRow(name, ppm, base, tax, per_unit)
        for (name, ppm, per_unit), (base, tax) in highest_first
    )


def without_tax(amount_minor: int, rule: TaxRule | None, quantity_milli: int = MILLI) -> int:
    """What an exempt customer pays for a printed amount."""
    if rule is None or not rule.included:
        return amount_minor
    taxes = (share.exact(amount_minor, quantity_milli) for share in rule.shares())
    net = amount_minor - sum(taxes, Fraction())
    return divide(net.numerator, net.denominator)


class _Part(NamedTuple):
    """A line under one rate; the fields before ``line`` give an order no cashier influences."""

    size: int
    rule_id: str
    quantity_milli: int
    line: int
    position: int
    amount_minor: int
    share: Share


def _rounded(lines: Sequence[TaxLine], rounding: TaxRounding, ties: Rounding) -> list[list[int]]:
    """Per line, the whole tax of each of its rates."""
    taxes = [[0] * len(line.rule.rates) if line.rule else [] for line in lines]
    for parts in _by_rate(lines):
        exact, denominator = _exact(parts)
        if rounding is TaxRounding.PER_LINE:
            amounts = [divide(numerator, denominator, ties) for numerator in exact]
        else:
            amounts = spread(exact, denominator, divide(sum(exact), denominator, ties))
        for part, amount in zip(parts, amounts, strict=True):
            taxes[part.line][part.position] = amount
    return taxes


def _exact(parts: Sequence[_Part]) -> tuple[list[int], int]:
    """The parts' taxes as whole numerators over one denominator."""
    # By identity: there are few shares for many lines, and a fraction is slow to hash.
    shares = {id(part.share): part.share for part in parts}
    denominator = MILLI * lcm(*(f.denominator for share in shares.values() for f in share))
    whole = {
        key: (int(share.of_amount * denominator), int(share.of_unit * denominator) // MILLI)
        for key, share in shares.items()
    }
    exact = []
    for part in parts:
        of_amount, of_unit = whole[id(part.share)]
        exact.append(part.amount_minor * of_amount + part.quantity_milli * of_unit)
    return exact, denominator


def _by_rate(lines: Sequence[TaxLine]) -> list[list[_Part]]:
    """The parts that are rounded together, each list in an order the cashier cannot influence."""
    groups: dict[tuple[bool, Rate], list[_Part]] = {}
    # By identity: one cart holds few rules but many lines, and a rule is slow to hash.
    places: dict[int, list[tuple[list[_Part], Share]]] = {}
    for i, line in enumerate(lines):
        rule = line.rule
        if rule is None:
            continue
        if id(rule) not in places:
            together = [groups.setdefault((rule.included, rate), []) for rate in rule.rates]
            places[id(rule)] = list(zip(together, rule.shares(), strict=True))
        size, quantity = -abs(line.amount_minor), line.quantity_milli
        for position, (parts, share) in enumerate(places[id(rule)]):
            parts.append(_Part(size, rule.id, quantity, i, position, line.amount_minor, share))
    for parts in groups.values():
        parts.sort(key=lambda part: part[:3])
    return list(groups.values())

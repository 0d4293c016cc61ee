"""The tax engine: exact fractions until one rounding, and every sum closes.

A class may hold several rates. Each is a fraction of the net amount; a compound rate also counts
the taxes before it into its base. Prices of an *included* class contain the tax, so its base is
the balancing figure: what was printed less the rounded tax. Taxes of other classes come on top.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from math import lcm

from localdb.domain.money import PPM, Rounding, divide, spread
from localdb.domain.records import TaxClass, TaxRate
from localdb.errors import Refusal


class TaxRounding(StrEnum):
    """When a tax is rounded to the minor unit."""

    PER_DOCUMENT = "document"
    """Once per rate over the whole receipt (EN 16931, BR-CO-17)."""
    PER_LINE = "line"


@dataclass(frozen=True, slots=True)
class Rate:
    """One tax of a class, in parts per million."""

    name: str
    rate_ppm: int
    compound: bool = False
    """Whether the taxes before this one count into its base."""


@dataclass(frozen=True, slots=True)
class TaxRule:
    """A tax class with its rates in order; no rates means exempt."""

    id: str
    name: str
    included: bool
    rates: tuple[Rate, ...]

    def shares(self) -> list[Fraction]:
        """Each rate's tax as a fraction of a line's printed amount."""
        shares: list[Fraction] = []
        for rate in self.rates:
            base = 1 + sum(shares, Fraction()) if rate.compound else Fraction(1)
            shares.append(base * Fraction(rate.rate_ppm, PPM))
        if not self.included:
            return shares
        gross = 1 + sum(shares, Fraction())
        return [share / gross for share in shares]


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
    """An amount to tax, after all discounts; gross under an included rule, otherwise net."""

    amount_minor: int
    rule: TaxRule | None


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One row of the tax table: all that was taxed under one name and rate."""

    name: str
    rate_ppm: int
    base_minor: int
    tax_minor: int


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
            Rate(rate.name, rate.rate_ppm, rate.compound)
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
    sums: dict[tuple[str, int], tuple[int, int]] = {}
    for line, line_taxes in zip(lines, taxes, strict=True):
        if line.rule is None:
            continue
        net = line.amount_minor - (sum(line_taxes) if line.rule.included else 0)
        for position, (rate, tax) in enumerate(zip(line.rule.rates, line_taxes, strict=True)):
            base = net + (sum(line_taxes[:position]) if rate.compound else 0)
            key = (rate.name, rate.rate_ppm)
            base_before, tax_before = sums.get(key, (0, 0))
            sums[key] = (base_before + base, tax_before + tax)
    highest_first = sorted(sums.items(), key=lambda item: (-item[0][1], item[0][0]))
    return tuple(TaxRow(name, ppm, base, tax) for (name, ppm), (base, tax) in highest_first)


def without_tax(amount_minor: int, rule: TaxRule | None) -> int:
    """What an exempt customer pays for a printed amount."""
    if rule is None or not rule.included:
        return amount_minor
    net = 1 - sum(rule.shares(), Fraction())
    return divide(amount_minor * net.numerator, net.denominator)


@dataclass(frozen=True, slots=True)
class _Part:
    """The exact tax of one line under one rate: ``amount_minor * share``."""

    line: int
    position: int
    amount_minor: int
    share: Fraction
    rule_id: str


def _rounded(lines: Sequence[TaxLine], rounding: TaxRounding, ties: Rounding) -> list[list[int]]:
    """Per line, the whole tax of each of its rates."""
    taxes = [[0] * len(line.rule.rates) if line.rule else [] for line in lines]
    for parts in _by_rate(lines):
        denominator = lcm(*(part.share.denominator for part in parts))
        exact = [
            part.amount_minor * part.share.numerator * (denominator // part.share.denominator)
            for part in parts
        ]
        if rounding is TaxRounding.PER_LINE:
            amounts = [divide(numerator, denominator, ties) for numerator in exact]
        else:
            amounts = spread(exact, denominator, divide(sum(exact), denominator, ties))
        for part, amount in zip(parts, amounts, strict=True):
            taxes[part.line][part.position] = amount
    return taxes


def _by_rate(lines: Sequence[TaxLine]) -> list[list[_Part]]:
    """The parts that are rounded together, each list in an order the cashier cannot influence."""
    shares = {line.rule: line.rule.shares() for line in lines if line.rule}
    parts: dict[tuple[bool, Rate], list[_Part]] = {}
    for i, line in enumerate(lines):
        if line.rule is None:
            continue
        for position, rate in enumerate(line.rule.rates):
            part = _Part(i, position, line.amount_minor, shares[line.rule][position], line.rule.id)
            parts.setdefault((line.rule.included, rate), []).append(part)
    for together in parts.values():
        together.sort(key=lambda part: (-abs(part.amount_minor), part.rule_id))
    return list(parts.values())

"""Giving a sale back, whole or in parts: the parts always sum to what was sold, to the cent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import lcm

from localdb.domain import balances
from localdb.domain.money import allocate, divide
from localdb.domain.records import (
    BalanceMovement,
    Sale,
    SaleDiscount,
    SaleLine,
    SaleTax,
)
from localdb.domain.tax import Rate, Taxes, TaxLine, TaxRow, TaxRule, tax_rows
from localdb.errors import Refusal


@dataclass(frozen=True, slots=True)
class Receipt:
    """A stored sale or refund with its rows; ``stocked`` are the products whose stock it moved."""

    sale: Sale
    lines: tuple[SaleLine, ...]
    taxes: tuple[SaleTax, ...] = ()
    stocked: frozenset[str] = frozenset()
    moved: tuple[BalanceMovement, ...] = ()
    """What it did to balances."""

    discounts: tuple[SaleDiscount, ...] = ()

    @property
    def points(self) -> int:
        """The points it earned, or took back when negative."""
        return sum(m.amount for m in self.moved if m.reason == balances.EARNED)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sold line, with the signs it was sold with."""

    line: SaleLine
    quantity_milli: int
    discount_minor: int
    total_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class RefundPlan:
    """What will be given back: ``due_minor`` is what the customer gets, as a negative amount."""

    original: Receipt
    parts: tuple[Part, ...]
    rows: tuple[TaxRow, ...]
    """The tax table of the parts, with the signs they were sold with."""
    due_minor: int
    points: int = 0
    """What the customer's points change by: negative when some are taken back."""
    earlier: tuple[Receipt, ...] = ()
    carried_minor: int = 0
    """What cash rounding left: the sale's and that of earlier refunds, with the other sign.

    It is settled with this refund (``Tender.carried_minor``), so that what goes back in all parts
    is what came in.
    """


def refundable(original: Receipt, earlier: Sequence[Receipt]) -> tuple[Part, ...]:
    """What is left of each line of a sale after its ``earlier`` refunds, used-up lines left out.

    Two tills may each have refunded a line offline; it then counts as used up.
    """
    parts = left_of_each(original, earlier)
    return tuple(part for part in parts if part.quantity_milli * part.line.quantity_milli > 0)


def plan(
    original: Receipt,
    earlier: Sequence[Receipt],
    taxes: Taxes,
    quantities: Mapping[str, int] | None = None,
) -> RefundPlan:
    """Plan a refund of ``quantities`` (line id -> thousandths, signed as sold); None is all left.

    Refuses more than is left, and a refund of a refund.
    """
    if original.sale.kind == "refund":
        raise Refusal("This receipt is a refund already. Look up the sale it belongs to.")
    left = {part.line.id: part for part in refundable(original, earlier)}
    if quantities is None:
        quantities = {line_id: part.quantity_milli for line_id, part in left.items()}
    if not quantities:
        raise Refusal("There is nothing to refund on this receipt.")
    parts = tuple(_share(left.get(line_id), wanted) for line_id, wanted in quantities.items())
    if uses_up(parts, left_of_each(original, earlier)):
        refund = _all_that_is_left(original, earlier, parts)
    else:
        refund = _some(original, earlier, parts, taxes)
    rounded = original.sale.rounding_minor + sum(one.sale.rounding_minor for one in earlier)
    return replace(
        refund,
        points=_points(refund, earlier),
        earlier=tuple(earlier),
        carried_minor=-rounded,
    )


def left_of_each(original: Receipt, earlier: Sequence[Receipt]) -> list[Part]:
    """What is left of each line of a sale, in order; nothing or less of one that is used up."""
    returned: dict[str, list[SaleLine]] = {}
    for line in (line for receipt in earlier for line in receipt.lines):
        if line.refund_of:
            returned.setdefault(line.refund_of, []).append(line)
    return [_left(line, returned.get(line.id, [])) for line in original.lines]


def uses_up(parts: tuple[Part, ...], left: list[Part]) -> bool:
    """Whether nothing remains after ``parts``; never so when a line was refunded twice over."""
    return all(part.quantity_milli == 0 or part in parts for part in left)


def _left(line: SaleLine, returned: list[SaleLine]) -> Part:
    # The amounts of refund lines are negative, so adding them takes them off.
    return Part(
        line,
        line.quantity_milli + sum(r.quantity_milli for r in returned),
        line.discount_minor + sum(r.discount_minor for r in returned),
        line.total_minor + sum(r.total_minor for r in returned),
        line.tax_minor + sum(r.tax_minor for r in returned),
    )


def too_many(left_milli: int) -> str:
    """Said where more is given back than was sold and not refunded yet, in thousandths."""
    if not left_milli:
        return "All of this item was refunded already. Choose another."
    return f"Only {left_milli / 1000:g} of this item can still be refunded. Enter a smaller number."


def _share(left: Part | None, wanted_milli: int) -> Part:
    """That much of what is left of a line; the last piece takes the last cent."""
    if left is None or abs(wanted_milli) > abs(left.quantity_milli):
        raise Refusal(too_many(abs(left.quantity_milli) if left is not None else 0))
    if wanted_milli * left.quantity_milli <= 0:
        raise Refusal("Enter how many are returned.")
    total, tax, discount = (
        divide(amount * wanted_milli, left.quantity_milli)
        for amount in (left.total_minor, left.tax_minor, left.discount_minor)
    )
    return Part(left.line, wanted_milli, discount, total, tax)


def _all_that_is_left(
    original: Receipt, earlier: Sequence[Receipt], parts: tuple[Part, ...]
) -> RefundPlan:
    """The refund after which nothing is left: the sale less what was given back before."""
    rows = tuple(
        TaxRow(name, ppm, base, tax, per_unit)
        for (name, ppm, per_unit), (base, tax) in _taxes_left(original, earlier).items()
    )
    left_minor = original.sale.total_minor + sum(receipt.sale.total_minor for receipt in earlier)
    return RefundPlan(original, parts, rows, -left_minor)


def _taxes_left(
    original: Receipt, earlier: Sequence[Receipt]
) -> dict[tuple[str, int, int], list[int]]:
    """Base and tax of each rate of a sale's table, less what was given back before."""
    sums: dict[tuple[str, int, int], list[int]] = {}
    for tax in (tax for receipt in (original, *earlier) for tax in receipt.taxes):
        row = sums.setdefault((tax.name, tax.rate_ppm, tax.per_unit_minor), [0, 0])
        row[0] += tax.base_minor
        row[1] += tax.tax_minor
    return sums


def _points(refund: RefundPlan, earlier: Sequence[Receipt]) -> int:
    """What the refund takes back of the points its sale earned, in proportion to the goods."""
    original = refund.original
    given = original.points
    sold = balances.goods_minor(original.sale, original.lines)
    back = -sum(balances.goods_minor(receipt.sale, receipt.lines) for receipt in earlier)
    now = -refund.due_minor - sum(p.total_minor for p in refund.parts if balances.is_money(p.line))
    kept = balances.points_kept(given, sold, sold - back - now)
    stands = given + sum(receipt.points for receipt in earlier)
    # Two tills may have given the same goods back, and the points went twice: none come again.
    return kept - stands if (kept - stands) * given < 0 else 0


def _some(
    original: Receipt, earlier: Sequence[Receipt], parts: tuple[Part, ...], taxes: Taxes
) -> RefundPlan:
    lines = [
        TaxLine(part.total_minor, _rule(original, part.line, taxes), part.quantity_milli)
        for part in parts
    ]
    left = {key: tax for key, (_base, tax) in _taxes_left(original, earlier).items()}
    by_rate = [
        _within(line, _by_rate(line, part.tax_minor), left)
        for line, part in zip(lines, parts, strict=True)
    ]
    added = sum(
        part.tax_minor
        for line, part in zip(lines, parts, strict=True)
        if line.rule and not line.rule.included
    )
    due = -(sum(part.total_minor for part in parts) + added)
    return RefundPlan(original, parts, tax_rows(lines, by_rate), due)


def _rule(original: Receipt, line: SaleLine, taxes: Taxes) -> TaxRule | None:
    """The rule a line was sold under, as far as its receipt shows it.

    Rates may have changed since, so only rates in the receipt's own tax table count.
    """
    if line.tax_class_id is None or not original.taxes:
        return None
    printed = tuple(
        Rate(tax.name, tax.rate_ppm, per_unit_minor=tax.per_unit_minor) for tax in original.taxes
    )
    now = taxes.rules.get(line.tax_class_id)
    still = tuple(
        rate for rate in (now.rates if now else ()) if replace(rate, compound=False) in printed
    )
    taxed = any(rate.rate_ppm or rate.per_unit_minor for rate in still)
    taxed = taxed or (bool(still) and not line.tax_minor)
    included = _included(original, now)
    return TaxRule(line.tax_class_id, "", included, still if taxed else printed)


def _included(original: Receipt, now: TaxRule | None) -> bool:
    """Whether a line's printed total held its tax; the sums of the receipt tell, unless mixed."""
    added = original.sale.total_minor - sum(line.total_minor for line in original.lines)
    if added in (0, original.sale.tax_minor):
        return added == 0
    return now.included if now else True


def _by_rate(line: TaxLine, tax_minor: int) -> list[int]:
    """A line's tax shared out over the rates of its rule."""
    if line.rule is None:
        return []
    shares = line.rule.shares()
    exact = [share.exact(line.amount_minor, line.quantity_milli) for share in shares]
    if not sum(exact):
        exact = [share.of_amount + share.of_unit for share in shares]
    scale = lcm(*(share.denominator for share in exact))
    return allocate(tax_minor, [int(share * scale) for share in exact])


def _within(line: TaxLine, taxes: list[int], left: dict[tuple[str, int, int], int]) -> list[int]:
    """A line's tax by rate, none of it more than is left under the rate; ``left`` shrinks by it.

    Else the last part would print what was rounded away as a tax of the wrong sign. Where the
    rates of the line hold too little together, the shares stay as they are.
    """
    rates = line.rule.rates if line.rule else ()
    keys = [(rate.name, rate.rate_ppm, rate.per_unit_minor) for rate in rates]
    bounds = [sorted((0, left.get(key, 0))) for key in keys]
    kept = [min(max(tax, low), high) for tax, (low, high) in zip(taxes, bounds, strict=True)]
    missing = sum(taxes) - sum(kept)
    for i, (low, high) in enumerate(bounds):
        moved = min(missing, high - kept[i]) if missing > 0 else max(missing, low - kept[i])
        kept[i] += moved
        missing -= moved
    found = taxes if missing else kept
    for key, tax in zip(keys, found, strict=True):
        left[key] = left.get(key, 0) - tax
    return found

"""What saved how much, as facts: the rows of a sale or a refund sum to its ``discount_minor``."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from localdb.domain.money import allocate
from localdb.domain.pricing import Saving
from localdb.domain.records import SaleDiscount, SaleLine

ROWS_MAX = 600
"""Beside the lines of the longest sale and their stock movements these still fit one op group."""


class Off(NamedTuple):
    """A saving, and the sale line it came off; none for the whole cart."""

    line_id: str | None
    saving: Saving


def of_sale(lines: Iterable[tuple[str, Sequence[Saving]]]) -> list[Off]:
    """The rows of a sale from its lines' ids and savings; the cart's discount is one row.

    More rows than a sale can hold become one for each offer, without saying which lines it met.
    """
    each = [Off(line_id, saving) for line_id, found in lines for saving in found]
    rows = [off for off in each if off.saving.kind != "cart"]
    rows += _together(off.saving for off in each if off.saving.kind == "cart")
    return rows if len(rows) <= ROWS_MAX else _together(off.saving for off in each)


def of_refund(
    lines: Iterable[tuple[SaleLine, SaleLine, int]],
    sold: Sequence[SaleDiscount],
    returned: Mapping[str, Sequence[SaleDiscount]],
) -> list[Off]:
    """The rows of a refund: what each line was sold with, taken back in proportion.

    ``lines`` are the line as sold, the line of the refund, and what is left of the discount;
    ``returned`` are the rows of earlier refunds by the id of the line as sold. What no row of a
    line names was its part of the cart's discount.
    """
    rows: list[Off] = []
    rest = 0
    for line, back, left_minor in lines:
        own = [row for row in sold if row.line_id == line.id]
        left = _left((*own, *returned.get(line.id, ())))
        weights = [saving.amount_minor for saving in left]
        *parts, unnamed = allocate(back.discount_minor, [*weights, left_minor - sum(weights)])
        rest += unnamed
        rows += [
            Off(back.id, Saving(saving.kind, saving.name, part, saving.promotion_id))
            for saving, part in zip(left, parts, strict=True)
            if part
        ]
    if rest:
        name = next((row.name for row in sold if row.kind == "cart"), "")
        rows.append(Off(None, Saving("cart", name, rest)))
    return rows


def _left(rows: Iterable[SaleDiscount]) -> list[Saving]:
    savings = (Saving(row.kind, row.name, row.amount_minor, row.promotion_id) for row in rows)
    return [off.saving for off in _together(savings)]


def _together(savings: Iterable[Saving]) -> list[Off]:
    """One row for what has one name, without those that come to nothing."""
    sums: dict[tuple[str, str | None, str], Saving] = {}
    for saving in savings:
        key = (saving.kind, saving.promotion_id, saving.name)
        before = sums[key].amount_minor if key in sums else 0
        sums[key] = Saving(
            saving.kind, saving.name, before + saving.amount_minor, saving.promotion_id
        )
    return [Off(None, saving) for saving in sums.values() if saving.amount_minor]

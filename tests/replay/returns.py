"""Which earlier sale a returned line came from: the same customer, goods and price.

A part is given back on the newest receipt that still has as many; where none has, it comes back
without a receipt. Only the file decides, so that both sides can be counted before anything is rung.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from tests.replay.retail import Invoice, Line


@dataclass(slots=True)
class SoldLine:
    """A line of a rung invoice, by its position on the receipt, and how many are left of it."""

    invoice: str
    position: int
    left: int


@dataclass(slots=True)
class Plan:
    """How one invoice is rung: what is sold or comes back without a receipt, and what with one."""

    invoice: Invoice
    rung: list[Line] = field(default_factory=list)
    """What goes into a cart of its own: sold, or given back without a receipt."""
    returned: dict[str, dict[int, Line]] = field(default_factory=dict)
    """Invoice of the sale -> line position on its receipt -> what comes back of it."""

    @property
    def number(self) -> str:
        return self.invoice.number

    @property
    def store(self) -> str:
        return self.invoice.store


def plans(invoices: Iterable[Invoice]) -> list[Plan]:
    """A plan for each invoice, in the file's order."""
    sold: dict[tuple[str, str, Decimal], list[SoldLine]] = defaultdict(list)
    made = []
    for invoice in invoices:
        plan = Plan(invoice)
        for line in invoice.rung():
            key = (invoice.customer, line.code, line.price)
            if line.quantity < 0 and invoice.customer and _given_back(plan, line, sold[key]):
                continue
            if line.quantity > 0:
                sold[key].append(SoldLine(invoice.number, len(plan.rung), line.quantity))
            plan.rung.append(line)
        made.append(plan)
    return made


def _given_back(plan: Plan, line: Line, sold: list[SoldLine]) -> bool:
    """Put a returned part on the newest receipt that still has as many; False when none has.

    A line of a receipt takes one part of an invoice only, so that parts stay lines.
    """
    for candidate in reversed(sold):
        lines = plan.returned.get(candidate.invoice, {})
        if candidate.left >= -line.quantity and candidate.position not in lines:
            candidate.left += line.quantity
            plan.returned[candidate.invoice] = {**lines, candidate.position: line}
            return True
    return False

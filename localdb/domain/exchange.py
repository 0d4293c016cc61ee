"""Giving goods back and taking others in one go: a refund and a sale, joined by one method.

What the refund owes pays the sale as far as it goes: a payment by ``exchange`` on each, equal and
opposite, so that the two together move no money. What is left on one side is paid or paid out.
"""

from dataclasses import replace

from localdb.domain.cart import LINES_MAX
from localdb.domain.methods import EXCHANGE
from localdb.domain.tender import Paid, Tender, owed
from localdb.errors import Refusal


def due_minor(refund_due_minor: int, sale_due_minor: int, carried_minor: int = 0) -> int:
    """What is left to pay, or to pay out when negative; ``carried_minor`` is the refund's.

    Raises Refusal where there are no two sides to exchange.
    """
    if refund_due_minor >= 0 or sale_due_minor <= 0:
        raise Refusal("An exchange needs returned items and items that are bought.")
    return owed(refund_due_minor, carried_minor) + sale_due_minor


def check_size(back_lines: int, sold_lines: int) -> None:
    """Refuse, before anything is paid, what would not fit the one op group of both halves."""
    if back_lines + sold_lines > LINES_MAX:
        raise Refusal(
            f"An exchange holds at most {LINES_MAX} lines. Refund first, then sell the rest."
        )


def split(
    tender: Tender,
    refund_due_minor: int,
    sale_due_minor: int,
    *,
    carried_minor: int = 0,
    refund_number: str = "",
    sale_number: str = "",
) -> tuple[Tender, Tender]:
    """The tenders of the refund and of the sale, from that of the difference.

    Each names the other's receipt number. The sale keeps the tender's id.
    """
    left = due_minor(refund_due_minor, sale_due_minor, carried_minor)
    if tender.due_minor != left:
        raise Refusal("The exchange has changed since payment began. Take the payment again.")
    moved = min(-owed(refund_due_minor, carried_minor), sale_due_minor)
    back = Paid(EXCHANGE, -moved, -moved, reference=sale_number)
    taken = Paid(EXCHANGE, moved, moved, reference=refund_number)
    paid_out = tender.payments if left < 0 else ()
    paid = tender.payments if left > 0 else ()
    return (
        replace(
            tender,
            due_minor=refund_due_minor,
            carried_minor=carried_minor,
            payments=(back, *paid_out) if moved else paid_out,
            id="",
        ),
        replace(tender, due_minor=sale_due_minor, payments=(taken, *paid) if moved else paid),
    )

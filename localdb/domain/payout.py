"""Where money goes back to: the way it came, unless somebody allows another.

A refund knows the payments of its sale and of the refunds before it. What each method brought,
less what went back to it, may go back to it; store credit takes any amount, because the money
stays in the shop. Anything else (cash for what a card paid) needs leave.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from localdb.domain.methods import CASH, EXCHANGE, POINTS, STORE_CREDIT
from localdb.domain.records import Payment
from localdb.domain.tender import Paid, Tender


@dataclass(frozen=True, slots=True)
class Source:
    """What one method, of one card or customer, brought and has not got back."""

    method: str
    left_minor: int
    """Above 0."""
    account_id: str | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What is to be paid out next, as a negative amount; cash is rounded to coins by the tender."""

    method: str
    amount_minor: int
    account_id: str | None = None
    reference: str = ""


def sources(payments: Sequence[Payment], returned: Iterable[Payment]) -> tuple[Source, ...]:
    """What is left of a sale's payments after those of its refunds, cash last.

    Both as they count (``corrections.effective``). What was exchanged came from another receipt:
    it is among them, but nothing goes back that way.
    """
    left: dict[tuple[str, str | None], int] = {}
    references: dict[tuple[str, str | None], str] = {}
    for payment in (*payments, *returned):
        key = (payment.method, payment.account_id)
        left[key] = left.get(key, 0) + payment.amount_minor
        references.setdefault(key, payment.reference)
    found = [
        Source(method, minor, account_id, references[method, account_id])
        for (method, account_id), minor in left.items()
        if minor > 0
    ]
    return tuple(sorted(found, key=lambda source: source.method == CASH))


def offer(tender: Tender, found: Sequence[Source], point_minor: int = 0) -> Offer | None:
    """The next payment of a refund that goes back the way it came; None when all is paid out.

    What no source covers, or an exchange brought, is offered in cash.
    """
    rest = -tender.remaining_minor
    if rest <= 0:
        return None
    for source in found:
        if source.method in (CASH, EXCHANGE):
            continue
        left = min(rest, source.left_minor - _paid_out(tender.payments, source))
        if source.method == POINTS:
            left -= left % point_minor if point_minor else left
        if left > 0:
            return Offer(source.method, -left, source.account_id, source.reference)
    return Offer(CASH, tender.cash_due_minor)


def otherwise_minor(payments: Sequence[Paid], found: Sequence[Source]) -> int:
    """How much of what was paid out goes another way than it came, 0 or more.

    What more comes back than the sources cover (a deposit had been paid out of the same sale) may
    go out in cash; cash rounding is no other way.
    """
    other = {
        (source.method, source.account_id): source.left_minor
        for source in found
        if source.method != CASH
    }
    out_of_place = 0
    for paid in payments:
        if paid.method in (CASH, STORE_CREDIT):
            continue
        key = (paid.method, paid.account_id)
        over = min(other.get(key, 0) + paid.amount_minor, 0)
        other[key] = max(other.get(key, 0) + paid.amount_minor, 0)
        out_of_place -= over
    cash_out = -sum(paid.amount_minor for paid in payments if paid.method == CASH)
    cash_in = sum(source.left_minor for source in found if source.method == CASH)
    due_back = -sum(paid.amount_minor for paid in payments)
    uncovered = max(due_back - sum(source.left_minor for source in found), 0)
    return out_of_place + max(cash_out - cash_in - uncovered, 0)


def _paid_out(payments: Iterable[Paid], source: Source) -> int:
    return -sum(
        paid.amount_minor
        for paid in payments
        if (paid.method, paid.account_id) == (source.method, source.account_id)
    )

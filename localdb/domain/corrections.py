"""Putting right how a sale was paid, after it was stored: a payment is reversed and made anew.

Payments are facts, so none is changed: the reversal is the payment with every amount negated, what
stands in for it follows, and each names the payment it ``corrects``. All of them sum to nothing,
so the sale's own sums still close, here and on the server.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from localdb.domain.records import Payment
from localdb.domain.tender import PAYMENTS_MAX, Tender
from localdb.errors import Refusal


def effective(payments: Sequence[Payment]) -> tuple[Payment, ...]:
    """The payments that count: those neither taken back nor taking one back, in order."""
    by_id = {payment.id: payment for payment in payments}
    gone = {payment.corrects for payment in payments}
    return tuple(p for p in payments if p.id not in gone and not _is_reversal(p, by_id))


def correct(
    payments: Sequence[Payment], wrong_id: str, tender: Tender, new_id: Callable[[], str]
) -> tuple[Payment, ...]:
    """The records that put one payment of a sale right: its reversal, then what was tendered.

    ``payments`` are all of the sale's, ``tender`` pays exactly what the wrong one did, tip
    included. Raises Refusal for a payment that no longer counts, and for a tender of another
    amount.
    """
    wrong = next((p for p in effective(payments) if p.id == wrong_id), None)
    if wrong is None:
        raise Refusal("This payment was corrected already. Look at the receipt again.")
    if wrong.amount_minor == 0:
        raise Refusal("Nothing was paid with this: there is nothing to correct.")
    if not tender.is_complete or tender.paid_minor != wrong.amount_minor:
        raise Refusal("The new payment must come to what the wrong one did.")
    if tender.tips_minor != wrong.tip_minor:
        raise Refusal("The tip must stay as it was. Take the payment back, and set the tip first.")
    position = 1 + max(payment.position for payment in payments)
    if position + 1 + len(tender.payments) > 2 * PAYMENTS_MAX:
        raise Refusal("This payment can't be changed again. Refund the sale and re-enter it.")
    return (_reversal(wrong, position, new_id()), *_made_anew(wrong, tender, position + 1, new_id))


def _reversal(wrong: Payment, position: int, payment_id: str) -> Payment:
    return replace(
        wrong,
        id=payment_id,
        position=position,
        amount_minor=-wrong.amount_minor,
        tendered_minor=-wrong.tendered_minor,
        change_minor=-wrong.change_minor,
        tip_minor=-wrong.tip_minor,
        corrects=wrong.id,
    )


def _made_anew(
    wrong: Payment, tender: Tender, position: int, new_id: Callable[[], str]
) -> list[Payment]:
    return [
        Payment(
            id=paid.id or new_id(),
            store_id=wrong.store_id,
            sale_id=wrong.sale_id,
            position=position + number,
            method=paid.method,
            amount_minor=paid.amount_minor,
            tendered_minor=paid.tendered_minor,
            change_minor=paid.change_minor,
            reference=paid.reference,
            tip_minor=paid.tip_minor,
            account_id=paid.account_id,
            corrects=wrong.id,
        )
        for number, paid in enumerate(tender.payments)
    ]


def _is_reversal(payment: Payment, by_id: dict[str, Payment]) -> bool:
    """Whether it takes another back: it has the opposite sign of what it corrects."""
    wrong = by_id.get(payment.corrects or "")
    return wrong is not None and wrong.amount_minor * payment.amount_minor < 0

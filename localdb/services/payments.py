"""Being paid step by step, each step durable before the next; and putting a payment right."""

from dataclasses import replace

from localdb.domain import balances
from localdb.domain.charge import Charge, Operation, Outcome, TerminalRequest
from localdb.domain.corrections import correct as corrected
from localdb.domain.methods import CASH, EXCHANGE, FROM_BALANCE, POINTS
from localdb.domain.permissions import Approval, Permission
from localdb.domain.records import BalanceMovement, Payment, Sale
from localdb.domain.tender import Paid, Tender
from localdb.errors import Refusal
from localdb.queries import settings
from localdb.queries.payments import check_free
from localdb.services import people, shifts
from localdb.services.till import also_in_training
from localdb.store import charges
from localdb.store.unit_of_work import UnitOfWork

FIXED = (EXCHANGE, POINTS)
"""What no correction touches: an exchange belongs to two sales, and points to what was earned."""


@also_in_training
def keep(uow: UnitOfWork, charge: Charge) -> None:
    """Remember the charge as it is now, before a terminal is asked or money is put away.

    One that holds nothing, and for which nothing is asked, is forgotten.
    """
    if charge.is_begun:
        charges.save(uow.connection, charge, uow.now_us)
    else:
        charges.clear(uow.connection)


def abandon(uow: UnitOfWork, charge: Charge) -> Charge:
    """Give the request under way up, to be undone if the terminal took it; gives the charge."""
    free, request = charge.forsake()
    keep(uow, free)
    undo_later(uow, request)
    return free


def undo_later(uow: UnitOfWork, request: TerminalRequest) -> None:
    """Remember that a card payment must not stand, until the terminal says that it does not."""
    waiting = charges.abandoned(uow.connection)
    if request.id not in [one.id for one in waiting]:
        charges.save_abandoned(uow.connection, (*waiting, request), uow.now_us)
        _note(uow, "card_abandoned", request)


def undo_at_terminal(uow: UnitOfWork, payment: Payment) -> None:
    """Have a stored payment undone, unless no terminal can have taken it."""
    if payment.method != CASH and payment.method not in FROM_BALANCE:
        undo_later(uow, as_request(payment))


@also_in_training
def undone(uow: UnitOfWork, request_id: str, how: Outcome, *, by_hand: bool = False) -> None:
    """An abandoned card payment does not stand: reversed, or never taken; into the journal.

    ``by_hand`` when the cashier says so, having looked at the terminal.
    """
    waiting = charges.abandoned(uow.connection)
    request = next((one for one in waiting if one.id == request_id), None)
    if request is None:
        return
    left = tuple(one for one in waiting if one.id != request_id)
    charges.save_abandoned(uow.connection, left, uow.now_us)
    _note(uow, "card_undone", request, how=how.value, by_hand=by_hand)


def correct(
    uow: UnitOfWork,
    sale_id: str,
    payment_id: str,
    tender: Tender,
    *,
    approval: Approval | None = None,
    at_terminal: bool = False,
) -> tuple[Payment, ...]:
    """Put right how a sale of this till's open shift was paid; gives the records that do.

    ``at_terminal``: the till has a card terminal, where the wrong payment is to be undone if it
    was taken there. Raises Refusal for another shift's sale, for a payment that is not to be
    corrected, and without the right.
    """
    people.require(uow, Permission.TENDER_CORRECTION, approval)
    check_free(uow.connection, tender.id)
    sale = _of_open_shift(uow, sale_id)
    payments = sorted(uow.find(Payment, sale_id=sale_id), key=lambda p: p.position)
    added = corrected(payments, payment_id, tender, uow.new_id)
    wrong = next(p for p in payments if p.id == payment_id)
    if fixed := {wrong.method, *(p.method for p in added)}.intersection(FIXED):
        name = fixed.pop().replace("_", " ")
        raise Refusal(f"A payment by {name} cannot be corrected. Refund the sale instead.")
    balances.check((), tender.payments, balances.NO_SCHEME)
    uow.insert(*added, *_moved(uow, sale, added))
    shifts.add_payments(uow, added)
    charges.clear(uow.connection)
    if at_terminal:
        undo_at_terminal(uow, wrong)
    _record(uow, sale, wrong, added, approval)
    return added


def _of_open_shift(uow: UnitOfWork, sale_id: str) -> Sale:
    sale = uow.get(Sale, sale_id)
    if sale is None:
        raise Refusal("This sale isn't on this till.")
    if sale.shift_id != shifts.current(uow).id:
        raise Refusal("Only sales of the open shift can be corrected. Refund the sale instead.")
    return sale


def _moved(uow: UnitOfWork, sale: Sale, added: tuple[Payment, ...]) -> tuple[BalanceMovement, ...]:
    """What the reversal gives back to a card or customer, and what the new payments take."""
    shop = settings.in_force(uow.connection)
    loyalty = balances.Loyalty(shop.points_per_unit, shop.point_minor)
    moved = balances.movements(sale, (), added, 0, loyalty, uow.new_id)
    user_id = uow.user_id or sale.cashier_id
    return tuple(replace(one, at_us=uow.now_us, user_id=user_id) for one in moved)


def as_request(payment: Payment) -> TerminalRequest:
    """What a terminal that took this payment was asked."""
    amount, tip = payment.amount_minor, payment.tip_minor
    paid = Paid(payment.method, amount, payment.tendered_minor, tip_minor=tip, id=payment.id)
    return TerminalRequest(Operation.PURCHASE if amount > 0 else Operation.REFUND, paid)


def _record(
    uow: UnitOfWork,
    sale: Sale,
    wrong: Payment,
    added: tuple[Payment, ...],
    approval: Approval | None,
) -> None:
    to = "+".join(payment.method for payment in added[1:])
    uow.journal(
        "tender_correction",
        {
            "sale": sale.id,
            "receipt": sale.receipt_number,
            "payment": wrong.id,
            "from": wrong.method,
            "to": to,
            "amount_minor": wrong.amount_minor,
        },
    )
    people.audit(
        uow,
        Permission.TENDER_CORRECTION,
        approval=approval,
        sale_id=sale.id,
        amount_minor=wrong.amount_minor,
        detail=f"{sale.receipt_number}: {wrong.method} to {to}",
    )


def _note(uow: UnitOfWork, kind: str, request: TerminalRequest, **more: object) -> None:
    uow.journal(kind, {"request": request.id, "amount_minor": request.charged_minor, **more})

"""Giving money back: refunds with their receipt, exchanges, and sales that were a mistake."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from localdb.domain import exchange as exchanges
from localdb.domain import refund as refunds
from localdb.domain import refund_records
from localdb.domain.cart import Cart
from localdb.domain.methods import GIFT_CARD
from localdb.domain.payout import otherwise_minor
from localdb.domain.permissions import Approval, Permission
from localdb.domain.records import Payment, Sale
from localdb.domain.refund import RefundPlan
from localdb.domain.returns import NO_LEAVE, Leave, Pending, Return
from localdb.domain.sale import SaleContext
from localdb.domain.sale import complete as complete_sale
from localdb.domain.tender import Paid, Tender
from localdb.domain.terms import Terms
from localdb.domain.totals import totals
from localdb.errors import Refusal
from localdb.queries import balances, returnable
from localdb.queries.payments import check_free
from localdb.queries.returnable import Returnable
from localdb.services import payments, people, shifts
from localdb.services.checkout import Completed, sale_context, store_sale
from localdb.store import carts as cart_store
from localdb.store.unit_of_work import UnitOfWork

OTHERWISE = Permission.RETURN_WITHOUT_RECEIPT
"""What it takes to pay out in another way than the money came: as if there were no receipt."""


def refund(uow: UnitOfWork, wanted: Return, tender: Tender, leave: Leave = NO_LEAVE) -> Completed:
    """Store a refund that was paid out, in the caller's one transaction.

    Raises Refusal for more than is left, without the right, and for money that goes another way
    than it came when nobody allowed that.
    """
    people.require(uow, Permission.REFUND, leave.refund)
    found, plan = returnable.planned(uow.connection, wanted)
    _check_payout(uow, found, tender.payments, leave.otherwise)
    _check_cards(uow, plan)
    shift = shifts.current(uow)
    context = sale_context(uow, shift, uow.now_us)
    records = refund_records.complete(
        plan, tender, context, note=wanted.note, damaged=wanted.damaged
    )
    return _completed(store_sale(uow, shift, records), 0)


def exchange(
    uow: UnitOfWork,
    wanted: Return,
    cart: Cart,
    tender: Tender,
    leave: Leave = NO_LEAVE,
    *,
    terms: Terms | None = None,
) -> Completed:
    """Store a refund and a sale together; ``tender`` is of the difference. Gives the sale.

    Both are on disk, or neither. Raises Refusal as ``refund`` and ``checkout`` do.
    """
    people.require(uow, Permission.REFUND, leave.refund)
    found, plan = returnable.planned(uow.connection, wanted)
    if tender.due_minor < 0:
        _check_payout(uow, found, tender.payments, leave.otherwise)
    _check_cards(uow, plan, tender.payments)
    back_shift = shifts.current(uow)
    back = sale_context(uow, back_shift, uow.now_us, terms)
    taken = sale_context(uow, back_shift, uow.now_us, terms)
    refund_tender, sale_tender = _split(plan, cart, tender, back, taken)
    records = refund_records.complete(
        plan,
        refund_tender,
        back,
        reason=refund_records.EXCHANGED,
        note=wanted.note,
        damaged=wanted.damaged,
    )
    given_back = store_sale(uow, back_shift, records)
    # The refund is in the shift's totals now, so the sale is counted into those.
    sold = store_sale(uow, shifts.current(uow), complete_sale(cart, sale_tender, taken))
    cart_store.clear(uow.connection)
    forget_exchange(uow)
    return replace(_completed(sold, tender.change_minor), refund_id=given_back.id)


def void(
    uow: UnitOfWork,
    sale_id: str,
    note: str = "",
    *,
    approval: Approval | None = None,
    at_terminal: bool = False,
) -> Completed:
    """Take a whole sale of this till's open shift back, to the methods it was paid with.

    What a card terminal took is reversed there (``at_terminal``); tips go back too. Raises Refusal
    for another shift's sale, for one that was given back in part, and without the right.
    """
    people.require(uow, Permission.VOID_SALE, approval)
    check_free(uow.connection)
    shift = shifts.current(uow)
    found = returnable.load(uow.connection, sale_id)
    sold = found.original.sale
    if sold.shift_id != shift.id:
        raise Refusal("Only sales of the open shift can be voided. Refund the sale instead.")
    context = sale_context(uow, shift, uow.now_us)
    plan = refunds.plan(found.original, found.earlier, context.terms.taxes)
    _check_cards(uow, plan)
    sale = store_sale(uow, shift, refund_records.void(plan, found.payments, context, note=note))
    if at_terminal:
        _reverse_at_terminal(uow, found.payments)
    people.audit(
        uow,
        Permission.VOID_SALE,
        approval=approval,
        sale_id=sale.id,
        amount_minor=sale.total_minor,
        detail=f"{sold.receipt_number}: {note}" if note else sold.receipt_number,
    )
    return _completed(sale, 0)


def begin_exchange(uow: UnitOfWork, wanted: Return, leave: Leave = NO_LEAVE) -> None:
    """Remember what is given back for the cart that is rung up now, also after a crash."""
    returnable.planned(uow.connection, wanted)
    pending = Pending(wanted, leave).to_json()
    cart_store.save(uow.connection, pending, uow.now_us, cart_store.EXCHANGE)


def forget_exchange(uow: UnitOfWork) -> None:
    """There is nothing to exchange, or it is done."""
    cart_store.clear(uow.connection, cart_store.EXCHANGE)


def _split(
    plan: RefundPlan, cart: Cart, tender: Tender, back: SaleContext, taken: SaleContext
) -> tuple[Tender, Tender]:
    return exchanges.split(
        tender,
        plan.due_minor,
        totals(cart, taken.terms).total_minor,
        carried_minor=plan.carried_minor,
        refund_number=back.receipt_number,
        sale_number=taken.receipt_number,
    )


def _check_payout(
    uow: UnitOfWork, found: Returnable, payments: tuple[Paid, ...], approval: Approval | None
) -> None:
    if otherwise_minor(payments, found.sources):
        people.require(uow, OTHERWISE, approval)


def _check_cards(uow: UnitOfWork, plan: RefundPlan, paid: Iterable[Paid] = ()) -> None:
    """A gift card that was spent is no longer what was sold; one sale may have loaded it twice.

    Nor can a card come back with what it pays in the same exchange.
    """
    back: Counter[str] = Counter()
    for part in plan.parts:
        if part.line.kind == GIFT_CARD and part.line.account_id:
            back[part.line.account_id] += part.total_minor
    for payment in paid:
        if payment.method == GIFT_CARD and payment.account_id and payment.account_id in back:
            back[payment.account_id] += payment.amount_minor
    for card_id, minor in back.items():
        if balances.balance(uow.connection, GIFT_CARD, card_id) < minor:
            raise Refusal("This gift card has been used and cannot be refunded.")


def _reverse_at_terminal(uow: UnitOfWork, paid: tuple[Payment, ...]) -> None:
    """Have every payment undone that the terminal may have taken; it says which ones it did."""
    for payment in paid:
        payments.undo_at_terminal(uow, payment)


def _completed(sale: Sale, change_minor: int) -> Completed:
    return Completed(sale.id, sale.receipt_number, sale.total_minor, change_minor)

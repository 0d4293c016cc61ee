"""Cards that hold money, and balances put right by hand; what sales move is ``domain.balances``."""

from localdb.domain.balances import ADJUSTED, good_until
from localdb.domain.barcode import normalise
from localdb.domain.methods import GIFT_CARD
from localdb.domain.permissions import Approval, Permission
from localdb.domain.records import BalanceMovement, Customer, GiftCard
from localdb.errors import Refusal
from localdb.queries import balances, here, settings
from localdb.services import people
from localdb.store.unit_of_work import UnitOfWork


def new_card(uow: UnitOfWork, text: str) -> GiftCard:
    """A card with the code that was scanned or typed; nothing is on it before a sale puts it there.

    Raises Refusal for what cannot be a code, and for one that a card has.
    """
    code = normalise(text).value
    if balances.card_by_code(uow.connection, code) is not None:
        raise Refusal(f"Card {code} was sold before. Scan it again to load it.")
    today = here.business_day(uow.connection, uow.now_us)
    days = settings.in_force(uow.connection).gift_card_days
    card = GiftCard(id=uow.new_id(), code=code, expires_day=good_until(today, days))
    uow.insert(card)
    return card


def block_card(
    uow: UnitOfWork, card_id: str, *, blocked: bool, approval: Approval | None = None
) -> None:
    """Block a card that was lost, or let it pay again; what is on it stays. Into the audit log."""
    people.require(uow, Permission.ADJUST_BALANCE, approval)
    card = uow.edit(GiftCard, card_id, active=not blocked)
    words = "blocked" if blocked else "good again"
    people.audit(uow, "gift_card", approval=approval, detail=f"Card {card.code} {words}")


def adjust(
    uow: UnitOfWork,
    kind: str,
    account_id: str,
    amount: int,
    reason: str,
    *,
    approval: Approval | None = None,
) -> None:
    """Add to a balance without a payment, or take from it; into the audit log and the journal.

    ``amount`` is signed, in minor units or points. Raises Refusal without the right, without a
    reason, and for a card or customer that is not here.
    """
    people.require(uow, Permission.ADJUST_BALANCE, approval)
    if uow.user_id is None:
        raise Refusal("No one is signed in. Sign in first.")
    if not reason.strip():
        raise Refusal("Enter a reason.")
    if amount == 0:
        raise Refusal("Enter an amount.")
    name = _name(uow, kind, account_id)
    uow.insert(
        BalanceMovement(
            id=uow.new_id(),
            store_id=uow.identity.store_id,
            kind=kind,
            account_id=account_id,
            amount=amount,
            reason=ADJUSTED,
            user_id=uow.user_id,
            at_us=uow.now_us,
        )
    )
    uow.journal("balance_adjusted", {"kind": kind, "account": account_id, "amount": amount})
    detail = f"{kind.replace('_', ' ')} of {name}: {reason.strip()}"
    people.audit(
        uow,
        Permission.ADJUST_BALANCE,
        approval=approval,
        amount_minor=0 if kind == "points" else amount,
        detail=detail,
    )


def _name(uow: UnitOfWork, kind: str, account_id: str) -> str:
    if kind == GIFT_CARD:
        card = uow.get(GiftCard, account_id)
        if card is not None and not card.deleted:
            return card.code
        raise Refusal("This card isn't on this till. Scan it again.")
    customer = uow.get(Customer, account_id)
    if customer is None or customer.deleted:
        raise Refusal("This customer isn't on this till. Choose another.")
    return customer.name

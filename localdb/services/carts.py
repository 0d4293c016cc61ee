"""The open cart, which survives a crash, and carts set aside for later."""

from dataclasses import replace

from localdb.domain.cart import Cart
from localdb.domain.permissions import Approval, Permission
from localdb.domain.records import HeldCart
from localdb.domain.totals import totals
from localdb.errors import Refusal
from localdb.queries import offers, training
from localdb.services import people
from localdb.services.till import also_in_training
from localdb.store import carts as cart_store
from localdb.store.unit_of_work import UnitOfWork


@also_in_training
def save_open(uow: UnitOfWork, cart: Cart, name: str = cart_store.MAIN) -> None:
    """Remember the cart as it is now, for after a crash or a lock; see ``Till.cart_name``."""
    cart_store.save(uow.connection, cart.to_json(), uow.now_us, name)


def hold(uow: UnitOfWork, cart: Cart, label: str) -> str:
    """Set the cart aside for any till of the store; gives the held cart's id."""
    if not cart.lines:
        raise Refusal("The cart is empty: there is nothing to hold.")
    if cart_store.load(uow.connection, cart_store.EXCHANGE) is not None:
        raise Refusal("Finish the exchange first, or cancel it.")
    if uow.user_id is None:
        raise Refusal("No one is signed in. Sign in first.")
    held = HeldCart(
        id=uow.new_id(),
        store_id=uow.identity.store_id,
        label=label,
        cart=replace(cart, held_cart_id=None).to_json(),
        total_minor=totals(cart, offers.terms(uow.connection, uow.now_us)).total_minor,
        held_by=uow.user_id,
        held_at_us=uow.now_us,
    )
    uow.insert(held)
    cart_store.clear(uow.connection)
    return held.id


@also_in_training
def cancel(
    uow: UnitOfWork,
    cart: Cart,
    approval: Approval,
    *,
    words: str,
    amount_minor: int,
    name: str = cart_store.MAIN,
) -> None:
    """Give the open cart up for good; it is in the audit log and in the journal.

    Takes the leave that voiding its lines takes; raises Refusal without it, and for an empty cart.
    """
    people.require(uow, Permission.VOID_LINE, approval)
    if not cart.lines:
        raise Refusal("There is no open sale to cancel.")
    cart_store.clear(uow.connection, name)
    if training.is_on(uow.connection):
        return
    people.audit(uow, "sale_cancelled", approval=approval, amount_minor=amount_minor, detail=words)
    uow.journal(
        "sale_cancelled",
        {"user": uow.user_id, "lines": len(cart.lines), "amount_minor": amount_minor},
    )


def recall(uow: UnitOfWork, held_id: str) -> Cart:
    """Take a held cart back to this till; it leaves the list of every other.

    Raises Refusal, and the cart stays on hold, when it is gone, damaged, or of things whose tax
    this till does not know yet.
    """
    held = uow.get(HeldCart, held_id)
    if held is None or held.state != "held" or held.deleted:
        raise Refusal("This sale was already recalled. Choose another.")
    cart = replace(_read(held), held_cart_id=held_id)
    totals(cart, offers.terms(uow.connection, uow.now_us))
    uow.edit(HeldCart, held_id, state="recalled")
    save_open(uow, cart)
    return cart


def _read(held: HeldCart) -> Cart:
    try:
        return Cart.from_json(held.cart)
    except ValueError:
        raise Refusal(
            "This held sale is damaged and cannot be recalled. Ring it up again."
        ) from None

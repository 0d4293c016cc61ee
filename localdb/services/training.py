"""Training: everything happens as in earnest, and nothing of it is stored.

A practised sale makes the very records of a real one inside a transaction that is rolled back:
receipt numbers, stock, shift, journal and outbox are as they were. Only that training began and
ended is journaled and in the audit log. What the practice needs itself (its open cart, its own
number series, that it is on) is kept on the device, and survives a power cut.
"""

import json
from dataclasses import dataclass, replace

from localdb.domain.cart import Cart
from localdb.domain.permissions import Approval, Permission
from localdb.domain.records import User
from localdb.domain.tender import Tender
from localdb.domain.terms import Terms
from localdb.errors import Refusal
from localdb.queries import payments, receipts, training
from localdb.queries import shifts as shift_queries
from localdb.queries.receipts import Receipt
from localdb.services import people, shifts
from localdb.services.checkout import Completed, checkout
from localdb.services.till import Till, also_in_training
from localdb.store import carts, charges, local
from localdb.store.unit_of_work import UnitOfWork

SERIES = "training"
NUMBER = "TRAIN-{:06}"


@dataclass(frozen=True, slots=True)
class Practised:
    """A practised sale: what a real one would have given, under a number of the practice."""

    completed: Completed
    receipt: Receipt


def begin(till: Till, approval: Approval | None = None) -> None:
    """Put the till into training; the cart that is open waits until it ends.

    Raises Refusal without the right or somebody's leave, and when training is on already.
    """
    till.write(_begin, approval)
    till.is_training = True


def end(till: Till) -> None:
    """Back to the shop as it was: whatever was practised is gone. Anybody at the till may."""
    till.write(_end)
    till.is_training = False


def sell(till: Till, cart: Cart, tender: Tender, terms: Terms | None = None) -> Practised:
    """Practise a checkout; raises what a real one would raise, but needs no open shift."""
    practised = till.rehearse(_sell, cart, tender, terms)
    number = NUMBER.format(till.write(_sold))
    sale = replace(practised.receipt.sale, receipt_number=number)
    return Practised(
        replace(practised.completed, receipt_number=number),
        replace(practised.receipt, sale=sale, is_training=True),
    )


def _begin(uow: UnitOfWork, approval: Approval | None) -> None:
    people.require(uow, Permission.TRAINING, approval)
    if training.is_on(uow.connection):
        raise Refusal("Training is on already.")
    charge = payments.open_charge(uow.connection)
    if charge is not None and charge.is_begun:
        raise Refusal("Finish the payment that is under way first.")
    local.put_setting(uow.connection, training.KEY, json.dumps({"since_us": uow.now_us}))
    people.audit(uow, "training_began", approval=approval)
    uow.journal("training_began", {"user": uow.user_id})


@also_in_training
def _end(uow: UnitOfWork) -> None:
    user = uow.get(User, uow.user_id) if uow.user_id else None
    if user is None:
        raise Refusal("Sign in to end training.")
    if not training.is_on(uow.connection):
        raise Refusal("Training is not on.")
    local.put_setting(uow.connection, training.KEY, "")
    _forget(uow)
    people.audit(uow, "training_ended")
    uow.journal("training_ended", {"user": uow.user_id})
    people.arrive(uow, user)


def _sell(uow: UnitOfWork, cart: Cart, tender: Tender, terms: Terms | None) -> Practised:
    if shift_queries.current(uow.connection) is None:
        shifts.begin(uow, 0)
    completed = checkout(uow, cart, tender, terms=terms)
    return Practised(completed, receipts.load(uow.connection, completed.sale_id))


@also_in_training
def _sold(uow: UnitOfWork) -> int:
    _forget(uow)
    return uow.next_number(SERIES)


def _forget(uow: UnitOfWork) -> None:
    """Clear what is open in the practice."""
    carts.clear(uow.connection, training.CART)
    charges.clear(uow.connection)

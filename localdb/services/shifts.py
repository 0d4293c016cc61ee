"""The drawer's shift: opened with a float, moved through, counted and closed.

Its running totals are kept on the till and change in the same transaction as what they count, so
that an X report is a look and a close is instant however many sales there were.
"""

from collections.abc import Iterable

from localdb.domain.permissions import Approval, Permission
from localdb.domain.records import Payment, Record, ShiftEvent
from localdb.domain.shift import Shift, check_event, opened
from localdb.errors import Refusal
from localdb.queries import shifts as shift_queries
from localdb.services import people
from localdb.store import local
from localdb.store.unit_of_work import UnitOfWork


def open_shift(uow: UnitOfWork, float_minor: int, *, approval: Approval | None = None) -> Shift:
    """Open a shift with the cash that lies in the drawer."""
    people.require(uow, Permission.OPEN_SHIFT, approval)
    return begin(uow, float_minor)


def begin(uow: UnitOfWork, float_minor: int) -> Shift:
    """Open a shift without asking anybody; raises Refusal when one is open."""
    if shift_queries.current(uow.connection) is not None:
        raise Refusal("A shift is already open on this till.")
    return _keep(uow, opened(_recorded(uow, uow.new_id(), "open", float_minor)))


def paid_in(
    uow: UnitOfWork, amount_minor: int, reason: str, *, approval: Approval | None = None
) -> Shift:
    """Cash put into the drawer, other than by a sale."""
    people.require(uow, Permission.PAID_IN, approval)
    return _moved(uow, "paid_in", amount_minor, reason)


def paid_out(
    uow: UnitOfWork, amount_minor: int, reason: str, *, approval: Approval | None = None
) -> Shift:
    """Cash taken from the drawer for an expense."""
    people.require(uow, Permission.PAID_OUT, approval)
    return _moved(uow, "paid_out", amount_minor, reason)


def drop(uow: UnitOfWork, amount_minor: int, *, approval: Approval | None = None) -> Shift:
    """Cash moved from the drawer to the safe."""
    people.require(uow, Permission.DROP, approval)
    return _moved(uow, "drop", amount_minor)


def no_sale(uow: UnitOfWork, reason: str = "", *, approval: Approval | None = None) -> Shift:
    """The drawer was opened without a sale."""
    people.require(uow, Permission.NO_SALE, approval)
    return _moved(uow, "no_sale", reason=reason)


def close_shift(uow: UnitOfWork, counted_minor: int, *, approval: Approval | None = None) -> Shift:
    """Close the shift with the cash counted; over or short is recorded, never refused.

    The Z number it gets is gapless per till and never reused.
    """
    people.require(uow, Permission.CLOSE_SHIFT, approval)
    current(uow)
    z_number = uow.next_number(f"z:{uow.identity.till_code}")
    return _moved(uow, "close", counted_minor, z_number=z_number)


def add_sale(uow: UnitOfWork, shift: Shift, records: Iterable[Record]) -> None:
    """Count a sale that was just stored into the open shift, as this transaction read it."""
    _keep(uow, shift.with_sale(records))


def add_payments(uow: UnitOfWork, payments: Iterable[Payment]) -> None:
    """Count payments that correct those of a sale counted before."""
    _keep(uow, current(uow).with_payments(payments))


def current(uow: UnitOfWork) -> Shift:
    """The open shift; raises Refusal when there is none."""
    shift = shift_queries.current(uow.connection)
    if shift is None:
        raise Refusal("No shift is open. Open one with the cash in the drawer first.")
    return shift


def _moved(
    uow: UnitOfWork, kind: str, amount_minor: int = 0, reason: str = "", z_number: int = 0
) -> Shift:
    shift = current(uow)
    return _keep(
        uow, shift.with_event(_recorded(uow, shift.id, kind, amount_minor, reason, z_number))
    )


def _recorded(
    uow: UnitOfWork,
    shift_id: str,
    kind: str,
    amount_minor: int = 0,
    reason: str = "",
    z_number: int = 0,
) -> ShiftEvent:
    if uow.user_id is None:
        raise Refusal("Nobody is signed in.")
    check_event(kind, amount_minor, reason)
    event = ShiftEvent(
        id=uow.new_id(),
        store_id=uow.identity.store_id,
        device_id=uow.identity.device_id,
        shift_id=shift_id,
        kind=kind,
        amount_minor=amount_minor,
        reason=reason.strip(),
        user_id=uow.user_id,
        at_us=uow.now_us,
        z_number=z_number,
    )
    uow.insert(event)
    uow.journal(f"shift_{kind}", {"shift": shift_id, "amount": amount_minor, "z": z_number})
    return event


def _keep(uow: UnitOfWork, shift: Shift) -> Shift:
    local.put_setting(uow.connection, shift_queries.SHIFT, shift.to_json())
    return shift

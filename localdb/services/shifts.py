"""The drawer's shift: opened with a float, moved through, counted and closed."""

from localdb.domain.records import ShiftEvent
from localdb.errors import Refusal
from localdb.queries import shifts as shift_queries
from localdb.store.unit_of_work import UnitOfWork


def open_shift(uow: UnitOfWork, float_minor: int) -> str:
    """Open a shift with the cash that lies in the drawer; gives the shift's id."""
    if shift_queries.current_id(uow.connection, uow.identity.device_id):
        raise Refusal("A shift is already open on this till.")
    shift_id = uow.new_id()
    _record(uow, shift_id, "open", amount_minor=_positive(float_minor, allow_zero=True))
    return shift_id


def paid_in(uow: UnitOfWork, amount_minor: int, reason: str) -> None:
    """Cash put into the drawer, other than by a sale."""
    _record(uow, current(uow), "paid_in", _positive(amount_minor), _stated(reason))


def paid_out(uow: UnitOfWork, amount_minor: int, reason: str) -> None:
    """Cash taken from the drawer for an expense."""
    _record(uow, current(uow), "paid_out", _positive(amount_minor), _stated(reason))


def drop(uow: UnitOfWork, amount_minor: int) -> None:
    """Cash moved from the drawer to the safe."""
    _record(uow, current(uow), "drop", _positive(amount_minor))


def no_sale(uow: UnitOfWork, reason: str = "") -> None:
    """The drawer was opened without a sale."""
    _record(uow, current(uow), "no_sale", reason=reason)


def close_shift(uow: UnitOfWork, counted_minor: int) -> int:
    """Close the shift with the cash counted; over or short is recorded, never refused.

    Gives the Z number: gapless per till, never reused.
    """
    shift_id = current(uow)
    z_number = uow.next_number(f"z:{uow.identity.till_code}")
    _record(
        uow,
        shift_id,
        "close",
        amount_minor=_positive(counted_minor, allow_zero=True),
        z_number=z_number,
    )
    return z_number


def current(uow: UnitOfWork) -> str:
    """The open shift's id; raises Refusal when there is none."""
    shift_id = shift_queries.current_id(uow.connection, uow.identity.device_id)
    if shift_id is None:
        raise Refusal("No shift is open. Open one with the cash in the drawer first.")
    return shift_id


def _record(
    uow: UnitOfWork,
    shift_id: str,
    kind: str,
    amount_minor: int = 0,
    reason: str = "",
    z_number: int = 0,
) -> None:
    if uow.user_id is None:
        raise Refusal("Nobody is signed in.")
    event = ShiftEvent(
        id=uow.new_id(),
        store_id=uow.identity.store_id,
        device_id=uow.identity.device_id,
        shift_id=shift_id,
        kind=kind,
        amount_minor=amount_minor,
        reason=reason,
        user_id=uow.user_id,
        at_us=uow.now_us,
        z_number=z_number,
    )
    uow.insert(event)
    uow.journal(f"shift_{kind}", {"shift": shift_id, "amount": amount_minor, "z": z_number})


def _positive(amount_minor: int, *, allow_zero: bool = False) -> int:
    if amount_minor < 0 or (amount_minor == 0 and not allow_zero):
        raise Refusal("Enter an amount above zero.")
    return amount_minor


def _stated(reason: str) -> str:
    if not reason.strip():
        raise Refusal("Give a reason.")
    return reason.strip()

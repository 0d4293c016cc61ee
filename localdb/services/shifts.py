"""The drawer's shift: opened with a float, moved through, counted and closed.

Its running totals are kept on the till and change in the same transaction as what they count, so
that an X report is a look and a close is instant however many sales there were.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from localdb.domain import journal
from localdb.domain.business_day import business_day
from localdb.domain.cash_count import CashCount
from localdb.domain.permissions import Approval, Permission
from localdb.domain.real_values import zone
from localdb.domain.records import Payment, Record, ShiftEvent
from localdb.domain.shift import Shift, check_event, closed_detail, opened
from localdb.errors import Refusal
from localdb.queries import here, payments
from localdb.queries import shifts as shift_queries
from localdb.services import people
from localdb.services.shift_totals import keep
from localdb.store.rows import to_json
from localdb.store.unit_of_work import UnitOfWork

Pieces = Mapping[int, int]
"""Value of a note or coin in minor units -> how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """What is to be recorded of a drawer event."""

    kind: str
    amount_minor: int = 0
    reason: str = ""
    z_number: int = 0
    expected_minor: int = 0
    detail: str = "{}"


def open_shift(
    uow: UnitOfWork,
    float_minor: int,
    *,
    pieces: Pieces | None = None,
    approval: Approval | None = None,
) -> Shift:
    """Open a shift with the cash that lies in the drawer, counted by ``pieces`` or as a sum."""
    people.require(uow, Permission.OPEN_SHIFT, approval)
    return begin(uow, float_minor, pieces)


def begin(uow: UnitOfWork, float_minor: int, pieces: Pieces | None = None) -> Shift:
    """Open a shift without asking anybody; raises Refusal when one is open."""
    if shift_queries.current(uow.connection) is not None:
        raise Refusal("A shift is already open on this till.")
    detail = _counted(float_minor, pieces).to_detail()
    before = shift_queries.newest(uow.connection)
    if before is not None:
        detail["left_minor"] = before.counted_minor
    move = _Move(kind="open", amount_minor=float_minor, detail=to_json(detail))
    store = here.store(uow.connection)
    day = business_day(uow.now_us, zone(store.timezone), store.day_cutoff_min)
    return keep(uow, opened(_record(uow, _event(uow, uow.new_id(), move)), day))


def paid_in(
    uow: UnitOfWork, amount_minor: int, reason: str, *, approval: Approval | None = None
) -> Shift:
    """Cash put into the drawer, other than by a sale."""
    people.require(uow, Permission.PAID_IN, approval)
    return _moved(uow, _Move(kind="paid_in", amount_minor=amount_minor, reason=reason))


def paid_out(
    uow: UnitOfWork, amount_minor: int, reason: str, *, approval: Approval | None = None
) -> Shift:
    """Cash taken from the drawer for an expense."""
    people.require(uow, Permission.PAID_OUT, approval)
    return _moved(uow, _Move(kind="paid_out", amount_minor=amount_minor, reason=reason))


def drop(
    uow: UnitOfWork,
    amount_minor: int,
    *,
    pieces: Pieces | None = None,
    approval: Approval | None = None,
) -> Shift:
    """Cash moved from the drawer to the safe; also more than should be there: it was moved."""
    people.require(uow, Permission.DROP, approval)
    detail = to_json(_counted(amount_minor, pieces).to_detail())
    return _moved(uow, _Move(kind="drop", amount_minor=amount_minor, detail=detail))


def no_sale(uow: UnitOfWork, reason: str, *, approval: Approval | None = None) -> Shift:
    """The drawer is to be opened without a sale."""
    people.require(uow, Permission.NO_SALE, approval)
    return _moved(uow, _Move(kind="no_sale", reason=reason))


def close_shift(
    uow: UnitOfWork,
    counted_minor: int,
    *,
    pieces: Pieces | None = None,
    recounted: Iterable[int] = (),
    approval: Approval | None = None,
) -> Shift:
    """Close the shift with the cash counted; over or short is recorded, never refused.

    ``recounted`` are the sums of counts that were thrown away before this one. The Z number is
    gapless per till and never reused. An open cart stays for the next shift. The report is kept
    with the event, so that a copy shows what the original did.
    """
    people.require(uow, Permission.CLOSE_SHIFT, approval)
    shift = current(uow)
    payments.check_free(uow.connection)
    count = _counted(counted_minor, pieces)
    move = _Move(
        kind="close",
        amount_minor=counted_minor,
        z_number=uow.next_number(f"z:{uow.identity.till_code}"),
        expected_minor=shift.expected_cash_minor,
    )
    event = _event(uow, shift.id, move)
    closed = shift.with_event(event)
    detail = closed_detail(closed, count.to_detail(), recounted)
    _record(uow, replace(event, detail=detail))
    return keep(uow, closed)


def add_sale(uow: UnitOfWork, shift: Shift, records: Iterable[Record]) -> None:
    """Count a sale that was just stored into the open shift, as this transaction read it."""
    keep(uow, shift.with_sale(records))


def add_payments(uow: UnitOfWork, added: Iterable[Payment]) -> None:
    """Count payments that correct those of a sale counted before."""
    keep(uow, current(uow).with_payments(added))


def current(uow: UnitOfWork) -> Shift:
    """The open shift; raises Refusal when there is none."""
    shift = shift_queries.current(uow.connection)
    if shift is None:
        raise Refusal("No shift is open. Open one with the cash in the drawer first.")
    return shift


def _counted(amount_minor: int, pieces: Pieces | None) -> CashCount:
    if pieces is None:
        return CashCount(amount_minor)
    count = CashCount.of(pieces)
    if count.total_minor != amount_minor:
        raise Refusal("The notes and coins do not come to the amount. Recount them.")
    return count


def _moved(uow: UnitOfWork, move: _Move) -> Shift:
    shift = current(uow)
    return keep(uow, shift.with_event(_record(uow, _event(uow, shift.id, move))))


def _event(uow: UnitOfWork, shift_id: str, move: _Move) -> ShiftEvent:
    if uow.user_id is None:
        raise Refusal("No one is signed in. Sign in first.")
    check_event(move.kind, move.amount_minor, move.reason)
    return ShiftEvent(
        id=uow.new_id(),
        store_id=uow.identity.store_id,
        device_id=uow.identity.device_id,
        shift_id=shift_id,
        kind=move.kind,
        amount_minor=move.amount_minor,
        reason=move.reason.strip(),
        user_id=uow.user_id,
        at_us=uow.now_us,
        z_number=move.z_number,
        expected_minor=move.expected_minor,
        detail=move.detail,
    )


def _record(uow: UnitOfWork, event: ShiftEvent) -> ShiftEvent:
    """Store a drawer event and chain it into the journal, its detail by its hash."""
    uow.insert(event)
    uow.journal(f"shift_{event.kind}", journal.told_of_shift(event))
    return event

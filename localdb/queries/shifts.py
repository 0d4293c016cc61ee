"""The shift of this till's drawer, and what it comes to."""

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from localdb.domain.records import ShiftEvent
from localdb.store.tables import TABLES

_EVENT, _SALE, _PAYMENT = TABLES["shift_event"], TABLES["sale"], TABLES["payment"]


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """An X report while the shift is open, a Z report once it is closed."""

    shift_id: str
    opened_at_us: int
    closed_at_us: int | None
    z_number: int
    sale_count: int
    total_minor: int
    by_method: dict[str, int] = field(default_factory=dict)
    float_minor: int = 0
    moved_minor: int = 0
    """Paid in, less paid out and dropped."""
    counted_minor: int | None = None

    @property
    def expected_cash_minor(self) -> int:
        """What should lie in the drawer."""
        return self.float_minor + self.moved_minor + self.by_method.get("cash", 0)

    @property
    def over_short_minor(self) -> int | None:
        """Counted less expected; None until counted."""
        return None if self.counted_minor is None else self.counted_minor - self.expected_cash_minor


def current_id(connection: Connection, device_id: str) -> str | None:
    """The open shift of a till, or None; a till has one shift at a time."""
    newest = connection.execute(
        select(_EVENT.c.shift_id, _EVENT.c.kind)
        .where(_EVENT.c.device_id == device_id, _EVENT.c.kind.in_(("open", "close")))
        .order_by(_EVENT.c.id.desc())
        .limit(1)
    ).first()
    return newest.shift_id if newest is not None and newest.kind == "open" else None


def report(connection: Connection, shift_id: str) -> ShiftReport:
    """What a shift comes to, from its own sales: one that synced late stays where it was rung."""
    rows = connection.execute(select(_EVENT).where(_EVENT.c.shift_id == shift_id)).mappings()
    events = [ShiftEvent.from_values(dict(row)) for row in rows]
    amounts: dict[str, int] = defaultdict(int)
    for event in events:
        amounts[event.kind] += event.amount_minor
    closing = next((event for event in events if event.kind == "close"), None)
    count, total = connection.execute(
        select(func.count(), func.coalesce(func.sum(_SALE.c.total_minor), 0)).where(
            _SALE.c.shift_id == shift_id
        )
    ).one()
    return ShiftReport(
        shift_id=shift_id,
        opened_at_us=min((event.at_us for event in events), default=0),
        closed_at_us=closing.at_us if closing else None,
        z_number=closing.z_number if closing else 0,
        sale_count=count,
        total_minor=total,
        by_method=_by_method(connection, shift_id),
        float_minor=amounts["open"],
        moved_minor=amounts["paid_in"] - amounts["paid_out"] - amounts["drop"],
        counted_minor=closing.amount_minor if closing else None,
    )


def _by_method(connection: Connection, shift_id: str) -> dict[str, int]:
    rows = connection.execute(
        select(_PAYMENT.c.method, func.sum(_PAYMENT.c.amount_minor).label("amount"))
        .join(_SALE, _SALE.c.id == _PAYMENT.c.sale_id)
        .where(_SALE.c.shift_id == shift_id)
        .group_by(_PAYMENT.c.method)
    )
    return {row.method: row.amount for row in rows}

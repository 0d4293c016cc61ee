"""X and Z reports: the open shift as it stands, and every close as it was kept."""

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select

from localdb.domain.cash_count import pieces_in
from localdb.domain.methods import known
from localdb.domain.records import PaymentMethod, ShiftEvent, Store
from localdb.domain.shift import Shift, closed_shift
from localdb.errors import Refusal
from localdb.queries import here, journals, shifts
from localdb.queries.names import names
from localdb.store.tables import TABLES

PAST_MAX = 200
"""Closes listed at once, and drawer events of one shift shown."""

_EVENT = TABLES[ShiftEvent.TYPE]
_TILL = TABLES["till"]
_METHODS = select(TABLES[PaymentMethod.TYPE])


@dataclass(frozen=True, slots=True)
class Movement:
    """Cash in or out of the drawer, or a drawer opened for nothing."""

    kind: str
    amount_minor: int
    reason: str
    user_name: str
    at_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftReport:
    """Everything an X or Z report shows, with the names that go with it."""

    shift: Shift
    store: Store
    till_code: str
    movements: tuple[Movement, ...] = ()
    """The first of them, in order; the sums in ``shift`` hold all."""
    pieces: dict[int, int] = field(default_factory=dict)
    """The count by notes and coins at close; empty for a plain sum."""
    user_names: dict[str, str] = field(default_factory=dict)
    method_names: dict[str, str] = field(default_factory=dict)
    journal_code: str = ""
    """Of a close: what stands for its journal entry on paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedShift:
    """One line of the list of past closes."""

    event_id: str
    till_code: str
    is_own: bool
    z_number: int
    closed_at_us: int
    closed_by: str
    counted_minor: int
    expected_minor: int

    @property
    def over_short_minor(self) -> int:
        """Counted less expected."""
        return self.counted_minor - self.expected_minor


def x_report(connection: Connection) -> ShiftReport | None:
    """The open shift as it stands; None without one."""
    shift = shifts.current(connection)
    if shift is None:
        return None
    return _report(connection, shift, here.identity(connection).till_code)


def z_report(connection: Connection, event_id: str) -> ShiftReport:
    """A close of any till of the store as it was kept; raises Refusal for one without a report."""
    row = connection.execute(select(_EVENT).where(_EVENT.c.id == event_id)).mappings().first()
    if row is None or row["kind"] != "close":
        raise Refusal("This Z report is not on this till.")
    shift = closed_shift(row["detail"])
    if shift is None:
        raise Refusal("This shift was closed by an older program, which kept no report.")
    found = _report(connection, shift, _code(row, _codes(connection)), pieces_in(row["detail"]))
    said = ("shift_close", "shift", row["shift_id"], event_id)
    return replace(found, journal_code=journals.code_of(connection, *said))


def closed(connection: Connection, *, whole_store: bool = False) -> list[ClosedShift]:
    """Past closes of this till, or of all tills of its store, the newest number of each first.

    By number, not by time: a clock that was set back moves no Z behind another.
    """
    identity, codes = here.identity(connection), _codes(connection)
    found = connection.execute(_closes(identity.store_id)).mappings()
    listed = [(_code(row, codes), row) for row in found]
    wanted = [(code, row) for code, row in listed if whole_store or code == identity.till_code]
    wanted.sort(key=lambda pair: pair[1]["z_number"], reverse=True)
    wanted.sort(key=lambda pair: (pair[0] != identity.till_code, pair[0]))
    users = names(connection, "user", (row["user_id"] for _, row in wanted[:PAST_MAX]))
    return [
        ClosedShift(
            event_id=row["id"],
            till_code=code,
            is_own=code == identity.till_code,
            z_number=row["z_number"],
            closed_at_us=row["at_us"],
            closed_by=users.get(row["user_id"], ""),
            counted_minor=row["amount_minor"],
            expected_minor=row["expected_minor"],
        )
        for code, row in wanted[:PAST_MAX]
    ]


def last_close(connection: Connection, shift_id: str) -> str | None:
    """The id of the event that closed a shift; None while it is open."""
    wanted = select(_EVENT.c.id).where(_EVENT.c.shift_id == shift_id, _EVENT.c.kind == "close")
    found: str | None = connection.execute(wanted).scalar()
    return found


def _closes(store_id: str) -> Select[Any]:
    columns = (
        _EVENT.c[name]
        for name in (
            "id", "device_id", "z_number", "at_us", "user_id", "amount_minor", "expected_minor",
        )
    )  # fmt: skip
    return select(*columns).where(_EVENT.c.kind == "close", _EVENT.c.store_id == store_id)


def _report(
    connection: Connection, shift: Shift, till_code: str, pieces: dict[int, int] | None = None
) -> ShiftReport:
    wanted = select(_EVENT).where(_EVENT.c.shift_id == shift.id).order_by(_EVENT.c.id)
    events = list(connection.execute(wanted.limit(PAST_MAX)).mappings())
    people = {event["user_id"] for event in events} | set(shift.cashiers) | {shift.opened_by}
    users = names(connection, "user", people)
    records = connection.execute(_METHODS).mappings()
    methods = known(PaymentMethod.from_values(dict(row)) for row in records)
    return ShiftReport(
        shift=shift,
        store=here.store(connection),
        till_code=till_code,
        movements=tuple(
            Movement(
                event["kind"],
                event["amount_minor"],
                event["reason"],
                users.get(event["user_id"], ""),
                event["at_us"],
            )
            for event in events
            if event["kind"] not in ("open", "close")
        ),
        pieces=pieces or {},
        user_names=users,
        method_names={code: method.name for code, method in methods.items()},
    )


def _codes(connection: Connection) -> dict[str, str]:
    """Till codes by device id; this till's own also before its record was pulled."""
    identity = here.identity(connection)
    rows = connection.execute(select(_TILL.c.id, _TILL.c.code))
    return {**{row[0]: row[1] for row in rows}, identity.device_id: identity.till_code}


def _code(event: RowMapping, codes: dict[str, str]) -> str:
    return codes.get(event["device_id"], "?")

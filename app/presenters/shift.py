"""The drawer's shift, as the cashier meets it: open, cash in and out, count, close."""

from dataclasses import dataclass

from app.formats import Formats
from localdb.queries import shifts as shift_queries
from localdb.queries.shifts import ShiftReport
from localdb.services import shifts
from localdb.services.till import Till


@dataclass(frozen=True, slots=True)
class ClosedView:
    """How a count came out, written out."""

    z_number: int
    expected: str
    counted: str
    over_short: str
    """`Over €2.00`, `Short €1.50` or `Exact`."""
    sales: str


class ShiftPresenter:
    """Thin over the services; refusals go to whoever calls."""

    def __init__(self, till: Till, formats: Formats) -> None:
        self._till = till
        self._formats = formats

    @property
    def is_open(self) -> bool:
        """Whether this till's drawer has a shift."""
        return self._current() is not None

    def open(self, float_minor: int) -> None:
        """Open with the cash that lies in the drawer."""
        self._till.write(shifts.open_shift, float_minor)

    def no_sale(self) -> None:
        """The drawer was opened without a sale; it is logged."""
        self._till.write(shifts.no_sale)

    def move(self, kind: str, minor: int, reason: str) -> None:
        """Cash paid in, paid out or dropped into the safe."""
        if kind == "drop":
            self._till.write(shifts.drop, minor)
        elif kind == "paid_in":
            self._till.write(shifts.paid_in, minor, reason)
        else:
            self._till.write(shifts.paid_out, minor, reason)

    def close(self, counted_minor: int) -> ClosedView:
        """Close with the cash counted; the expected sum is shown only now."""
        shift_id = self._current()
        self._till.write(shifts.close_shift, counted_minor)
        assert shift_id is not None, "closed without a shift"
        return self._written(self._till.ask(shift_queries.report, shift_id))

    def _current(self) -> str | None:
        return self._till.ask(shift_queries.current_id, self._till.identity.device_id)

    def _written(self, report: ShiftReport) -> ClosedView:
        money = self._formats.money
        difference = report.over_short_minor or 0
        word = "Over" if difference > 0 else "Short"
        return ClosedView(
            z_number=report.z_number,
            expected=money(report.expected_cash_minor),
            counted=money(report.counted_minor or 0),
            over_short=f"{word} {money(abs(difference))}" if difference else "Exact",
            sales=f"{report.sale_count} sales, {money(report.total_minor)}",
        )

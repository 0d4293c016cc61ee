"""The drawer's shift, as the cashier meets it: open, cash in and out, count, close."""

from dataclasses import dataclass

from app.formats import Formats
from localdb.domain.permissions import Approval
from localdb.domain.shift import Shift
from localdb.queries import shifts as shift_queries
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
        return self._till.ask(shift_queries.current) is not None

    def open(self, float_minor: int, approval: Approval | None = None) -> None:
        """Open with the cash that lies in the drawer."""
        self._till.write(shifts.open_shift, float_minor, approval=approval)

    def no_sale(self, approval: Approval | None = None) -> None:
        """The drawer was opened without a sale; it is logged."""
        self._till.write(shifts.no_sale, approval=approval)

    def move(self, kind: str, minor: int, reason: str, approval: Approval | None = None) -> None:
        """Cash paid in, paid out or dropped into the safe."""
        if kind == "drop":
            self._till.write(shifts.drop, minor, approval=approval)
        elif kind == "paid_in":
            self._till.write(shifts.paid_in, minor, reason, approval=approval)
        else:
            self._till.write(shifts.paid_out, minor, reason, approval=approval)

    def close(self, counted_minor: int, approval: Approval | None = None) -> ClosedView:
        """Close with the cash counted; the expected sum is shown only now."""
        return self._written(self._till.write(shifts.close_shift, counted_minor, approval=approval))

    def _written(self, shift: Shift) -> ClosedView:
        money = self._formats.money
        difference = shift.over_short_minor
        word = "Over" if difference > 0 else "Short"
        return ClosedView(
            z_number=shift.z_number,
            expected=money(shift.expected_cash_minor),
            counted=money(shift.counted_minor),
            over_short=f"{word} {money(abs(difference))}" if difference else "Exact",
            sales=f"{shift.sale_count} sales, {money(shift.sales_minor + shift.refunds_minor)}",
        )

"""The drawer's shift, as the cashier meets it: open, cash in and out, count, close, reports."""

from dataclasses import dataclass

from app.devices.ports import PrinterFault, ReceiptPrinter
from app.drawer.shift_report import ReportView, over_short_words, paper, view
from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.domain.cash_count import CashCount
from localdb.domain.permissions import Approval
from localdb.errors import Refusal
from localdb.queries import settings, shift_reports
from localdb.queries import shifts as shift_queries
from localdb.queries.shift_reports import ClosedShift
from localdb.services import shifts
from localdb.services.till import Till


@dataclass(frozen=True, slots=True)
class CountView:
    """How a count comes out before it is confirmed."""

    counted: str
    expected: str
    over_short: str
    """`€2.00 over`, `€1.50 short` or `Exact`."""


class ShiftPresenter:
    """Thin over the services; refusals go to whoever calls."""

    def __init__(self, till: Till, formats: Formats, printer: ReceiptPrinter | None = None) -> None:
        self._till = till
        self._formats = formats
        self._printer = printer

    @property
    def is_open(self) -> bool:
        """Whether this till's drawer has a shift."""
        return self._till.ask(shift_queries.current) is not None

    @property
    def can_print(self) -> bool:
        """Whether this till has a receipt printer."""
        return self._printer is not None

    @property
    def left_minor(self) -> int | None:
        """What was counted at the last close; None before the first."""
        shift = self._till.ask(shift_queries.newest)
        return None if shift is None or shift.is_open else shift.counted_minor

    @property
    def shown_expected_minor(self) -> int | None:
        """What the drawer should hold, unless the shop counts blind."""
        shift = self._till.ask(shift_queries.current)
        blind = self._till.ask(settings.in_force).blind_count
        return None if shift is None or blind else shift.expected_cash_minor

    @property
    def too_full(self) -> str:
        """Words when the drawer holds more than the shop allows; empty otherwise."""
        most = self._till.ask(settings.in_force).drawer_max_minor
        shift = self._till.ask(shift_queries.current) if most else None
        if shift is None or shift.expected_cash_minor <= most:
            return ""
        return translate(
            "Cash",
            "More than {amount} in the drawer. Make a safe drop.",
            amount=self._formats.money(most),
        )

    def reasons(self, kind: str) -> tuple[str, ...]:
        """The shop's usual reasons for a kind of event."""
        return self._till.ask(settings.in_force).reasons(kind)

    def open(self, float_: int | CashCount, approval: Approval | None = None) -> None:
        """Open with the cash that lies in the drawer."""
        count = CashCount(float_) if isinstance(float_, int) else float_
        pieces = count.pieces or None
        self._till.write(shifts.open_shift, count.total_minor, pieces=pieces, approval=approval)

    def no_sale(self, reason: str, approval: Approval | None = None) -> None:
        """The drawer is opened without a sale; it is logged."""
        self._till.write(shifts.no_sale, reason, approval=approval)

    def drop(self, count: CashCount, approval: Approval | None = None) -> None:
        """Cash moved to the safe."""
        pieces = count.pieces or None
        self._till.write(shifts.drop, count.total_minor, pieces=pieces, approval=approval)

    def move(self, kind: str, minor: int, reason: str, approval: Approval | None = None) -> None:
        """Cash paid in or paid out."""
        service = shifts.paid_in if kind == "paid_in" else shifts.paid_out
        self._till.write(service, minor, reason, approval=approval)

    def compared(self, count: CashCount) -> CountView:
        """A count beside what should be there; raises Refusal when no shift is open."""
        shift = self._till.ask(shift_queries.current)
        if shift is None:
            raise Refusal(translate("Cash", "No shift is open."))
        expected = shift.expected_cash_minor
        return CountView(
            counted=self._formats.money(count.total_minor),
            expected=self._formats.money(expected),
            over_short=over_short_words(count.total_minor - expected, self._formats),
        )

    def close(
        self, count: CashCount, recounted: tuple[int, ...] = (), approval: Approval | None = None
    ) -> str:
        """Close with the cash counted; gives the id of the close, whose report is kept."""
        closed = self._till.write(
            shifts.close_shift,
            count.total_minor,
            pieces=count.pieces or None,
            recounted=recounted,
            approval=approval,
        )
        event_id = self._till.ask(shift_reports.last_close, closed.id)
        assert event_id is not None, "it was just closed"
        return event_id

    # ------------------------------------------------------------ reports

    def past(self, *, whole_store: bool = False) -> list[ClosedShift]:
        """The closes of this till or of its store."""
        return self._till.ask(shift_reports.closed, whole_store=whole_store)

    def x_report(self) -> ReportView | None:
        """The open shift as it stands; None without one."""
        report = self._till.ask(shift_reports.x_report)
        return None if report is None else view(report, self._formats)

    def z_report(self, event_id: str, *, is_copy: bool = False) -> ReportView:
        """A close as it was kept; raises Refusal where none was."""
        report = self._till.ask(shift_reports.z_report, event_id)
        return view(report, self._formats, is_copy=is_copy)

    def print(self, shown: ReportView) -> bool:
        """Print a report; False when it failed. Without a printer there is nothing to do."""
        if self._printer is None:
            return True
        try:
            self._printer.print_receipt(shown.name, paper(shown, self._printer.columns))
        except PrinterFault:
            return False
        return True

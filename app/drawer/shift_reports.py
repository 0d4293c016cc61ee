"""The page of X and Z reports: the open shift and the past closes, one of them to read."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from app.drawer.shift import ShiftPresenter
from app.drawer.shift_report import ReportView, over_short_words
from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.errors import Refusal
from localdb.queries.shift_reports import ClosedShift

NOT_PRINTED = "The report was not printed. Look at the printer and try again."


@dataclass(frozen=True, slots=True)
class PastRow:
    """One line of the list."""

    event_id: str
    """Empty for the open shift."""
    name: str
    said: str
    difference: str
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class ReportsState:
    """What the page shows."""

    rows: tuple[PastRow, ...] = ()
    chosen: int = -1
    view: ReportView | None = None
    whole_store: bool = False
    empty: str = ""
    problem: str = ""


class ShiftReportsPresenter:
    """Whoever opens the page may see expected cash: the menu and the page's owner look at that."""

    def __init__(
        self, shift: ShiftPresenter, formats: Formats, show: Callable[[ReportsState], None]
    ) -> None:
        self._shift = shift
        self._formats = formats
        self._show = show
        self.state = ReportsState()

    def open(self, *, whole_store: bool = False) -> None:
        """List what there is, and show the first."""
        rows = [self._row(one) for one in self._shift.past(whole_store=whole_store)]
        if self._shift.is_open:
            rows.insert(
                0,
                PastRow(
                    "",
                    translate("Cash", "X, the open shift"),
                    translate("Cash", "As it stands"),
                    "",
                ),
            )
        empty = "" if rows else translate("Cash", "No shift was opened on this till yet.")
        self.state = ReportsState(tuple(rows), whole_store=whole_store, empty=empty)
        self.choose(0)

    def choose(self, number: int) -> None:
        """Read another one; a close of an older program kept nothing to read, and that is said."""
        if not 0 <= number < len(self.state.rows):
            self._set(chosen=-1, view=None)
            return
        try:
            self._set(chosen=number, view=self._view(self.state.rows[number]), problem="")
        except Refusal as refusal:
            self._set(chosen=number, view=None, problem=str(refusal))

    def print(self) -> None:
        """Print what is shown: a past close as a copy."""
        if self.state.view is not None and not self._shift.print(self.state.view):
            self._set(problem=NOT_PRINTED)

    @property
    def can_print(self) -> bool:
        """Whether this till has a receipt printer."""
        return self._shift.can_print

    def say(self, problem: str) -> None:
        """Say what went wrong with a file; empty takes it back."""
        self._set(problem=problem)

    def _view(self, row: PastRow) -> ReportView | None:
        if row.event_id:
            return self._shift.z_report(row.event_id, is_copy=True)
        return self._shift.x_report()

    def _row(self, one: ClosedShift) -> PastRow:
        name = f"Z {one.z_number}" if one.is_own else f"{one.till_code}  ·  Z {one.z_number}"
        said = ", ".join(filter(None, (self._formats.stamp(one.closed_at_us), one.closed_by)))
        difference = over_short_words(one.over_short_minor, self._formats)
        return PastRow(one.event_id, name, said, difference, one.over_short_minor == 0)

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)

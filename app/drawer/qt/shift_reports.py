"""X and Z reports: a list on the left, the one that is read on the right."""

from PySide6.QtCore import Qt

from app.drawer.qt.report import ReportPaper
from app.drawer.qt.shift_report import ask_pdf_path, save_report
from app.drawer.shift import ShiftPresenter
from app.drawer.shift_reports import PastRow, ReportsState, ShiftReportsPresenter
from app.kit.listing import Cell, Column
from app.kit.qt.basic import Button, columns, label, rows
from app.kit.qt.choice import Choice
from app.kit.qt.page import Empty, Page, Scroll, reachable
from app.kit.qt.strip import MessageStrip
from app.kit.qt.table import Table
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate

LIST_PX = 400
_COLUMNS = (Column("Report"), Column("Difference", 150, right=True))


class ShiftReportsScreen(Page):
    """Thin: shows what the presenter holds."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place.theme, translate("Cash", "Shift reports"), place.till_name)
        shift = ShiftPresenter(place.till, place.formats, place.printer)
        self.presenter = ShiftReportsPresenter(shift, place.formats, self.show_state)
        self._shown = ReportsState()
        self.whose = Choice((translate("Cash", "This till"), translate("Cash", "Whole store")))
        self.table = Table(place.theme, translate("Cash", "Reports"), _COLUMNS)
        self.paper = ReportPaper()
        self.title = label("", "heading")
        self.strip = MessageStrip(place.theme)
        self.empty = Empty(place.theme, "report")
        self.print = reachable(Button("Print").with_icon(place.theme, "print")).doing(
            self.presenter.print
        )
        self.pdf = reachable(Button("Save PDF").with_icon(place.theme, "pdf")).doing(self._save)
        self._lay_out()
        self.whose.changed.connect(lambda number: self.presenter.open(whole_store=number == 1))
        self.table.opened.connect(self.presenter.choose)
        self.table.selectionModel().currentRowChanged.connect(
            lambda current, _before: self._moved(current.row())
        )

    def open(self) -> None:
        """Show the shift as it stands, or the last close."""
        self.whose.choose(0)
        self.presenter.open()
        self.table.setFocus()

    def show_state(self, state: ReportsState) -> None:
        """Show the presenter's state; what has not changed is not drawn anew."""
        if state.rows != self._shown.rows:
            self._shown = state
            self.table.show_rows([_cells(row) for row in state.rows])
        if state.view is not None and state.view != self.paper.view:
            self.paper.show_view(state.view)
        self.title.setText(state.view.title if state.view else "")
        self._read.setVisible(state.view is not None)
        self.empty.setVisible(bool(state.empty))
        self.empty.words.setText(state.empty)
        self.table.setVisible(not state.empty)
        if state.problem:
            self.strip.say("warning", state.problem)
        else:
            self.strip.clear()
        self._shown = state

    def _moved(self, row: int) -> None:
        if row >= 0 and row != self.presenter.state.chosen:
            self.presenter.choose(row)

    def _save(self) -> None:
        view = self.presenter.state.view
        path = ask_pdf_path(self, view) if view is not None else None
        if view is not None and path is not None:
            self.presenter.say(save_report(view, path))

    def _lay_out(self) -> None:
        inside = rows(gap=0)
        inside.addWidget(self.paper)
        self._read = Scroll(inside)
        self._read.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tools.addWidget(self.print)
        self.tools.addWidget(self.pdf)
        self.print.setVisible(self.presenter.can_print)
        left = rows(gap=10)
        left.addWidget(self.whose)
        left.addWidget(self.table, 1)
        left.addWidget(self.empty, 1)
        self.table.setFixedWidth(LIST_PX)
        self.empty.setFixedWidth(LIST_PX)
        self.whose.setFixedWidth(LIST_PX)
        right = rows(gap=10)
        right.addWidget(self.strip)
        right.addWidget(self.title)
        right.addWidget(self._read, 1)
        both = columns(gap=20)
        both.addLayout(left)
        both.addLayout(right, 1)
        self.body.addLayout(both, 1)


def _cells(row: PastRow) -> tuple[Cell, ...]:
    return (
        Cell(row.name, row.said, strong=True),
        Cell(row.difference, right=True, muted=row.is_exact),
    )

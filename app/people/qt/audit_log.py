"""The audit log page: search, period and kind above the entries, the newest first."""

from PySide6.QtWidgets import QStackedWidget

from app.kit.listing import Cell, Column
from app.kit.qt.basic import columns
from app.kit.qt.choice import Choice
from app.kit.qt.page import Empty, Page
from app.kit.qt.search import search_field
from app.kit.qt.table import Table
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from app.people.audit_log import (
    KINDS,
    PERIODS,
    AuditLogPresenter,
    AuditRow,
    AuditState,
)

_COLUMNS = (
    Column("When", 200),
    Column("What"),
    Column("Who", 190),
    Column("Amount", 120, right=True),
)


class AuditLogScreen(Page):
    """Thin: shows what the presenter holds."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place.theme, translate("People", "Audit log"), " ")
        self.presenter = AuditLogPresenter(place.till, place.formats, place.now_us, self.show_state)
        self.search = search_field(place.theme, translate("People", "Name or what was done"))
        self.period = Choice([words for words, _days in PERIODS])
        self.kind = Choice(KINDS)
        self.table = Table(place.theme, translate("People", "Audit log"), _COLUMNS)
        self.empty = Empty(place.theme, "search")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        filters = columns(gap=20)
        filters.addWidget(self.period)
        filters.addWidget(self.kind)
        filters.addStretch(1)
        self.body.addWidget(self.search)
        self.body.addLayout(filters)
        self.body.addWidget(self._stack, 1)
        self.search.textChanged.connect(self.presenter.search)
        self.period.changed.connect(self.presenter.period)
        self.kind.changed.connect(self.presenter.kind)

    def open(self) -> None:
        """Show the log as it is now."""
        self.presenter.refresh()
        self.search.setFocus()

    def show_state(self, state: AuditState) -> None:
        """Show the presenter's state."""
        self.table.show_rows([_cells(row) for row in state.rows])
        self.subtitle.setText(state.count)
        self.empty.words.setText(state.empty)
        self._stack.setCurrentWidget(self.empty if state.empty else self.table)


def _cells(row: AuditRow) -> tuple[Cell, ...]:
    allowed = (
        translate("People", "Approved by {allowed_by}", allowed_by=row.allowed_by)
        if row.allowed_by
        else ""
    )
    return (
        Cell(row.when, muted=True),
        Cell(row.action, below=row.detail, strong=True),
        Cell(row.who, below=allowed),
        Cell(row.amount, right=True),
    )

"""A page made from a listing: search, filters, rows, and a file of what is shown."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget

from app.kit.job import Job, Run
from app.kit.listing import Listing, ListPresenter, ListState
from app.kit.qt.basic import Button, columns
from app.kit.qt.bridge import Reader
from app.kit.qt.choice import Choice
from app.kit.qt.files import FileKind, ask_where_to_save
from app.kit.qt.page import Empty, Page, reachable
from app.kit.qt.search import search_field
from app.kit.qt.strip import MessageStrip
from app.kit.qt.table import Table
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from localdb.domain.spreadsheet import cell
from localdb.errors import Refusal

R = TypeVar("R")
REFRESH_AFTER_MS = 300
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class ListPage(Page, Generic[R]):
    """Thin: shows what the presenter holds; Enter or a tap calls `opened` with a record."""

    def __init__(
        self, place: Workplace, listing: Listing[R], opened: Callable[[R], object]
    ) -> None:
        super().__init__(place.theme, listing.title, " ")
        self.place = place
        self.presenter = ListPresenter(listing, self.show_state, opened)
        self._job = Job(Reader(place.bridge))
        self._shown = ListState()
        self.search = search_field(place.theme, listing.hint)
        self.filters = Choice(listing.filters) if listing.filters else None
        self.strip = MessageStrip(place.theme)
        self.table = Table(place.theme, listing.title, listing.columns)
        self.empty = Empty(place.theme, "search")
        self._refresh = QTimer(self)
        self._refresh.setSingleShot(True)
        self._refresh.setInterval(REFRESH_AFTER_MS)
        self.export = self.add_tool(translate("List", "Export"), "export", self.ask_export)
        self._lay_out()
        self._connect()

    def add_tool(self, words: str, icon: str, action: Callable[[], object]) -> Button:
        """A button beside the title."""
        button = reachable(Button(words).with_icon(self.theme, icon).doing(action))
        self.tools.addWidget(button)
        return button

    def open(self) -> None:
        """Show the list as it is now, ready to search."""
        self.search.clear()
        self.strip.clear()
        self.presenter.open()
        self.focus_search()

    def look_up(self, code: str) -> bool:
        """Search for a scanned code, and open what it finds if that is one thing."""
        self.search.setText(code)
        if len(self.presenter.found) == 1:
            self.presenter.choose(0)
        return True

    def focus_search(self) -> None:
        """Ready for the next search; typing replaces what was searched."""
        self.search.setFocus()
        self.search.selectAll()

    def changed(self) -> None:
        """Something shown here was just changed on a sheet: show it, and go on searching."""
        self.presenter.refresh()
        self.focus_search()

    def show_state(self, state: ListState) -> None:
        """Show the presenter's state; rows that are there already are not drawn anew."""
        before = self._shown.rows
        if before and state.rows[: len(before)] == before:
            if added := state.rows[len(before) :]:
                self.table.add_rows(added)
        elif state.rows != before:
            self.table.show_rows(state.rows)
        self.subtitle.setText(state.count)
        self.empty.words.setText(state.empty)
        self._stack.setCurrentWidget(self.empty if state.empty else self.table)
        self.export.setEnabled(not state.empty)
        self._shown = state

    # ------------------------------------------------------------ a file of it

    def ask_export(self) -> None:
        """Ask where the file goes, and write it beside the work at the till."""
        name = f"{self.presenter.listing.title.lower().replace(' ', '-')}.csv"
        path = ask_where_to_save(
            self.window(), translate("List", "Export list"), name, FileKind.CSV
        )
        if path is not None:
            self.export_to(path)

    def export_to(self, path: Path) -> None:
        """Write all that matches what is searched, with the headings of the columns."""
        self.export.setEnabled(False)
        records = self.presenter.everything()

        def work(run: Run[None]) -> tuple[Path, int]:
            return self._write(path, records, run)

        self._job.start(work, self._written, self._not_written)

    def _write(self, path: Path, records: Iterator[R], run: Run[None]) -> tuple[Path, int]:
        listing, count = self.presenter.listing, 0
        try:
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                lines = csv.writer(file)
                lines.writerow([column.heading for column in listing.columns])
                for record in records:
                    if run.is_cancelled():
                        break
                    lines.writerow([cell(shown.text) for shown in listing.cells(record)])
                    count += 1
        except OSError as error:
            raise Refusal(
                translate(
                    "List",
                    "The file could not be written: {reason}. Choose another folder.",
                    reason=error.strerror or "",
                )
            ) from error
        return path, count

    def _written(self, result: tuple[Path, int]) -> None:
        path, count = result
        self.export.setEnabled(True)
        said = translate("List", "{count} rows saved to {file}.", count=count, file=path.name)
        self.strip.say("success", said)

    def _not_written(self, words: str) -> None:
        self.export.setEnabled(True)
        self.strip.say("error", words)

    # ------------------------------------------------------------ keys and changes

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            by = _STEPS.get(Qt.Key(event.key()))
            if by is not None:
                self._step(by)
                return True
        return False

    def _step(self, by: int) -> None:
        """Up and down go through the rows while the search keeps the keyboard."""
        last = len(self.presenter.found) - 1
        if last >= 0:
            self.table.selectRow(min(max(self.table.currentIndex().row() + by, 0), last))

    def _committed(self, changes: Any) -> None:
        if self.isVisible() and changes.types & self.presenter.listing.types:
            self._refresh.start()

    def _connect(self) -> None:
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self.presenter.search)
        self.search.returnPressed.connect(
            lambda: self.presenter.choose(self.table.currentIndex().row())
        )
        if self.filters is not None:
            self.filters.changed.connect(self.presenter.choose_filter)
        self.table.opened.connect(self.presenter.choose)
        self.table.neared_end.connect(self.presenter.more)
        self._refresh.timeout.connect(self.presenter.refresh)
        self.place.bridge.committed.connect(self._committed)
        find = QShortcut(QKeySequence("F2"), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.focus_search)

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        self.body.addWidget(self.search)
        if self.filters is not None:
            line = columns()
            line.addWidget(self.filters)
            line.addStretch(1)
            self.body.addLayout(line)
        self.body.addWidget(self.strip)
        self.body.addWidget(self._stack, 1)

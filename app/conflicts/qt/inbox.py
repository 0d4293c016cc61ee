"""The conflict inbox: a page of what waits for a manager's decision."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QStackedWidget, QWidget

from app.conflicts.inbox import ConflictsPresenter, InboxRow, InboxState, Showing
from app.kit.listing import Cell, Column, Tone
from app.kit.qt.basic import Button, columns, frame, label
from app.kit.qt.choice import Choice
from app.kit.qt.page import Empty, Page, reachable
from app.kit.qt.strip import MessageStrip
from app.kit.qt.table import Table
from app.kit.qt.theme import restyle
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from app.kit.words import KIND_WORDS

_SHOWING: tuple[Showing, ...] = ("open", "merged", "settled")
_TONES: dict[str, Tone] = {
    "field": "info",
    "delete": "danger",
    "unique": "warning",
    "flag": "primary",
    "parked": "danger",
}
_COLUMNS = (
    Column("", 56),
    Column("What"),
    Column("Kind", 170),
    Column("Conflict"),
    Column("Age", 96, right=True),
)


if TYPE_CHECKING:
    # Loaded when a row is first opened: the page itself opens sooner.
    from app.conflicts.qt.detail import ConflictSheet
    from app.conflicts.qt.parked import ParkedSheet


class ConflictInbox(Page):
    """Thin: shows what the presenter holds; a row opens its conflict over the window."""

    def __init__(self, place: Workplace, exports: Path) -> None:
        super().__init__(
            place.theme,
            translate("Inbox", "Conflicts"),
            translate("Inbox", "Changes made on two tills at once"),
        )
        self._place = place
        self._exports = exports
        self.presenter = ConflictsPresenter(
            place.till, place.formats, place.now_us, self.show_state
        )
        self.sheet: ConflictSheet | ParkedSheet | None = None
        self.table = Table(place.theme, translate("Inbox", "Conflicts"), _COLUMNS)
        self.empty = Empty(place.theme, "sync-ok")
        self.told = MessageStrip(place.theme)
        self.strip = MessageStrip(place.theme)
        self.error = MessageStrip(place.theme)
        self.showing = Choice(
            (
                translate("Inbox", "Open"),
                translate("Inbox", "Merged"),
                translate("Inbox", "Resolved"),
            )
        )
        self.kinds = QWidget()
        self._kinds = columns(gap=8)
        self._kind_group = QButtonGroup(self)
        self._counts: tuple[tuple[str, int], ...] | None = None
        self._add_bulk_bar()
        self._lay_out()
        self._connect()

    def open(self) -> None:
        """Show what is open now."""
        self.showing.choose(0)
        self.presenter.open()
        self.table.setFocus()

    def show_state(self, state: InboxState) -> None:
        """Show the presenter's state."""
        self.table.show_rows([_cells(row) for row in state.rows])
        self.empty.words.setText(state.empty)
        self._stack.setCurrentWidget(self.empty if state.empty else self.table)
        self._show_kinds(state)
        self._show_bulk(state)
        _say(self.told, "warning", state.told, (translate("Inbox", "Got it"), self.presenter.read))
        _say(self.strip, "info", state.note)
        _say(self.error, "error", state.error)

    def open_conflict(self, row: int) -> None:
        """Open a row over the window."""
        from app.conflicts.qt.detail import ConflictSheet
        from app.conflicts.qt.parked import ParkedSheet

        row_id = self.presenter.state.rows[row].id
        parked = self.presenter.parked(row_id)
        if parked is None:
            self.sheet = ConflictSheet(self.window(), self._place, row_id, self._closed)
        else:
            self.sheet = ParkedSheet(
                self.window(), self._place, parked, self._exports, self._closed
            )

    def _closed(self, *_: object) -> None:
        self.sheet = None
        self.presenter.refresh()
        self.table.setFocus()

    def _committed(self, changes: object) -> None:
        touched = frozenset(getattr(changes, "types", ()))
        if self.isVisible() and self.sheet is None and self.presenter.concerns(touched):
            self.presenter.refresh()

    # ------------------------------------------------------------ looks

    def _show_kinds(self, state: InboxState) -> None:
        counts = (("", state.total), *state.counts)
        if counts != self._counts:
            self._counts = counts
            self._rebuild_kinds(counts)
        for button in self._kind_group.buttons():
            button.setChecked(button.property("kind") == state.kind)
        self.kinds.setVisible(len(counts) > 2)

    def _rebuild_kinds(self, counts: tuple[tuple[str, int], ...]) -> None:
        while item := self._kinds.takeAt(0):
            if widget := item.widget():
                widget.deleteLater()
        for kind, count in counts:
            button = Button(f"{KIND_WORDS.get(kind, 'All')}  {count}", "chip")
            button.setCheckable(True)
            button.setProperty("kind", kind)
            button.doing(partial(self.presenter.show_only, kind))
            self._kind_group.addButton(button)
            self._kinds.addWidget(reachable(button))

    def _show_bulk(self, state: InboxState) -> None:
        chosen = state.selected
        self._chosen.setText(
            f"{chosen} selected"
            if chosen
            else translate("Inbox", "Select rows to act on them together")
        )
        restyle(self._chosen, "role", "strong" if chosen else "muted")
        for which, buttons in self._bulk.items():
            for button in buttons:
                button.setVisible(state.showing == which)
                button.setEnabled(state.can_bulk)
        self.all.setEnabled(bool(state.rows))
        self._bar.setVisible(bool(state.rows))

    def _add_bulk_bar(self) -> None:
        presenter, theme = self.presenter, self._place.theme
        self._bar = frame("card")
        self._chosen = label("", "muted", wrap=True)
        self.all = reachable(
            Button(translate("Inbox", "Select all"), "ghost").doing(presenter.toggle_all)
        )
        self.take_ours = reachable(
            Button(translate("Inbox", "Use the other change")).doing(
                lambda: presenter.settle_selected("local")
            )
        )
        self.take_ours.setToolTip(translate("Inbox", "What the till named first wanted"))
        self.take_theirs = reachable(
            Button(translate("Inbox", "Keep current")).doing(
                lambda: presenter.settle_selected("remote")
            )
        )
        self.take_theirs.setToolTip(
            translate("Inbox", "What the till named second made of it, in force until now")
        )
        self.reopen = reachable(
            Button(translate("Inbox", "Reopen")).doing(presenter.reopen_selected)
        )
        self.undo = Button("Undo").with_icon(theme, "undo")
        reachable(self.undo).doing(presenter.undo_selected)
        self._bulk = {
            "open": (self.take_ours, self.take_theirs),
            "merged": (self.reopen,),
            "settled": (self.undo,),
        }
        bar = columns(gap=8)
        bar.setContentsMargins(16, 8, 8, 8)
        bar.addWidget(self._chosen, 1)
        bar.addWidget(self.all)
        for buttons in self._bulk.values():
            for button in buttons:
                bar.addWidget(button)
        self._bar.setLayout(bar)

    def _lay_out(self) -> None:
        self.tools.addWidget(self.showing)
        self.kinds.setLayout(self._kinds)
        chips = columns()
        chips.addWidget(self.kinds)
        chips.addStretch(1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        self.body.addLayout(chips)
        self.body.addWidget(self.told)
        self.body.addWidget(self.strip)
        self.body.addWidget(self.error)
        self.body.addWidget(self._stack, 1)
        self.body.addWidget(self._bar)

    def _connect(self) -> None:
        self.table.opened.connect(self.open_conflict)
        self.table.ticked.connect(lambda row: self.presenter.toggle(self._row(row).id))
        self.showing.changed.connect(lambda which: self.presenter.showing(_SHOWING[which]))
        self._place.bridge.committed.connect(self._committed)
        select_all = QShortcut(QKeySequence.StandardKey.SelectAll, self)
        select_all.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        select_all.activated.connect(self.presenter.toggle_all)

    def _row(self, row: int) -> InboxRow:
        return self.presenter.state.rows[row]


def _cells(row: InboxRow) -> tuple[Cell, ...]:
    return (
        Cell(tick=row.is_selected),
        Cell(row.title, below=f"{row.subject} · {row.tills}", strong=True),
        Cell(row.kind_words, badge=_TONES[row.kind]),
        Cell(row.question),
        Cell(row.age, muted=True, right=True),
    )


def _say(
    strip: MessageStrip, tone: str, text: str, *actions: tuple[str, Callable[[], object]]
) -> None:
    if text and text == strip.text:
        return
    if text:
        strip.say(tone, text, actions)
    else:
        strip.clear()

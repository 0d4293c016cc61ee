"""The sheet of a group that the server refused: retry, export, discard."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.conflicts.parked import ParkedPresenter, ParkedState
from app.conflicts.qt.parts import Section
from app.kit.flow import Ask
from app.kit.qt.asking import ask
from app.kit.qt.basic import Button, columns, frame, label, rows
from app.kit.qt.page import Scroll, reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.strip import MessageStrip
from app.kit.qt.theme import restyle
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from app.kit.words import KIND_WORDS
from localdb.queries.sync_view import ParkedGroup

WIDTH_MAX, HEIGHT_MAX = 860, 640
_EDGE = 24


class ParkedSheet(Sheet):
    """Calls `closed` once, when it was dealt with or left."""

    def __init__(
        self,
        host: QWidget,
        place: Workplace,
        parked: ParkedGroup,
        exports: Path,
        closed: Callable[[], object],
    ) -> None:
        super().__init__(
            host,
            place.theme,
            translate("Inbox", "Refused"),
            min(WIDTH_MAX, host.width() - 2 * _EDGE),
        )
        self._place = place
        self._closed = closed
        self._is_over = False
        self.presenter = ParkedPresenter(
            place.till,
            place.formats,
            place.now_us,
            self.show_state,
            self._end,
            ask=self._ask,
            exports=exports,
        )
        self._add_parts()
        self._lay_out(host)
        self.on_cancel(self._end)
        place.bridge.committed.connect(self._committed)
        self.presenter.open(parked)
        self.open()

    def show_state(self, state: ParkedState) -> None:
        """Show the presenter's state."""
        self._title.setText(state.title)
        self._when.setText(state.when)
        self._reason.setText(state.reason)
        self._advice.setText(state.advice)
        self.holds.show_lines(state.lines)
        self.discard.setVisible(state.can_discard)
        if state.error:
            self.strip.say("error", state.error)
        elif state.note:
            self.strip.say("success", state.note)
        else:
            self.strip.clear()

    def accept(self) -> None:
        self.presenter.retry()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        acts = {
            Qt.Key.Key_X: self.presenter.export,
            Qt.Key.Key_Delete: self.presenter.discard,
        }
        act = acts.get(Qt.Key(event.key()))
        if act is None:
            super().keyPressEvent(event)
        else:
            act()
        event.accept()

    def _ask(self, question: Ask, answer: Callable[[object], None]) -> None:
        ask(self, self._place, question, answer)

    def _end(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        if self.isVisible():
            self.close_sheet()
        self._closed()

    def _committed(self, _changes: object) -> None:
        if not self._is_over:
            self.presenter.check()

    def _add_parts(self) -> None:
        theme, presenter = self.theme, self.presenter
        self._kind = label(KIND_WORDS["parked"], "badge")
        restyle(self._kind, "tone", "danger")
        self._when = label("", "muted")
        self._reason = label("", wrap=True)
        self._advice = label("", "muted", wrap=True)
        self.strip = MessageStrip(theme)
        self.holds = Section(theme, translate("Inbox", "What it would do"), "info")
        self.retry = reachable(Button(translate("Inbox", "Retry"), "primary")).doing(
            presenter.retry
        )
        self.export = reachable(
            Button(translate("Inbox", "Save support file")).with_icon(theme, "export")
        )
        self.export.doing(presenter.export)
        self.discard = reachable(Button("Discard").with_icon(theme, "trash"))
        self.discard.doing(presenter.discard)
        self.later = reachable(Button(translate("Inbox", "Later"))).doing(self.cancel)

    def _lay_out(self, host: QWidget) -> None:
        head = columns(gap=10)
        head.addWidget(self._kind)
        head.addWidget(self._when)
        head.addStretch(1)
        inside = rows(gap=16)
        inside.setContentsMargins(0, 0, 10, 0)
        for part in (self._reason, self.holds, self._advice):
            inside.addWidget(part)
        inside.addStretch(1)
        foot = columns(gap=8)
        for key, words in ((translate("Inbox", "Enter"), "retry"), ("X", "save")):
            foot.addWidget(label(key, "key-hint"), 0, Qt.AlignmentFlag.AlignVCenter)
            foot.addWidget(label(words, "caption"), 0, Qt.AlignmentFlag.AlignVCenter)
            foot.addSpacing(6)
        foot.addStretch(1)
        for button in (self.discard, self.export, self.later, self.retry):
            foot.addWidget(button)
        self.retry.setMinimumWidth(140)
        self.body.addLayout(head)
        self.body.addWidget(self.strip)
        self.body.addWidget(Scroll(inside), 1)
        self.body.addWidget(frame("rule"))
        self.body.addLayout(foot)
        self.card.setMaximumHeight(min(HEIGHT_MAX, host.height() - 2 * _EDGE))

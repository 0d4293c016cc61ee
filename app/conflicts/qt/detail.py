"""The conflict dialog: two sides, a choice, and what follows from it, all by keys or by touch."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from app.conflicts.detail import ConflictDetailPresenter
from app.conflicts.flags import ANSWERS
from app.conflicts.qt.parts import BigChoice, FieldGrid, Section
from app.conflicts.state import SIDES, DetailState
from app.kit.qt.basic import Button, columns, frame, label, rows
from app.kit.qt.page import Scroll, reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.strip import MessageStrip
from app.kit.qt.theme import restyle
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from localdb.services.conflicts import NOTE_MAX

WIDTH_MAX, HEIGHT_MAX = 1120, 780
_EDGE = 24
_TONES = {"field": "info", "delete": "danger", "unique": "warning", "flag": "primary"}
_NOT_YET = {
    "field": ("Choose a value in each row to see the effect.",),
    "delete": ("Choose an answer to see the effect.",),
    "unique": ("Choose who keeps it to see the effect.",),
}
_PICKS = {"field": "1 2 3", "delete": "K D", "unique": "1 2", "flag": "1 2"}
_ANSWERS = (
    "Checked; nothing to fix.",
    "Fixed elsewhere: by refund, stock adjustment or re-enrolment.",
)
_DIGITS = {Qt.Key.Key_1: 0, Qt.Key.Key_2: 1, Qt.Key.Key_3: 2}


class ConflictSheet(Sheet):
    """Calls `closed` once with the conflict's id and whether it was settled here."""

    def __init__(
        self,
        host: QWidget,
        place: Workplace,
        conflict_id: str,
        closed: Callable[[str, bool], object],
    ) -> None:
        width = min(WIDTH_MAX, host.width() - 2 * _EDGE)
        super().__init__(host, place.theme, translate("Inbox", "Conflict"), width)
        self._conflict_id = conflict_id
        self._closed = closed
        self._is_over = False
        self.presenter = ConflictDetailPresenter(
            place.till, place.formats, place.now_us, self.show_state, self._end
        )
        self.grid = FieldGrid(place.theme, self.presenter.pick, self.presenter.type)
        self._add_parts(place)
        self._lay_out(place)
        self.on_cancel(self.presenter.later)
        place.bridge.committed.connect(self._committed)
        self.presenter.open(conflict_id)
        self.open()

    # ------------------------------------------------------------ showing

    def show_state(self, state: DetailState) -> None:
        """Show the presenter's state."""
        self._title.setText(state.title)
        self._kind.setText(state.kind_words)
        restyle(self._kind, "tone", "info" if state.stage == "merged" else _TONES[state.kind])
        self._subject.setText(state.subject)
        self.intro.setText(state.intro)
        self._show_strip(state)
        is_open = state.stage == "open"
        self.keep.show_choice((state.keep is True, state.keep is False))
        self.keep.setVisible(state.kind == "delete" and is_open)
        self._show_rivals(state)
        self._show_answers(state)
        self.grid.show_lines(state)
        self.grid.setVisible(bool(state.lines))
        follows = state.consequences or _NOT_YET.get(state.kind, ())
        self.consequences.show_lines(() if state.settled else follows)
        self._picks.setText(_PICKS[state.kind])
        self._choosing.setVisible(is_open)
        self._ends.setText("reopen" if state.stage == "merged" else "resolve")
        self.merged.show_facts(state.merged)
        self.evidence.show_lines(state.evidence)
        self.history.show_lines(state.history)
        self._leaves.setText("later" if is_open else "close")
        self.later.setText(translate("Inbox", "Later") if is_open else translate("Inbox", "Close"))
        self.settle.setText(state.settle_words)
        self.settle.setEnabled(state.can_settle)
        self.settle.setVisible(not state.settled)
        self._ending.setVisible(not state.settled)
        self.undo.setVisible(state.can_undo)

    @property
    def said(self) -> str:
        """What the strip says, if anything."""
        return self.strip.text

    def _show_strip(self, state: DetailState) -> None:
        if state.error:
            self.strip.say("error", state.error, self._reload_if(bool(state.moved)))
        elif state.moved:
            self.strip.say("warning", state.moved, self._reload_if(True))
        elif state.settled:
            self.strip.say("success", state.settled)
        else:
            self.strip.clear()

    def _reload_if(self, wanted: bool) -> tuple[tuple[str, Callable[[], object]], ...]:
        return ((translate("Inbox", "Reload (F5)"), self.presenter.reload),) if wanted else ()

    def _show_rivals(self, state: DetailState) -> None:
        shown = len(state.rivals) == 2 and not state.settled
        self.rivals.setVisible(shown)
        self.new_code.setVisible(bool(state.code_label) and not state.settled)
        self._code_label.setVisible(self.new_code.isVisibleTo(self))
        self._code_label.setText(state.code_label)
        if shown:
            one, other = state.rivals
            self.rivals.show_words(((one.name, one.said), (other.name, other.said)))
            self.rivals.show_choice((one.keeps, other.keeps))
        if self.new_code.text() != state.new_code:
            self.new_code.setText(state.new_code)

    def _show_answers(self, state: DetailState) -> None:
        shown = bool(state.answers) and state.stage == "open"
        self.answers.setVisible(shown)
        self.note.setVisible(shown)
        self.answers.show_choice([words == state.note for words in state.answers or ("", "")])
        if self.note.text() != state.note:
            self.note.setText(state.note)

    # ------------------------------------------------------------ keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        typing = isinstance(self.focusWidget(), QLineEdit)
        if typing and key in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.setFocus()
        elif key in _DIGITS:
            self._digit(_DIGITS[key])
        elif key in (Qt.Key.Key_K, Qt.Key.Key_D):
            self._keep(key == Qt.Key.Key_K)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.presenter.move(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_E, Qt.Key.Key_F2):
            self._edit()
        elif key == Qt.Key.Key_F5:
            self.presenter.reload()
        else:
            super().keyPressEvent(event)
        event.accept()

    def accept(self) -> None:
        self.presenter.settle()

    def _digit(self, number: int) -> None:
        rivals, answers = self.presenter.state.rivals, self.presenter.state.answers
        if rivals and number < len(rivals):
            self.presenter.let_keep(rivals[number].record_id)
        elif number < len(answers):
            self.presenter.write_note(answers[number])
        elif self.presenter.state.lines:
            self.presenter.pick(SIDES[number])

    def _keep(self, kept: bool) -> None:
        if self.presenter.state.kind == "delete":
            self.presenter.keep(kept)

    def _edit(self) -> None:
        written = next((w for w in (self.new_code, self.note) if w.isVisibleTo(self)), None)
        if written is not None:
            written.setFocus()
        else:
            self.grid.edit(self.presenter.state.line)

    # ------------------------------------------------------------ ending

    def _end(self, settled: bool) -> None:
        if self._is_over:
            return
        self._is_over = True
        if self.isVisible():
            self.close_sheet()
        self._closed(self._conflict_id, settled)

    def _committed(self, _changes: object) -> None:
        if not self._is_over:
            self.presenter.check()

    # ------------------------------------------------------------ looks

    def _add_parts(self, place: Workplace) -> None:
        theme, presenter = place.theme, self.presenter
        self._kind = label("", "badge")
        self._subject = label("", "muted")
        self._picks = label("", "key-hint")
        self.intro = label("", wrap=True)
        self.strip = MessageStrip(theme)
        self.keep = BigChoice(
            theme,
            (
                ("K", translate("Inbox", "Keep and restore")),
                ("D", translate("Inbox", "Delete anyway")),
            ),
            lambda number: presenter.keep(number == 0),
        )
        self.keep.show_words(
            (
                (
                    translate("Inbox", "Keep and restore"),
                    translate("Inbox", "Restores it on every till, with its change."),
                ),
                (
                    translate("Inbox", "Delete anyway"),
                    translate("Inbox", "Deletes it on every till and discards the edit."),
                ),
            )
        )
        self.rivals = BigChoice(
            theme,
            (("1", ""), ("2", "")),
            lambda number: presenter.let_keep(presenter.state.rivals[number].record_id),
        )
        self._code_label = label("", "muted")
        self.new_code = QLineEdit()
        self.new_code.setMaxLength(64)
        self.new_code.setAccessibleName(translate("Inbox", "New code"))
        self.new_code.textEdited.connect(presenter.give_code)
        self.answers = BigChoice(
            theme,
            (("1", ""), ("2", "")),
            lambda number: presenter.write_note(ANSWERS[number]),
        )
        self.answers.show_words(tuple(zip(ANSWERS, _ANSWERS, strict=True)))
        self.note = QLineEdit()
        self.note.setMaxLength(NOTE_MAX)
        self.note.setAccessibleName(translate("Inbox", "Note"))
        self.note.setPlaceholderText(translate("Inbox", "Note (optional)"))
        self.note.textEdited.connect(presenter.write_note)
        self.consequences = Section(theme, translate("Inbox", "What happens"), "info")
        self.merged = Section(theme, translate("Inbox", "Not affected"), "check")
        self.evidence = Section(theme, translate("Inbox", "Why this happened"), "eye")
        self.history = Section(theme, translate("Inbox", "What was decided"), "check")
        self.settle = reachable(Button(translate("Inbox", "Resolve"), "primary")).doing(
            presenter.settle
        )
        self.later = reachable(Button(translate("Inbox", "Later"))).doing(self.cancel)
        self.undo = Button("Undo").with_icon(theme, "undo")
        reachable(self.undo).doing(presenter.undo)

    def _lay_out(self, place: Workplace) -> None:
        head = columns(gap=10)
        head.addWidget(self._kind)
        head.addWidget(self._subject)
        head.addStretch(1)
        inside = rows(gap=16)
        inside.setContentsMargins(0, 0, 10, 0)
        for part in (self.intro, self.keep, self.rivals, self._code_label, self.new_code):
            inside.addWidget(part)
        inside.addWidget(self.answers)
        inside.addWidget(self.note)
        inside.addWidget(self.grid)
        inside.addWidget(self.consequences)
        aside = columns(gap=16)
        aside.addWidget(self.merged, 1, Qt.AlignmentFlag.AlignTop)
        aside.addWidget(self.evidence, 1, Qt.AlignmentFlag.AlignTop)
        inside.addLayout(aside)
        inside.addWidget(self.history)
        inside.addStretch(1)
        self.body.addLayout(head)
        self.body.addWidget(self.strip)
        self.body.addWidget(Scroll(inside), 1)
        self.body.addWidget(frame("rule"))
        self.body.addLayout(self._foot(place))
        self.card.setMaximumHeight(min(HEIGHT_MAX, self._room() - 2 * _EDGE))

    def _foot(self, place: Workplace) -> QVBoxLayout:
        self._choosing = _hints((self._picks, "pick"), (label("E", "key-hint"), "edit"))
        self._ends, self._leaves = label("resolve", "caption"), label("later", "caption")
        self._ending = _hints((label(translate("Inbox", "Enter"), "key-hint"), self._ends))
        foot = columns(gap=8)
        foot.addWidget(self._choosing)
        foot.addWidget(self._ending)
        foot.addWidget(_hints((label(translate("Inbox", "Esc"), "key-hint"), self._leaves)))
        foot.addStretch(1)
        foot.addWidget(self.undo)
        foot.addWidget(self.later)
        foot.addWidget(self.settle)
        self.settle.setMinimumWidth(160)
        holder = rows()
        holder.addLayout(foot)
        return holder

    def _room(self) -> int:
        host = self.parentWidget()
        assert host is not None, "a sheet without a host"
        return host.height()


def _hints(*keys: tuple[QLabel, QLabel | str]) -> QWidget:
    """Keys and what they do."""
    line = columns(gap=6)
    for key, words in keys:
        said = label(words, "caption") if isinstance(words, str) else words
        line.addWidget(key, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(said, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addSpacing(8)
    holder = QWidget()
    holder.setLayout(line)
    return holder

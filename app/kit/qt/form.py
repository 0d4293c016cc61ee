"""A form on a sheet, made from its declaration."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QPlainTextEdit, QWidget

from app.kit.form import SEPARATOR, YES, Form, FormField, FormPresenter, FormState
from app.kit.qt.asking import ask
from app.kit.qt.basic import Button, columns, label, rows
from app.kit.qt.field import FieldBox, show_choices
from app.kit.qt.focus import DropDown
from app.kit.qt.page import Scroll, reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.strip import MessageStrip
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from localdb.domain.records import Record

R = TypeVar("R", bound=Record)
WIDTH = 760
_TEXT_MAX = 4000
_COLUMNS = 2
_LINES_PX = 92
_TICK = "\u2713\u2002"


class Ticks(QWidget):
    """Several things of which some are ticked."""

    def __init__(self, caption: str, changed: Callable[[str], object]) -> None:
        super().__init__()
        self.setAccessibleName(caption)
        self._changed = changed
        self.boxes: dict[str, Button] = {}
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(6)
        layout = rows(gap=4)
        layout.addWidget(label(caption, "caption"))
        layout.addLayout(self._grid)
        self.setLayout(layout)

    def show_ticks(self, choices: tuple[tuple[str, str], ...], ticked: str) -> None:
        """Show what can be ticked, and what is."""
        for key, name in choices:
            if key not in self.boxes:
                box = reachable(Button(name, "chip"))
                box.setCheckable(True)
                box.clicked.connect(self._tell)
                at = len(self.boxes)
                self._grid.addWidget(box, at // _COLUMNS, at % _COLUMNS)
                self.boxes[key] = box
        wanted = ticked.split(SEPARATOR)
        for key, box in self.boxes.items():
            box.setChecked(key in wanted)
            mark(box)

    def _tell(self) -> None:
        self._changed(SEPARATOR.join(key for key, box in self.boxes.items() if box.isChecked()))


def mark(box: Button) -> None:
    """Give a chip that is on a tick: never by its colour alone."""
    words = box.words.removeprefix(_TICK)
    box.setText(f"{_TICK}{words}" if box.isChecked() else words)


class FormSheet(Sheet, Generic[R]):
    """Enter saves, Esc leaves; calls `closed` once when it is gone.

    `record_id` None is a new one, of which `values` are known already.
    """

    def __init__(
        self,
        host: QWidget,
        place: Workplace,
        form: Form[R],
        record_id: str | None,
        closed: Callable[[], object],
        values: Mapping[str, Any] | None = None,
        focus: str = "",
    ) -> None:
        super().__init__(host, place.theme, form.new_title or form.record.LABEL, WIDTH)
        self.host = host
        self.place = place
        self._closed = closed
        self.presenter = FormPresenter(place.till, place.formats, form, self.show_state, self._end)
        self.texts: dict[str, QLineEdit] = {}
        self.lines: dict[str, QPlainTextEdit] = {}
        self.boxes: dict[str, QComboBox] = {}
        self.ticks: dict[str, Button] = {}
        self.many: dict[str, Ticks] = {}
        self.fields: dict[str, FieldBox] = {}
        self._declared = {one.name: one for one in form.fields}
        self._made = {one.name: self._make(one) for one in form.fields}
        self.strip = MessageStrip(place.theme)
        self._add_buttons(form)
        self._lay_out()
        self.on_cancel(closed)
        place.bridge.committed.connect(self._committed)
        if record_id is None:
            self.presenter.start_new(values)
        else:
            self.presenter.open(record_id)
        first = self.texts.get(focus) or next(iter(self.texts.values()), None)
        self.open(first)
        if first is not None:
            first.selectAll()

    def accept(self) -> None:
        """Save, after asking where something looks odd."""
        if self.presenter.state.moved:
            return
        question = self.presenter.question()
        if question is None:
            self._save()
        else:
            ask(self.host, self.place, question, self._confirmed)

    def show_state(self, state: FormState) -> None:
        """Show the presenter's state; a field that is being typed into keeps its cursor."""
        self._title.setText(state.title)
        entries = state.entries
        for name, edit in self.texts.items():
            if edit.text() != entries[name]:
                edit.setText(entries[name])
        for name, lines in self.lines.items():
            if lines.toPlainText() != entries[name]:
                lines.setPlainText(entries[name])
        for name, box in self.boxes.items():
            show_choices(box, state.choices[name], entries[name])
        for name, tick in self.ticks.items():
            tick.setChecked(entries[name] == YES)
            mark(tick)
        for name, ticks in self.many.items():
            ticks.show_ticks(state.choices[name], entries[name])
        for name, field in self.fields.items():
            one = self._declared[name]
            said = one.help or (one.help_for_new if state.is_new else "")
            field.say(state.errors.get(name, ""), state.hints.get(name, "") or said)
        self.save.setEnabled(state.can_save)
        self.remove.setVisible(not state.is_new and self.presenter.form.remove is not None)
        self.remove.setEnabled(not state.moved)
        self._show_strip(state)

    def take_scan(self, code: str) -> bool:
        """A code scanned while the form is open is never for the cart.

        Where the form has no use for it, it is typed into the field that has the keyboard.
        """
        field = self.window().focusWidget()
        if not self.scanned(code) and isinstance(field, QLineEdit):
            field.insert(code)
            field.textEdited.emit(field.text())
        return True

    def scanned(self, code: str) -> bool:
        """Whether the form has a use for a scanned code; for a subclass."""
        return False

    def more_parts(self) -> list[QWidget]:
        """What stands after the fields; for a subclass."""
        return []

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F5 and self.presenter.state.can_reload:
            self.presenter.reload()
            event.accept()
        else:
            super().keyPressEvent(event)

    # ------------------------------------------------------------ doing

    def _show_strip(self, state: FormState) -> None:
        if state.moved:
            words = translate("Form", "Reload (F5)")
            reload = ((words, self.presenter.reload),) if state.can_reload else ()
            self.strip.say("warning", state.moved, reload)
        elif state.error:
            self.strip.say("error", state.error)
        else:
            self.strip.clear()

    def _confirmed(self, answer: object) -> None:
        if answer:
            self._save()

    def _save(self) -> None:
        self.presenter.save()
        for name, field in self.fields.items():
            if name in self.presenter.state.errors:
                field.edit.setFocus()
                return

    def _end(self) -> None:
        self.close_sheet()
        self._closed()

    def _remove(self) -> None:
        form, loaded = self.presenter.form, self.presenter.loaded
        assert form.remove_question is not None, "what is removed is asked about"
        if loaded is not None:
            ask(self.host, self.place, form.remove_question(loaded), self._removed)

    def _removed(self, answer: object) -> None:
        if answer:
            self.presenter.remove()

    def _committed(self, changes: Any) -> None:
        if not self.isHidden() and self.presenter.form.record.TYPE in changes.types:
            self.presenter.look()

    # ------------------------------------------------------------ putting it together

    def _make(self, one: FormField) -> QWidget:
        name, caption = one.name, self.presenter.caption(one.name)
        match one.control:
            case "ticks":
                self.many[name] = Ticks(caption, partial(self.presenter.type, name))
                return self.many[name]
            case "tick":
                return self._tick(name, caption)
            case "pick":
                edit: QLineEdit | QComboBox | QPlainTextEdit = self._box(name)
            case "lines":
                edit = self._lines(name)
            case "text":
                edit = self._text(name)
        self.fields[name] = FieldBox(caption, self.presenter.unit(name), edit)
        return self.fields[name]

    def _text(self, name: str) -> QLineEdit:
        edit = self.texts[name] = QLineEdit()
        edit.setMaxLength(_TEXT_MAX)
        if self._declared[name].is_secret:
            edit.setEchoMode(QLineEdit.EchoMode.Password)
        if self.presenter.is_number(name):
            edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        edit.textEdited.connect(partial(self.presenter.type, name))
        return edit

    def _lines(self, name: str) -> QPlainTextEdit:
        edit = self.lines[name] = QPlainTextEdit()
        edit.setTabChangesFocus(True)
        edit.setFixedHeight(_LINES_PX)
        edit.textChanged.connect(lambda: self.presenter.type(name, edit.toPlainText()))
        return edit

    def _box(self, name: str) -> QComboBox:
        box = self.boxes[name] = DropDown()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(4)
        box.activated.connect(lambda _row: self.presenter.type(name, box.currentData()))
        return box

    def _tick(self, name: str, caption: str) -> QWidget:
        tick = self.ticks[name] = reachable(Button(caption, "chip"))
        tick.setCheckable(True)
        tick.clicked.connect(lambda: self.presenter.type(name, YES if tick.isChecked() else ""))
        holder = QWidget()
        inside = rows(gap=4)
        inside.addWidget(label("", "caption"))
        inside.addWidget(tick)
        inside.addStretch(1)
        holder.setLayout(inside)
        return holder

    def _add_buttons(self, form: Form[R]) -> None:
        words = form.remove_words or translate("Form", "Delete")
        self.remove = reachable(Button(words, "ghost").doing(self._remove))
        self.remove.with_icon(self.place.theme, "trash")
        self.leave = reachable(Button(translate("Form", "Cancel")).doing(self.cancel))
        self.save = reachable(Button(translate("Form", "Save"), "primary").doing(self.accept))

    def _lay_out(self) -> None:
        inside = rows(gap=12)
        inside.addLayout(self._grid())
        self.body.addWidget(self.strip)
        self.body.addWidget(Scroll(inside), 1)
        buttons = columns(gap=8)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.save)
        self.body.addLayout(buttons)

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
        row, column = 0, 0
        boxes = [(self._made[one.name], one.span) for one in self.presenter.form.fields]
        for box, span in (*boxes, *((part, 1) for part in self.more_parts())):
            if column + span > _COLUMNS:
                row, column = row + 1, 0
            grid.addWidget(box, row, column, 1, span)
            column += span
        return grid

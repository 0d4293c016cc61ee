"""One setting on its page: title and help at the left, for whom it holds, its control."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QPlainTextEdit, QWidget

from app.kit.qt.basic import Button, columns, label, rows
from app.kit.qt.field import show_choices
from app.kit.qt.focus import DropDown
from app.kit.qt.page import reachable
from app.kit.qt.theme import restyle
from app.kit.translation import translate
from app.setup.definitions import Choices, Typed
from app.setup.settings import SettingRow

CONTROL_PX = 330
LINES_PX = 104


class SettingCard(QFrame):
    """Emits what was typed or chosen; `left` when typing is over, `entered` at Enter."""

    typed = Signal(str)
    chosen = Signal(str)
    left = Signal()
    entered = Signal()
    follows = Signal()

    def __init__(self, row: SettingRow) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.where = label("", "badge")
        self.note = label("", "caption", wrap=True)
        self.problem = label("", "error", wrap=True)
        self.follow = reachable(Button(translate("Settings", "Use the value of all stores")))
        self.follow.doing(self.follows.emit)
        self.control = self._control(row)
        self.control.setAccessibleName(row.definition.title)
        self.control.setAccessibleDescription(row.definition.help)
        self._lay_out(row)
        self._shown: SettingRow | None = None
        self.show_row(row)

    def show_row(self, row: SettingRow) -> None:
        """Show the setting as it is; what is being typed is left alone."""
        if row == self._shown:
            return
        self._shown = row
        self.where.setText(row.where)
        restyle(self.where, "tone", "info" if row.is_of_store else "")
        for said, words in ((self.note, row.note), (self.problem, row.problem)):
            said.setText(words)
            said.setVisible(bool(words))
        self.follow.setVisible(row.can_follow)
        restyle(self.control, "state", "error" if row.problem else "")
        self._show_value(row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.control and event.type() == QEvent.Type.FocusOut:
            self.left.emit()
        return False

    def _show_value(self, row: SettingRow) -> None:
        if isinstance(self.control, DropDown):
            assert isinstance(row.how, Choices)
            show_choices(self.control, tuple(row.how.words.items()), row.value)
        elif isinstance(self.control, QLineEdit):
            if self.control.text() != row.value:
                self.control.setText(row.value)
        elif self.control.toPlainText() != row.value:
            self.control.blockSignals(True)
            self.control.setPlainText(row.value)
            self.control.blockSignals(False)

    def _control(self, row: SettingRow) -> "QLineEdit | QPlainTextEdit | DropDown":
        how = row.how
        if isinstance(how, Choices):
            box = _List()
            box.activated.connect(lambda at: self.chosen.emit(box.itemData(at)))
            return box
        if how.kind == "lines":
            return self._lines(how)
        field = QLineEdit()
        field.setPlaceholderText(how.none)
        field.setMaxLength(how.length_max)
        field.textEdited.connect(self.typed.emit)
        field.returnPressed.connect(self.entered.emit)
        field.installEventFilter(self)
        return field

    def _lines(self, how: Typed) -> QPlainTextEdit:
        field = QPlainTextEdit()
        field.setTabChangesFocus(True)
        field.setPlaceholderText(how.none)
        field.setFixedHeight(LINES_PX)

        def changed() -> None:
            text = field.toPlainText()
            if len(text) > how.length_max:
                field.setPlainText(text[: how.length_max])
                field.moveCursor(field.textCursor().MoveOperation.End)
            else:
                self.typed.emit(text)

        field.textChanged.connect(changed)
        field.installEventFilter(self)
        return field

    def _lay_out(self, row: SettingRow) -> None:
        head = columns(gap=10)
        head.addWidget(label(row.definition.title, "strong", wrap=True), 1)
        head.addWidget(self.where, 0, Qt.AlignmentFlag.AlignTop)
        words = rows(gap=4)
        words.addLayout(head)
        words.addWidget(label(row.definition.help, "muted", wrap=True))
        words.addStretch(1)
        side = rows(gap=4)
        for part in (self.control, self.note, self.problem, self.follow):
            side.addWidget(part)
        side.addStretch(1)
        holder = QWidget()
        holder.setFixedWidth(CONTROL_PX)
        holder.setLayout(side)
        inside = columns(gap=20)
        inside.setContentsMargins(18, 14, 18, 14)
        inside.addLayout(words, 1)
        inside.addWidget(holder)
        self.setLayout(inside)


class _List(DropDown):
    """Enter opens it, as Space does."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.showPopup()
        else:
            super().keyPressEvent(event)

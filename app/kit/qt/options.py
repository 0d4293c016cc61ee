"""Choosing one of several, by touch, digit or arrows: a size, into how many payments to split."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from app.kit.flow import AskOption, Option
from app.kit.qt.basic import Button, columns, label, rows, tall
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme, restyle

COLUMNS = 3
_ROW_PX = 92
_ROWS_MAX = 4
_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: -COLUMNS,
    Qt.Key.Key_Down: COLUMNS,
}


class OptionButton(Button):
    """One of them: its digit and its words."""

    def __init__(self, number: int, option: Option) -> None:
        super().__init__("", "method")
        self.option = option
        tall(self, _ROW_PX - 8)
        self.setAccessibleName(", ".join(filter(None, (option.name, option.detail, option.badge))))
        name = label(option.name, "strong", wrap=True)
        detail = label(option.detail, "")
        badge = label(option.badge, "error")
        digit = label(str(number) if number <= 9 else "", "key-hint")
        if number > 9:
            digit.hide()
        top, foot = columns(gap=6), columns(gap=6)
        top.addWidget(name, 1, Qt.AlignmentFlag.AlignTop)
        top.addWidget(digit, 0, Qt.AlignmentFlag.AlignTop)
        foot.addWidget(detail, 1)
        foot.addWidget(badge)
        inside = rows(margin=8, gap=2)
        inside.addLayout(top, 1)
        inside.addLayout(foot)
        self.setLayout(inside)
        for part in (name, detail, badge, digit):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


class OptionsSheet(Sheet):
    """Calls `answer` with the id of the chosen one, or None."""

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        question: AskOption,
        answer: Callable[[str | None], object],
    ) -> None:
        super().__init__(host, theme, question.title, 620)
        self._answer = answer
        self._at = 0
        self.buttons = [OptionButton(number, one) for number, one in enumerate(question.options, 1)]
        self._area = QScrollArea()
        self.body.addWidget(self._area)
        self._fill(self._area)
        self.on_cancel(lambda: answer(None))
        self._mark(0)
        self.open()

    def accept(self) -> None:
        self.take(self._at)

    def take(self, number: int) -> None:
        """Choose the one at that place, from 0."""
        if 0 <= number < len(self.buttons):
            chosen = self.buttons[number].option.id
            self.close_sheet()
            self._answer(chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = event.key() - Qt.Key.Key_1
        if event.key() in _STEPS:
            self._mark(self._at + _STEPS[Qt.Key(event.key())])
        elif 0 <= digit < 9 and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.take(digit)
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def _mark(self, number: int) -> None:
        self._at = min(max(number, 0), len(self.buttons) - 1)
        for at, button in enumerate(self.buttons):
            restyle(button, "tone", "chosen" if at == self._at else "")
        if self.buttons:
            self._area.ensureWidgetVisible(self.buttons[self._at])

    def _fill(self, area: QScrollArea) -> None:
        inside = QWidget()
        inside.setObjectName("options")
        inside.setStyleSheet("#options { background: transparent; }")
        area.setStyleSheet("QScrollArea { background: transparent; }")
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        for at, button in enumerate(self.buttons):
            grid.addWidget(button, at // COLUMNS, at % COLUMNS)
            button.doing(partial(self.take, at))
        for column in range(COLUMNS):
            grid.setColumnStretch(column, 1)
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        shown = min(-(-len(self.buttons) // COLUMNS), _ROWS_MAX)
        area.setFixedHeight(max(shown, 1) * _ROW_PX)

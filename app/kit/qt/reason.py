"""Asking why: one of the shop's usual reasons, or words of one's own."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.kit.flow import AskReason
from app.kit.qt.basic import Button
from app.kit.qt.page import reachable
from app.kit.qt.picker import Picker
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme
from app.kit.translation import translate

ROW_PX = 56
ROWS_MAX = 6
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class ReasonSheet(Sheet):
    """Up and down choose while the field keeps the keyboard; what is typed comes first."""

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        question: AskReason,
        answer: Callable[[str | None], object],
    ) -> None:
        super().__init__(host, theme, question.title)
        self._usual = question.usual
        self._answer = answer
        self.list = Picker(translate("Reason", "Usual reasons"))
        self.list.show_rows([(reason, "") for reason in question.usual])
        self.list.setFixedHeight(min(len(question.usual), ROWS_MAX) * ROW_PX + 4)
        self.list.picked.connect(self._take)
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(
            translate("Reason", "Another reason")
            if question.usual
            else translate("Reason", "Reason")
        )
        self.edit.setAccessibleName(translate("Reason", "Reason"))
        self.edit.setMaxLength(120)
        self.edit.textChanged.connect(self._typed)
        if question.usual:
            self.body.addWidget(self.list)
        self.body.addWidget(self.edit)
        self.body.addWidget(
            reachable(
                Button(question.yes or translate("Reason", "Use this reason"), "primary")
            ).doing(self.accept)
        )
        self.on_cancel(lambda: answer(None))
        self.open(self.edit)

    def accept(self) -> None:
        words = self.edit.text().strip()
        if words:
            self.close_sheet()
            self._answer(words)
        elif self.list.currentRow() >= 0:
            self._take(self.list.currentRow())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = _STEPS.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
        elif not self.edit.text():
            self.list.step(by)

    def _typed(self, text: str) -> None:
        self.list.setCurrentRow(-1 if text.strip() else 0)

    def _take(self, number: int) -> None:
        self.close_sheet()
        self._answer(self._usual[number])

"""Asking for a few words: the label of a held cart, the reason for cash in or out."""

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget

from app.kit.qt.basic import Button
from app.kit.qt.page import reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme
from app.kit.translation import translate

LENGTH_MAX = 120


class TextSheet(Sheet):
    """Calls `answer` with the words, which are never empty unless they may be."""

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        title: str,
        initial: str,
        answer: Callable[[str], object],
        cancelled: Callable[[], object] = lambda: None,
        *,
        may_be_empty: bool = False,
        length_max: int = LENGTH_MAX,
    ) -> None:
        super().__init__(host, theme, title)
        self._answer = answer
        self._may_be_empty = may_be_empty
        self.edit = QLineEdit()
        self.edit.setAccessibleName(title)
        self.edit.setMaxLength(length_max)
        self.edit.setText(initial)
        self.edit.selectAll()
        self.body.addWidget(self.edit)
        self.body.addWidget(
            reachable(Button(translate("Text", "Save"), "primary")).doing(self.accept)
        )
        self.on_cancel(cancelled)
        self.open(self.edit)

    def accept(self) -> None:
        words = self.edit.text().strip()
        if words or self._may_be_empty:
            self.close_sheet()
            self._answer(words)

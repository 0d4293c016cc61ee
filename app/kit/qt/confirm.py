"""A question with two answers, both in words."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.kit.flow import AskYesNo
from app.kit.qt.basic import Button, Icon, columns, label
from app.kit.qt.page import reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme


class ConfirmSheet(Sheet):
    """Calls `answer` with True or False; Esc is False, Enter what the question advises."""

    def __init__(
        self, host: QWidget, theme: Theme, question: AskYesNo, answer: Callable[[bool], object]
    ) -> None:
        super().__init__(host, theme, question.title, 460)
        self._answer = answer
        said = columns(gap=16)
        said.addWidget(Icon(theme, question.icon, "warning", 36))
        said.addWidget(label(question.text, wrap=True), 1)
        self.body.addLayout(said)
        self._main = question.main
        look = {question.main: "primary"}
        self.yes = reachable(Button(question.yes, look.get(True, ""))).doing(self._agree)
        self.no = reachable(Button(question.no, look.get(False, ""))).doing(self.cancel)
        # The main answer stands last, where the eye ends.
        pair = (self.no, self.yes) if question.main else (self.yes, self.no)
        buttons = columns(gap=8)
        for button in pair:
            if button.words:
                buttons.addWidget(button, 1)
        self.body.addLayout(buttons)
        self.on_cancel(lambda: answer(False))
        self.open()

    def accept(self) -> None:
        if self._main:
            self._agree()
        else:
            self.cancel()

    def _agree(self) -> None:
        self.close_sheet()
        self._answer(True)

"""A moment's wait for the server's word."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.kit.claims import Claims
from app.kit.flow import AskServer
from app.kit.qt.basic import Icon, columns, label
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from localdb.domain.claims import Word


class WaitingSheet(Sheet):
    """Asks, and shows so until the word is here; backing out is None, and the word not heard.

    Nothing is shown where there is nobody to ask.
    """

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        claims: Claims,
        question: AskServer,
        answer: Callable[[Word | None], object],
    ) -> None:
        super().__init__(host, theme, question.title, 420)
        self._answer = answer
        self._is_over = False
        said = columns(gap=16)
        said.addWidget(Icon(theme, "sync-busy", "text", 36))
        said.addWidget(label(translate("Till", "Asking the server…"), wrap=True), 1)
        self.body.addLayout(said)
        self.on_cancel(lambda: self._end(None))
        claims.ask(question.wish, self._said)
        if not self._is_over:
            self.open()

    def _said(self, word: Word) -> None:
        if not self._is_over:
            self.close_sheet()
            self._end(word)

    def _end(self, word: Word | None) -> None:
        self._is_over = True
        self._answer(word)

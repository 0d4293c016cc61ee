"""The wait for the server's word."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.kit.claims import Claims, NobodyToAsk
from app.kit.flow import AskServer
from app.kit.qt.theme import Theme
from app.kit.qt.waiting import WaitingSheet
from localdb.domain.claims import NO_WORD, Wish, Word

pytestmark = pytest.mark.usefixtures("needs_qt")
QUESTION = AskServer(Wish("held_cart", "one"), "Recall sale")


class Later:
    """A server that answers when the test says."""

    def __init__(self) -> None:
        self.answers: list[Callable[[Word], None]] = []

    def ask(self, wish: Wish, answer: Callable[[Word], None]) -> None:
        self.answers.append(answer)


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    window = QWidget()
    window.resize(1024, 768)
    qtbot.addWidget(window)
    window.show()
    return window


def opened(host: QWidget, claims: Claims) -> tuple[WaitingSheet, list[Word | None]]:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    words: list[Word | None] = []
    return WaitingSheet(host, Theme(application), claims, QUESTION, words.append), words


def test_it_shows_until_the_word_is_here(host: QWidget) -> None:
    """Then it goes by itself."""
    server = Later()
    sheet, words = opened(host, server)
    assert sheet.isVisible()
    server.answers[0](Word(1))
    assert (words, sheet.isVisible()) == ([Word(1)], False)


def test_who_backs_out_hears_no_late_word(host: QWidget) -> None:
    """Esc is an answer, and the only one."""
    server = Later()
    sheet, words = opened(host, server)
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    server.answers[0](Word(1))
    assert words == [None]


def test_nothing_shows_where_there_is_nobody_to_ask(host: QWidget) -> None:
    """A till on its own goes on at once."""
    sheet, words = opened(host, NobodyToAsk())
    assert (words, sheet.isVisible()) == ([NO_WORD], False)

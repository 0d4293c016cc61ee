"""The form by which a till at work joins a server, by real keys."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.kit.qt.theme import Theme
from app.kit.qt.workplace import Workplace
from app.syncing.qt.joining import JoinSheet
from app.syncing.qt.panel import SyncPanel
from localdb.errors import Refusal
from tests.app.desk import workplace
from tests.support.shops import small_shop

pytestmark = pytest.mark.usefixtures("needs_qt")


@pytest.fixture
def place(qtbot: QtBot, tmp_path: Path) -> Iterator[Workplace]:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    with small_shop(tmp_path / "till") as shop, workplace(shop, Theme(application)) as made:
        yield made


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    window = QWidget()
    window.resize(1024, 768)
    qtbot.addWidget(window)
    window.show()
    return window


def test_it_waits_for_the_answer_it_asked_for(
    host: QWidget, place: Workplace, qtbot: QtBot
) -> None:
    """Esc closes it, but not while the server is being asked: the answer makes it another till."""
    answer = threading.Event()
    asked: list[tuple[str, ...]] = []
    joined: list[None] = []

    def enrol(*words: str) -> None:
        asked.append(words)
        answer.wait(10)

    sheet = JoinSheet(host, place, enrol, lambda: joined.append(None))
    sheet.fields["server"].setText("https://pos.example.com")
    sheet.fields["code"].setText("ABCD-EFGH")
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(asked))
    assert not sheet.join.isEnabled()
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert sheet.isVisible()
    answer.set()
    qtbot.waitUntil(lambda: bool(joined))
    assert asked == [("https://pos.example.com", "ABCD-EFGH", "Till")]


def test_a_refusal_stands_in_the_form(host: QWidget, place: Workplace, qtbot: QtBot) -> None:
    """The words of the server, and the fields as they were."""

    def refuse(*words: str) -> None:
        raise Refusal("this enrolment code has expired")

    sheet = JoinSheet(host, place, refuse, lambda: None, "https://pos.example.com")
    sheet.fields["code"].setText("OLD")
    sheet.accept()
    qtbot.waitUntil(lambda: sheet.error.text == "this enrolment code has expired")
    assert sheet.join.isEnabled()
    sheet.cancel()
    assert sheet.isHidden()


def test_the_sync_panel_of_a_till_on_its_own_offers_to_join(
    host: QWidget, place: Workplace, tmp_path: Path
) -> None:
    """One button, which closes the panel and opens the form."""
    asked: list[None] = []
    panel = SyncPanel(host, place, None, tmp_path, join=lambda: asked.append(None))
    QApplication.processEvents()
    assert panel.join.isVisible()
    panel.join.click()
    assert asked == [None]
    assert panel.isHidden()

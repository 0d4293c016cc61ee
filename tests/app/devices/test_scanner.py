"""The scanner at a real window with a text field."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.devices.scanner import Scanner


@pytest.fixture
def scanner(needs_qt: None, qapp: QApplication) -> Iterator[Scanner]:
    """A scanner on the application."""
    made = Scanner(qapp)
    yield made
    made.stop()


@pytest.fixture
def field(scanner: Scanner, qtbot: QtBot) -> QLineEdit:
    """A window that is one text field."""
    made = QLineEdit("abc")
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.hasFocus)
    return made


def send(field: QLineEdit, text: str) -> None:
    """All characters at once, as a scanner does."""
    for character in text:
        QTest.keyClick(field.windowHandle(), character)  # type: ignore[call-overload]


def test_a_scan_leaves_the_field_as_it_was(field: QLineEdit, scanner: Scanner) -> None:
    """The code is announced, and nothing of it stays in the field that had the focus."""
    codes: list[str] = []
    scanner.scanned.connect(codes.append)
    send(field, "4006381333931")
    QTest.keyClick(field.windowHandle(), Qt.Key.Key_Return)
    assert (codes, field.text()) == (["4006381333931"], "abc")


def test_capital_letters_scan_too(field: QLineEdit, scanner: Scanner) -> None:
    """The Shift presses that a scanner sends between characters do not break a code up."""
    codes: list[str] = []
    scanner.scanned.connect(codes.append)
    for character in "AB-1234":
        QTest.keyPress(field.windowHandle(), Qt.Key.Key_Shift)
        QTest.keyClick(field.windowHandle(), character)  # type: ignore[call-overload]
    QTest.keyClick(field.windowHandle(), Qt.Key.Key_Tab)
    assert (codes, field.text()) == (["AB-1234"], "abc")


def test_fast_typing_is_only_late(field: QLineEdit, qtbot: QtBot) -> None:
    """Characters that came too fast arrive in order once it is clear that no scan ends."""
    send(field, "rye")
    qtbot.waitUntil(lambda: field.text() == "abcrye")


def test_enter_hands_over_what_was_withheld(field: QLineEdit) -> None:
    """A short burst and Enter are typing: the text is there before Enter acts."""
    seen: list[str] = []
    field.returnPressed.connect(lambda: seen.append(field.text()))
    send(field, "12")
    QTest.keyClick(field.windowHandle(), Qt.Key.Key_Return)
    assert seen == ["abc12"]

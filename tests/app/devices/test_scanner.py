"""The scanner at a real window with a text field."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.devices.scanner import Scanner, control_character


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


def chord(field: QLineEdit, key: Qt.Key) -> None:
    """A key with Ctrl held, as a scanner presses it for a control character."""
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyPress(field.windowHandle(), Qt.Key.Key_Control)
    QTest.keyClick(field.windowHandle(), key, control)
    QTest.keyRelease(field.windowHandle(), Qt.Key.Key_Control)


def test_a_separator_reaches_the_code(field: QLineEdit, scanner: Scanner) -> None:
    """GS, which a scanner sends as Ctrl+], stays in the code."""
    codes: list[str] = []
    scanner.scanned.connect(codes.append)
    send(field, "0104006381333931")
    send(field, "10LOT7")
    chord(field, Qt.Key.Key_BracketRight)
    send(field, "17261231")
    QTest.keyClick(field.windowHandle(), Qt.Key.Key_Return)
    assert codes == ["010400638133393110LOT7\x1d17261231"]
    assert field.text() == "abc"


def test_a_chord_of_a_person_stays_a_chord(field: QLineEdit, scanner: Scanner) -> None:
    """Ctrl+A selects all, also right after typing."""
    send(field, "x")
    chord(field, Qt.Key.Key_A)
    assert field.selectedText() == "abcx"


def test_a_configured_frame_makes_short_codes_scans(field: QLineEdit, scanner: Scanner) -> None:
    """With STX and ETX around it, three characters are a scan without Enter."""
    scanner.configure("<STX>", "<ETX>")
    codes: list[str] = []
    scanner.scanned.connect(codes.append)
    chord(field, Qt.Key.Key_B)
    send(field, "P77")
    chord(field, Qt.Key.Key_C)
    assert (codes, field.text()) == (["P77"], "abc")


def test_a_control_character_counts_whatever_key_made_it() -> None:
    """Window systems differ: some give the chord no text, others the character itself."""
    control, none = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier
    for key, modifier, text in (
        (Qt.Key.Key_BracketRight, control, ""),
        (Qt.Key.Key_BracketRight, control, "\x1d"),
        (Qt.Key.Key_unknown, none, "\x1d"),
    ):
        event = QKeyEvent(QEvent.Type.KeyPress, key, modifier, text)
        assert control_character(event) == "\x1d"
    plain = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_BracketRight, none, "]")
    assert control_character(plain) == ""

"""The on-screen keyboard at the real window: for text, never over the field, scans still land."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from app.kit.qt.keyboard import Keyboard
from app.kit.qt.text import TextSheet
from localdb.services import settings
from tests.app.acting import cart, key, scan, sheet, sign_in, tap, type_text
from tests.app.conftest import MILK
from tests.app.stage import Stage


@pytest.fixture
def touch(stage: Stage, qtbot: QtBot) -> Stage:
    """A till that has no other keyboard."""
    sign_in(stage, qtbot)
    stage.till.write(settings.change, "keyboard", "1")
    stage.window._take_settings()
    return stage


def press(keyboard: Keyboard, *names: str) -> None:
    """Tap keys one after the other; a page may be laid out anew in between."""
    for name in names:
        tap(keyboard.keys[name])


def note(stage: Stage) -> TextSheet:
    """Ask for the words of a note."""
    scan(stage, MILK)
    key(stage, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    asked = sheet(stage)
    assert isinstance(asked, TextSheet)
    return asked


def test_it_opens_with_a_text_field_and_writes(touch: Stage) -> None:
    """Capitals for one letter, accents and signs from their pages, Enter as the key would."""
    asked = note(touch)
    keyboard = touch.window.keyboard
    assert keyboard.isVisible()
    asked.edit.clear()
    press(keyboard, "shift", "J", "o", "s", "accents", "é", "accents", "space", "7", "signs", "#")
    assert asked.edit.text() == "José 7#"
    press(keyboard, "erase", "enter")
    assert touch.selling.presenter.cart.lines[0].note == "José 7"
    assert not keyboard.isVisible()


def test_it_writes_into_a_field_of_several_lines(touch: Stage) -> None:
    """Enter begins a line, erase joins two; a tap opens it again after it was put away."""
    field, keyboard = QPlainTextEdit(touch.window), touch.window.keyboard
    field.setGeometry(200, 100, 300, 100)
    field.show()
    tap(field.viewport())
    assert keyboard.isVisible()
    press(keyboard, "a", "enter", "b", "enter", "erase", "c")
    assert field.toPlainText() == "a\nbc"
    press(keyboard, "away")
    assert not keyboard.isVisible()
    tap(field.viewport())
    assert keyboard.isVisible()


def test_it_covers_no_field_and_its_keys_are_large(touch: Stage) -> None:
    """At the smallest window too: 48 px and more, inside the window, beside the field."""
    touch.window.resize(1024, 700)
    asked = note(touch)
    keyboard = touch.window.keyboard
    for page in ("letters", "accents", "signs"):
        if page != "letters":
            press(keyboard, page)
        assert all(min(b.width(), b.height()) >= 48 for b in keyboard.keys.values())
        field = QRect(asked.edit.mapTo(touch.window, QPoint(0, 0)), asked.edit.size())
        assert not keyboard.geometry().intersects(field)
        assert touch.window.rect().contains(keyboard.geometry())
    assert asked.edit.hasFocus()


def test_a_scan_still_lands(touch: Stage) -> None:
    """Whatever the keyboard writes into, what is scanned goes into the cart."""
    asked = note(touch)
    asked.edit.clear()
    press(touch.window.keyboard, "a")
    scan(touch, MILK)
    assert asked.edit.text() == "a"
    key(touch, Qt.Key.Key_Escape)
    assert cart(touch) == ["Milk 1 l | 2 × €1.29 | €2.58"]


def test_the_search_field_opens_it_when_tapped(touch: Stage, qtbot: QtBot) -> None:
    """It has the focus all day: the keyboard waits for a finger, and goes away when told."""
    selling = touch.selling
    keyboard = touch.window.keyboard
    assert selling.search.hasFocus()
    assert not keyboard.isVisible()
    tap(selling.search)
    assert keyboard.isVisible()
    press(keyboard, "b", "r", "e", "a")
    qtbot.waitUntil(lambda: [tile.name for tile in selling.tiles.tiles] == ["Rye bread"])
    press(keyboard, "enter")
    assert cart(touch) == ["Rye bread | 1 × €3.49 | €3.49"]
    press(keyboard, "away")
    assert not keyboard.isVisible()
    tap(selling.search)
    assert keyboard.isVisible()


def test_fields_for_numbers_have_their_own_keys(touch: Stage) -> None:
    """A quantity is typed on the keypad of its sheet."""
    scan(touch, MILK)
    key(touch, Qt.Key.Key_F4)
    assert not touch.window.keyboard.isVisible()


def test_other_tills_have_none(stage: Stage, qtbot: QtBot) -> None:
    """Where there is a keyboard, none is drawn, whatever is tapped."""
    sign_in(stage, qtbot)
    asked = note(stage)
    tap(asked.edit)
    type_text(stage, "x")
    assert not stage.window.keyboard.isVisible()

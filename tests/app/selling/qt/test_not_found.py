"""Goods that were scanned and not found, on the real window: nobody leaves with them unnoticed."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.kit.qt.confirm import ConfirmSheet
from tests.app.acting import cart, has_sheet, key, scan, sheet, sign_in, tap, type_text
from tests.app.acting import press as press_after
from tests.app.conftest import BREAD, MILK
from tests.app.stage import Stage

UNKNOWN, OTHER = "4002293401102", "5901234123457"


@pytest.fixture
def at_work(stage: Stage, qtbot: QtBot) -> Stage:
    """A manager is signed in and the shift is open."""
    sign_in(stage, qtbot)
    return stage


def test_the_next_scan_does_not_erase_it(at_work: Stage) -> None:
    """It counts, sounds each time, and goes when it is dismissed."""
    selling = at_work.selling
    scan(at_work, UNKNOWN)
    scan(at_work, MILK)
    assert selling.missed.text == f"Not found: {UNKNOWN}."
    scan(at_work, OTHER)
    scan(at_work, UNKNOWN)
    key(at_work, Qt.Key.Key_F4)
    key(at_work, Qt.Key.Key_Escape)
    assert selling.missed.text == f"3 not found. Last: {UNKNOWN}."
    assert len(at_work.alarms) == 3
    assert cart(at_work) == ["Milk 1 l | 1 × €1.29 | €1.29"]
    tap(selling.missed.button("Dismiss"))
    assert selling.missed.text == ""


def test_what_is_added_as_open_items_is_missed_no_more(at_work: Stage) -> None:
    """Both pieces of the newest code become one line; the other code stays."""
    scan(at_work, OTHER)
    type_text(at_work, "2*")
    scan(at_work, UNKNOWN)
    tap(at_work.selling.missed.button("Open item"))
    type_text(at_work, "4.5")
    key(at_work, Qt.Key.Key_Return)
    assert cart(at_work) == [f"Open item {UNKNOWN} | 2 × €4.50 | €9.00"]
    assert at_work.selling.missed.text == f"Not found: {OTHER}."


def test_charging_asks_first(at_work: Stage) -> None:
    """Enter goes back to the sale; charging without takes a word, and ends the matter."""
    scan(at_work, MILK)
    scan(at_work, UNKNOWN)
    key(at_work, Qt.Key.Key_F12)
    asked = sheet(at_work)
    assert isinstance(asked, ConfirmSheet)
    key(at_work, Qt.Key.Key_Return)
    assert not has_sheet(at_work)
    assert at_work.window.current_screen() is at_work.selling
    assert at_work.selling.missed.text == f"Not found: {UNKNOWN}."
    key(at_work, Qt.Key.Key_F12)
    asked = sheet(at_work)
    assert isinstance(asked, ConfirmSheet)
    assert asked.yes.words == "Charge €1.29 without"
    tap(asked.yes)
    assert at_work.window.current_screen() is at_work.charge
    key(at_work, Qt.Key.Key_Return)
    assert at_work.selling.missed.text == ""


def test_it_survives_a_lock_and_is_told_when_the_cart_is_held(at_work: Stage, qtbot: QtBot) -> None:
    """The goods are still on the counter when somebody signs in again."""
    scan(at_work, MILK)
    scan(at_work, UNKNOWN)
    at_work.program.people.lock()
    sign_in(at_work, qtbot)
    selling = at_work.selling
    assert selling.missed.text == f"Not found: {UNKNOWN}."
    type_text(at_work, "Coat")
    key(at_work, Qt.Key.Key_F7)
    assert selling.strip.text == f"On hold: Coat. Not found: {UNKNOWN}."
    assert selling.missed.text == ""


def test_a_price_check_misses_nothing(at_work: Stage) -> None:
    """What is only looked up is no goods of this sale."""
    key(at_work, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    scan(at_work, UNKNOWN)
    assert at_work.selling.missed.text == ""
    assert at_work.selling.strip.text == f"Not found: {UNKNOWN}."


@pytest.mark.parametrize("star_ms", [5, 40, 90])
def test_a_multiplier_typed_upon_the_scan_multiplies(at_work: Stage, star_ms: int) -> None:
    """`3*` and the scan in one breath are three of it."""
    press_after(at_work, "3", 120)
    press_after(at_work, "*", 90)
    scan(at_work, BREAD, first_ms=star_ms)
    assert cart(at_work) == ["Rye bread | 3 × €3.49 | €10.47"]
    assert at_work.selling.search.text() == ""

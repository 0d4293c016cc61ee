"""Signing in at the real window: by number and PIN alone, with or without the Enter of a habit."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.drawer.qt.count import CountSheet
from localdb.services import shifts
from tests.app.acting import has_sheet, key, sheet, sign_in, type_text
from tests.app.stage import CASHIER_PIN, MANAGER_PIN, Stage


def numbers(stage: Stage) -> dict[str, str]:
    """Each name's number."""
    people = stage.signin.presenter.state.people
    return {person.name: str(at) for at, person in enumerate(people, start=1)}


@pytest.mark.parametrize("habit", [False, True])
def test_a_number_and_a_pin_open_the_till(stage: Stage, habit: bool) -> None:
    """The first key says who, the last digit signs in; a late Enter answers no other question."""
    type_text(stage, numbers(stage)["Jonas Weber"] + CASHIER_PIN)
    if habit:
        key(stage, Qt.Key.Key_Return)
    assert stage.till.user is not None
    assert stage.till.user.name == "Jonas Weber"
    counting = sheet(stage)
    assert isinstance(counting, CountSheet)
    assert not counting.problem.isVisible()
    type_text(stage, "100")
    key(stage, Qt.Key.Key_Return)
    assert not has_sheet(stage)


def test_an_enter_after_the_pin_does_not_confirm_the_float(stage: Stage, qtbot: QtBot) -> None:
    """The drawer's last count is suggested, and only an Enter that is meant for it takes it."""
    sign_in(stage, qtbot)
    stage.till.write(shifts.close_shift, 10_000)
    stage.program.people.lock()
    type_text(stage, MANAGER_PIN)
    key(stage, Qt.Key.Key_Return)
    assert isinstance(sheet(stage), CountSheet)
    key(stage, Qt.Key.Key_Return)
    assert not has_sheet(stage)


def test_backspace_leads_back_to_the_names(stage: Stage) -> None:
    """A wrong number is taken back by a key."""
    type_text(stage, numbers(stage)["Mara Lindqvist"])
    key(stage, Qt.Key.Key_Backspace)
    assert stage.signin.presenter.state.chosen is None
    type_text(stage, numbers(stage)["Jonas Weber"] + CASHIER_PIN)
    assert stage.till.user is not None
    assert stage.till.user.name == "Jonas Weber"

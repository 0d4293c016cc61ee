"""How many keys each task of a cashier takes, counted while it is done at the real window.

A key with Alt or Ctrl is one key. What is scanned, and the digits of an amount, are not counted.
"""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from localdb.domain.records import Sale, ShiftEvent
from localdb.queries import lists
from tests.app import acting
from tests.app.acting import cart, has_sheet, scan, sign_in, tap, type_text
from tests.app.conftest import BREAD, MILK
from tests.app.stage import CASHIER_PIN, Stage

ALT = Qt.KeyboardModifier.AltModifier


class Keys:
    """Presses keys, and counts them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.pressed = 0

    def press(self, *keys: Qt.Key, with_: Qt.KeyboardModifier | None = None) -> None:
        for one in keys:
            acting.key(self.stage, one, with_)
            self.pressed += 1

    def type(self, text: str) -> None:
        """Digits that the task itself needs, such as a PIN or a percentage."""
        type_text(self.stage, text)
        self.pressed += len(text)

    def amount(self, text: str) -> None:
        """An amount, which is not counted."""
        type_text(self.stage, text)


@pytest.fixture
def at_work(stage: Stage, qtbot: QtBot) -> Stage:
    """The manager, with an open shift."""
    sign_in(stage, qtbot)
    return stage


def sold(stage: Stage) -> list[int]:
    """The totals of what was sold and refunded, in order."""
    return [sale.total_minor for sale in stage.till.write(lambda uow: uow.find(Sale))]


def test_exact_cash_takes_two_keys(at_work: Stage, qtbot: QtBot) -> None:
    keys = Keys(at_work)
    scan(at_work, MILK)
    keys.press(Qt.Key.Key_F12, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: sold(at_work) == [129])
    assert keys.pressed == 2


def test_a_card_takes_two_keys(at_work: Stage, qtbot: QtBot) -> None:
    """Without a terminal that is asked: the card was charged on a stand-alone one."""
    keys = Keys(at_work)
    scan(at_work, MILK)
    keys.press(Qt.Key.Key_F12, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: sold(at_work) == [129])
    assert keys.pressed == 2


def test_hold_takes_one_key_and_recall_two(at_work: Stage, qtbot: QtBot) -> None:
    keys = Keys(at_work)
    scan(at_work, MILK)
    keys.press(Qt.Key.Key_F7)
    assert len(at_work.till.ask(lists.held_carts)) == 1
    assert keys.pressed == 1
    keys.press(Qt.Key.Key_F8, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(cart(at_work)) == 1)
    assert keys.pressed == 3


def test_a_line_discount_of_ten_percent_takes_four_keys(at_work: Stage, qtbot: QtBot) -> None:
    keys = Keys(at_work)
    scan(at_work, MILK)
    scan(at_work, BREAD)
    keys.press(Qt.Key.Key_F6)
    keys.type("10")
    keys.press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: at_work.selling.presenter.open_cart.totals().total_minor == 129 + 314)
    assert keys.pressed == 4


def test_signing_in_takes_five_keys_and_switching_six(stage: Stage, qtbot: QtBot) -> None:
    """A digit picks who, and the PIN goes through by itself."""
    tap(stage.signin.tile("Jonas Weber"))
    type_text(stage, CASHIER_PIN)
    acting.key(stage, Qt.Key.Key_Return)
    stage.window.close_sheets()
    stage.program.people.lock()
    keys = Keys(stage)
    number = 1 + next(
        at
        for at, person in enumerate(stage.signin.presenter.state.people)
        if person.name == "Jonas Weber"
    )
    stage.signin.presenter.open(chosen=None)
    keys.type(f"{number}{CASHIER_PIN}")
    qtbot.waitUntil(lambda: stage.till.user is not None)
    assert keys.pressed == 5


@pytest.mark.parametrize(
    ("letter", "kind", "more"),
    [
        (Qt.Key.Key_D, "drop", [Qt.Key.Key_Return]),
        (Qt.Key.Key_Z, "close", [Qt.Key.Key_Return, Qt.Key.Key_Return]),
    ],
)
def test_a_safe_drop_and_a_close_take_four_keys_beside_the_amount(
    at_work: Stage, qtbot: QtBot, letter: Qt.Key, kind: str, more: list[Qt.Key]
) -> None:
    keys = Keys(at_work)
    keys.press(Qt.Key.Key_3, with_=ALT)
    keys.press(letter)
    qtbot.waitUntil(lambda: has_sheet(at_work))
    if kind == "close":
        # Counted by its sum; by notes and coins it is one Enter a field.
        acting.key(at_work, Qt.Key.Key_F2)
    keys.amount("50")
    keys.press(*more)

    def kinds() -> list[str]:
        return [event.kind for event in at_work.till.write(lambda uow: uow.find(ShiftEvent))]

    qtbot.waitUntil(lambda: kind in kinds())
    assert keys.pressed <= 4

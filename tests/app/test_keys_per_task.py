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
    """Charge, and Enter."""
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
    """Held at once; the newest one is chosen on the list."""
    keys = Keys(at_work)
    scan(at_work, MILK)
    keys.press(Qt.Key.Key_F7)
    assert len(at_work.till.ask(lists.held_carts)) == 1
    assert keys.pressed == 1
    keys.press(Qt.Key.Key_F8, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(cart(at_work)) == 1)
    assert keys.pressed == 3


def test_a_line_discount_of_ten_percent_takes_four_keys(at_work: Stage, qtbot: QtBot) -> None:
    """Off the line that was scanned last."""
    keys = Keys(at_work)
    scan(at_work, MILK)
    scan(at_work, BREAD)
    keys.press(Qt.Key.Key_F6)
    keys.type("10")
    keys.press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: at_work.selling.presenter.open_cart.totals().total_minor == 129 + 314)
    assert keys.pressed == 4


def test_a_cart_discount_of_ten_percent_takes_four_keys(at_work: Stage, qtbot: QtBot) -> None:
    """The chord of Enter takes it off the whole cart, though a line is chosen."""
    keys = Keys(at_work)
    scan(at_work, MILK)
    scan(at_work, BREAD)
    keys.press(Qt.Key.Key_F6)
    keys.type("10")
    keys.press(Qt.Key.Key_Return, with_=Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: at_work.selling.presenter.open_cart.totals().total_minor == 430)
    assert at_work.selling.presenter.cart.discount is not None
    assert keys.pressed == 4


def test_a_refund_of_one_line_takes_two_scans_and_three_keys_at_most(
    at_work: Stage, qtbot: QtBot
) -> None:
    """The code of the receipt, that of the goods, then pay out."""
    scan(at_work, MILK)
    scan(at_work, BREAD)
    for one in (Qt.Key.Key_F12, Qt.Key.Key_Return):
        acting.key(at_work, one)
    number = at_work.till.write(lambda uow: uow.find(Sale))[0].receipt_number
    keys = Keys(at_work)
    scan(at_work, number)
    scan(at_work, MILK)
    keys.press(Qt.Key.Key_F12, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: sorted(sold(at_work)) == [-129, 478])
    assert keys.pressed <= 3


def known_pin(stage: Stage, name: str, pin: str) -> None:
    """Somebody whose PIN was typed here before: it goes through by itself."""
    tap(stage.signin.tile(name))
    type_text(stage, pin)
    acting.key(stage, Qt.Key.Key_Return)
    stage.window.close_sheets()
    stage.program.people.lock()


def number_of(stage: Stage, name: str) -> str:
    """The digit that picks somebody."""
    people = stage.signin.presenter.state.people
    return str([person.name for person in people].index(name) + 1)


def test_signing_in_takes_five_keys(stage: Stage, qtbot: QtBot) -> None:
    """A digit picks who, and the PIN goes through by itself."""
    known_pin(stage, "Jonas Weber", CASHIER_PIN)
    keys = Keys(stage)
    stage.signin.presenter.open(chosen=None)
    keys.type(number_of(stage, "Jonas Weber") + CASHIER_PIN)
    qtbot.waitUntil(lambda: stage.till.user is not None)
    assert keys.pressed == 5


def test_switching_takes_six_keys(stage: Stage, qtbot: QtBot) -> None:
    """In the middle of a sale, which goes on under the other one's name."""
    known_pin(stage, "Jonas Weber", CASHIER_PIN)
    sign_in(stage, qtbot)
    scan(stage, MILK)
    number = number_of(stage, "Jonas Weber")
    keys = Keys(stage)
    keys.press(Qt.Key.Key_F11)
    keys.type(number + CASHIER_PIN)

    def who() -> str:
        return stage.till.user.name if stage.till.user else ""

    qtbot.waitUntil(lambda: who() == "Jonas Weber")
    assert len(cart(stage)) == 1
    assert keys.pressed == 6


@pytest.mark.parametrize(
    ("letter", "kind", "more"),
    [
        (Qt.Key.Key_D, "drop", [Qt.Key.Key_Return]),
        (Qt.Key.Key_Z, "close", [Qt.Key.Key_F12, Qt.Key.Key_Return]),
    ],
)
def test_a_safe_drop_and_a_close_take_four_keys_beside_the_amount(
    at_work: Stage, qtbot: QtBot, letter: Qt.Key, kind: str, more: list[Qt.Key]
) -> None:
    """The Cash page by its number, the letter of the button, and Enter."""
    keys = Keys(at_work)
    keys.press(Qt.Key.Key_3, with_=ALT)
    keys.press(letter)
    qtbot.waitUntil(lambda: has_sheet(at_work))
    # Of a close it is how many of the largest note there are; F12 ends the count.
    keys.amount("50")
    keys.press(*more)

    def kinds() -> list[str]:
        return [event.kind for event in at_work.till.write(lambda uow: uow.find(ShiftEvent))]

    qtbot.waitUntil(lambda: kind in kinds())
    assert keys.pressed <= 4

"""Another person takes the till, on the real window."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.devices.idle import IdleWatch
from app.devices.terminal_simulator import SimulatedTerminal
from app.kit.qt.approval import ApprovalSheet
from app.people.qt.switch_user import SwitchSheet
from localdb.domain.records import AuditEntry, ShiftEvent
from localdb.queries import lists
from localdb.services import people, settings, staff
from localdb.services.till import Till
from tests.app.acting import cart, has_sheet, key, scan, sheet, sign_in, type_text
from tests.app.conftest import BREAD, MILK
from tests.app.stage import CASHIER_PIN, MANAGER_PIN, Stage
from tests.support.terminals import QueuedTerminal

BADGE, MANAGERS_BADGE = "EVT-JONAS-1", "EVT-MARA-1"


@pytest.fixture
def at_work(stage: Stage, qtbot: QtBot) -> Stage:
    """The manager is at the till; she and the cashier have badges."""
    sign_in(stage, qtbot)
    for name, code in (("Jonas Weber", BADGE), ("Mara Lindqvist", MANAGERS_BADGE)):
        stage.till.write(staff.set_badge, person(stage.till, name), code)
    return stage


def person(till: Till, name: str) -> str:
    return next(user.id for user in till.ask(lists.people) if user.name == name)


def at_the_till(stage: Stage) -> str:
    return stage.till.user.name if stage.till.user else ""


def test_two_keys_and_the_pin_hand_the_till_over_with_its_cart(at_work: Stage) -> None:
    """F11, the number of a name, the PIN: the cart stays, the bar shows who it is."""
    scan(at_work, MILK)
    key(at_work, Qt.Key.Key_F11)
    assert isinstance(sheet(at_work), SwitchSheet)
    type_text(at_work, f"1{CASHIER_PIN}")
    key(at_work, Qt.Key.Key_Return)
    assert at_the_till(at_work) == "Jonas Weber"
    assert not has_sheet(at_work)
    assert cart(at_work) == ["Milk 1 l | 1 × €1.29 | €1.29"]
    scan(at_work, BREAD)
    assert len(cart(at_work)) == 2
    [entry] = [e for e in log(at_work) if e.action == "cart_taken_over"]
    assert entry.detail == "1 line from Mara Lindqvist"


def test_a_badge_among_the_goods_hands_the_till_over(at_work: Stage) -> None:
    """One scan; the code is neither looked for as goods nor shown."""
    scan(at_work, MILK)
    scan(at_work, BADGE)
    assert at_the_till(at_work) == "Jonas Weber"
    assert cart(at_work) == ["Milk 1 l | 1 × €1.29 | €1.29"]
    assert not at_work.selling.strip.isVisible()


def test_backing_out_changes_nobody(at_work: Stage) -> None:
    """Esc, or a wrong PIN and Esc."""
    key(at_work, Qt.Key.Key_F11)
    type_text(at_work, "10000")
    key(at_work, Qt.Key.Key_Return)
    key(at_work, Qt.Key.Key_Escape)
    assert not has_sheet(at_work)
    assert at_the_till(at_work) == "Mara Lindqvist"


def test_a_badge_on_the_locked_screen_signs_in(at_work: Stage) -> None:
    """And an unknown one says so, without its code."""
    scan(at_work, MILK)
    key(at_work, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert at_the_till(at_work) == ""
    scan(at_work, "EVT-STRANGER")
    assert at_work.signin.error == "Unknown badge."
    scan(at_work, BADGE)
    assert at_the_till(at_work) == "Jonas Weber"
    assert cart(at_work) == ["Milk 1 l | 1 × €1.29 | €1.29"]


def test_a_managers_badge_gives_leave_and_the_cashier_stays(at_work: Stage) -> None:
    """At the question for leave a scan is a badge, never goods; a cashier's own does not do."""
    scan(at_work, BADGE)
    type_text(at_work, "-1*")
    scan(at_work, MILK)
    asked = sheet(at_work)
    assert isinstance(asked, ApprovalSheet)
    scan(at_work, BADGE)
    assert "can't approve" in asked.pad.error
    scan(at_work, MANAGERS_BADGE)
    assert not has_sheet(at_work)
    assert cart(at_work) == ["Milk 1 l | -1 × €1.29 | -€1.29"]
    assert at_the_till(at_work) == "Jonas Weber"


def test_the_till_locks_when_nobody_touches_it_for_as_long_as_the_shop_says(
    at_work: Stage, qtbot: QtBot
) -> None:
    """Five minutes unless a setting says otherwise; the setting counts at once. The cart stays."""
    [watch] = at_work.window.windowHandle().findChildren(IdleWatch)
    assert watch.after_s == 300
    at_work.till.write(settings.change, "lock_after_s", "60")
    qtbot.waitUntil(lambda: watch.after_s == 60)
    scan(at_work, MILK)
    watch.idle.emit()
    assert at_the_till(at_work) == ""
    assert at_work.window.stack.currentWidget() is at_work.signin
    type_text(at_work, MANAGER_PIN)
    key(at_work, Qt.Key.Key_Return)
    assert cart(at_work) == ["Milk 1 l | 1 × €1.29 | €1.29"]


def test_a_payment_left_alone_is_locked_too_and_goes_on_after_the_pin(at_work: Stage) -> None:
    """What was taken so far waits; only while a card terminal is asked nobody is locked out."""
    [watch] = at_work.window.windowHandle().findChildren(IdleWatch)
    scan(at_work, MILK)
    key(at_work, Qt.Key.Key_F12)
    type_text(at_work, "1")
    key(at_work, Qt.Key.Key_Return)
    watch.idle.emit()
    assert at_the_till(at_work) == ""
    type_text(at_work, MANAGER_PIN)
    key(at_work, Qt.Key.Key_Return)
    assert at_work.window.stack.currentWidget() is at_work.charge
    key(at_work, Qt.Key.Key_Return)
    assert at_work.selling.panel.shows_change


def test_nobody_is_locked_out_while_a_card_terminal_is_asked(at_work: Stage) -> None:
    """The customer looks for a card; once the terminal has answered, the next time counts."""
    [watch] = at_work.window.windowHandle().findChildren(IdleWatch)
    terminal = QueuedTerminal(SimulatedTerminal())
    at_work.program.paying.cards.use(terminal)
    scan(at_work, MILK)
    key(at_work, Qt.Key.Key_F12)
    at_work.charge.presenter.pay("card", "1")
    watch.idle.emit()
    assert at_the_till(at_work) == "Mara Lindqvist"
    terminal.deliver()
    watch.idle.emit()
    assert at_the_till(at_work) == ""


def test_many_people_can_all_be_reached(at_work: Stage) -> None:
    """Twelve names scroll; the tenth has no key of its own and is tapped."""
    for number in range(10):
        at_work.till.write(people.create, f"Person {number}", "cashier", "1111")
    key(at_work, Qt.Key.Key_F11)
    asked = sheet(at_work)
    assert isinstance(asked, SwitchSheet)
    assert asked.card.height() <= at_work.window.height()
    asked.tile("Person 9").click()
    type_text(at_work, "1111")
    key(at_work, Qt.Key.Key_Return)
    assert at_the_till(at_work) == "Person 9"


def test_the_drawer_event_carries_who_is_at_the_till_now(at_work: Stage) -> None:
    """After a switch everything is the new person's."""
    scan(at_work, BADGE)
    key(at_work, Qt.Key.Key_F10)
    key(at_work, Qt.Key.Key_Return)
    events = at_work.till.write(lambda uow: uow.find(ShiftEvent))
    assert events[-1].user_id == person(at_work.till, "Jonas Weber")


def log(stage: Stage) -> list[AuditEntry]:
    return stage.till.write(lambda uow: uow.find(AuditEntry))

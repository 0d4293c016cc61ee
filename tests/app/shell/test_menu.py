"""The drawer and the menu as a cashier and a manager find them, on the real window."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.kit.qt.approval import ApprovalSheet
from app.kit.qt.number import NumberSheet
from app.kit.qt.page import Page
from app.kit.qt.reason import ReasonSheet
from localdb.domain.permissions import Permission
from localdb.domain.records import AuditEntry, Role, ShiftEvent
from tests.app.acting import cart, has_sheet, key, menu_entries, scan, sheet, tap, type_text
from tests.app.conftest import MILK
from tests.app.stage import CASHIER_PIN, MANAGER_PIN, Stage


@pytest.fixture
def at_work(stage: Stage, qtbot: QtBot) -> Stage:
    """The cashier, with an open shift."""
    tap(stage.signin.tile("Jonas Weber"))
    type_text(stage, CASHIER_PIN)
    key(stage, Qt.Key.Key_Return)
    type_text(stage, "100")
    key(stage, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not has_sheet(stage))
    return stage


def choose(stage: Stage, words: str) -> None:
    """Choose from the menu."""
    next(a for a in menu_entries(stage.window) if a.text().startswith(words)).trigger()


def events(stage: Stage) -> list[tuple[str, int]]:
    """The drawer's events so far."""
    found = stage.till.write(lambda uow: uow.find(ShiftEvent))
    return [(event.kind, event.amount_minor) for event in found]


def pay_out(stage: Stage) -> None:
    """Five for window cleaning."""
    choose(stage, "Pay out")
    assert isinstance(sheet(stage), NumberSheet)
    type_text(stage, "5")
    key(stage, Qt.Key.Key_Return)
    assert isinstance(sheet(stage), ReasonSheet)
    type_text(stage, "windows")
    key(stage, Qt.Key.Key_Return)


def test_a_cashier_does_the_ordinary_without_a_pin(at_work: Stage) -> None:
    """The drawer key, cash in, a drop and the close ask nobody else."""
    key(at_work, Qt.Key.Key_F10)
    key(at_work, Qt.Key.Key_Return)
    choose(at_work, "Safe drop")
    type_text(at_work, "20")
    key(at_work, Qt.Key.Key_Return)
    choose(at_work, "Close shift")
    key(at_work, Qt.Key.Key_F2)
    type_text(at_work, "80")
    key(at_work, Qt.Key.Key_Return)
    key(at_work, Qt.Key.Key_Return)
    assert events(at_work) == [("open", 10_000), ("no_sale", 0), ("drop", 2000), ("close", 8000)]
    assert at_work.till.write(lambda uow: uow.find(AuditEntry)) == []


def test_a_pay_out_asks_for_a_manager_who_types_the_pin(at_work: Stage) -> None:
    """Typed on the cashier's keyboard; afterwards the cashier is still the one at the till."""
    pay_out(at_work)
    asked = sheet(at_work)
    assert isinstance(asked, ApprovalSheet)
    type_text(at_work, "0000")
    key(at_work, Qt.Key.Key_Return)
    assert asked.pad.error == "Wrong PIN. Try again."
    assert events(at_work) == [("open", 10_000)]
    type_text(at_work, MANAGER_PIN)
    key(at_work, Qt.Key.Key_Return)
    assert events(at_work) == [("open", 10_000), ("paid_out", 500)]
    assert at_work.till.user is not None
    assert at_work.till.user.name == "Jonas Weber"
    [entry] = at_work.till.write(lambda uow: uow.find(AuditEntry))
    assert (entry.action, entry.detail) == ("paid_out", "Pay out: €5.00, windows")


def test_without_the_pin_nothing_is_paid_out(at_work: Stage) -> None:
    """Esc on any of the sheets leaves the drawer shut and says that nothing was done."""
    pay_out(at_work)
    key(at_work, Qt.Key.Key_Escape)
    assert events(at_work) == [("open", 10_000)]
    assert at_work.selling.strip.text.startswith("Cancelled: ")
    choose(at_work, "Pay out")
    key(at_work, Qt.Key.Key_Escape)
    assert not has_sheet(at_work)
    pay_out(at_work)
    assert isinstance(sheet(at_work), ApprovalSheet)


def test_a_lock_while_leave_is_asked_does_nothing(at_work: Stage) -> None:
    """The question goes with who asked it; the next person at the till is not asked for it."""
    pay_out(at_work)
    at_work.program.people.lock()
    assert events(at_work) == [("open", 10_000)]
    assert not has_sheet(at_work)


@pytest.mark.parametrize("hands", ["keyboard", "touch"])
def test_a_return_asks_at_the_till_by_keyboard_and_by_touch(at_work: Stage, hands: str) -> None:
    """`-1*` before a scan: the manager picks nothing, types four digits, and the line is there."""
    type_text(at_work, "-1*")
    scan(at_work, MILK)
    asked = sheet(at_work)
    assert isinstance(asked, ApprovalSheet)
    assert cart(at_work) == []
    if hands == "keyboard":
        type_text(at_work, MANAGER_PIN)
        key(at_work, Qt.Key.Key_Return)
    else:
        tap(asked.tile("Mara Lindqvist"))
        for digit in MANAGER_PIN:
            asked.pad._pressed(digit)
        asked.presenter.enter()
    assert cart(at_work) == ["Milk 1 l | -1 × €1.29 | -€1.29"]


ROADS: dict[str, Callable[[Stage], None]] = {
    "F4 and a minus": lambda stage: keyed(stage, "-1", Qt.Key.Key_F4),
    "F5": lambda stage: keyed(stage, "0.99", Qt.Key.Key_F5),
    "F6": lambda stage: discounted(stage, lambda: key(stage, Qt.Key.Key_F6)),
    "Qty on the keypad": lambda stage: typed_then(stage, "-1", "quantity"),
    "Price on the keypad": lambda stage: typed_then(stage, "0.99", "price"),
    "Disc. on the keypad": lambda stage: discounted(
        stage, lambda: stage.selling.keypad.pressed.emit("discount")
    ),
}


def keyed(stage: Stage, typed: str, then: Qt.Key) -> None:
    type_text(stage, typed)
    key(stage, then)


def typed_then(stage: Stage, typed: str, pressed: str) -> None:
    type_text(stage, typed)
    stage.selling.keypad.pressed.emit(pressed)


def discounted(stage: Stage, opened: Callable[[], None]) -> None:
    opened()
    type_text(stage, "50")
    key(stage, Qt.Key.Key_Return)


@pytest.mark.parametrize("road", ROADS)
def test_no_key_or_button_gives_a_cashier_what_takes_a_manager(at_work: Stage, road: str) -> None:
    """Each asks; Esc leaves the cart as it was, and the PIN lets it through this once."""
    scan(at_work, MILK)
    before = cart(at_work)
    ROADS[road](at_work)
    assert isinstance(sheet(at_work), ApprovalSheet)
    key(at_work, Qt.Key.Key_Escape)
    assert cart(at_work) == before
    assert at_work.till.write(lambda uow: uow.find(AuditEntry)) == []
    at_work.selling.search.clear()
    ROADS[road](at_work)
    type_text(at_work, MANAGER_PIN)
    key(at_work, Qt.Key.Key_Return)
    assert cart(at_work) != before
    assert len(at_work.till.write(lambda uow: uow.find(AuditEntry))) == 1


def test_a_shop_may_trust_its_cashiers_less(at_work: Stage) -> None:
    """A role record without `no_sale` makes the drawer key ask from then on."""
    at_work.till.write(
        lambda uow: uow.insert(
            Role(id=uow.new_id(), code="cashier", name="Cashier", permissions='["open_shift"]')
        )
    )
    key(at_work, Qt.Key.Key_F10)
    key(at_work, Qt.Key.Key_Return)
    assert isinstance(sheet(at_work), ApprovalSheet)
    key(at_work, Qt.Key.Key_Escape)
    assert events(at_work) == [("open", 10_000)]


def test_pages_are_offered_to_those_who_may(stage: Stage, qtbot: QtBot) -> None:
    """The menu of a cashier holds no page that would refuse everything on it."""

    def page() -> Page:
        raise AssertionError("nobody opens it")

    stage.add_page("Everybodys", page)
    stage.add_page("Managers", page, Permission.SETTINGS)

    def offered(name: str, pin: str) -> list[str]:
        stage.program.people.lock()
        tap(stage.signin.tile(name))
        type_text(stage, pin)
        key(stage, Qt.Key.Key_Return)
        listed = [entry.text() for entry in menu_entries(stage.window)]
        return [text for text in listed if text in ("Everybodys", "Managers")]

    assert offered("Jonas Weber", CASHIER_PIN) == ["Everybodys"]
    assert "Managers" in offered("Mara Lindqvist", MANAGER_PIN)

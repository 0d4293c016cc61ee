"""Training on the real window: it looks like training, acts like the shop, and leaves nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.bootstrap.features import TillProgram
from app.devices.ports import FileDrawer
from app.devices.terminal_simulator import SimulatedTerminal
from app.kit.qt.approval import ApprovalSheet
from app.kit.qt.confirm import ConfirmSheet
from app.people.qt.signin import SignInScreen
from app.receipts.qt.receipt import ReceiptSheet
from localdb.domain.records import AuditEntry, HeldCart, ShiftEvent
from localdb.services.till import Till
from tests.app.acting import (
    cart,
    has_sheet,
    key,
    menu_entries,
    scan,
    sheet,
    sign_in,
    tap,
    type_text,
)
from tests.app.conftest import BREAD, MILK
from tests.app.stage import CASHIER_PIN, MANAGER_PIN, Stage
from tests.support.terminals import QueuedTerminal


@pytest.fixture
def at_work(stage: Stage, qtbot: QtBot) -> Stage:
    """The manager, with an open shift and an open cart."""
    sign_in(stage, qtbot)
    scan(stage, BREAD)
    return stage


def choose(stage: Stage, words: str) -> None:
    """Choose from the menu."""
    next(a for a in menu_entries(stage.window) if a.text().startswith(words)).trigger()


def begin(stage: Stage) -> None:
    """Begin training, and say that it is meant."""
    choose(stage, "Begin training")
    asked = sheet(stage)
    assert isinstance(asked, ConfirmSheet)
    tap(asked.yes)


def sales(stage: Stage) -> list[str]:
    """The receipts in the books; read past the till, which in training writes nothing."""
    with stage.till._database.read() as connection:
        rows = connection.exec_driver_sql("SELECT receipt_number FROM sale ORDER BY id").all()
    return [number for (number,) in rows]


def pay_cash(stage: Stage) -> None:
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)


def test_a_practised_day_leaves_the_shop_as_it_was(at_work: Stage) -> None:
    """Begin, sell, look at the receipt, end: the open cart is back, nothing was sold."""
    begin(at_work)
    assert at_work.program.paying.training.banner.isVisible()
    assert at_work.window.windowTitle().startswith("TRAINING")
    assert cart(at_work) == []
    scan(at_work, MILK)
    pay_cash(at_work)
    assert at_work.selling.panel.shows_change
    choose(at_work, "Last receipt")
    shown = sheet(at_work)
    assert isinstance(shown, ReceiptSheet)
    assert "TRAINING" in shown.paper.text()
    assert "TRAIN-000001" in shown.paper.text()
    key(at_work, Qt.Key.Key_Escape)
    assert sales(at_work) == []
    printed = (at_work.printed / "TRAIN-000001.txt").read_text(encoding="utf-8")
    assert printed.count("*** TRAINING ***") == 2

    tap(at_work.program.paying.training.banner.end)
    assert not at_work.program.paying.training.banner.isVisible()
    assert cart(at_work) == ["Rye bread | 1 × €3.49 | €3.49"]
    pay_cash(at_work)
    assert sales(at_work) == ["S01-T01-000001"]


def test_neither_the_drawer_nor_a_card_terminal_moves(at_work: Stage) -> None:
    """Cash is paid with the drawer shut; a card is taken as if by a stand-alone terminal."""
    terminal = QueuedTerminal(SimulatedTerminal())
    at_work.program.paying.cards.use(terminal)
    drawer = at_work.place.drawer
    assert isinstance(drawer, FileDrawer)
    begin(at_work)
    scan(at_work, MILK)
    pay_cash(at_work)
    scan(at_work, MILK)
    key(at_work, Qt.Key.Key_F12)
    at_work.charge.presenter.pay("card")
    assert at_work.selling.panel.shows_change
    assert (drawer.openings, terminal.asked) == (0, [])
    choose(at_work, "End training")
    pay_cash(at_work)
    assert drawer.openings == 1


def test_a_gift_card_cannot_be_practised_with(at_work: Stage) -> None:
    """Its money is real: the server is not even asked how much it holds."""
    begin(at_work)
    scan(at_work, MILK)
    key(at_work, Qt.Key.Key_F12)
    at_work.charge.presenter.pay("gift_card", reference="GC-1")
    assert "cannot be practised" in at_work.charge.presenter.state.error


ROADS: dict[str, Callable[[Stage], None]] = {
    "drawer key": lambda stage: key(stage, Qt.Key.Key_F10),
    "cash out": lambda stage: choose(stage, "Pay out"),
    "drop": lambda stage: choose(stage, "Safe drop"),
    "close": lambda stage: choose(stage, "Close shift"),
    "correction": lambda stage: choose(stage, "Change payment type"),
}


@pytest.mark.parametrize("road", ROADS)
def test_the_drawer_and_the_shift_are_out_of_reach(at_work: Stage, road: str) -> None:
    """Each says so at once, without asking for amounts first."""
    pay_cash(at_work)
    begin(at_work)
    ROADS[road](at_work)
    assert not has_sheet(at_work)
    assert "This is training" in at_work.selling.strip.text
    choose(at_work, "End training")
    events = at_work.till.write(lambda uow: uow.find(ShiftEvent))
    assert [event.kind for event in events] == ["open"]


def test_a_cart_is_not_held_from_practice(at_work: Stage) -> None:
    """It would be on every till of the store; the practice keeps it, and says why."""
    begin(at_work)
    scan(at_work, MILK)
    key(at_work, Qt.Key.Key_F7)
    assert "This is training" in at_work.selling.strip.text
    assert cart(at_work) == ["Milk 1 l | 1 × €1.29 | €1.29"]
    choose(at_work, "End training")
    assert at_work.till.write(lambda uow: uow.find(HeldCart)) == []


def test_a_held_cart_is_not_taken_into_practice(at_work: Stage) -> None:
    """Not even asked for: the server would keep it from every other till."""
    key(at_work, Qt.Key.Key_F7)
    [held] = at_work.till.write(lambda uow: uow.find(HeldCart))
    begin(at_work)
    at_work.selling.presenter.recall(held.id)
    assert not has_sheet(at_work)
    assert "This is training" in at_work.selling.strip.text
    choose(at_work, "End training")
    assert at_work.till.write(lambda uow: uow.find(HeldCart))[0].state == "held"


def test_training_is_asked_about_before_it_begins(at_work: Stage) -> None:
    """Enter and Esc keep selling: a day's sales are not practised by a slip in the menu."""
    for pressed in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        choose(at_work, "Begin training")
        assert has_sheet(at_work)
        key(at_work, pressed)
        assert not at_work.till.is_training


def test_a_cashier_needs_approval_to_begin(stage: Stage, qtbot: QtBot) -> None:
    """A till does not go out of business at anybody's wish; ending it takes nobody else."""
    tap(stage.signin.tile("Jonas Weber"))
    type_text(stage, CASHIER_PIN)
    key(stage, Qt.Key.Key_Return)
    type_text(stage, "100")
    key(stage, Qt.Key.Key_Return)
    begin(stage)
    assert isinstance(sheet(stage), ApprovalSheet)
    key(stage, Qt.Key.Key_Escape)
    assert not stage.till.is_training
    begin(stage)
    type_text(stage, MANAGER_PIN)
    key(stage, Qt.Key.Key_Return)
    assert stage.till.is_training
    tap(stage.program.paying.training.banner.end)
    assert not stage.till.is_training
    actions = [e.action for e in stage.till.write(lambda uow: uow.find(AuditEntry))]
    assert actions == ["training", "training_began", "training_ended"]


def test_the_locked_screen_says_it_too_and_ends_nothing(at_work: Stage) -> None:
    """Whoever comes sees at once what they come to; the button waits for somebody signed in."""
    begin(at_work)
    scan(at_work, MILK)
    at_work.program.people.lock()
    assert isinstance(at_work.window.stack.currentWidget(), SignInScreen)
    assert at_work.program.paying.training.banner.isVisible()
    assert not at_work.program.paying.training.banner.end.isVisible()
    tap(at_work.signin.tile("Jonas Weber"))
    type_text(at_work, CASHIER_PIN)
    key(at_work, Qt.Key.Key_Return)
    assert cart(at_work) == ["Milk 1 l | 1 × €1.29 | €1.29"]
    assert at_work.program.paying.training.banner.end.isVisible()


def test_training_goes_on_after_a_power_cut_and_says_so(at_work: Stage, qtbot: QtBot) -> None:
    """A window built anew over the same file is tinted before anybody signs in."""
    begin(at_work)
    scan(at_work, MILK)
    at_work.selling.presenter.open_cart.save_now()
    again = replace(at_work.place, till=Till(at_work.till._database))
    program = TillProgram(again)
    program.begin()
    window = program.window
    qtbot.addWidget(window)
    window.show()
    assert program.paying.training.banner.isVisible()
    assert again.till.user is None
    assert at_work.till.user is not None
    again.till.sign_in(at_work.till.user)
    program.selling.screen.open()
    assert [line.name for line in program.selling.presenter.cart.lines] == ["Milk 1 l"]


def test_ending_from_the_charge_screen_drops_what_was_being_paid(at_work: Stage) -> None:
    """Half a practised payment is nobody's money."""
    begin(at_work)
    scan(at_work, MILK)
    key(at_work, Qt.Key.Key_F12)
    type_text(at_work, "1")
    key(at_work, Qt.Key.Key_Return)
    tap(at_work.program.paying.training.banner.end)
    assert at_work.window.stack.currentWidget() is at_work.selling
    assert not at_work.charge.presenter.is_open
    assert cart(at_work) == ["Rye bread | 1 × €3.49 | €3.49"]
    at_work.program.people.lock()
    assert sales(at_work) == []


def test_half_a_practised_payment_survives_a_lock(at_work: Stage) -> None:
    """As a real one would: the next person goes on with it, still practising."""
    begin(at_work)
    scan(at_work, MILK)
    key(at_work, Qt.Key.Key_F12)
    type_text(at_work, "1")
    key(at_work, Qt.Key.Key_Return)
    at_work.program.people.lock()
    type_text(at_work, MANAGER_PIN)
    key(at_work, Qt.Key.Key_Return)
    assert at_work.window.stack.currentWidget() is at_work.charge
    key(at_work, Qt.Key.Key_Return)
    assert at_work.selling.panel.shows_change
    assert sales(at_work) == []

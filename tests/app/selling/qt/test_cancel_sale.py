"""Giving the open sale up, on the real window: asked, allowed, logged, and gone."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.kit.qt.approval import ApprovalSheet
from app.kit.qt.confirm import ConfirmSheet
from localdb.domain.permissions import Permission, write_permissions
from localdb.domain.records import AuditEntry, JournalEntry, Role
from localdb.queries import carts
from localdb.store.unit_of_work import UnitOfWork
from tests.app.acting import cart, has_sheet, key, scan, sheet, sign_in, tap, type_text
from tests.app.conftest import BREAD, MILK
from tests.app.stage import CASHIER_PIN, MANAGER_PIN, Stage


@pytest.fixture
def at_work(stage: Stage, qtbot: QtBot) -> Stage:
    """A cashier whose role may void nothing is signed in, and the shift is open."""
    sign_in(stage, qtbot)
    stage.program.people.lock()
    stage.till.write(_no_voids)
    sign_in(stage, qtbot, "Jonas Weber", CASHIER_PIN)
    return stage


def _no_voids(uow: UnitOfWork) -> None:
    allowed = write_permissions({Permission.OPEN_SHIFT})
    uow.insert(Role(id=uow.new_id(), code="cashier", name="Cashier", permissions=allowed))


def choose(stage: Stage, words: str) -> None:
    """Choose from the cart's menu."""
    menu = stage.selling.panel.customer.menu
    next(a for a in menu.actions() if a.text().startswith(words)).trigger()


def log(stage: Stage, action: str) -> list[AuditEntry]:
    return [e for e in stage.till.write(lambda uow: uow.find(AuditEntry)) if e.action == action]


def test_a_sale_is_cancelled_with_leave_and_logged(at_work: Stage) -> None:
    """The cashier asks, the manager allows it: the cart is empty, also on disk."""
    scan(at_work, MILK)
    scan(at_work, BREAD)
    choose(at_work, "Cancel sale")
    asked = sheet(at_work)
    assert isinstance(asked, ConfirmSheet)
    tap(asked.yes)
    leave = sheet(at_work)
    assert isinstance(leave, ApprovalSheet)
    tap(leave.tile("Mara Lindqvist"))
    type_text(at_work, MANAGER_PIN)
    key(at_work, Qt.Key.Key_Return)
    assert cart(at_work) == []
    assert at_work.selling.strip.text == "Sale cancelled."
    assert at_work.till.ask(carts.open_cart).is_empty
    [entry] = log(at_work, "sale_cancelled")
    assert (entry.detail, entry.amount_minor) == ("2 items, €4.78", 478)
    assert entry.approved_by is not None
    kinds = [e.kind for e in at_work.till.write(lambda uow: uow.find(JournalEntry))]
    assert kinds.count("sale_cancelled") == 1
    key(at_work, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert cart(at_work) == []


@pytest.mark.parametrize("pressed", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_esc_and_enter_keep_the_sale(at_work: Stage, pressed: Qt.Key) -> None:
    """Cancelling is never the answer of a key pressed by habit."""
    scan(at_work, MILK)
    choose(at_work, "Cancel sale")
    key(at_work, pressed)
    assert not has_sheet(at_work)
    assert cart(at_work) == ["Milk 1 l | 1 × €1.29 | €1.29"]
    assert log(at_work, "sale_cancelled") == []


def test_without_leave_the_sale_stays(at_work: Stage) -> None:
    """Backing out of the manager's PIN cancels nothing."""
    scan(at_work, MILK)
    choose(at_work, "Cancel sale")
    asked = sheet(at_work)
    assert isinstance(asked, ConfirmSheet)
    tap(asked.yes)
    key(at_work, Qt.Key.Key_Escape)
    assert cart(at_work) == ["Milk 1 l | 1 × €1.29 | €1.29"]
    assert at_work.selling.strip.text == "The sale was not cancelled."


def test_of_nothing_there_is_nothing_to_cancel(at_work: Stage) -> None:
    """No question, no entry."""
    choose(at_work, "Cancel sale")
    assert not has_sheet(at_work)
    assert at_work.selling.strip.text == "There is no open sale to cancel."

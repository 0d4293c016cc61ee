"""The conflict dialog by real keys over a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.conflicts.qt.detail import ConflictSheet
from app.conflicts.qt.parked import ParkedSheet
from app.kit.qt.theme import Theme
from app.kit.qt.workplace import Workplace
from localdb.domain.records import Product
from localdb.queries import conflicts as views
from localdb.services import conflicts
from tests.app.desk import workplace
from tests.support.contradictions import (
    deletion_conflict,
    many_conflicts,
    merged_note,
    overtaken_price,
    parked_group,
    price_conflict,
    raised,
)
from tests.support.shops import Shop, small_shop

pytestmark = pytest.mark.usefixtures("needs_qt")


class Desk:
    """A window with the inbox in it."""

    def __init__(self, shop: Shop, place: Workplace, exports: Path) -> None:
        from app.conflicts.qt.inbox import ConflictInbox

        self.shop = shop
        self.window = QWidget()
        self.window.resize(1024, 768)
        self.inbox = ConflictInbox(place, exports)
        self.inbox.setParent(self.window)
        self.inbox.setGeometry(self.window.rect())
        self.window.show()

    def press(self, *keys: Qt.Key) -> None:
        """Send keys to whatever has the focus."""
        for key in keys:
            QApplication.processEvents()
            focused: QWidget | None = self.window.focusWidget()
            QTest.keyClick(self.window if focused is None else focused, key)
        QApplication.processEvents()

    @property
    def sheet(self) -> ConflictSheet:
        """The conflict that is open."""
        assert isinstance(self.inbox.sheet, ConflictSheet)
        return self.inbox.sheet

    def milk(self) -> Product:
        """The milk now."""
        found = self.shop.till.write(lambda uow: uow.get(Product, self.shop.milk.id))
        assert found is not None
        return found


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    """An inbox over a small shop."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    with small_shop(tmp_path) as shop, workplace(shop, Theme(application)) as place:
        found = Desk(shop, place, tmp_path / "exports")
        qtbot.addWidget(found.window)
        yield found
        found.window.close()


def test_enter_opens_a_digit_picks_and_enter_settles(desk: Desk) -> None:
    """Four keys settle a conflict, and the list is empty afterwards."""
    price_conflict(desk.shop)
    desk.inbox.open()
    desk.press(Qt.Key.Key_Return)
    assert desk.inbox.sheet is not None
    desk.press(Qt.Key.Key_2, Qt.Key.Key_Return)
    assert desk.inbox.sheet is None
    assert desk.milk().price_minor == 450
    assert desk.inbox.presenter.state.empty == "Nothing to resolve. All tills agree."


def test_the_result_can_be_typed(desk: Desk) -> None:
    """E goes into the result; Enter leaves it, a second Enter settles."""
    price_conflict(desk.shop)
    desk.inbox.open()
    desk.press(Qt.Key.Key_Return, Qt.Key.Key_E)
    desk.press(Qt.Key.Key_3, Qt.Key.Key_Period, Qt.Key.Key_9, Qt.Key.Key_9)
    desk.press(Qt.Key.Key_Return)
    assert desk.sheet.consequences.words[0] == "Price becomes €3.99 on every till."
    desk.press(Qt.Key.Key_Return)
    assert desk.milk().price_minor == 399


def test_escape_leaves_it_for_later(desk: Desk) -> None:
    """Nothing changes and the list has the keyboard again."""
    price_conflict(desk.shop)
    desk.inbox.open()
    desk.press(Qt.Key.Key_Return, Qt.Key.Key_2, Qt.Key.Key_Escape)
    assert desk.inbox.sheet is None
    assert desk.milk().price_minor == 129
    assert desk.window.focusWidget() is desk.inbox.table


def test_a_letter_keeps_or_deletes(desk: Desk) -> None:
    """K restores a deleted record with the edit that spoke for it."""
    deletion_conflict(desk.shop)
    desk.inbox.open()
    desk.press(Qt.Key.Key_Return, Qt.Key.Key_D, Qt.Key.Key_K, Qt.Key.Key_Return)
    assert not desk.milk().deleted


def test_a_change_behind_the_dialog_is_announced_and_reloaded_by_a_key(desk: Desk) -> None:
    """The strip says so, Enter settles nothing, F5 loads it again."""
    price_conflict(desk.shop)
    desk.inbox.open()
    desk.press(Qt.Key.Key_Return, Qt.Key.Key_2)
    desk.shop.till.write(lambda uow: uow.edit(Product, desk.shop.milk.id, price_minor=135))
    desk.press(Qt.Key.Key_Return)
    sheet = desk.sheet
    assert "Changed again at" in sheet.said or "changed again" in sheet.said
    desk.press(Qt.Key.Key_F5)
    assert sheet.said == ""
    desk.press(Qt.Key.Key_2, Qt.Key.Key_Return)
    assert desk.milk().price_minor == 450


def test_rows_are_ticked_and_settled_together(desk: Desk) -> None:
    """Space ticks the current row, Ctrl+A all of them; one button settles."""
    many_conflicts(desk.shop)
    desk.inbox.open()
    desk.press(Qt.Key.Key_Space)
    assert desk.inbox.presenter.state.selected == 1
    QTest.keyClick(desk.inbox.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    desk.inbox.take_theirs.click()
    assert sorted(row.kind for row in desk.inbox.presenter.state.rows) == ["flag", "unique"]


def test_every_kind_opens(desk: Desk) -> None:
    """No kind of conflict breaks the dialog."""
    many_conflicts(desk.shop)
    parked_group(desk.shop)
    desk.inbox.open()
    assert len(desk.inbox.presenter.state.rows) == 6
    for row in range(len(desk.inbox.presenter.state.rows)):
        desk.inbox.open_conflict(row)
        QApplication.processEvents()
        assert desk.inbox.sheet is not None
        desk.inbox.sheet.cancel()


def test_a_notice_is_settled_by_a_digit_and_enter(desk: Desk) -> None:
    """1 says that it stands; the note can be typed instead."""
    flag = raised(desk.shop, "flag", {}, title="S01-T02-000017", record_type="sale")
    desk.inbox.open()
    desk.press(Qt.Key.Key_Return, Qt.Key.Key_1)
    assert desk.sheet.note.text() == "No action needed"
    desk.press(Qt.Key.Key_Return)
    assert desk.inbox.sheet is None
    assert desk.shop.till.ask(views.view, flag).steps[-1].note == "No action needed"


def test_what_merged_is_reopened_by_enter_and_decided(desk: Desk) -> None:
    """Enter reopens it in place; a digit and Enter settle it like any other."""
    merged_note(desk.shop)
    desk.inbox.open()
    desk.inbox.showing.choose(1)
    desk.inbox.table.setFocus()
    desk.press(Qt.Key.Key_Return)
    assert desk.sheet.settle.words == "Reopen"
    desk.press(Qt.Key.Key_Return)
    assert desk.sheet.settle.words == "Resolve"
    desk.press(Qt.Key.Key_3, Qt.Key.Key_Return)
    assert desk.milk().note == "Organic"


def test_a_settlement_is_taken_back_in_the_dialog(desk: Desk) -> None:
    """The button puts the price back, and the dialog asks again."""
    conflict = price_conflict(desk.shop)
    desk.shop.till.write(conflicts.settle, conflict, {"price_minor": 450})
    desk.inbox.open()
    desk.inbox.showing.choose(2)
    desk.inbox.open_conflict(0)
    desk.sheet.undo.click()
    assert desk.milk().price_minor == 129
    assert not desk.sheet.undo.isVisible()
    assert [line.split(": ")[1].split(",")[0] for line in desk.sheet.history.words] == [
        "Ada resolved it",
        "Ada undid that",
    ]


def test_a_refused_group_is_retried_from_the_inbox(desk: Desk) -> None:
    """It stands in the same list; Enter opens it, Enter sends it once more."""
    parked_group(desk.shop)
    desk.inbox.open()
    desk.press(Qt.Key.Key_Return)
    assert isinstance(desk.inbox.sheet, ParkedSheet)
    desk.press(Qt.Key.Key_Return)
    assert desk.inbox.sheet is None
    assert desk.inbox.presenter.state.rows == ()


def test_a_refused_group_is_exported_and_discarded(desk: Desk) -> None:
    """X writes the file; Delete asks first, and then the server's values stand."""
    parked_group(desk.shop)
    desk.inbox.open()
    desk.press(Qt.Key.Key_Return, Qt.Key.Key_X)
    assert isinstance(desk.inbox.sheet, ParkedSheet)
    assert desk.inbox.sheet.strip.text.startswith("Saved to ")
    desk.press(Qt.Key.Key_Delete)
    assert desk.inbox.presenter.state.rows != ()
    desk.press(Qt.Key.Key_Return)
    assert desk.inbox.presenter.state.rows == ()


def test_a_settlement_that_came_second_is_said_until_read(desk: Desk) -> None:
    """The strip names who was first and what was not applied; OK ends it."""
    overtaken_price(desk.shop)
    desk.inbox.open()
    assert desk.inbox.told.text == (
        "Grace resolved “Milk 1 l” first, and that decision stands. Not applied: your price €4.50."
    )
    desk.inbox.told.button("Got it").click()
    assert desk.inbox.told.text == ""
    desk.inbox.open()
    assert desk.inbox.told.text == ""

"""One's way through the program: the rail, the tabs of a section, Ctrl+K, and leaving."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.kit.qt.confirm import ConfirmSheet
from app.kit.qt.page import Page
from app.shell.palette import PaletteSheet
from app.shell.person import PersonSheet
from localdb.domain.permissions import Permission
from localdb.services import customers
from tests.app.acting import has_sheet, key, scan, sheet, sign_in, tap, type_text
from tests.app.conftest import MILK
from tests.app.stage import CASHIER_PIN, Stage


@pytest.fixture
def at_work(stage: Stage, qtbot: QtBot) -> Stage:
    """The manager, with an open shift."""
    sign_in(stage, qtbot)
    return stage


def rail(stage: Stage) -> list[str]:
    """The names on the rail, from top to bottom."""
    return [
        entry.accessibleName() for entry in stage.window.rail.entries.values() if entry.isVisible()
    ]


def add_reports(stage: Stage) -> None:
    """Two pages in one section, the second for managers."""
    stage.add_page("audit", lambda: Page(stage.place.theme, "Audit"), section="reports")
    stage.add_page(
        "journal",
        lambda: Page(stage.place.theme, "Journal"),
        Permission.JOURNAL,
        section="reports",
    )


def palette(stage: Stage) -> PaletteSheet:
    """Ctrl+K, open."""
    key(stage, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    opened = sheet(stage)
    assert isinstance(opened, PaletteSheet)
    return opened


def listed(opened: PaletteSheet) -> list[str]:
    return [opened.list.item(row).text().split("\n")[0] for row in range(opened.list.count())]


def test_the_rail_shows_what_one_may_use(stage: Stage, qtbot: QtBot) -> None:
    """Entries keep their order; what has nothing for a person is not there; none at sign-in."""
    stage.add_page(
        "settings",
        lambda: Page(stage.place.theme, "Settings"),
        Permission.SETTINGS,
        section="settings",
    )
    assert not stage.window.rail.isVisible()
    sign_in(stage, qtbot)
    manager = rail(stage)
    assert manager[0] == "Sell"
    assert manager[-1] == "Settings"
    stage.program.people.lock()
    assert not stage.window.rail.isVisible()
    tap(stage.signin.tile("Jonas Weber"))
    type_text(stage, CASHIER_PIN)
    key(stage, Qt.Key.Key_Return)
    assert "Settings" not in rail(stage)
    assert rail(stage) == [name for name in manager if name in rail(stage)]


def test_a_section_has_tabs_and_comes_back_to_the_page_that_was_up(
    stage: Stage, qtbot: QtBot
) -> None:
    """The pages of a section lie one tap apart; the rail marks the section."""
    add_reports(stage)
    sign_in(stage, qtbot)
    entries, bar = stage.window.rail.entries, stage.window.section_bar
    tap(entries["reports"])
    assert entries["reports"].isChecked()
    tap(bar.button("journal"))
    assert bar.button("journal").isChecked()
    assert not bar.button("audit").isChecked()
    tap(entries["sell"])
    assert stage.window.current_screen() is stage.selling
    assert entries["sell"].isChecked()
    assert not bar.isVisible()
    tap(entries["reports"])
    assert bar.button("journal").isChecked()


def test_a_cashier_sees_only_their_tabs(stage: Stage, qtbot: QtBot) -> None:
    """A page that one may not see is no tab, not in Ctrl+K, and not the one that opens."""
    add_reports(stage)
    tap(stage.signin.tile("Jonas Weber"))
    type_text(stage, CASHIER_PIN)
    key(stage, Qt.Key.Key_Return)
    stage.window.close_sheets()
    tap(stage.window.rail.entries["reports"])
    assert not stage.window.section_bar.isVisible()
    assert "journal" not in listed(palette(stage))


def test_keys_reach_the_sections(stage: Stage, qtbot: QtBot) -> None:
    """Alt and a number choose an entry of the rail, but not one that is not shown."""
    add_reports(stage)
    sign_in(stage, qtbot)
    key(stage, Qt.Key.Key_6, Qt.KeyboardModifier.AltModifier)
    assert stage.window.rail.entries["reports"].isChecked()
    key(stage, Qt.Key.Key_8, Qt.KeyboardModifier.AltModifier)
    assert stage.window.rail.entries["reports"].isChecked()


def test_the_palette_finds_actions_customers_and_products(stage: Stage, qtbot: QtBot) -> None:
    """Words may be abbreviated and in any order; Enter does the best one."""
    stage.till.write(customers.create, name="Ada Marlowe", phone="555 0134")
    sign_in(stage, qtbot)
    opened = palette(stage)
    assert "Switch user" in listed(opened)
    type_text(stage, "rep zz")
    assert listed(opened) == []
    opened.search.setText("user sw")
    assert listed(opened)[0] == "Switch user"
    opened.search.setText("marlo")
    assert listed(opened) == ["Ada Marlowe"]
    opened.search.setText("x report")
    key(stage, Qt.Key.Key_Return)
    assert not isinstance(sheet(stage), PaletteSheet)


def test_the_palette_runs_an_action_by_touch(stage: Stage, qtbot: QtBot) -> None:
    """Two taps: the button on top, then a row; the sheet has gone before the action runs."""
    sign_in(stage, qtbot)
    tap(stage.window.bar.finder)
    opened = sheet(stage)
    assert isinstance(opened, PaletteSheet)
    row = listed(opened).index("Keyboard shortcuts")
    opened.list.picked.emit(row)
    assert type(sheet(stage)).__name__ == "HelpSheet"


def test_a_scan_in_the_palette_is_looked_for(stage: Stage, qtbot: QtBot) -> None:
    """It neither sells nor gets lost."""
    sign_in(stage, qtbot)
    opened = palette(stage)
    scan(stage, MILK)
    assert opened.search.text() == MILK
    assert stage.selling.presenter.cart.is_empty


def test_nothing_leads_away_from_a_payment(at_work: Stage, qtbot: QtBot) -> None:
    """While something is being paid, neither rail, keys nor palette; locking works."""
    scan(at_work, MILK)
    key(at_work, Qt.Key.Key_F12)
    assert not at_work.window.rail.entries["orders"].isEnabled()
    assert at_work.window.rail.lock.isEnabled()
    key(at_work, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    key(at_work, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert at_work.window.current_screen() is at_work.charge
    assert not has_sheet(at_work)


def test_who_is_signed_in_opens_switching_and_training(at_work: Stage) -> None:
    """What is the person's and the till's own stands under the name at the foot of the rail."""
    tap(at_work.window.rail.person)
    opened = sheet(at_work)
    assert isinstance(opened, PersonSheet)
    words = [button.words for button in opened.findChildren(type(at_work.window.bar.finder))]
    assert any(said.startswith("Switch user") for said in words)
    assert any(said.startswith("Begin training") for said in words)


def test_the_count_of_the_inbox_stands_on_the_rail(at_work: Stage) -> None:
    """What needs attention is seen from every screen."""
    from dataclasses import replace

    at_work.figures = replace(at_work.figures, inbox=3)
    at_work.place.bridge.sync_changed.emit()
    assert at_work.window.rail.entries["inbox"].count == "3"
    at_work.figures = replace(at_work.figures, inbox=0)
    at_work.place.bridge.sync_changed.emit()
    assert at_work.window.rail.entries["inbox"].count == ""


def spontaneous_close(stage: Stage) -> QCloseEvent:
    """The window's cross, or Alt+F4."""
    event = QCloseEvent()
    event.setAccepted(True)
    stage.window.ask_before_closing(event)
    return event


@pytest.mark.parametrize("at_charge", [False, True])
def test_closing_in_mid_sale_asks_first(at_work: Stage, *, at_charge: bool) -> None:
    """Alt+F4 with an open sale asks, and Enter stays; with nothing open it closes at once."""
    assert spontaneous_close(at_work).isAccepted()
    scan(at_work, MILK)
    if at_charge:
        key(at_work, Qt.Key.Key_F12)
    assert not spontaneous_close(at_work).isAccepted()
    assert isinstance(sheet(at_work), ConfirmSheet)
    key(at_work, Qt.Key.Key_Return)
    assert not has_sheet(at_work)
    assert at_work.window.isVisible()
    QApplication.processEvents()

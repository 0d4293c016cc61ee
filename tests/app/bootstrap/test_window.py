"""A till's window put together from its parts, as the program does it."""

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.bootstrap.session import open_session
from app.bootstrap.window import TillWindow
from app.conflicts.qt.inbox import ConflictInbox
from app.demo import menu
from app.kit.qt.approval import ApprovalSheet
from app.kit.qt.theme import Theme
from app.setup.qt.recovery_sheet import RecoveryDialog
from app.setup.recovery import never_kept
from app.syncing.qt.panel import SyncPanel
from localdb.domain.claims import NO_WORD, Wish, Word
from localdb.domain.records import Conflict
from localdb.queries import lists
from localdb.services import people, recovery, setup
from localdb.store import page_check
from localdb.store.unit_of_work import UnitOfWork
from tests.app.acting import menu_entries
from tests.app.bootstrap.test_session import until_level
from tests.support.server import Operator, RunningServer

SHOP = setup.NewShop(store_name="Shop", manager_name="Ada", manager_pin="1234")


@pytest.mark.usefixtures("needs_qt")
def test_every_page_of_the_menu_opens(tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> None:
    """Pages are made when they are first shown; closing the window ends what they started."""
    with open_session(tmp_path, use_keyring=False) as session:
        session.till.write(setup.stand_alone, SHOP)
        till = TillWindow(qapp, Theme(qapp), session)
        try:
            till.window.show()
            till.connect()
            for title in ("products", "conflicts", "import", "products"):
                page = till.window.show_page(title)
                assert till.window.stack.currentWidget() is page
            till.window.sync_asked.emit()
        finally:
            till.close()


@pytest.mark.usefixtures("needs_qt")
def test_the_recovery_sheet_is_in_the_menu_of_a_manager(
    tmp_path: Path, qtbot: QtBot, qapp: QApplication
) -> None:
    """Until somebody kept it the till reminds; a PIN shows it; saving ends the reminding."""
    with open_session(tmp_path / "till", use_keyring=False) as session:
        session.till.write(setup.stand_alone, SHOP)
        till = TillWindow(qapp, Theme(qapp), session)
        try:
            till.window.show()
            ada = people.sign_in(session.till, session.till.ask(lists.people)[0].id, "1234")
            till.program.people.screen.signed_in.emit(ada)
            strip = till.program.selling.screen.strip
            assert strip.text == never_kept()
            till.window.close_sheets()
            strip.button("Show recovery sheet").click()
            assert till.window.findChildren(ApprovalSheet)[-1].isVisible()
            till.window.close_sheets()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
            entries = {action.text(): action for action in menu_entries(till.window)}
            entries["Recovery sheet"].trigger()
            (approval,) = till.window.findChildren(ApprovalSheet)
            approval.presenter.badge("not a badge")
            assert not till.window.findChildren(RecoveryDialog)
            QTest.keyClicks(approval, "11234")  # the number of the name, then the PIN
            QTest.keyClick(approval, Qt.Key.Key_Return)
            (sheet,) = till.window.findChildren(RecoveryDialog)
            shown = sheet.panel.paper.text()
            assert session.recovery_key()[:19] in shown
            sheet.panel.save_pdf(tmp_path / "till" / "sheet.pdf")
            assert "somewhere else" in sheet.panel.problem.text()
            assert not session.till.ask(recovery.is_kept)
            sheet.panel.save_pdf(tmp_path / "sheet.pdf")
            assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")
            assert session.till.ask(recovery.is_kept)
        finally:
            till.close()


@pytest.mark.usefixtures("needs_qt")
def test_the_chip_opens_what_needs_attention(
    tmp_path: Path, qtbot: QtBot, qapp: QApplication
) -> None:
    """For a manager the inbox; for a cashier the panel, which says whom to ask; else the panel."""
    with open_session(tmp_path, use_keyring=False) as session:
        ada = session.till.write(setup.stand_alone, SHOP)
        jo = session.till.write(people.create, "Jo", "cashier", "2468")
        till = TillWindow(qapp, Theme(qapp), session)
        try:
            till.window.show()
            session.till.sign_in(ada)
            till.program.people.screen.signed_in.emit(ada)
            till.window.sync_asked.emit()
            (panel,) = till.window.findChildren(SyncPanel)
            assert panel.attention.text == ""
            panel.cancel()
            session.till.write(open_conflict)
            till.window.sync_asked.emit()
            assert isinstance(till.window.stack.currentWidget(), ConflictInbox)
            till.window.show_home()
            session.till.sign_in(jo)
            till.window.sync_asked.emit()
            panel = till.window.findChildren(SyncPanel)[-1]
            assert "1 conflict to resolve. Ask a manager" in panel.attention.text
        finally:
            till.close()


def open_conflict(uow: UnitOfWork) -> None:
    """One that nobody has settled."""
    uow.insert(
        Conflict(
            id=uow.new_id(),
            kind="field",
            record_type="product",
            record_id=uow.new_id(),
            title="Milk",
            fields_json="{}",
            device_id=uow.identity.device_id,
            at_us=uow.now_us,
        )
    )


@pytest.mark.usefixtures("needs_qt")
def test_a_demo_can_pull_its_cable(tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> None:
    """Only a demonstration has the entries for that and for a card terminal; nothing breaks."""
    with open_session(tmp_path, use_keyring=False) as session:
        session.till.write(setup.stand_alone, SHOP)
        till = TillWindow(qapp, Theme(qapp), session, pin_hint="Ada 1234")
        try:
            menu.connect(till)
            entries = {action.text(): action for action in menu_entries(till.window)}
            entries["Unplug the network"].trigger()
            entries = {action.text(): action for action in menu_entries(till.window)}
            entries["Plug the network in"].trigger()
            cards = till.program.paying.cards
            assert not cards.has_terminal
            entries["Use the simulated card terminal"].trigger()
            assert cards.has_terminal
        finally:
            till.close()


@pytest.mark.usefixtures("needs_qt")
def test_a_window_asks_the_server_unless_it_is_practice(
    tmp_path: Path,
    qtbot: QtBot,
    qapp: QApplication,
    server: RunningServer,
    operator: Operator,
) -> None:
    """Once the till is enrolled and online; what is practised uses nothing up."""
    org = operator.org()
    with open_session(tmp_path, use_keyring=False) as session:
        session.enrol(server.url, operator.code(org, operator.store(org)), "One")
        till = TillWindow(qapp, Theme(qapp), session)
        wish, words = Wish("held_cart", session.new_id()), list[Word]()
        try:
            till.place.claims.ask(wish, words.append)
            assert words == [NO_WORD]
            till.connect()
            until_level(session)
            till.place.claims.ask(wish, words.append)
            qtbot.waitUntil(lambda: words[1:] == [Word(1)])
            session.till.is_training = True
            till.place.claims.ask(wish, words.append)
            assert words[2:] == [NO_WORD]
        finally:
            till.close()


@pytest.mark.usefixtures("needs_qt")
def test_the_chip_tells_of_damage_first(tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> None:
    """Before conflicts, which the panel also opens; a manager reads what to do."""
    with open_session(tmp_path / "till", use_keyring=False) as session:
        session.till.write(setup.stand_alone, SHOP)
        found = page_check.PageCheck(session.now_us(), damaged={"sale": session.now_us()})
        session.database.write(lambda uow: page_check.save(uow.connection, found))
        session.till.write(open_conflict)
        till = TillWindow(qapp, Theme(qapp), session)
        try:
            till.window.show()
            ada = people.sign_in(session.till, session.till.ask(lists.people)[0].id, "1234")
            till.program.people.screen.signed_in.emit(ada)
            till.window.sync_asked.emit()
            (panel,) = till.window.findChildren(SyncPanel)
            assert "data file is damaged" in panel.damage.text
            assert panel.damage.isVisible()
        finally:
            till.close()

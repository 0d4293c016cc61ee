"""The import, the wizard and the sync panel as widgets, over real threads and a real store."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.catalogue.qt.import_products import ImportScreen
from app.kit.qt.bridge import Bridge
from app.kit.qt.theme import Theme
from app.kit.qt.workplace import Workplace
from app.setup.qt.first_run import FirstRunScreen
from app.setup.recovery import Recovery
from app.syncing.qt.panel import SyncPanel
from localdb.queries import products
from localdb.services.till import Till
from localdb.store.keys import recovery_text
from tests.app.desk import workplace
from tests.support.clock import Clock
from tests.support.shops import KEY, Shop, opened, small_shop

pytestmark = pytest.mark.usefixtures("needs_qt")


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light theme."""
    found = Theme(qapp)
    yield found
    found.deleteLater()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop ready to sell."""
    with small_shop(tmp_path / "till") as found:
        yield found


@pytest.fixture
def place(shop: Shop, qapp: QApplication) -> Iterator[Workplace]:
    """What its pages share."""
    with workplace(shop, Theme(qapp)) as found:
        yield found


def staged(qtbot: QtBot, page: QWidget) -> QWidget:
    """A window with the page in it."""
    host = QWidget()
    host.resize(1024, 768)
    qtbot.addWidget(host)
    page.setParent(host)
    page.setGeometry(host.rect())
    host.show()
    return host


def test_a_file_is_imported_from_the_page(
    qtbot: QtBot, shop: Shop, place: Workplace, tmp_path: Path
) -> None:
    """Path, Enter, Start: progress runs off the UI thread and ends in a summary."""
    file = tmp_path / "goods.csv"
    file.write_text("sku;name;price;tax\nTEA;Green tea;2.50;reduced\nBAD;;x;reduced\n")
    page = ImportScreen(place, tmp_path / "refused")
    host = staged(qtbot, page)
    page.open()
    page.path.setText(str(file))
    QTest.keyClick(page.path, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(page.mapping.table.words()) == 2)
    assert page.mapping.table.words()[0][0] == "Green tea"
    page.mapping.start.click()
    qtbot.waitUntil(lambda: page.presenter.state.stage == "done")
    assert page.presenter.state.refused_file
    assert shop.till.ask(products.search, "green tea", 1)
    page.stop()
    host.close()


def test_the_wizard_sets_a_shop_up_by_keyboard(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    """Enter in the form sets up; mistakes are marked at their fields first."""
    with ExitStack() as stack:
        till = Till(stack.enter_context(opened(tmp_path)))
        bridge = Bridge()
        page = FirstRunScreen(
            till,
            theme,
            bridge,
            enrol=lambda *_: None,
            load_sample=lambda _: None,
            recovery=Recovery(till, lambda: recovery_text(KEY), tmp_path, Clock()),
        )
        host = staged(qtbot, page)
        page.open()
        page.alone.click()
        QTest.keyClicks(page.shop.store_name, "Corner Market")
        QTest.keyClicks(page.shop.pin, "1234")
        QTest.keyClicks(page.shop.pin_again, "1234")
        QTest.keyClick(page.shop.pin_again, Qt.Key.Key_Return)
        assert page.presenter.state.problem("manager_name") == "Enter the manager's name."
        assert page.presenter.state.problem("country") == "Choose the country of the shop."
        page.shop.country.setCurrentIndex(page.shop.country.findData("DE"))
        page.shop.country.activated.emit(page.shop.country.currentIndex())
        assert page.shop.store_name.text() == "Corner Market"
        assert page.shop.currency.currentData() == "EUR"
        QTest.keyClicks(page.shop.manager_name, "Mara")
        with qtbot.waitSignal(page.finished):
            QTest.keyClick(page.shop.manager_name, Qt.Key.Key_Return)
            qtbot.waitUntil(lambda: page.presenter.state.step == "recovery")
            QTest.keyClick(page, Qt.Key.Key_Return)
            assert page.presenter.state.step == "done"
            QTest.keyClick(page, Qt.Key.Key_Return)
        assert till.is_set_up
        page.stop()
        host.close()
        bridge.deleteLater()


def test_the_sync_panel_opens_and_closes_by_key(
    qtbot: QtBot, place: Workplace, tmp_path: Path
) -> None:
    """A stand-alone till says so; Esc closes and ends its thread."""
    host = QWidget()
    host.resize(1024, 768)
    qtbot.addWidget(host)
    host.show()
    closed: list[bool] = []
    panel = SyncPanel(host, place, None, tmp_path, lambda: closed.append(True))
    assert panel.presenter.state.connection.headline == "Stand-alone"
    assert not panel.sync_now.isVisible()
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert closed == [True]

"""The pages of shift reports and of the journal, on a small shop, with their real worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.drawer.qt.shift_reports import ShiftReportsScreen
from app.kit.qt.theme import Theme
from app.kit.qt.workplace import Workplace
from app.setup.qt.journal import JournalScreen
from localdb.services import shifts
from tests.app.desk import workplace
from tests.screens.cash import traded
from tests.support.shops import Shop, small_shop


@pytest.fixture
def shop(needs_qt: None, qapp: QApplication, tmp_path: Path) -> Iterator[Shop]:
    with small_shop(tmp_path / "till") as made:
        yield made


@pytest.fixture
def place(shop: Shop, qapp: QApplication) -> Iterator[Workplace]:
    with workplace(shop, Theme(qapp)) as made:
        yield made


def test_a_past_z_is_read_with_the_arrow_keys(shop: Shop, place: Workplace, qtbot: QtBot) -> None:
    """The open shift stands first; Down shows the close before it."""
    traded(shop)
    page = ShiftReportsScreen(place)
    qtbot.addWidget(page)
    page.show()
    page.open()
    assert page.title.text() == "X report"
    QTest.keyClick(page.table, Qt.Key.Key_Down)
    assert page.title.text() == "Z report 1"
    assert "Sales (3) | 9.56" in page.paper.words()
    page.whose.choose(1)
    assert page.table.words()[1][0] == "Z 1"
    shop.till.write(shifts.close_shift, 5_000)
    page.open()
    assert page.title.text() == "Z report 2"


def test_the_journal_is_verified_and_exported_aside(
    shop: Shop, place: Workplace, qtbot: QtBot, tmp_path: Path
) -> None:
    """On the worker, with buttons that wait; the result stands on the page."""
    page = JournalScreen(place, tmp_path)
    qtbot.addWidget(page)
    page.show()
    page.open()
    page.verify.click()
    assert not page.export.isEnabled()
    qtbot.waitUntil(lambda: page.headline.text() == "Journal verified: 1 entry, unbroken")
    assert page.export.isEnabled()
    page.presenter.export(tmp_path)
    qtbot.waitUntil(lambda: page.headline.text() == "Exported: 1 entry")
    assert len(list(tmp_path.glob("journal-*"))) == 2
    page.stop()

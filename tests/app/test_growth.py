"""A till that is used all day stays as large as it was after the first minutes."""

import gc

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.kit.qt.sheet import Sheet
from tests.app.acting import key, menu_entries, scan, sign_in
from tests.app.conftest import BREAD, MILK
from tests.app.stage import Stage

WARM_UP, ROUNDS = 2, 4
OPENED = (
    "Gift card", "Refund", "Last receipt", "Price check", "Open item", "Recall cart", "X report",
    "Favourites", "Switch user", "Keys",
)  # fmt: skip
"""What of the menu opens a sheet or a page, and does nothing by itself."""


def test_hours_of_use_leave_nothing_behind(stage: Stage, qtbot: QtBot) -> None:
    """Sales, every sheet, locking: no widget, Python's half of one included, outlives its use."""
    sign_in(stage, qtbot)
    for _ in range(WARM_UP):
        use(stage, qtbot)
    before = left()
    for _ in range(ROUNDS):
        use(stage, qtbot)
    assert left() == before


def use(stage: Stage, qtbot: QtBot) -> None:
    """A sale, each sheet of the menu opened and closed, and a change of people."""
    window = stage.window
    for code in (MILK, BREAD):
        scan(stage, code)
    key(stage, Qt.Key.Key_F12)
    qtbot.waitUntil(lambda: window.current_screen() is stage.charge)
    key(stage, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: stage.selling.presenter.cart.is_empty)
    for action in menu_entries(window):
        if action.text().startswith(OPENED):
            action.trigger()
            QCoreApplication.processEvents()
            for sheet in window.findChildren(Sheet):
                sheet.cancel()
            window.show_home()
    stage.program.people.lock()
    sign_in(stage, qtbot)


def left() -> tuple[int, int]:
    """How many widgets there are, and how many of them Python knows."""
    QCoreApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    known = sum(isinstance(found, QWidget) for found in gc.get_objects())
    return len(QApplication.allWidgets()), known

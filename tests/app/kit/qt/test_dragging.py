"""A finger that drags scrolls: a page by whatever lies under it, and a list that dropped down."""

from collections.abc import Iterator
from functools import cache

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.kit.qt.basic import rows
from app.kit.qt.focus import DropDown
from app.kit.qt.page import Scroll
from app.kit.qt.theme import Theme
from tests.screens.faults import TAP_PX

pytestmark = pytest.mark.usefixtures("needs_qt")
STEPS, STEP_PX, STEP_MS = 12, 9, 16


@cache
def touch_screen() -> QPointingDevice:
    """One for all: it cannot be taken out again."""
    return QTest.createTouchDevice()


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light theme: lists look, and so drop down, as they do in the program."""
    found = Theme(qapp)
    yield found
    found.deleteLater()


def touch(widget: QWidget, *path: QPoint) -> None:
    """Put a finger on a widget, move it along, and lift it."""
    finger = touch_screen()
    first, *others = path
    QTest.touchEvent(widget, finger).press(0, first, widget).commit()
    for place in others:
        QTest.qWait(STEP_MS)
        QTest.touchEvent(widget, finger).move(0, place, widget).commit()
    QTest.qWait(STEP_MS)
    QTest.touchEvent(widget, finger).release(0, path[-1], widget).commit()


def drag_up(widget: QWidget, start: QPoint) -> None:
    touch(widget, *(start - QPoint(0, STEP_PX * step) for step in range(STEPS)))


def test_a_page_is_scrolled_by_dragging_a_field_on_it(qtbot: QtBot, theme: Theme) -> None:
    """As long as it has more than is shown; a tap still goes to the field."""
    column = rows()
    fields = [QLineEdit(f"Field {number}") for number in range(30)]
    for field in fields:
        column.addWidget(field)
    page = Scroll(column)
    qtbot.addWidget(page)
    page.resize(400, 300)
    page.show()
    bar = page.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    drag_up(fields[3], QPoint(30, 20))
    qtbot.waitUntil(lambda: bar.value() > 0)


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_long_list_is_dragged_and_then_tapped(qtbot: QtBot, theme: Theme) -> None:
    """Lifting the finger after a drag chooses nothing and leaves the list open."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(400, 700)
    column = rows()
    box = DropDown()
    box.addItems([f"Country {number}" for number in range(250)])
    column.addWidget(box)
    window.setLayout(column)
    window.show()
    chosen: list[int] = []
    box.activated.connect(chosen.append)
    box.showPopup()
    view = box.view()
    qtbot.waitUntil(view.isVisible)
    # A list that has just dropped down takes no release for a while.
    QTest.qWait(QApplication.doubleClickInterval())
    bar = view.verticalScrollBar()
    assert view.visualRect(view.model().index(0, 0)).height() >= TAP_PX
    assert view.window().height() < window.height()
    drag_up(view.viewport(), QPoint(30, 130))
    qtbot.waitUntil(lambda: bar.value() > 0)
    assert view.isVisible()
    assert chosen == []
    still: list[int] = []

    def is_still() -> bool:
        still.append(bar.value())
        return len(still) > 5 and len(set(still[-5:])) == 1

    qtbot.waitUntil(is_still)
    touch(view.viewport(), QPoint(30, 60))
    qtbot.waitUntil(lambda: len(chosen) == 1)
    assert chosen[0] > 0
    assert box.currentIndex() == chosen[0]

"""The wizard on low screens, by touch alone, and leading to what is wrong."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.kit.qt.basic import Button
from app.kit.qt.bridge import Bridge
from app.kit.qt.theme import Theme
from app.setup.qt.first_run import FirstRunScreen
from app.setup.recovery import Recovery
from app.setup.tax_rates import countries
from localdb.queries import here, settings
from localdb.services.till import Till
from localdb.store.keys import recovery_text
from tests.screens.faults import faults
from tests.support.clock import Clock
from tests.support.shops import KEY, opened

pytestmark = pytest.mark.usefixtures("needs_qt")
ROOM = ((1024, 690), (1366, 690))
"""What is left of 1024x768 and of 1366x768 below a title bar and above a task bar."""


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    """A till that was never set up."""
    with opened(tmp_path) as database:
        yield Till(database)


@pytest.fixture
def screen(
    till: Till, qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> Iterator[FirstRunScreen]:
    """The wizard in a window."""
    with ExitStack() as stack:
        theme, bridge = Theme(qapp), Bridge()
        stack.callback(theme.deleteLater)
        stack.callback(bridge.deleteLater)
        made = FirstRunScreen(
            till,
            theme,
            bridge,
            enrol=lambda *_: None,
            load_sample=lambda _: None,
            recovery=Recovery(till, lambda: recovery_text(KEY), tmp_path, Clock()),
        )
        qtbot.addWidget(made)
        stack.callback(made.stop)
        made.resize(*ROOM[0])
        made.show()
        made.open()
        yield made


def choose_country(screen: FirstRunScreen, code: str, scheme: str = "") -> None:
    shop = screen.shop
    shop.country.setCurrentIndex(shop.country.findData(code))
    shop.country.activated.emit(shop.country.currentIndex())
    if scheme:
        shop.scheme.setCurrentIndex([one.name for one in countries()[code].schemes].index(scheme))
        shop.scheme.activated.emit(shop.scheme.currentIndex())


def settle() -> None:
    for _ in range(5):
        QApplication.processEvents()


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def touch(screen: FirstRunScreen, field: QWidget, text: str) -> None:
    """Drag a field into sight, put the keyboard away if it lies there, tap it, then its keys."""
    screen.shop.area.ensureWidgetVisible(field)
    settle()
    if screen.keyboard.isVisible() and screen.keyboard.geometry().intersects(
        place_of(screen, field)
    ):
        click(screen.keyboard.keys["away"])
    assert screen.childAt(place_of(screen, field).center()) is field
    click(field)
    for letter in text:
        name = {" ": "space"}.get(letter, letter)
        if name not in screen.keyboard.keys:
            click(screen.keyboard.keys["shift"])
        place = place_of(screen, screen.keyboard.keys[name]).center()
        assert screen.childAt(place) is screen.keyboard.keys[name]
        click(screen.keyboard.keys[name])
    settle()


def place_of(screen: FirstRunScreen, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(screen, QPoint(0, 0)), widget.size())


@pytest.mark.parametrize("room", ROOM)
def test_nothing_runs_off_a_low_screen_and_the_buttons_stay(
    screen: FirstRunScreen, room: tuple[int, int]
) -> None:
    """With the longest note about taxes, and with every field marked."""
    screen.resize(*room)
    assert faults(screen) == []
    click(screen.alone)
    choose_country(screen, "US", "District of Columbia")
    settle()
    assert faults(screen) == []
    click(screen.shop.set_up)
    settle()
    assert faults(screen) == []
    for button in (screen.shop.back, screen.shop.set_up):
        assert screen.rect().contains(place_of(screen, button))
        assert button.visibleRegion().boundingRect() == button.rect()
    assert screen.shop.area.verticalScrollBar().maximum() > 0


def test_the_first_thing_that_is_wrong_is_in_sight_with_the_keyboard(
    screen: FirstRunScreen,
) -> None:
    """Also where the form has to be scrolled to it."""
    click(screen.alone)
    choose_country(screen, "US", "District of Columbia")
    QTest.keyClicks(screen.shop.store_name, "Corner Market")
    QTest.keyClicks(screen.shop.manager_name, "Mara")
    settle()
    click(screen.shop.set_up)
    settle()
    assert screen.presenter.state.problem("pin")
    assert screen.shop.pin.hasFocus()
    assert screen.shop.pin.visibleRegion().boundingRect() == screen.shop.pin.rect()


def test_a_shop_is_set_up_by_touch_alone(screen: FirstRunScreen, till: Till, qtbot: QtBot) -> None:
    """The on-screen keyboard types what is asked, and stays the till's keyboard."""
    click(screen.alone)
    click(screen.shop.keyboard)
    assert screen.keyboard.isVisible()
    shop = screen.shop
    touch(screen, shop.store_name, "deli")
    touch(screen, shop.street, "pier 7")
    touch(screen, shop.manager_name, "mara")
    for field in (shop.pin, shop.pin_again):
        touch(screen, field, "1234")
    click(screen.keyboard.keys["away"])
    choose_country(screen, "DE")
    click(shop.set_up)
    qtbot.waitUntil(lambda: screen.presenter.state.step == "recovery")
    click(screen.keep)
    with qtbot.waitSignal(screen.finished):
        click(screen.go_on)
    store = till.ask(here.store)
    assert (store.name.casefold(), store.address.casefold()) == ("deli", "pier 7")
    assert till.ask(settings.in_force).keyboard == 1


def test_the_first_answer_has_the_keyboard(screen: FirstRunScreen) -> None:
    """Enter takes it, Tab goes to the other, Esc comes back."""
    assert screen.alone.hasFocus()
    QTest.keyClick(screen.alone, Qt.Key.Key_Return)
    assert screen.shop.store_name.hasFocus()
    QTest.keyClick(screen.shop.store_name, Qt.Key.Key_Escape)
    assert screen.alone.hasFocus()
    QTest.keyClick(screen.alone, Qt.Key.Key_Tab)
    assert screen.joined.hasFocus()
    assert isinstance(screen.joined, Button)

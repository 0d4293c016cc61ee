"""How the selling screen divides its room: the cart, the keypad, messages, wide screens."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from localdb.services.till import Till
from tests.app.acting import key, scan, sign_in, tap, type_text
from tests.app.conftest import BREAD, MILK
from tests.app.stage import Stage
from tests.screens.studio import settle
from tests.support.shops import add

LINES = 10
ROW_MIN_PX = 44


def more_products(till: Till) -> list[str]:
    """As many products as there are to be lines; their codes."""
    skus = [f"THING{number}" for number in range(LINES)]
    for number, sku in enumerate(skus):
        till.write(add, sku, f"Thing {number}", 100, sku, 10_000)
    return skus


@pytest.fixture
def full_cart(stage: Stage, qtbot: QtBot) -> Stage:
    """The smallest usual screen with ten lines in the cart."""
    stage.window.resize(1024, 768)
    skus = more_products(stage.till)
    sign_in(stage, qtbot)
    for sku in skus:
        scan(stage, sku)
    settle(4)
    assert len(stage.selling.panel.list.lines) == LINES
    return stage


def whole_rows(stage: Stage) -> int:
    """How many lines of the cart can be seen from top to bottom."""
    view = stage.selling.panel.list
    rects = [view.visualRect(view.model().index(row, 0)) for row in range(LINES)]
    assert all(rect.height() >= ROW_MIN_PX for rect in rects)
    return sum(view.viewport().rect().contains(rect) for rect in rects)


def tap_line(stage: Stage, row: int) -> None:
    """Tap a line of the cart."""
    view = stage.selling.panel.list
    place = view.visualRect(view.model().index(row, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_eight_lines_of_the_cart_are_in_sight(full_cart: Stage) -> None:
    """On 1024x768, each 44 px high or more."""
    assert whole_rows(full_cart) >= 8


def test_the_keypad_opens_for_a_line_and_goes_when_it_is_done(full_cart: Stage) -> None:
    """After an action, with Esc, with its button and with the next scan the cart has its room."""
    selling = full_cart.selling
    assert not selling.keypad.isVisible()

    def close_by_action() -> None:
        type_text(full_cart, "3")
        tap(selling.panel.line_actions.buttons["quantity"])

    for close in (
        close_by_action,
        lambda: key(full_cart, Qt.Key.Key_Escape),
        lambda: tap(selling.keypad_toggle),
        lambda: scan(full_cart, MILK),
    ):
        tap_line(full_cart, LINES - 1)
        assert selling.keypad.isVisible()
        assert selling.panel.line_actions.isVisible()
        assert selling.keypad_toggle.isChecked()
        close()
        settle(2)
        assert not selling.keypad.isVisible()
        assert not selling.panel.line_actions.isVisible()
        assert not selling.keypad_toggle.isChecked()
        assert whole_rows(full_cart) >= 8


def test_on_a_wide_screen_the_tiles_grow(stage: Stage, qtbot: QtBot) -> None:
    """On 1920x1080 the cart is at most 480 px wide, and each tile is larger than on 1024x768."""
    stage.window.resize(1024, 768)
    sign_in(stage, qtbot)
    scan(stage, BREAD)
    settle(4)
    small = stage.selling.tiles.gridSize()
    stage.window.resize(1920, 1080)
    settle(4)
    large = stage.selling.tiles.gridSize()
    assert stage.selling.panel.width() <= 480
    assert (large.width() > small.width(), large.height() > small.height()) == (True, True)


@pytest.fixture
def at_work(stage: Stage, qtbot: QtBot) -> Stage:
    """The manager, in the smallest usual window."""
    stage.window.resize(1024, 768)
    sign_in(stage, qtbot)
    return stage


def test_messages_move_no_tile(at_work: Stage) -> None:
    """Neither a message nor goods that were not found push the tiles; each leaves the other up."""
    before = at_work.selling.tiles.geometry()
    scan(at_work, "4000000000006")
    assert at_work.selling.missed.isVisible()
    assert at_work.selling.tiles.geometry() == before
    at_work.window.say("info", "Receipt S01-T01-000003 reprinted.")
    assert at_work.selling.missed.isVisible()
    assert at_work.selling.strip.isVisible()
    assert at_work.selling.tiles.geometry() == before


def test_sales_on_hold_are_counted_in_the_carts_header(at_work: Stage, qtbot: QtBot) -> None:
    """One tap holds, one recalls; the count says how many wait."""
    row = at_work.selling.panel.customer
    assert not row.held.isEnabled()
    scan(at_work, MILK)
    tap(row.hold)
    qtbot.waitUntil(lambda: row.held.words == "1")
    tap(row.held)
    key(at_work, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(at_work.selling.presenter.cart.lines) == 1)
    qtbot.waitUntil(lambda: not row.held.isEnabled())


def test_messages_move_nothing(full_cart: Stage) -> None:
    """The tiles stay where they are whatever is said, and what was not found stays readable."""
    selling = full_cart.selling
    tiles = selling.tiles

    def place() -> tuple[int, int]:
        settle(3)
        return tiles.mapTo(full_cart.window, QPoint(0, 0)).y(), tiles.height()

    before = place()
    selling.presenter.open_cart.say("info", "Sale held: Coat.")
    assert place() == before
    assert selling.strip.geometry().top() == 0
    scan(full_cart, "5901234123457")
    selling.presenter.open_cart.say("info", "Sale held: Coat.")
    assert place() == before
    assert selling.missed.isVisible()
    assert selling.strip.isVisible()
    assert not selling.missed.geometry().intersects(selling.strip.geometry())
    key(full_cart, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    assert place() == before
    assert selling.price.isVisible()
    key(full_cart, Qt.Key.Key_Escape)
    tap(selling.missed.button("Dismiss"))
    assert place() == before

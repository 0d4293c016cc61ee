"""A day by mouse alone, and by touch alone, in shops of the yen and of the rupee, at both sizes.

Every press goes to the window at a place on the screen, as a hand's does: what lies under a sheet,
is switched off or is out of sight is not reached. No key is pressed and nothing is scanned.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QListView, QTableView, QWidget

from app.kit.qt.confirm import ConfirmSheet
from app.kit.qt.picker import Picker
from app.kit.qt.sheet import Sheet
from app.receipts.qt.orders import OrdersPage
from app.returning.qt.refund import RefundScreen
from localdb.domain.records import Sale
from localdb.queries import shifts
from localdb.services.till import Till
from tests.app.stage import MANAGER_PIN, SHOP, Stage, open_stage
from tests.screens.studio import LARGE, SMALL, settle
from tests.support.shops import add
from tests.support.taxes import default_taxes

pytestmark = pytest.mark.usefixtures("needs_qt")

TOUCH_MS = 20
W = TypeVar("W", bound=QWidget)
SHOPS = {
    "yen": replace(SHOP, store_name="角の店", currency="JPY", country="JP", timezone="Asia/Tokyo"),
    "rupee": replace(SHOP, currency="INR", country="IN", timezone="Asia/Kolkata"),
}
GOODS = {
    "yen": (("おにぎり", 160), ("Green tea 500 ml", 140), ("Umbrella", 1_168_200)),
    "rupee": (("चाय 250 g", 14_000), ("Rice 5 kg", 45_050), ("Gold coin", 111_111_102)),
}
"""Everyday goods, and one of an amount that no place may cut."""
HANDED_OVER = {"JPY": "1170000", "INR": "1111200"}


@cache
def touch_screen() -> QPointingDevice:
    """One for all: it cannot be taken out again."""
    return QTest.createTouchDevice()


class Hand:
    """Presses what it sees, by mouse or by finger."""

    def __init__(self, stage: Stage, how: str) -> None:
        self.stage = stage
        self._how = how
        self.presses = 0

    def press(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Press a place of a widget, its middle unless told."""
        place = at or widget.rect().center()
        window = widget.window()
        point = widget.mapTo(window, place)
        hit = window.childAt(point)
        assert hit is not None, f"{_words(widget)!r} is outside the window"
        assert hit is widget or widget.isAncestorOf(hit), f"{_words(widget)!r} is covered by {hit}"
        self.presses += 1
        if self._how == "mouse":
            QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=point)
        else:
            # The screen without a display is smaller than the window: touches beside it are lost.
            window.move(QPoint(300, 300) - point)
            settle(2)
            QTest.touchEvent(widget, touch_screen()).press(0, place, widget).commit()
            QTest.qWait(TOUCH_MS)
            QTest.touchEvent(widget, touch_screen()).release(0, place, widget).commit()
            QTest.qWait(TOUCH_MS)
        settle(3)

    def tap(self, words: str) -> None:
        """Press the button that says so, as text or to a screen reader; the topmost one."""
        self.press(self.seen(words))

    def enter(self, digits: str) -> None:
        """Press keys of the keypad that is on top."""
        for digit in digits:
            self.tap(digit)

    def seen(self, words: str) -> QAbstractButton:
        """The button in sight that says so; raises AssertionError naming all that are."""
        found = [one for one in self._buttons() if words in (_words(one), one.accessibleName())]
        found = found or [one for one in self._buttons() if _words(one).startswith(words)]
        assert found, f"no {words!r} among {sorted({_words(one) for one in self._buttons()})}"
        return found[0]

    def part(self, kind: type[W]) -> W:
        """The one of its kind that is in sight."""
        return next(one for one in self.stage.window.findChildren(kind) if one.isVisible())

    def row(self, view: QListView | QTableView, row: int, column: int = 0) -> None:
        """Press a row of a list."""
        place = view.visualRect(view.model().index(row, column)).center()
        self.press(view.viewport(), place)

    def _buttons(self) -> list[QAbstractButton]:
        open_ = [one for one in self.stage.window.findChildren(Sheet) if one.isVisible()]
        top: QWidget = open_[-1] if open_ else self.stage.window
        return [
            one
            for one in top.findChildren(QAbstractButton)
            if one.isVisible() and one.isEnabled() and _in_sight(one)
        ]


def _words(widget: QWidget) -> str:
    words = getattr(widget, "words", "") or widget.accessibleName()
    return str(words)


def _in_sight(widget: QWidget) -> bool:
    """Whether its middle can be pressed where it is."""
    window = widget.window()
    point = widget.mapTo(window, widget.rect().center())
    hit = window.childAt(point) if QRect(QPoint(), window.size()).contains(point) else None
    return hit is not None and (hit is widget or widget.isAncestorOf(hit))


@pytest.fixture(params=[("yen", SMALL), ("rupee", SMALL), ("rupee", LARGE)], ids=str)
def day(
    request: pytest.FixtureRequest, tmp_path: Path, qapp: QApplication
) -> Iterator[tuple[Stage, str]]:
    """A new shop of a country, with its window at one size."""
    country, size = request.param

    def fill(till: Till) -> None:
        till.write(default_taxes)
        for number, (name, price) in enumerate(GOODS[country]):
            till.write(add, f"G{number}", name, price, f"G{number}", 50_000)

    with open_stage(tmp_path, fill, shop=SHOPS[country]) as stage:
        stage.window.resize(*size)
        stage.window.show()
        settle(4)
        yield stage, country


@pytest.mark.parametrize("how", ["mouse", "touch"])
def test_a_day(day: tuple[Stage, str], how: str) -> None:
    """Sign in, open, sell in every way, hold, give back, pay out, close: nothing needs a key."""
    stage, country = day
    hand = Hand(stage, how)
    _sign_in(hand)
    _sell_tiles(hand)
    _sell_for_a_typed_amount(hand)
    _hold_and_recall(hand)
    _split(hand)
    _refund(hand)
    _pay_out(hand)
    _close(hand)
    totals = [sale.total_minor for sale in stage.till.write(lambda uow: uow.find(Sale))]
    one, two, dear = (price for _, price in GOODS[country])
    assert sorted(totals) == sorted([one + two + dear, dear, one, two, -dear])


def _sign_in(hand: Hand) -> None:
    hand.press(hand.stage.signin.tile("Mara Lindqvist"))
    hand.enter(MANAGER_PIN)
    hand.tap("Total only")
    hand.enter("5000")
    hand.tap("Open shift with")
    assert hand.stage.till.ask(shifts.current) is not None


def _tile(hand: Hand, number: int) -> None:
    """Tap a tile; a large amount is asked about, and meant."""
    hand.row(hand.stage.selling.tiles, number)
    asked = hand.stage.window.findChild(ConfirmSheet)
    if asked is not None and asked.isVisible():
        hand.press(asked.yes)


def _sell_tiles(hand: Hand) -> None:
    """One of each, one of them twice and taken off again; exact cash."""
    for number in (0, 1, 1, 2):
        _tile(hand, number)
    hand.row(hand.stage.selling.panel.list, 1)
    hand.tap("One less")
    hand.tap("Charge")
    hand.press(hand.stage.charge.quick.quick[0])
    hand.tap("New sale")


def _sell_for_a_typed_amount(hand: Hand) -> None:
    _tile(hand, 2)
    hand.tap("Charge")
    hand.enter(HANDED_OVER[hand.stage.till.currency.code])
    hand.press(hand.stage.charge.take)
    assert hand.stage.selling.panel.shows_change


def _hold_and_recall(hand: Hand) -> None:
    _tile(hand, 0)
    hand.tap("Hold sale (F7)")
    hand.tap("Recall a held sale (F8)")
    hand.row(hand.part(Picker), 0)
    hand.tap("Charge")
    hand.press(hand.stage.charge.card)
    hand.tap("New sale")


def _split(hand: Hand) -> None:
    """Two friends pay half each."""
    _tile(hand, 1)
    hand.tap("Charge")
    hand.tap("Split evenly")
    hand.tap("2 payments")
    hand.press(hand.stage.charge.take)
    hand.press(hand.stage.charge.card)
    hand.tap("New sale")


def _refund(hand: Hand) -> None:
    """The dear thing that was sold second comes back."""
    hand.tap("Orders")
    orders = hand.part(OrdersPage)
    hand.row(orders.receipts, 2)
    hand.tap("Refund")
    screen = hand.part(RefundScreen)
    hand.row(screen.lines, 0)
    hand.press(screen.give_back)
    hand.press(hand.stage.charge.take)
    hand.tap("New sale")


def _pay_out(hand: Hand) -> None:
    hand.tap("Cash")
    hand.tap("Pay out")
    hand.enter("500")
    hand.tap("Use this amount")
    hand.tap("Record")


def _close(hand: Hand) -> None:
    hand.tap("Cash")
    hand.tap("Close shift")
    hand.tap("Total only")
    hand.enter("4000")
    hand.tap("Continue with")
    hand.tap("Close shift")
    assert hand.stage.till.ask(shifts.current) is None
    hand.tap("Close")
    hand.tap("Lock")
    assert hand.stage.till.user is None

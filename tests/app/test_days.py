"""Whole days at the real window, by keys and scans; then the till's totals against its own rows.

What a day holds is drawn by a seed, so that steps meet in orders nobody thought of. The sums at the
end come from plain SQL over what is stored, and share nothing with the running totals.
"""

import random
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from sqlalchemy import Connection

from app.kit.qt.approval import ApprovalSheet
from localdb.domain.journal import verify
from localdb.domain.records import Sale
from localdb.queries import journals, receipts, shifts
from tests.app.acting import has_sheet, key, menu_entries, scan, sheet, sign_in, type_text
from tests.app.conftest import BREAD, COLA, MILK
from tests.app.stage import CASHIER_PIN, MANAGER_PIN, Stage
from tests.support.shift_books import differences

STEPS = 30
GOODS = (MILK, BREAD, COLA)
FLOAT = 10_000
CTRL = Qt.KeyboardModifier.ControlModifier


class Cashier:
    """Somebody with a keyboard and a scanner, and dice."""

    def __init__(self, stage: Stage, qtbot: QtBot, seed: int) -> None:
        self.stage = stage
        self._qtbot = qtbot
        self._dice = random.Random(seed)
        self._sold: list[str] = []
        self._held = 0

    def work(self, steps: int) -> list[str]:
        """Do that many things; gives their names, for whoever reads a failure."""
        done = []
        for _ in range(steps):
            step = self._dice.choice(self._steps())
            done.append(step.__name__)
            step()
            assert self._is_selling(), f"stuck after {done}"
        return done

    def _steps(self) -> list[Callable[[], None]]:
        steps = [
            self.sell_for_exact_cash,
            self.sell_for_a_note,
            self.sell_by_card,
            self.sell_split,
            self.sell_several,
            self.sell_weighed,
            self.sell_with_discount,
            self.sell_far_below_price,
            self.void_and_sell,
            self.put_on_hold,
            self.take_a_break,
            self.open_the_drawer,
            self.put_cash_in,
            self.take_cash_out,
        ]
        steps += [self.recall_and_sell] if self._held else []
        steps += [self.give_all_back, self.give_one_back] if self._sold else []
        return steps

    # ------------------------------------------------------------ selling

    def sell_for_exact_cash(self) -> None:
        self._scan_some()
        self._pay()

    def sell_for_a_note(self) -> None:
        self._scan_some()
        self._pay("200")

    def sell_by_card(self) -> None:
        self._scan_some()
        self._pay("C")

    def sell_split(self) -> None:
        """A euro in cash, the rest by card."""
        self._scan_some()
        key(self.stage, Qt.Key.Key_F12)
        type_text(self.stage, "1")
        key(self.stage, Qt.Key.Key_Return)
        type_text(self.stage, "C")
        self._finish()

    def sell_several(self) -> None:
        type_text(self.stage, f"{self._dice.randint(2, 9)}*")
        scan(self.stage, self._dice.choice(GOODS))
        self._pay()

    def sell_weighed(self) -> None:
        type_text(self.stage, "APPLE")
        key(self.stage, Qt.Key.Key_Return)
        type_text(self.stage, f"0.{self._dice.randint(100, 999)}")
        key(self.stage, Qt.Key.Key_Return)
        self._pay()

    def sell_with_discount(self) -> None:
        """What a cashier may give."""
        self._scan_some()
        self._discount("5")
        self._pay()

    def sell_far_below_price(self) -> None:
        """What needs a manager, when a cashier does it."""
        self._scan_some()
        self._discount("50")
        self._approve()
        self._pay()

    def void_and_sell(self) -> None:
        scan(self.stage, MILK)
        scan(self.stage, BREAD)
        key(self.stage, Qt.Key.Key_F9)
        self._pay()

    def put_on_hold(self) -> None:
        self._scan_some()
        key(self.stage, Qt.Key.Key_F7)
        self._held += 1

    def recall_and_sell(self) -> None:
        key(self.stage, Qt.Key.Key_F8)
        self._qtbot.waitUntil(lambda: has_sheet(self.stage))
        key(self.stage, Qt.Key.Key_Return)
        selling = self.stage.selling.presenter
        self._qtbot.waitUntil(lambda: not selling.cart.is_empty)
        self._held -= 1
        self._pay()

    # ------------------------------------------------------------ giving back, going away

    def give_all_back(self) -> None:
        self._look_up(self._sold.pop())
        key(self.stage, Qt.Key.Key_A, CTRL)
        key(self.stage, Qt.Key.Key_F12)
        self._finish(may_be_refund=True)

    def give_one_back(self) -> None:
        self._look_up(self._sold.pop())
        key(self.stage, Qt.Key.Key_Plus)
        key(self.stage, Qt.Key.Key_F12)
        self._finish(may_be_refund=True)

    def take_a_break(self) -> None:
        """Lock with goods in the cart; they are there afterwards."""
        self._scan_some()
        before = self.stage.selling.presenter.cart
        key(self.stage, Qt.Key.Key_L, CTRL)
        type_text(self.stage, CASHIER_PIN)
        key(self.stage, Qt.Key.Key_Return)
        assert self.stage.selling.presenter.cart == before
        self._pay()

    # ------------------------------------------------------------ the drawer

    def open_the_drawer(self) -> None:
        """With the first of the usual reasons."""
        key(self.stage, Qt.Key.Key_F10)
        key(self.stage, Qt.Key.Key_Return)

    def put_cash_in(self) -> None:
        self._choose("Pay in", "7.50")

    def take_cash_out(self) -> None:
        """Which needs a manager."""
        self._choose("Pay out", "3")
        self._approve()

    def close(self, counted: str) -> None:
        """Count as a sum, confirm, and put the report away."""
        self._menu("Close shift")
        key(self.stage, Qt.Key.Key_F2)
        type_text(self.stage, counted)
        key(self.stage, Qt.Key.Key_Return)
        key(self.stage, Qt.Key.Key_Return)

    # ------------------------------------------------------------ hands

    def _menu(self, words: str) -> None:
        actions = menu_entries(self.stage.window)
        next(action for action in actions if action.text().startswith(words)).trigger()

    def _choose(self, words: str, amount: str) -> None:
        self._menu(words)
        type_text(self.stage, amount)
        key(self.stage, Qt.Key.Key_Return)
        type_text(self.stage, "change")
        key(self.stage, Qt.Key.Key_Return)

    def _approve(self) -> None:
        """A manager comes and types the PIN, where it is asked for."""
        if has_sheet(self.stage):
            assert isinstance(sheet(self.stage), ApprovalSheet)
            type_text(self.stage, MANAGER_PIN)
            key(self.stage, Qt.Key.Key_Return)

    def _scan_some(self) -> None:
        for _ in range(self._dice.randint(1, 4)):
            scan(self.stage, self._dice.choice(GOODS))

    def _discount(self, percent: str) -> None:
        key(self.stage, Qt.Key.Key_F6)
        type_text(self.stage, percent)
        key(self.stage, Qt.Key.Key_Return)

    def _pay(self, typed: str = "") -> None:
        key(self.stage, Qt.Key.Key_F12)
        if typed:
            type_text(self.stage, typed)
        self._finish()

    def _finish(self, *, may_be_refund: bool = False) -> None:
        key(self.stage, Qt.Key.Key_Return)
        self._qtbot.waitUntil(self._is_selling)
        sale = self._last()
        assert (sale.kind == "refund") is may_be_refund
        if sale.kind == "sale":
            self._sold.append(sale.receipt_number)

    def _look_up(self, number: str) -> None:
        scan(self.stage, number)
        stage = self.stage
        self._qtbot.waitUntil(lambda: stage.window.current_screen() is not stage.selling)
        self._qtbot.wait(150)

    def _last(self) -> Sale:
        receipt = self.stage.till.ask(receipts.last)
        assert receipt is not None
        return receipt.sale

    def _is_selling(self) -> bool:
        is_up = self.stage.window.current_screen() is self.stage.selling
        return is_up and not has_sheet(self.stage)


@pytest.mark.parametrize("seed", range(3))
def test_a_day_comes_out_even(stage: Stage, qtbot: QtBot, seed: int) -> None:
    """After a day of everything the Z report is what plain SQL sums over the stored rows."""
    sign_in(stage, qtbot, "Jonas Weber", CASHIER_PIN)
    cashier = Cashier(stage, qtbot, seed)
    done = cashier.work(STEPS)
    cashier.close("80")
    shift = stage.till.ask(shifts.newest)
    assert shift is not None
    assert (shift.z_number, shift.counted_minor) == (1, 8000), done
    device_id = stage.till.identity.device_id
    assert stage.till.ask(lambda conn: differences(shift, conn, device_id)) == {}, done
    assert shift.over_short_minor == 8000 - FLOAT - stage.till.ask(drawer_moved, shift.id), done
    assert verify(stage.till.ask(journals.own_entries)) is None, done


def drawer_moved(conn: Connection, shift_id: str) -> int:
    """What cash came in and went out, by the rows alone."""
    moved = conn.exec_driver_sql(_CASH, {"shift": shift_id}).scalar_one()
    return int(moved)


_CASH = """
    SELECT (SELECT coalesce(sum(p.amount_minor + p.tip_minor), 0) FROM payment p
            JOIN sale s ON s.id = p.sale_id WHERE s.shift_id = :shift AND p.method = 'cash')
         + (SELECT coalesce(sum(CASE kind WHEN 'paid_in' THEN amount_minor
                                WHEN 'paid_out' THEN -amount_minor
                                WHEN 'drop' THEN -amount_minor ELSE 0 END), 0)
            FROM shift_event WHERE shift_id = :shift)
"""

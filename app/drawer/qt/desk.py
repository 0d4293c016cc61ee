"""The drawer and its shift: what the cashier asks for becomes a flow of questions."""

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from app.drawer.qt.shift_report import ShiftReportSheet
from app.drawer.shift import ShiftPresenter
from app.drawer.shift_report import ReportView
from app.kit.authority import need
from app.kit.flow import (
    Ask,
    AskCash,
    AskNumber,
    AskReason,
    AskYesNo,
    Flow,
    FlowRunner,
)
from app.kit.qt.asking import ask
from app.kit.qt.workplace import Workplace
from app.paying.training import Practice
from app.selling.qt.selling import SellingScreen
from localdb.domain.cash_count import CashCount
from localdb.domain.permissions import Approval, Permission
from localdb.errors import EvertillError
from localdb.services.till import IN_TRAINING

MOVES = {"paid_in": "Cash paid in", "paid_out": "Cash paid out", "drop": "Drop to the safe"}
NOT_PRINTED = "Shift closed. Z report not printed."
X_NOT_PRINTED = "The report was not printed."


class DrawerDesk:
    """Opens the sheets over the window; everything is on disk before the drawer opens."""

    def __init__(
        self,
        host: QWidget,
        place: Workplace,
        selling: SellingScreen,
        open_drawer: Callable[[], object],
        practice: Practice,
    ) -> None:
        self._host = host
        self._place = place
        self._selling = selling
        self._open_drawer = open_drawer
        self._practice = practice
        self.shift = ShiftPresenter(place.till, place.formats, place.printer)
        self._runner = FlowRunner(self._ask, self._refused)
        selling.drawer_asked.connect(self.no_sale)

    def with_shift(self, go_on: Callable[[], object]) -> None:
        """Run `go_on` with a shift open; asks for the float first where there is none."""
        if self.shift.is_open or self._practice.is_on:
            go_on()
        else:
            self._runner.run(self._open_flow(go_on))

    def no_sale(self) -> None:
        """Open the drawer without a sale; it is logged."""
        if self._is_real():
            self.with_shift(lambda: self._runner.run(self._no_sale_flow()))

    def move_cash(self, kind: str) -> None:
        """Cash in, cash out, or a drop to the safe."""
        flow = self._drop_flow if kind == "drop" else partial(self._move_flow, kind)
        if self._is_real():
            self.with_shift(lambda: self._runner.run(flow()))

    def close_shift(self) -> None:
        """Count the cash, look at how it came out, close; an open cart stays for the next shift."""
        if not self._is_real():
            return
        if self.shift.is_open:
            self._runner.run(self._close_flow())
        else:
            self._say("No shift is open.")

    def x_report(self) -> None:
        """The shift as it stands."""
        if self.shift.is_open:
            self._runner.run(self._x_flow())
        else:
            self._say("No shift is open.")

    def say_when_full(self) -> None:
        """Say when the drawer holds more cash than the shop allows."""
        if words := self.shift.too_full:
            self._say(words)

    def _is_real(self) -> bool:
        """Whether the drawer is there for use; in training it is not, and that is said."""
        if self._practice.is_on:
            self._selling.presenter.say("error", IN_TRAINING)
        return not self._practice.is_on

    # ------------------------------------------------------------ what is asked on the way

    def _open_flow(self, go_on: Callable[[], object]) -> Flow:
        approval = yield from self._leave(Permission.OPEN_SHIFT, "Open the shift")
        if approval is None:
            return
        left = self.shift.left_minor
        subject = "Count the cash in the drawer"
        if left is not None:
            subject += f". At the last close {self._place.formats.money(left)} was left in it"
        count = yield AskCash("Open the shift", subject, initial_minor=left)
        if count is not None:
            self._tried(lambda: self.shift.open(count, approval))
            go_on()

    def _no_sale_flow(self) -> Flow:
        reason = yield AskReason("Open the drawer", self.shift.reasons("no_sale"))
        if reason is None:
            return
        words = f"Open the drawer without a sale: {reason}"
        approval = yield from self._leave(Permission.NO_SALE, words)
        if approval is not None:
            self.shift.no_sale(reason, approval)
            self._say("Drawer opened, and logged.")
            self._open_drawer()

    def _move_flow(self, kind: str) -> Flow:
        minor = yield AskNumber(MOVES[kind], "money")
        if minor is None:
            return
        reason = yield AskReason("Reason", self.shift.reasons(kind))
        if reason is None:
            return
        words = f"{MOVES[kind]}: {self._place.formats.money(minor)}, {reason}"
        approval = yield from self._leave(Permission(kind), words, minor)
        if approval is not None:
            self.shift.move(kind, minor, reason, approval)
            self._say(words)
            self._open_drawer()

    def _drop_flow(self) -> Flow:
        count: CashCount | None = yield AskCash(MOVES["drop"])
        if count is None:
            return
        words = f"{MOVES['drop']}: {self._place.formats.money(count.total_minor)}"
        approval = yield from self._leave(Permission.DROP, words, count.total_minor)
        if approval is not None:
            self.shift.drop(count, approval)
            self._say(words)
            self._open_drawer()

    def _close_flow(self) -> Flow:
        approval = yield from self._leave(Permission.CLOSE_SHIFT, "Close the shift")
        if approval is None:
            return
        self._open_drawer()
        thrown_away: list[int] = []
        while True:
            count: CashCount | None = yield AskCash(
                "Close the shift",
                "Count the cash in the drawer. F12 when done.",
                expected_minor=self.shift.shown_expected_minor,
                by_pieces=True,
                yes="Done",
            )
            if count is None:
                return
            if (yield self._confirm(count)):
                break
            thrown_away.append(count.total_minor)
        self._closed(self.shift.close(count, tuple(thrown_away), approval))

    def _x_flow(self) -> Flow:
        approval = yield from self._leave(Permission.SEE_EXPECTED_CASH, "X report")
        view = self.shift.x_report() if approval is not None else None
        if view is not None:
            self._show(view, view)

    def _leave(
        self, permission: Permission, words: str, amount_minor: int = 0
    ) -> Generator[Ask, Any, Approval | None]:
        approval = yield from need(self._place.till, permission, words, amount_minor=amount_minor)
        if approval is None:
            self._say(f"Not done: {words}")
        return approval

    def _confirm(self, count: CashCount) -> AskYesNo:
        came_out = self.shift.compared(count)
        text = (
            f"Counted: {came_out.counted}\nExpected: {came_out.expected}\n"
            f"Difference: {came_out.over_short}"
        )
        if not self._selling.presenter.cart.is_empty:
            text += "\n\nThe open cart stays here for the next shift."
        return AskYesNo("Close the shift?", text, "Close the shift", "Count again", icon="shift")

    # ------------------------------------------------------------ reports

    def _closed(self, event_id: str) -> None:
        """It is on disk: print, and show it."""
        original = self.shift.z_report(event_id)
        # Nothing of the shift that ended stays on the screen.
        self._selling.panel.hide_change()
        self._say(f"Shift closed. Z report {original.title.split()[-1]} saved.")
        self._print(original, NOT_PRINTED)
        # What the button prints is a second one.
        self._show(original, self.shift.z_report(event_id, is_copy=True))

    def _show(self, view: ReportView, printed: ReportView) -> None:
        print_it = partial(self._print, printed, X_NOT_PRINTED) if self.shift.can_print else None
        ShiftReportSheet(self._host, self._place.theme, view, print_it)

    def _print(self, view: ReportView, failed: str) -> None:
        if self.shift.print(view):
            return
        strip = self._selling.strip
        again = partial(self._again, view, failed)
        strip.say("warning", failed, [("Retry", again), ("Skip", strip.clear)])

    def _again(self, view: ReportView, failed: str) -> None:
        self._selling.strip.clear()
        self._print(view, failed)

    # ------------------------------------------------------------ helpers

    def _tried(self, action: Callable[[], object]) -> None:
        try:
            action()
        except EvertillError as error:
            self._refused(error)

    def _ask(self, question: Ask, answer: Callable[[Any], None]) -> None:
        ask(self._host, self._place, question, answer)

    def _refused(self, error: EvertillError) -> None:
        self._selling.presenter.say("error", str(error))

    def _say(self, text: str) -> None:
        self._selling.presenter.say("info", text)

"""What the cash drawer adds to the program: its shift, cash in and out, X and Z reports."""

from collections.abc import Callable
from functools import partial

from app.devices.ports import DrawerFault
from app.drawer.qt.count import count_sheet
from app.drawer.qt.shift_report import ShiftReportSheet
from app.drawer.shift import ShiftPresenter
from app.drawer.shift_report import ReportView
from app.kit.flow import AskCash, AskNumber, AskReason, AskYesNo, Flow
from app.kit.qt.asking import register
from app.kit.qt.shell import Shell
from app.kit.registry import Action
from app.paying.qt.feature import Paying
from app.selling.done import Done
from app.selling.qt.feature import Selling
from localdb.domain.cash_count import CashCount
from localdb.domain.permissions import Permission
from localdb.services.till import IN_TRAINING

MOVES = {"paid_in": "Cash paid in", "paid_out": "Cash paid out", "drop": "Drop to the safe"}
NOT_PRINTED = "Shift closed. Z report not printed."
X_NOT_PRINTED = "The report was not printed."


class Drawer:
    """Asks on the way; everything is on disk before the drawer opens."""

    def __init__(self, shell: Shell, selling: Selling, paying: Paying) -> None:
        self._shell = shell
        self._place = place = shell.place
        self._dialogue = shell.dialogue
        self._selling = selling
        self._paying = paying
        self.shift = ShiftPresenter(place.till, place.formats, place.printer)
        register(AskCash, count_sheet)
        shell.events.paid.connect(self._paid)
        shell.events.ready.connect(self._begin)
        self._add_actions()

    def open_drawer(self) -> None:
        """Open the drawer; one that stays shut is said, and never fails a sale.

        In training it stays shut.
        """
        drawer = self._place.drawer
        if drawer is None or self._place.till.is_training:
            return
        try:
            drawer.open()
        except DrawerFault as fault:
            text = f"The cash drawer did not open. {fault}"
            self._dialogue.say("warning", text, [("Open again", self.open_drawer)])

    def _paid(self, done: Done) -> None:
        if done.opens_drawer:
            self.open_drawer()
        self.say_when_full()

    def _begin(self) -> None:
        """Somebody signed in: count the float, or go on with what was being paid."""
        if not (self.shift.is_open or self._place.till.is_training):
            self.with_shift(self._selling.screen.take_focus)
        else:
            self._paying.resume()

    def with_shift(self, go_on: Callable[[], object]) -> None:
        """Run `go_on` with a shift open; asks for the float first where there is none."""
        if self.shift.is_open or self._place.till.is_training:
            go_on()
        else:
            self._dialogue.run(self._open_flow(go_on))

    def no_sale(self) -> None:
        """Open the drawer without a sale; it is logged."""
        if self._is_real():
            self.with_shift(lambda: self._dialogue.run(self._no_sale_flow()))

    def move_cash(self, kind: str) -> None:
        """Cash in, cash out, or a drop to the safe."""
        flow = self._drop_flow if kind == "drop" else partial(self._move_flow, kind)
        if self._is_real():
            self.with_shift(lambda: self._dialogue.run(flow()))

    def close_shift(self) -> None:
        """Count the cash, look at how it came out, close; an open cart stays for the next shift."""
        if not self._is_real():
            return
        if self.shift.is_open:
            self._dialogue.run(self._close_flow())
        else:
            self._dialogue.say("info", "No shift is open.")

    def x_report(self) -> None:
        """The shift as it stands."""
        if self.shift.is_open:
            self._dialogue.run(self._x_flow())
        else:
            self._dialogue.say("info", "No shift is open.")

    def say_when_full(self) -> None:
        """Say when the drawer holds more cash than the shop allows."""
        if words := self.shift.too_full:
            self._dialogue.say("info", words)

    def _is_real(self) -> bool:
        """Whether the drawer is there for use; in training it is not, and that is said."""
        is_training = self._place.till.is_training
        if is_training:
            self._dialogue.say("error", IN_TRAINING)
        return not is_training

    # ------------------------------------------------------------ what is asked on the way

    def _open_flow(self, go_on: Callable[[], object]) -> Flow:
        approval = yield from self._dialogue.approval(Permission.OPEN_SHIFT, "Open the shift")
        if approval is None:
            return
        left = self.shift.left_minor
        subject = "Count the cash in the drawer"
        if left is not None:
            subject += f". At the last close {self._place.formats.money(left)} was left in it"
        count = yield AskCash("Open the shift", subject, initial_minor=left)
        if count is not None:
            self._dialogue.tried(lambda: self.shift.open(count, approval))
            go_on()

    def _no_sale_flow(self) -> Flow:
        reason = yield AskReason("Open the drawer", self.shift.reasons("no_sale"))
        if reason is None:
            return
        words = f"Open the drawer without a sale: {reason}"
        approval = yield from self._dialogue.approval(Permission.NO_SALE, words)
        if approval is not None:
            self.shift.no_sale(reason, approval)
            self._dialogue.say("info", "Drawer opened, and logged.")
            self.open_drawer()

    def _move_flow(self, kind: str) -> Flow:
        minor = yield AskNumber(MOVES[kind], "money")
        if minor is None:
            return
        reason = yield AskReason("Reason", self.shift.reasons(kind))
        if reason is None:
            return
        words = f"{MOVES[kind]}: {self._place.formats.money(minor)}, {reason}"
        approval = yield from self._dialogue.approval(Permission(kind), words, minor)
        if approval is not None:
            self.shift.move(kind, minor, reason, approval)
            self._dialogue.say("info", words)
            self.open_drawer()

    def _drop_flow(self) -> Flow:
        count: CashCount | None = yield AskCash(MOVES["drop"])
        if count is None:
            return
        words = f"{MOVES['drop']}: {self._place.formats.money(count.total_minor)}"
        approval = yield from self._dialogue.approval(Permission.DROP, words, count.total_minor)
        if approval is not None:
            self.shift.drop(count, approval)
            self._dialogue.say("info", words)
            self.open_drawer()

    def _close_flow(self) -> Flow:
        approval = yield from self._dialogue.approval(Permission.CLOSE_SHIFT, "Close the shift")
        if approval is None:
            return
        self.open_drawer()
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
        approval = yield from self._dialogue.approval(Permission.SEE_EXPECTED_CASH, "X report")
        view = self.shift.x_report() if approval is not None else None
        if view is not None:
            self._show(view, view)

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
        self._selling.hide_change()
        self._dialogue.say("info", f"Shift closed. Z report {original.title.split()[-1]} saved.")
        self._print(original, NOT_PRINTED)
        # What the button prints is a second one.
        self._show(original, self.shift.z_report(event_id, is_copy=True))

    def _show(self, view: ReportView, printed: ReportView) -> None:
        print_it = partial(self._print, printed, X_NOT_PRINTED) if self.shift.can_print else None
        ShiftReportSheet(self._shell.host, self._place.theme, view, print_it)

    def _print(self, view: ReportView, failed: str) -> None:
        if not self.shift.print(view):
            again = partial(self._print, view, failed)
            self._dialogue.say("warning", failed, [("Retry", again), ("Skip", lambda: None)])

    def _add_actions(self) -> None:
        add = self._shell.actions.add
        add(
            Action(
                name="no_sale",
                title="Open drawer",
                section="cash",
                shortcut="F10",
                run=self.no_sale,
            )
        )
        for kind, words in MOVES.items():
            run = partial(self.move_cash, kind)
            add(Action(name=kind, title=f"{words}…", section="cash", run=run))
        add(
            Action(name="x_report", title="X report…", section="cash", run=self.x_report),
            Action(name="close_shift", title="Close shift…", section="cash", run=self.close_shift),
        )

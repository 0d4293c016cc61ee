"""What the cash drawer adds to the program: its shift, cash in and out, X and Z reports."""

from collections.abc import Callable
from functools import partial

from app.devices.ports import DrawerFault
from app.drawer.cash import cash_view
from app.drawer.qt.cash import CashAction, CashPage
from app.drawer.qt.count import count_sheet
from app.drawer.qt.shift_report import ShiftReportSheet
from app.drawer.shift import ShiftPresenter
from app.drawer.shift_report import ReportView
from app.kit.flow import AskCash, AskNumber, AskReason, AskYesNo, Flow
from app.kit.qt.asking import register
from app.kit.qt.page import Page
from app.kit.qt.shell import Shell
from app.kit.registry import Action, PageEntry
from app.kit.translation import translate
from app.paying.qt.feature import Paying
from app.selling.done import Done
from app.selling.qt.feature import Selling
from localdb.domain.cash_count import CashCount
from localdb.domain.permissions import Permission
from localdb.services.till import IN_TRAINING


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
            text = translate("Cash", "The cash drawer did not open. {fault}", fault=fault)
            self._dialogue.say(
                "warning", text, [(translate("Cash", "Open again"), self.open_drawer)]
            )

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

    def open_shift(self) -> None:
        """Count the float and open a shift."""
        if self._is_real():
            self.with_shift(lambda: None)

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
            self._dialogue.say("info", translate("Cash", "No shift is open."))

    def x_report(self) -> None:
        """The shift as it stands."""
        if self.shift.is_open:
            self._dialogue.run(self._x_flow())
        else:
            self._dialogue.say("info", translate("Cash", "No shift is open."))

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
        approval = yield from self._dialogue.approval(
            Permission.OPEN_SHIFT, translate("Cash", "Open shift")
        )
        if approval is None:
            return
        left = self.shift.left_minor
        subject = translate("Cash", "Opening float: count the cash in the drawer.")
        if left is not None:
            subject = translate(
                "Cash",
                "Opening float: count the cash in the drawer. {amount} was left at the last close.",
                amount=self._place.formats.money(left),
            )
        count = yield AskCash(
            translate("Cash", "Open shift"),
            subject,
            initial_minor=left,
            yes=translate("Cash", "Open shift with {amount}"),
        )
        if count is not None:
            self._dialogue.tried(lambda: self.shift.open(count, approval))
            go_on()

    def _no_sale_flow(self) -> Flow:
        title = translate("Cash", "No sale")
        reason = yield AskReason(
            title, self.shift.reasons("no_sale"), translate("Cash", "Open drawer")
        )
        if reason is None:
            return
        words = translate("Cash", "No sale: {reason}", reason=reason)
        approval = yield from self._dialogue.approval(Permission.NO_SALE, words)
        if approval is not None:
            self.shift.no_sale(reason, approval)
            self._dialogue.say("info", translate("Cash", "Drawer opened. Logged as a no-sale."))
            self.open_drawer()

    def _move_flow(self, kind: str) -> Flow:
        what, amount = move_words(kind), self._place.formats.money
        minor = yield AskNumber(what, "money")
        if minor is None:
            return
        record = (
            translate("Cash", "Record {amount} paid in", amount=amount(minor))
            if kind == "paid_in"
            else translate("Cash", "Record {amount} paid out", amount=amount(minor))
        )
        reason = yield AskReason(
            translate("Cash", "{what}: reason", what=what), self.shift.reasons(kind), record
        )
        if reason is None:
            return
        words = f"{what}: {amount(minor)}, {reason}"
        approval = yield from self._dialogue.approval(Permission(kind), words, minor)
        if approval is not None:
            self.shift.move(kind, minor, reason, approval)
            self._dialogue.say("info", words)
            self.open_drawer()

    def _drop_flow(self) -> Flow:
        what = move_words("drop")
        count: CashCount | None = yield AskCash(
            what, yes=translate("Cash", "Drop {amount} to the safe")
        )
        if count is None:
            return
        words = f"{what}: {self._place.formats.money(count.total_minor)}"
        approval = yield from self._dialogue.approval(Permission.DROP, words, count.total_minor)
        if approval is not None:
            self.shift.drop(count, approval)
            self._dialogue.say("info", words)
            self.open_drawer()

    def _close_flow(self) -> Flow:
        approval = yield from self._dialogue.approval(
            Permission.CLOSE_SHIFT, translate("Cash", "Close shift")
        )
        if approval is None:
            return
        self.open_drawer()
        thrown_away: list[int] = []
        while True:
            count: CashCount | None = yield AskCash(
                translate("Cash", "Close shift"),
                translate("Cash", "Count the cash in the drawer. Press F12 when you are done."),
                expected_minor=self.shift.shown_expected_minor,
                by_pieces=True,
                yes=translate("Cash", "Continue with {amount}"),
            )
            if count is None:
                return
            if (yield self._confirm(count)):
                break
            thrown_away.append(count.total_minor)
        self._closed(self.shift.close(count, tuple(thrown_away), approval))

    def _x_flow(self) -> Flow:
        approval = yield from self._dialogue.approval(
            Permission.SEE_EXPECTED_CASH, translate("Cash", "X report")
        )
        view = self.shift.x_report() if approval is not None else None
        if view is not None:
            self._show(view, view)

    def _confirm(self, count: CashCount) -> AskYesNo:
        came_out = self.shift.compared(count)
        lines = [
            translate("Cash", "Counted: {amount}", amount=came_out.counted),
            translate("Cash", "Expected: {amount}", amount=came_out.expected),
            translate("Cash", "Difference: {amount}", amount=came_out.over_short),
        ]
        if not self._selling.presenter.cart.is_empty:
            lines += ["", translate("Cash", "The open sale is carried over to the next shift.")]
        return AskYesNo(
            translate("Cash", "Close shift?"),
            "\n".join(lines),
            translate("Cash", "Close shift"),
            translate("Cash", "Recount"),
            icon="shift",
        )

    # ------------------------------------------------------------ reports

    def _closed(self, event_id: str) -> None:
        """It is on disk: print, and show it."""
        original = self.shift.z_report(event_id)
        # Nothing of the shift that ended stays on the screen.
        self._selling.hide_change()
        self._dialogue.say(
            "info", translate("Cash", "Shift closed. {report} saved.", report=original.title)
        )
        self._print(original, translate("Cash", "Shift closed. Z report not printed."))
        # What the button prints is a second one.
        self._show(original, self.shift.z_report(event_id, is_copy=True))

    def _show(self, view: ReportView, printed: ReportView) -> None:
        failed = translate("Cash", "The report was not printed.")
        print_it = partial(self._print, printed, failed) if self.shift.can_print else None
        ShiftReportSheet(self._shell.host, self._place.theme, view, print_it)

    def _print(self, view: ReportView, failed: str) -> None:
        if not self.shift.print(view):
            again = partial(self._print, view, failed)
            self._dialogue.say(
                "warning",
                failed,
                [
                    (translate("Cash", "Retry"), again),
                    (translate("Cash", "Skip"), lambda: None),
                ],
            )

    # ------------------------------------------------------------ the page

    def _page(self) -> Page:
        move = self.move_cash
        actions = (
            CashAction(move_words("paid_in"), "plus", "I", partial(move, "paid_in")),
            CashAction(move_words("paid_out"), "minus", "O", partial(move, "paid_out")),
            CashAction(move_words("drop"), "lock", "D", partial(move, "drop")),
            CashAction(translate("Cash", "No sale"), "drawer", "N", self.no_sale),
            CashAction(translate("Cash", "X report"), "report", "X", self.x_report),
            CashAction(translate("Cash", "Close shift"), "shift", "Z", self.close_shift),
            CashAction(translate("Cash", "Open shift"), "unlock", "S", self.open_shift, False),
        )
        place = self._place
        return CashPage(
            place.theme,
            place.till_name,
            actions,
            lambda: cash_view(place.till, place.formats, self.shift),
        )

    def _reports(self) -> Page:
        from app.drawer.qt.shift_reports import ShiftReportsScreen

        return ShiftReportsScreen(self._place)

    def _add_actions(self) -> None:
        self._shell.pages.add(
            PageEntry(
                name="cash",
                title=translate("Pages", "Cash"),
                section="cash",
                make=self._page,
                keywords=("drawer", "shift", "till"),
            )
        )
        self._shell.pages.add(
            PageEntry(
                name="shift_reports",
                title=translate("Pages", "Z reports"),
                section="cash",
                make=self._reports,
                permission=Permission.SEE_EXPECTED_CASH,
                keywords=(translate("Cash", "shift reports"), "past", "close"),
            )
        )
        for name, title, run, shortcut in (
            ("no_sale", translate("Cash", "No sale"), self.no_sale, "F10"),
            ("paid_in", move_words("paid_in"), partial(self.move_cash, "paid_in"), ""),
            ("paid_out", move_words("paid_out"), partial(self.move_cash, "paid_out"), ""),
            ("drop", move_words("drop"), partial(self.move_cash, "drop"), ""),
            ("x_report", translate("Cash", "X report"), self.x_report, ""),
            ("close_shift", translate("Cash", "Close shift"), self.close_shift, ""),
        ):
            self._shell.actions.add(
                Action(
                    name=name,
                    title=title,
                    section="cash",
                    run=run,
                    shortcut=shortcut,
                    keywords=("drawer",),
                    is_on_page=True,
                )
            )


def move_words(kind: str) -> str:
    """What a movement of cash is called: `paid_in`, `paid_out` or `drop`."""
    return {
        "paid_in": translate("Cash", "Pay in"),
        "paid_out": translate("Cash", "Pay out"),
        "drop": translate("Cash", "Safe drop"),
    }[kind]

"""Taking payment: by any method, in any split, with tips; paid once."""

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

from app.kit.authority import need
from app.kit.flow import Ask, AskNumber, Flow, FlowRunner
from app.kit.formats import Formats
from app.kit.odd_amounts import odd_cash
from app.kit.translation import translate
from app.paying.card_desk import CardDesk
from app.paying.charge_session import ChargeSession, ChargeUi
from app.paying.funds import Funds, from_balances
from app.paying.payable import Payable, PaysBack
from app.paying.splitting import SPLIT_KEY, split_question
from app.paying.state import ChargeState, reference_hint
from app.paying.terminal_payments import TerminalPayments
from localdb.domain.charge import Charge, Step
from localdb.domain.methods import CASH, FROM_BALANCE, GIFT_CARD, ON_ACCOUNT, TIP_KEY, Method
from localdb.domain.numbers import AmbiguousNumber
from localdb.domain.permissions import Approval, Permission
from localdb.domain.tender import Tender
from localdb.errors import Refusal
from localdb.queries import balances
from localdb.queries.balances import Spendable
from localdb.services.till import Till

_NO_AMOUNT = "That is not an amount. Type it like 12.50."


class ChargePresenter:
    """What the charge screen's keys and buttons do; a terminal's part in it is `terminal`."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        ui: ChargeUi,
        desk: CardDesk,
        funds: Funds,
        new_id: Callable[[], str],
    ) -> None:
        self._till = till
        self._formats = formats
        self._ui = ui
        self._desk = desk
        self._funds = funds
        self._new_id = new_id
        self._session = ChargeSession(till, formats, ui, new_id)
        self._session.on_change = self._give_up_funds
        self.terminal = TerminalPayments(till, formats, ui, desk, self._session)
        self._runner = FlowRunner(ui.ask, lambda error: self._session.show(error=str(error)))

    @property
    def state(self) -> ChargeState:
        """What the screen shows."""
        return self._session.state

    @property
    def is_open(self) -> bool:
        """Whether something is being paid."""
        return self._session.is_open

    # ------------------------------------------------------------ coming and going

    def open(self, payable: Payable) -> None:
        """Begin to take payment."""
        self.suspend()
        self._session.open(payable)

    def resume(self, payable: Payable, charge: Charge) -> None:
        """Go on with a charge that was under way when the power went, or the till was locked."""
        self.terminal.resume(payable, charge)

    def suspend(self) -> None:
        """Put the charge away as it is: the till is locked or closed. Its money stays on disk."""
        self.terminal.suspend()

    def back(self) -> None:
        """Leave without a sale; what was paid goes back to the customer first."""
        self.terminal.back()

    def hush(self) -> None:
        """Take back what was said last: something newer is said beside it."""
        self._session.hush()

    # ------------------------------------------------------------ paying

    def select(self, code: str) -> None:
        """Choose the method that Enter takes."""
        self._session.selected = self._session.method(code)
        self._session.show()

    def press(self, letter: str) -> bool:
        """A letter was typed: choose its method, or ask for the tip; false if it means nothing."""
        if self._session.charge is None or self._session.charge.step is not Step.OPEN:
            return False
        if letter.upper() == TIP_KEY:
            self.ask_tip()
            return True
        if letter == SPLIT_KEY:
            self.ask_split()
            return True
        found = next((m for m in self._session.methods if m.key == letter.upper()), None)
        if found is not None:
            self.select(found.code)
        return found is not None

    def pay(self, code: str, typed: str = "", reference: str = "") -> None:
        """Pay by a method what was typed, or all that remains; nothing while a terminal is asked.

        Paid in full, it is only stored: so a double click pays once, and what could not be stored
        is tried again.
        """
        charge = self._session.charge
        if charge is None or charge.request is not None or self._runner.is_asking:
            return
        if charge.tender.is_complete:
            self._session.store()
        else:
            method = self._session.method(code)
            self._runner.run(self._pay(method, typed.strip(), reference.strip()))

    def pay_cash(self, typed: str = "") -> None:
        """Cash as typed; nothing typed means exactly what is due."""
        self.pay(CASH, typed)

    def pay_scanned(self, code: str) -> bool:
        """A gift card was scanned: it pays what it can; false for any other code."""
        charge = self._session.charge
        if charge is None or charge.step is not Step.OPEN:
            return False
        if self._till.ask(balances.card_by_code, code) is None:
            return False
        self.pay(GIFT_CARD, reference=code)
        return True

    def change_words(self, typed: str) -> str:
        """What a customer gets back of the cash that is typed; empty for no change."""
        charge = self._session.charge
        if charge is None or charge.tender.due_minor < 0:
            return ""
        try:
            minor = self._formats.parse_money(typed) if typed.strip() else None
        except AmbiguousNumber:
            return ""
        over = (minor or 0) - charge.tender.cash_share_minor - charge.tender.tip_minor
        if over <= 0 or self._session.selected.code != CASH:
            return ""
        return translate("Charge", "Change {amount}", amount=self._formats.money(over))

    def written(self, code: str, typed: str) -> str:
        """What a payment of the typed amount would come to; nothing typed is all that remains."""
        if self._session.charge is None:
            return ""
        method = self._session.method(code)
        try:
            typed_minor = self._formats.parse_money(typed)
        except AmbiguousNumber:
            return ""
        minor, _ = self._offered(method, self._signed(typed_minor), "")
        return self._session.writer.asked(self._session.charge.tender, method, minor)

    def tip(self, minor: int) -> None:
        """Let the next payment carry a tip, or none."""
        if self._session.charge is not None:
            self._session.guarded(lambda charge: self._session.take_over(_tipped(charge, minor)))

    def tip_typed(self, typed: str) -> None:
        """The tip as typed."""
        try:
            minor = self._formats.parse_money(typed)
        except AmbiguousNumber as both:
            self._session.show(error=str(both))
            return
        if minor is None:
            self._session.show(error=_NO_AMOUNT)
        else:
            self.tip(minor)

    def ask_tip(self) -> None:
        """Ask for a tip of any amount."""

        def given(minor: object) -> None:
            if isinstance(minor, int):
                self.tip(minor)

        if self._session.charge is not None and self._session.charge.tender.due_minor > 0:
            self._ui.ask(AskNumber(translate("Charge", "Tip"), "money"), given)

    def ask_split(self) -> None:
        """Ask into how many even payments what remains is to be split."""
        charge = self._session.charge
        if charge is None or charge.step is not Step.OPEN or charge.tender.due_minor <= 0:
            return

        def given(into: object) -> None:
            if isinstance(into, str):
                self._session.guarded(
                    lambda charge: self._session.take_over(
                        charge.with_tender(charge.tender.split(int(into)))
                    )
                )

        self._ui.ask(split_question(charge.tender, self._formats), given)

    # ------------------------------------------------------------ how a payment is taken

    def _pay(self, method: Method, typed: str, reference: str) -> Flow:
        charge = self._session.charge
        assert charge is not None, "nothing is being paid"
        minor = self._formats.parse_money(typed) if typed else None
        if typed and minor is None:
            raise Refusal(_NO_AMOUNT)
        minor, reference = self._offered(method, self._signed(minor), reference)
        if reference_hint(method) and not reference:
            self._session.selected = method
            self._session.show(
                info=translate(
                    "Charge", "{method}, then press Enter.", method=reference_hint(method)
                )
            )
            return
        if method.code == ON_ACCOUNT and charge.tender.due_minor > 0:
            approval = yield from self._leave_to_owe(charge.tender, minor)
            if approval is None or self._session.charge is not charge:
                return
        if isinstance(self._session.payable, PaysBack) and charge.tender.due_minor < 0:
            charge = yield from self._leave_to_pay_out(charge, method, minor, reference)
            if self._session.charge is not charge:
                return
        if method.code in FROM_BALANCE:
            self._pay_from_balance(charge, method, minor, reference)
        elif method.kind == "card" and self._desk.has_terminal:
            self.terminal.ask(charge.ask_payment(method, minor, self._new_id(), reference))
        elif (yield from self._is_meant(charge, method, minor)):
            self._took(charge.tender.take(method, minor, reference))

    def _is_meant(
        self, charge: Charge, method: Method, minor: int | None
    ) -> Generator[Ask, Any, bool]:
        """Whether so much cash was handed over; asks only where that is odd."""
        tender = charge.tender
        if method.code != CASH or minor is None or not tender.is_odd_cash(minor):
            return True
        tender.take(method, minor)
        is_meant = bool((yield odd_cash(self._formats, tender, minor)))
        return is_meant and self._session.charge is charge

    def _offered(self, method: Method, minor: int | None, reference: str) -> tuple[int | None, str]:
        """What was typed, or else what is offered for the method."""
        if self._session.offer is None or method.code != self._session.offer.method:
            return minor, reference
        return (
            self._session.offer.amount_minor if minor is None else minor,
            reference or self._session.offer.reference,
        )

    def _leave_to_pay_out(
        self, charge: Charge, method: Method, minor: int | None, reference: str
    ) -> Generator[Ask, Any, Charge]:
        """The charge with the leave that paying out this way takes; another one was refused."""
        assert isinstance(self._session.payable, PaysBack), "nothing is paid out"
        account = self._account(method, reference) if method.code in FROM_BALANCE else None
        asked = self._session.payable.request(charge.tender.take(method, minor, account_id=account))
        if asked is None:
            return charge
        approval = yield from need(
            self._till, asked.permission, asked.words, amount_minor=asked.amount_minor
        )
        if self._session.charge is not charge:
            return charge
        if approval is None:
            raise Refusal(translate("Approval", "Cancelled: {what}", what=asked.words))
        self._session.payable = self._session.payable.allowed(approval)
        # The subject has the leave now, also after a power cut.
        self._session.charge = replace(charge, subject=self._session.payable.subject)
        return self._session.charge

    def _leave_to_owe(
        self, tender: Tender, minor: int | None
    ) -> Generator[Ask, Any, Approval | None]:
        amount = tender.share_minor if minor is None else minor
        words = translate("Charge", "Sell on account: {amount}", amount=self._formats.money(amount))
        return need(self._till, Permission.ON_ACCOUNT, words, amount_minor=amount)

    def _pay_from_balance(
        self, charge: Charge, method: Method, minor: int | None, reference: str
    ) -> None:
        if self._till.is_training:
            raise Refusal(
                translate(
                    "Charge", "{name} cannot be practised. Use another method.", name=method.name
                )
            )
        account_id = self._account(method, reference)
        if charge.tender.due_minor < 0:
            self._took(charge.tender.take(method, minor, reference, account_id=account_id))
            return
        taken = from_balances(charge.tender).get((method.code, account_id), 0)

        def answered(funds: Spendable) -> None:
            if self._session.charge is not charge:
                return
            if not funds.minor:
                raise Refusal(funds.reason)
            self._took(
                charge.tender.take(
                    method, minor, reference, account_id=account_id, limit_minor=funds.minor
                )
            )

        def later(funds: Spendable) -> None:
            self._session.guarded(lambda _: answered(funds))

        wanted = charge.tender.share_minor if minor is None else minor
        self._session.show(info=translate("Charge", "Asking the server…"))
        self._funds.ask(method.code, account_id, wanted, taken, later)

    def _give_up_funds(self, before: Charge | None, now: Charge) -> None:
        """What a balance no longer pays here is for other tills."""
        taken = from_balances(now.tender)
        for account, minor in (from_balances(before.tender) if before else {}).items():
            if taken.get(account, 0) < minor:
                self._funds.give_up(*account, taken.get(account, 0))

    def _account(self, method: Method, reference: str) -> str:
        assert self._session.payable is not None, "nothing is being paid"
        if method.code != GIFT_CARD:
            if self._session.payable.customer_id is None:
                raise Refusal(
                    translate("Charge", "Go back and add the customer to the cart first.")
                )
            return self._session.payable.customer_id
        card = self._till.ask(balances.card_by_code, reference)
        if card is None:
            raise Refusal(
                translate(
                    "Charge",
                    "This till does not know the gift card {reference}.",
                    reference=reference,
                )
            )
        return card.id

    def _signed(self, minor: int | None) -> int | None:
        """What is typed has no sign; paying out is negative."""
        assert self._session.charge is not None, "nothing is being paid"
        return -minor if minor is not None and self._session.charge.tender.due_minor < 0 else minor

    def _took(self, tender: Tender) -> None:
        """A payment went through without a terminal; the last one stores the sale."""
        assert self._session.charge is not None, "nothing is being paid"
        charge = self._session.charge.with_tender(tender)
        self._session.take_over(charge)
        if tender.is_complete:
            self._session.store()
        else:
            self._session.keep(charge)


def _tipped(charge: Charge, minor: int) -> Charge:
    return charge.with_tender(charge.tender.with_tip(minor))

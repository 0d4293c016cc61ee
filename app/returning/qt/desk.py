"""Everything that gives money back, around the page of refunds: exchanges, voids, no receipt."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from PySide6.QtWidgets import QWidget

from app.kit.authority import need
from app.kit.flow import Ask, AskText, AskYesNo, Flow, FlowRunner
from app.kit.qt.asking import ask
from app.kit.qt.page import Page
from app.kit.qt.workplace import Workplace
from app.paying.payable import Payable
from app.paying.qt.desk import PayDesk
from app.receipts.receipt import ReceiptPresenter
from app.returning.paying_back import EXCHANGE, REFUND, Exchange, Refund
from app.returning.qt.refund import RefundScreen
from app.returning.refund import refused_by_server
from app.selling.qt.selling import SellingScreen
from localdb.domain.charge import Charge
from localdb.domain.methods import CASH, FROM_BALANCE
from localdb.domain.permissions import Permission
from localdb.domain.returns import Pending
from localdb.errors import EvertillError, Refusal
from localdb.queries import customers, receipt_search, receipts, returnable
from localdb.queries.receipts import Receipt
from localdb.services import returns

IN_TRAINING = "This is training: no real sale can be given back. End the training first."
MISTAKE = "Rung by mistake"


class ReturnDesk:
    """Opens the page, and hands what it gives to the charge screen or to the cart."""

    def __init__(
        self,
        host: QWidget,
        place: Workplace,
        selling: SellingScreen,
        pay: PayDesk,
        receipts_: ReceiptPresenter,
        show_page: Callable[[Page], object],
        show_receipt: Callable[[str], object],
        with_shift: Callable[[Callable[[], object]], None],
    ) -> None:
        self._host = host
        self._place = place
        self._selling = selling
        self._pay = pay
        self._receipts = receipts_
        self._runner = FlowRunner(self._ask, self._refused)
        self._show_page = show_page
        self._is_paying_out = False
        self._show_receipt = show_receipt
        self._with_shift = with_shift
        pay.screen.done.connect(self._is_over)
        selling.charge_asked.connect(self._is_over)
        pay.remakes[REFUND] = self._refund_again
        pay.remakes[EXCHANGE] = self._exchange_again
        pay.exchange_of_cart = self._exchange
        selling.panel.exchange.cleared.connect(self.ask_to_cancel_exchange)

    @cached_property
    def page(self) -> RefundScreen:
        """Made when it is first needed, not at the start."""
        page = RefundScreen(self._place)
        page.pay_asked.connect(self._pay_out)
        page.exchange_asked.connect(self._begin_exchange)
        page.void_asked.connect(self.void)
        page.receipt_asked.connect(self._show_receipt)
        return page

    # ------------------------------------------------------------ for the window

    def open(self, code: str = "") -> None:
        """Show the page, with the receipt of a code that was scanned."""
        if self._place.till.is_training:
            self._selling.presenter.say("error", IN_TRAINING)
        else:
            self._with_shift(lambda: self._open(code))

    def open_sale(self, sale_id: str) -> None:
        """Show one receipt on the page."""
        self._with_shift(lambda: self._open_sale(sale_id))

    def _open_sale(self, sale_id: str) -> None:
        self._show_page(self.page)
        self.page.open_sale(sale_id)

    def _open(self, code: str) -> None:
        self._show_page(self.page)
        self.page.open()
        if code:
            self.page.presenter.scanned(code)

    def takes(self, code: str) -> bool:
        """Whether a code scanned while selling is a receipt's: then the page shows it.

        A card may have a code that looks like one.
        """
        till = self._place.till
        if till.is_training or not receipt_search.looks_like_number(code):
            return False
        return not till.ask(customers.is_card, code)

    def show_exchange(self) -> None:
        """Say above the cart what is being given back for it."""
        pending = self._place.till.ask(returnable.open_exchange)
        text, back_minor = "", 0
        if pending is not None:
            try:
                back = Refund.again(self._place.till, self._place.formats, pending)
            except Refusal as refusal:
                self._place.till.write(returns.forget_exchange)
                self._refused(refusal)
            else:
                back_minor = -back.due_minor
                amount = self._place.formats.money(back_minor)
                text = f"Exchange: {amount} refund\n{back.found.original.sale.receipt_number}"
        self._selling.panel.exchange.show_text(text)
        self._selling.presenter.exchange_for(back_minor)

    # ------------------------------------------------------------ exchange

    def ask_to_cancel_exchange(self) -> None:
        """The customer keeps the goods after all."""
        self._runner.run(self._cancel_flow())

    def _cancel_flow(self) -> Flow:
        question = AskYesNo(
            "Cancel the exchange?",
            "No refund is made and the cart is kept.",
            yes="Cancel the exchange",
            no="Keep the exchange",
        )
        if (yield question):
            self._place.till.write(returns.forget_exchange)
            self.show_exchange()

    def takes_back(self) -> bool:
        """The charge screen was left: show the picked receipt again if that is where one was."""
        was_paying, self._is_paying_out = self._is_paying_out, False
        if was_paying:
            self._show_page(self.page)
        return was_paying

    def _is_over(self) -> None:
        self._is_paying_out = False

    def _pay_out(self, payable: Refund) -> None:
        self._is_paying_out = True
        self._pay.open(payable)

    def _begin_exchange(self, back: Refund) -> None:
        try:
            self._place.till.write(returns.begin_exchange, back.wanted, back.leave)
        except EvertillError as error:
            self._refused(error)
            return
        self._leave_page()
        # How the last sale ended is no part of this one.
        self._selling.panel.hide_change()
        self.show_exchange()
        self._selling.presenter.say("info", "Scan the replacement items, then charge.")

    def charge(self) -> None:
        """Take payment for the cart; what is exchanged for it is asked for once more, because the
        server keeps it for this till for two minutes only.
        """
        pending = self._place.till.ask(returnable.open_exchange)
        if pending is None or self._place.till.is_training:
            self._pay.charge_cart()
        else:
            self._runner.run(self._charge_flow(pending))

    def _charge_flow(self, pending: Pending) -> Flow:
        refused = yield from refused_by_server(self._place.till, pending.wanted)
        if refused is None:
            self._pay.charge_cart()
        elif refused:
            self._selling.presenter.say("error", refused)

    def _exchange(self) -> Payable | None:
        """The open cart with what comes back for it; None when nothing does."""
        pending = self._place.till.ask(returnable.open_exchange)
        if pending is None or self._place.till.is_training:
            return None
        back = Refund.again(self._place.till, self._place.formats, pending)
        selling = self._selling.presenter
        return Exchange.of(back, selling.cart, selling.terms)

    def _refund_again(self, charge: Charge) -> Payable:
        pending = Pending.from_json(charge.subject)
        return Refund.again(self._place.till, self._place.formats, pending)

    def _exchange_again(self, charge: Charge) -> Payable:
        cart = self._selling.presenter.cart
        return Exchange.again(self._place.till, self._place.formats, charge.subject, cart)

    # ------------------------------------------------------------ void

    def void_last(self) -> None:
        """Take the last sale of this till back."""
        last = self._place.till.ask(receipts.last)
        if last is None:
            self._selling.presenter.say("info", "This till has not sold anything yet.")
        else:
            self.void(last.sale.id)

    def void(self, sale_id: str) -> None:
        """Take a whole sale of the open shift back."""
        if self._place.till.is_training:
            self._selling.presenter.say("error", IN_TRAINING)
        elif sale_id:
            self._runner.run(self._void_flow(sale_id))

    def _void_flow(self, sale_id: str) -> Flow:
        receipt = self._place.till.ask(receipts.load, sale_id)
        sale = receipt.sale
        words = f"Void {sale.receipt_number}, {self._place.formats.money(sale.total_minor)}"
        approval = yield from need(
            self._place.till, Permission.VOID_SALE, words, amount_minor=sale.total_minor
        )
        if approval is None:
            self._selling.presenter.say("info", f"Not done: {words}")
            return
        reason = yield AskText(f"{words}: why?", MISTAKE)
        if reason is None:
            return
        done = self._place.till.write(
            returns.void,
            sale_id,
            reason,
            approval=approval,
            at_terminal=self._pay.cards.has_terminal,
        )
        self._leave_page()
        if any(paid.method == CASH for paid in receipt.payments):
            self._pay.open_drawer()
        self._pay.cards.undo_abandoned()
        self._receipts.print(done.sale_id)
        text = f"Voided {sale.receipt_number}. Give back: {self._paid_with(receipt)}."
        self._selling.strip.say("success", text, [("OK", self._selling.strip.clear)])

    def _paid_with(self, receipt: Receipt) -> str:
        """What goes back how; on a stand-alone terminal the cashier reverses it."""
        parts = []
        for paid in receipt.payments:
            amount = self._place.formats.money(paid.amount_minor + paid.tip_minor)
            name = receipt.method_name(paid.method)
            by_hand = paid.method not in (CASH, *FROM_BALANCE) and not self._pay.cards.has_terminal
            parts.append(f"{name} {amount}" + (" (reverse it there)" if by_hand else ""))
        return ", ".join(parts) or "nothing"

    # ------------------------------------------------------------ without a receipt

    def return_without_receipt(self) -> None:
        """The next scan comes back instead of going out; a manager allows it."""
        self._selling.search_for("-1*")
        self._selling.presenter.say("info", "Scan what comes back.")

    # ------------------------------------------------------------ helpers

    def _leave_page(self) -> None:
        if "page" in self.__dict__:
            self.page.left.emit()

    def _ask(self, question: Ask, answer: Callable[[Any], None]) -> None:
        ask(self._host, self._place, question, answer)

    def _refused(self, error: EvertillError) -> None:
        self._selling.presenter.say("error", str(error))

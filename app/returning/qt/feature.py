"""What returning adds to the program: the page of refunds, exchanges, voids, no receipt."""

from functools import cached_property, partial

from app.drawer.qt.feature import Drawer
from app.kit.flow import AskText, AskYesNo, Flow
from app.kit.qt.page import Page
from app.kit.qt.shell import Shell
from app.kit.registry import Action, PageEntry
from app.kit.translation import translate
from app.paying.payable import Payable
from app.paying.qt.feature import Paying
from app.receipts.qt.feature import Receipts
from app.receipts.qt.orders import OrdersPage
from app.receipts.qt.receipt import ReceiptAction
from app.returning.paying_back import EXCHANGE, REFUND, Exchange, Refund
from app.returning.qt.refund import RefundScreen
from app.returning.refund import refused_by_server
from app.selling.cart_view import LineView
from app.selling.qt.feature import Selling
from localdb.domain.charge import Charge
from localdb.domain.methods import CASH, FROM_BALANCE
from localdb.domain.permissions import Permission
from localdb.domain.returns import Pending
from localdb.errors import Refusal
from localdb.queries import customers, receipt_search, receipts, returnable
from localdb.queries.receipts import Receipt
from localdb.services import returns

IN_TRAINING = "This is training: no real sale can be refunded. End the training first."
MISTAKE = "Entered by mistake"


class Returning:
    """Opens the page, and hands what it gives to the charge screen or to the cart."""

    def __init__(
        self, shell: Shell, selling: Selling, paying: Paying, drawer: Drawer, receipts_: Receipts
    ) -> None:
        self._shell = shell
        self._place = shell.place
        self._dialogue = shell.dialogue
        self._panel = selling
        self._selling = selling.presenter
        self._paying = paying
        self._drawer = drawer
        self._receipts = receipts_
        paying.payables.add(REFUND, self._refund_again, lines=_what_comes_back)
        paying.payables.add(EXCHANGE, self._exchange_again, is_cart=True, lines=_what_comes_back)
        paying.special_carts.append(self._special_cart)
        receipts_.more_actions.append(self._to_refund)
        receipts_.more_actions.append(self._to_void)
        shell.scan_takers.append(self._scanned)
        shell.events.signed_in.connect(lambda _user: self.show_exchange())
        shell.events.paid.connect(lambda _done: self.show_exchange())
        selling.screen.panel.exchange.cleared.connect(self.ask_to_cancel_exchange)
        self._add_actions()
        shell.pages.add(
            PageEntry(
                name="orders",
                title=translate("Pages", "Orders"),
                section="orders",
                make=self._orders,
                keywords=(
                    "receipts",
                    translate("Refund", "held sales"),
                    translate("Refund", "on hold"),
                    "history",
                ),
            )
        )

    @cached_property
    def page(self) -> RefundScreen:
        """Made when it is first needed, not at the start."""
        page = RefundScreen(self._place)
        page.pay_asked.connect(self._pay_out)
        page.exchange_asked.connect(self._begin_exchange)
        page.void_asked.connect(self.void)
        page.receipt_asked.connect(self._receipts.show)
        return page

    def _to_refund(self, sale_id: str) -> ReceiptAction:
        run = partial(self.open_sale, sale_id)
        return ReceiptAction(translate("Orders", "Refund"), "refund", run)

    def _to_void(self, sale_id: str) -> ReceiptAction:
        return ReceiptAction(translate("Orders", "Void"), "void", partial(self.void, sale_id))

    def _orders(self) -> Page:
        actions = self._shell.actions.named("refund", "return_without_receipt", "reprint")
        return OrdersPage(self._place, self._receipts.show, self._recall, actions)

    def _recall(self, held_id: str) -> None:
        self._shell.navigator.show_home()
        self._selling.recall(held_id)

    # ------------------------------------------------------------ for the window

    def open(self, code: str = "") -> None:
        """Show the page, with the receipt of a code that was scanned."""
        if self._place.till.is_training:
            self._dialogue.say("error", IN_TRAINING)
        else:
            self._drawer.with_shift(lambda: self._open(code))

    def open_sale(self, sale_id: str) -> None:
        """Show one receipt on the page."""
        self._drawer.with_shift(lambda: self._open_sale(sale_id))

    def _open_sale(self, sale_id: str) -> None:
        self._shell.navigator.bring_up(self.page, "orders")
        self.page.open_sale(sale_id)

    def _open(self, code: str) -> None:
        self._shell.navigator.bring_up(self.page, "orders")
        self.page.open()
        if code:
            self.page.presenter.scanned(code)

    def _scanned(self, code: str) -> bool:
        """Show the page for the code of a receipt; a card may have one that looks like it."""
        if not self._is_receipt(code):
            return False
        self.open(code)
        return True

    def _is_receipt(self, code: str) -> bool:
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
                self._dialogue.refused(refusal)
            else:
                back_minor = -back.due_minor
                amount = self._place.formats.money(back_minor)
                text = translate(
                    "Refund",
                    "Exchange: {amount} refund\n{receipt_number}",
                    amount=amount,
                    receipt_number=back.found.original.sale.receipt_number,
                )
        self._panel.screen.panel.exchange.show_text(text)
        self._selling.open_cart.exchange_for(back_minor)

    # ------------------------------------------------------------ exchange

    def ask_to_cancel_exchange(self) -> None:
        """The customer keeps the goods after all."""
        self._dialogue.run(self._cancel_flow())

    def _cancel_flow(self) -> Flow:
        question = AskYesNo(
            translate("Refund", "Cancel the exchange?"),
            translate("Refund", "No refund is made and the cart is kept."),
            yes=translate("Refund", "Cancel the exchange"),
            no=translate("Refund", "Keep the exchange"),
        )
        if (yield question):
            self._place.till.write(returns.forget_exchange)
            self.show_exchange()

    def _pay_out(self, payable: Refund) -> None:
        self._paying.open(
            payable, back=partial(self._shell.navigator.bring_up, self.page, "orders")
        )

    def _begin_exchange(self, back: Refund) -> None:
        begin = partial(self._place.till.write, returns.begin_exchange, back.wanted, back.leave)
        if not self._dialogue.tried(begin):
            return
        self._leave_page()
        # How the last sale ended is no part of this one.
        self._panel.hide_change()
        self.show_exchange()
        self._dialogue.say("info", translate("Refund", "Scan the replacement items, then charge."))

    def _special_cart(self) -> Flow | None:
        """How the cart is charged while something is exchanged for it; None when nothing is."""
        pending = self._place.till.ask(returnable.open_exchange)
        if pending is None or self._place.till.is_training:
            return None
        return self._charge_flow(pending)

    def _charge_flow(self, pending: Pending) -> Flow:
        """What is exchanged is asked for once more: the server keeps it for two minutes only."""
        refused = yield from refused_by_server(self._place.till, pending.wanted)
        if refused is None:
            self._selling.open_cart.save_now()
            back = Refund.again(self._place.till, self._place.formats, pending)
            self._paying.open(Exchange.of(back, self._selling.cart, self._selling.terms))
        elif refused:
            self._dialogue.say("error", refused)

    def _refund_again(self, charge: Charge) -> Payable:
        pending = Pending.from_json(charge.subject)
        return Refund.again(self._place.till, self._place.formats, pending)

    def _exchange_again(self, charge: Charge) -> Payable:
        cart = self._selling.cart
        return Exchange.again(self._place.till, self._place.formats, charge.subject, cart)

    # ------------------------------------------------------------ void

    def void_last(self) -> None:
        """Take the last sale of this till back."""
        last = self._place.till.ask(receipts.last)
        if last is None:
            self._dialogue.say("info", translate("Refund", "This till has not sold anything yet."))
        else:
            self.void(last.sale.id)

    def void(self, sale_id: str) -> None:
        """Take a whole sale of the open shift back."""
        if self._place.till.is_training:
            self._dialogue.say("error", IN_TRAINING)
        elif sale_id:
            self._dialogue.run(self._void_flow(sale_id))

    def _void_flow(self, sale_id: str) -> Flow:
        receipt = self._place.till.ask(receipts.load, sale_id)
        sale = receipt.sale
        words = translate(
            "Refund",
            "Void {receipt_number}, {total}",
            receipt_number=sale.receipt_number,
            total=self._place.formats.money(sale.total_minor),
        )
        approval = yield from self._dialogue.approval(Permission.VOID_SALE, words, sale.total_minor)
        if approval is None:
            return
        reason = yield AskText(f"{words}: why?", MISTAKE)
        if reason is None:
            return
        done = self._place.till.write(
            returns.void,
            sale_id,
            reason,
            approval=approval,
            at_terminal=self._paying.cards.has_terminal,
        )
        self._leave_page()
        if any(paid.method == CASH for paid in receipt.payments):
            self._drawer.open_drawer()
        self._paying.cards.undo_abandoned()
        self._receipts.presenter.print(done.sale_id)
        text = translate(
            "Refund",
            "{number} voided. Return to the customer: {payments}.",
            number=sale.receipt_number,
            payments=self._paid_with(receipt),
        )
        self._dialogue.say("success", text, [(translate("Refund", "Got it"), lambda: None)])

    def _paid_with(self, receipt: Receipt) -> str:
        """What goes back how; on a stand-alone terminal the cashier reverses it."""
        parts = []
        has_terminal = self._paying.cards.has_terminal
        for paid in receipt.payments:
            amount = self._place.formats.money(paid.amount_minor + paid.tip_minor)
            name = receipt.method_name(paid.method)
            by_hand = paid.method not in (CASH, *FROM_BALANCE) and not has_terminal
            parts.append(
                f"{name} {amount}" + (translate("Refund", " (reverse it there)") if by_hand else "")
            )
        return ", ".join(parts) or "nothing"

    # ------------------------------------------------------------ without a receipt

    def return_without_receipt(self) -> None:
        """The next scan comes back instead of going out; a manager allows it."""
        self._panel.screen.search_for("-1*")
        self._dialogue.say(
            "info", translate("Refund", "Return without receipt: scan each returned item.")
        )

    # ------------------------------------------------------------ helpers

    def _leave_page(self) -> None:
        if "page" in self.__dict__:
            self.page.left.emit()

    def _add_actions(self) -> None:
        self._shell.actions.add(
            Action(
                name="refund",
                title=translate("Orders", "Refund or exchange"),
                section="orders",
                shortcut="Ctrl+R",
                run=self.open,
                is_on_page=True,
            ),
            Action(
                name="return_without_receipt",
                title=translate("Orders", "Return without receipt"),
                section="orders",
                run=self.return_without_receipt,
                is_on_page=True,
            ),
            Action(
                name="void_last",
                title=translate("Orders", "Void last sale"),
                section="orders",
                run=self.void_last,
                is_on_page=True,
            ),
        )


def _what_comes_back(payable: Refund | Exchange) -> tuple[LineView, ...]:
    return payable.lines

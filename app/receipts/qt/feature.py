"""What receipts add to the program: shown, printed, copied, sent, made an invoice."""

from collections.abc import Callable
from functools import partial

from app.kit.qt.shell import Shell
from app.kit.qt.text import TextSheet
from app.kit.registry import Action
from app.kit.translation import translate
from app.paying.qt.feature import Paying
from app.receipts.qt.buyer import BuyerSheet
from app.receipts.qt.receipt import ReceiptAction, ReceiptSheet
from app.receipts.receipt import NOT_PRINTED, ReceiptPresenter
from app.selling.done import Done
from app.selling.qt.feature import Selling
from localdb.queries import customers, receipts
from localdb.services import invoices, receipt_mail


class Receipts:
    """Prints what was paid, and opens the sheets of a receipt."""

    def __init__(self, shell: Shell, selling: Selling, paying: Paying) -> None:
        self._shell = shell
        self._place = place = shell.place
        self._dialogue = shell.dialogue
        self._selling = selling.presenter
        self._practice = paying.training.practice
        self.presenter = ReceiptPresenter(
            place.till,
            place.formats,
            place.printer,
            self._not_printed,
            self._practice,
            place.now_us,
        )
        self.more_actions: list[Callable[[str], ReceiptAction | None]] = []
        """What else can be done with a real receipt, by the id of its sale; None for nothing."""
        change = selling.screen.panel.change
        change.offer_printing(self.presenter.can_print)
        change.mail_asked.connect(lambda: self._with_last(self._mail))
        change.gift_asked.connect(lambda: self._with_last(self._print_gift))
        change.receipt_asked.connect(self.show_last)
        change.retry_asked.connect(self.reprint_last)
        selling.screen.invoice_asked.connect(self.invoice_cart)
        shell.events.paid.connect(self._paid)
        self._add_actions()

    def show(self, sale_id: str) -> None:
        """A receipt on the screen; what was practised can only be looked at and printed."""
        view = self.presenter.view(sale_id)
        actions: list[ReceiptAction] = []
        if self.presenter.can_print:
            reprint = partial(self._printed, self.presenter.reprint, sale_id)
            actions.append(ReceiptAction(translate("Orders", "Reprint"), "print", reprint))
        if not self._place.till.is_training:
            actions += self._on_the_books(sale_id)
        ReceiptSheet(self._shell.host, self._place.theme, view, actions)

    def show_last(self) -> None:
        """Show the newest receipt of this till."""
        self._with_last(self.show)

    def reprint_last(self) -> None:
        """Print the newest receipt again, as a copy."""
        sale_id = self._last()
        if sale_id is None:
            return
        if not self.presenter.can_print:
            self._dialogue.say("info", translate("Orders", "This till has no receipt printer."))
        else:
            self._printed(self.presenter.reprint, sale_id)

    def _with_last(self, act: Callable[[str], object]) -> None:
        sale_id = self._last()
        if sale_id is not None:
            act(sale_id)

    def _print_gift(self, sale_id: str) -> None:
        self._printed(self.presenter.print_gift, sale_id)

    def _last(self) -> str | None:
        """The newest sale; that there is none is said."""
        sale_id = self.presenter.last_sale()
        if sale_id is None:
            said = translate("Orders", "This till has not sold anything yet.")
            if self._practice.is_on:
                said = translate("Orders", "Nothing was sold in this training yet.")
            self._dialogue.say("info", said)
        return sale_id

    def _paid(self, done: Done) -> None:
        if done.refund_id:
            self.presenter.print(done.refund_id)
        self.presenter.print(done.sale_id)

    def _not_printed(self, sale_id: str) -> None:
        again = partial(self.presenter.print, sale_id)
        self._dialogue.say(
            "warning",
            NOT_PRINTED,
            [
                (translate("Orders", "Retry"), again),
                (translate("Orders", "Skip"), lambda: None),
            ],
        )

    def invoice_cart(self) -> None:
        """Make the sale that is being rung up an invoice."""
        selling = self._selling
        lines = (*selling.cart.buyer.splitlines(), "")
        known = self._known(selling.cart.customer_id) if not lines[0] else (lines[0], "", "")
        BuyerSheet(self._shell.host, self._place.theme, known, selling.make_out_to)

    def _on_the_books(self, sale_id: str) -> list[ReceiptAction]:
        actions = []
        if self.presenter.can_print:
            gift = partial(self._print_gift, sale_id)
            actions.append(ReceiptAction(translate("Orders", "Gift receipt"), "gift-card", gift))
        return [
            *actions,
            ReceiptAction(translate("Orders", "E-mail"), "export", partial(self._mail, sale_id)),
            ReceiptAction(translate("Orders", "Invoice"), "note", partial(self._invoice, sale_id)),
            *(action for more in self.more_actions if (action := more(sale_id)) is not None),
        ]

    def _printed(self, print_it: Callable[[str], str], sale_id: str) -> None:
        """Print, and say so: a copy must not look as if nothing had happened."""
        if said := print_it(sale_id):
            self._dialogue.say("success", said)

    def _mail(self, sale_id: str) -> None:
        sale = self._place.till.ask(receipts.load, sale_id).sale
        view = self._place.till.ask(customers.view, sale.customer_id) if sale.customer_id else None
        known = view.customer.email if view else ""
        queue = partial(self._queue_mail, sale_id)
        TextSheet(
            self._shell.host,
            self._place.theme,
            translate("Orders", "Send receipt to"),
            known,
            queue,
        )

    def _queue_mail(self, sale_id: str, address: str) -> None:
        queue = partial(self._place.till.write, receipt_mail.queue, sale_id, address)
        if self._dialogue.tried(queue):
            self._dialogue.say(
                "info",
                translate("Orders", "The receipt will be e-mailed when the server is reached."),
            )

    def _invoice(self, sale_id: str) -> None:
        sale = self._place.till.ask(receipts.load, sale_id).sale
        BuyerSheet(
            self._shell.host,
            self._place.theme,
            self._known(sale.customer_id),
            partial(self._make_out, sale_id),
        )

    def _make_out(self, sale_id: str, buyer: str) -> None:
        self._place.till.write(invoices.make_out, sale_id, buyer)
        self.presenter.reprint(sale_id)
        self._dialogue.say("success", translate("Orders", "Invoice created."))

    def _known(self, customer_id: str | None) -> tuple[str, str, str]:
        """Name, address and VAT number of the customer, as far as they are known."""
        view = self._place.till.ask(customers.view, customer_id) if customer_id else None
        if view is None:
            return "", "", ""
        customer = view.customer
        return customer.name, customer.address, customer.vat_number

    def _add_actions(self) -> None:
        self._shell.actions.add(
            Action(
                name="last_receipt",
                title=translate("Orders", "Last receipt"),
                section="orders",
                run=self.show_last,
                is_on_page=True,
            ),
            Action(
                name="reprint",
                title=translate("Orders", "Reprint last receipt"),
                section="orders",
                shortcut="Ctrl+D",
                run=self.reprint_last,
                is_on_page=True,
            ),
            Action(
                name="invoice",
                title=translate("Orders", "Invoice for this sale"),
                section="sell",
                run=self.invoice_cart,
            ),
        )

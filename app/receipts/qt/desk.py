"""What can be done with a stored receipt: shown, copied, sent, made an invoice, given back."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from app.kit.qt.text import TextSheet
from app.kit.qt.workplace import Workplace
from app.receipts.qt.buyer import BuyerSheet
from app.receipts.qt.receipt import ReceiptAction, ReceiptSheet
from app.receipts.receipt import ReceiptPresenter
from app.selling.qt.selling import SellingScreen
from localdb.errors import EvertillError
from localdb.queries import customers, receipts
from localdb.services import invoices, receipt_mail


class ReceiptDesk:
    """Opens the sheets; `give_back` shows the receipt on the page of refunds."""

    def __init__(
        self,
        host: QWidget,
        place: Workplace,
        selling: SellingScreen,
        presenter: ReceiptPresenter,
        give_back: Callable[[str], object],
    ) -> None:
        self._host = host
        self._place = place
        self._selling = selling
        self._presenter = presenter
        self._give_back = give_back

    def show(self, sale_id: str) -> None:
        """A receipt on the screen; what was practised can only be looked at and printed."""
        view = self._presenter.view(sale_id)
        actions: list[ReceiptAction] = []
        if self._presenter.can_print:
            actions.append(
                ReceiptAction(
                    "Print a copy",
                    "print",
                    partial(self._printed, self._presenter.reprint, sale_id),
                )
            )
        if not self._place.till.is_training:
            actions += self._on_the_books(sale_id)
        ReceiptSheet(self._host, self._place.theme, view, actions)

    def invoice_cart(self) -> None:
        """Make the sale that is being rung up an invoice."""
        selling = self._selling.presenter
        lines = (*selling.cart.buyer.splitlines(), "")
        known = self._known(selling.cart.customer_id) if not lines[0] else (lines[0], "", "")
        BuyerSheet(self._host, self._place.theme, known, selling.make_out_to)

    def _on_the_books(self, sale_id: str) -> list[ReceiptAction]:
        actions = []
        if self._presenter.can_print:
            gift = partial(self._printed, self._presenter.print_gift, sale_id)
            actions.append(ReceiptAction("Gift receipt", "gift-card", gift))
        return [
            *actions,
            ReceiptAction("E-mail", "export", partial(self._mail, sale_id)),
            ReceiptAction("Invoice", "note", partial(self._invoice, sale_id)),
            ReceiptAction("Refund", "refund", partial(self._give_back, sale_id)),
        ]

    def _printed(self, print_it: Callable[[str], str], sale_id: str) -> None:
        """Print, and say so: a copy must not look as if nothing had happened."""
        if said := print_it(sale_id):
            self._selling.presenter.say("success", said)

    def _mail(self, sale_id: str) -> None:
        sale = self._place.till.ask(receipts.load, sale_id).sale
        view = self._place.till.ask(customers.view, sale.customer_id) if sale.customer_id else None
        known = view.customer.email if view else ""
        TextSheet(
            self._host, self._place.theme, "Send to", known, partial(self._queue_mail, sale_id)
        )

    def _queue_mail(self, sale_id: str, address: str) -> None:
        try:
            self._place.till.write(receipt_mail.queue, sale_id, address)
        except EvertillError as error:
            self._selling.presenter.say("error", str(error))
        else:
            self._selling.presenter.say("info", "The receipt is sent as soon as the server can.")

    def _invoice(self, sale_id: str) -> None:
        sale = self._place.till.ask(receipts.load, sale_id).sale
        BuyerSheet(
            self._host,
            self._place.theme,
            self._known(sale.customer_id),
            partial(self._make_out, sale_id),
        )

    def _make_out(self, sale_id: str, buyer: str) -> None:
        self._place.till.write(invoices.make_out, sale_id, buyer)
        self._presenter.reprint(sale_id)
        self._selling.presenter.say("success", "Invoice created.")

    def _known(self, customer_id: str | None) -> tuple[str, str, str]:
        """Name, address and VAT number of the customer, as far as they are known."""
        view = self._place.till.ask(customers.view, customer_id) if customer_id else None
        if view is None:
            return "", "", ""
        customer = view.customer
        return customer.name, customer.address, customer.vat_number

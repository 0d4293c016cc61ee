"""Showing and printing a stored sale's receipt; a failed print never fails a sale."""

from collections.abc import Callable
from dataclasses import dataclass

from app.devices.ports import PrinterFault, ReceiptPrinter
from app.formats import Formats
from app.presenters.training import Practice
from app.receipts import receipt_lines
from localdb.queries import receipts
from localdb.services.till import Till

SCREEN_COLUMNS = 48
NOT_PRINTED = "Sale saved. Receipt not printed."


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt laid out."""

    number: str
    lines: tuple[str, ...]


class ReceiptPresenter:
    """`not_printed` is called with the sale that can be retried."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        printer: ReceiptPrinter | None,
        not_printed: Callable[[str], None],
        practice: Practice,
    ) -> None:
        self._till = till
        self._formats = formats
        self._printer = printer
        self._not_printed = not_printed
        self._practice = practice

    @property
    def can_print(self) -> bool:
        """Whether this till has a receipt printer."""
        return self._printer is not None

    def view(self, sale_id: str, columns: int = SCREEN_COLUMNS) -> ReceiptView:
        """The receipt of a sale, laid out."""
        receipt = self._practice.receipt(sale_id) or self._till.ask(receipts.load, sale_id)
        lines = receipt_lines(receipt, self._formats, columns)
        return ReceiptView(receipt.sale.receipt_number, tuple(lines))

    def last_sale(self) -> str | None:
        """The newest sale of this till; in training the one practised last."""
        if self._practice.is_on:
            return self._practice.last()
        receipt = self._till.ask(receipts.last)
        return receipt.sale.id if receipt else None

    def use(self, printer: ReceiptPrinter | None) -> None:
        """Change to another printer."""
        self._printer = printer

    def print(self, sale_id: str) -> None:
        """Print; without a printer there is nothing to do."""
        if self._printer is None:
            return
        view = self.view(sale_id, self._printer.columns)
        try:
            self._printer.print_receipt(view.number, list(view.lines))
        except PrinterFault:
            self._not_printed(sale_id)

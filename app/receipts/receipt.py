"""Showing and printing a stored sale's receipt; a failed print never fails a sale."""

from collections.abc import Callable
from dataclasses import dataclass

from app.devices.ports import PrinterFault, ReceiptPrinter
from app.kit.formats import Formats
from app.kit.paper import SCREEN_COLUMNS
from app.kit.translation import translate
from app.paying.training import Practice
from app.receipts.layout import Print, PrintKind, receipt_lines
from localdb.queries import receipts
from localdb.services.till import Till

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
        now_us: Callable[[], int],
    ) -> None:
        self._till = till
        self._formats = formats
        self._printer = printer
        self._not_printed = not_printed
        self._practice = practice
        self._now_us = now_us

    @property
    def can_print(self) -> bool:
        """Whether this till has a receipt printer."""
        return self._printer is not None

    def view(
        self, sale_id: str, columns: int = SCREEN_COLUMNS, kind: PrintKind = "first"
    ) -> ReceiptView:
        """The receipt of a sale, laid out."""
        receipt = self._practice.receipt(sale_id) or self._till.ask(receipts.load, sale_id)
        what = Print(
            kind,
            self._now_us(),
            rests=self._till.ask(receipts.rests, receipt)
            if kind == "first" and not receipt.is_training
            else (),
            buyer=self._till.ask(receipts.invoice_buyer, sale_id) if kind == "copy" else "",
        )
        lines = receipt_lines(receipt, self._formats, columns, what)
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
        """Print for the first time; without a printer there is nothing to do."""
        self._print(sale_id, "first")

    def reprint(self, sale_id: str) -> str:
        """Print a copy, which says so and when; what was done, in words, if anything was."""
        number = self._print(sale_id, "copy")
        return translate("Orders", "Receipt {number} reprinted.", number=number) if number else ""

    def print_gift(self, sale_id: str) -> str:
        """Print what was bought without its prices; what was done, in words, if anything was."""
        number = self._print(sale_id, "gift")
        return (
            translate("Orders", "Gift receipt {number} printed.", number=number) if number else ""
        )

    def _print(self, sale_id: str, kind: PrintKind) -> str:
        """The number of what was printed; empty for nothing."""
        if self._printer is None:
            return ""
        view = self.view(sale_id, self._printer.columns, kind)
        name = view.number if kind == "first" else f"{view.number}-{kind}"
        try:
            self._printer.print_receipt(name, list(view.lines))
        except PrinterFault:
            self._not_printed(sale_id)
            return ""
        return view.number

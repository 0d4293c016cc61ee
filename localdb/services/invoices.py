"""Invoices asked for after the sale: the sale is a fact, so its buyer is kept beside it."""

from localdb.domain.records import Sale
from localdb.errors import Refusal
from localdb.queries import receipts
from localdb.services import people
from localdb.store.unit_of_work import UnitOfWork


def make_out(uow: UnitOfWork, sale_id: str, buyer: str) -> None:
    """Make the invoice of a sale out to a buyer (``domain.invoice.buyer_text``), once.

    The invoice is the marked copy of the receipt, under the receipt's own number: one supply, one
    document. Raises Refusal when the sale has a buyer already, another or the same.
    """
    sale = uow.get(Sale, sale_id)
    if sale is None:
        raise Refusal("This sale isn't on this till.")
    there = sale.buyer or receipts.invoice_buyer(uow.connection, sale_id)
    if there and there != buyer:
        name = there.splitlines()[0]
        raise Refusal(
            f"The invoice was made out to {name} already. Refund the sale and sell it again."
        )
    if not there:
        people.audit(
            uow, receipts.INVOICE, sale_id=sale_id, amount_minor=sale.total_minor, detail=buyer
        )

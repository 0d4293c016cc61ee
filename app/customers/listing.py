"""The list of customers."""

from collections.abc import Sequence

from app.customers.customers import contact
from app.kit.formats import Formats
from app.kit.listing import Cell, Column, Listing
from app.kit.translation import translate
from localdb.queries import customers
from localdb.queries.customers import CustomerView
from localdb.services.till import Till


def customer_listing(till: Till, formats: Formats) -> Listing[CustomerView]:
    """All customers by name, with what they have and owe."""

    def read(
        text: str, _filter: int, after: CustomerView | None, limit: int
    ) -> Sequence[CustomerView]:
        last = after.customer if after is not None else None
        return till.ask(customers.search, text, limit, last)

    def cells(view: CustomerView) -> tuple[Cell, ...]:
        customer = view.customer
        return (
            Cell(customer.name, below=contact(customer), strong=True),
            Cell(customer.card, muted=True),
            Cell(f"{view.points:,}" if view.points else "", right=True),
            Cell(formats.money(view.credit_minor) if view.credit_minor else "", right=True),
            Cell(formats.money(view.owed_minor) if view.owed_minor else "", right=True),
        )

    return Listing(
        title=translate("Customers", "Customers"),
        columns=(
            Column(translate("Customers", "Customer")),
            Column(translate("Customers", "Card"), 180),
            Column(translate("Customers", "Points"), 100, right=True),
            Column(translate("Customers", "Store credit"), 140, right=True),
            Column(translate("Customers", "House account"), 150, right=True),
        ),
        cells=cells,
        read=read,
        types=frozenset({"customer", "balance_movement"}),
        hint=translate("Customers", "Name, phone or card (F2)"),
        empty=translate("Customers", "No customers yet. Add the first."),
    )

"""The taxes of the shops that tests furnish."""

from localdb.services import catalogue
from localdb.store.unit_of_work import UnitOfWork


def default_taxes(uow: UnitOfWork) -> None:
    """The tax classes that the sample catalogue names, as included in the price."""
    catalogue.add_tax_class(uow, "standard", "Standard rate", {"VAT 19 %": 190_000})
    catalogue.add_tax_class(uow, "reduced", "Reduced rate", {"VAT 7 %": 70_000})
    catalogue.add_tax_class(uow, "zero", "Zero rate", {"VAT 0 %": 0})

"""Many prices changed at once, in small transactions, and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass

from localdb.domain.permissions import Permission
from localdb.domain.records import Product
from localdb.services import people
from localdb.services.catalogue import edit_product
from localdb.store.unit_of_work import UnitOfWork

AT_ONCE = 200
"""Prices in one transaction: each is over before a sale would have to wait for it."""


@dataclass(frozen=True, slots=True)
class NewPrice:
    """The price that a product had when somebody looked, and the one it is to have."""

    product_id: str
    before_minor: int
    after_minor: int

    @property
    def back(self) -> "NewPrice":
        """The way back."""
        return NewPrice(self.product_id, self.after_minor, self.before_minor)


def change_some(uow: UnitOfWork, prices: Sequence[NewPrice]) -> list[NewPrice]:
    """Change these prices and give back those that were changed.

    A product that is gone, or whose price is not as it was seen any more, is left alone: somebody
    else decided. Raises Refusal when nobody allowed to is signed in.
    """
    people.require(uow, Permission.CATALOGUE)
    changed = []
    for price in prices:
        product = uow.get(Product, price.product_id)
        if product is None or product.deleted or product.price_minor != price.before_minor:
            continue
        edit_product(uow, product, price_minor=price.after_minor)
        changed.append(price)
    return changed

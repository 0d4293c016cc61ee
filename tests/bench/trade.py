"""Made-up trade."""

import random
from collections.abc import Sequence

from app.selling.lines import product_line
from localdb.domain.cart import Cart
from localdb.domain.ids import IdSource
from localdb.domain.tender import Tender
from localdb.domain.terms import Terms
from localdb.domain.totals import totals
from localdb.queries import products, taxes
from localdb.services.checkout import checkout
from localdb.services.till import Till
from tests.support.clock import Clock

LINES_MAX = 9


class Baskets:
    """Made-up carts, all the same at every run."""

    def __init__(self, till: Till, product_ids: Sequence[str]) -> None:
        self._till = till
        self._product_ids = product_ids
        self._random = random.Random(3)
        self._new_id = IdSource(Clock())

    def next(self) -> Cart:
        """One to nine different products."""
        cart = Cart()
        for _ in range(self._random.randint(1, LINES_MAX)):
            found = self._till.ask(products.view, self._random.choice(self._product_ids))
            assert found is not None
            lines = product_line(found, self._new_id, 1000, found.product.price_minor)
            cart = cart.add(*lines)
        return cart

    def paid(self) -> tuple[Cart, Tender]:
        """The next cart and the exact cash for it."""
        cart = self.next()
        due_minor = totals(cart, Terms(self._till.ask(taxes.in_force))).total_minor
        return cart, Tender(due_minor, self._till.currency).pay_cash()


def ring_offline(till: Till, product_ids: Sequence[str], sales: int) -> None:
    """Fill the queue; each sale whole, but none waits for the disk."""
    baskets = Baskets(till, product_ids)
    for _ in range(sales):
        till.jot(checkout, *baskets.paid())

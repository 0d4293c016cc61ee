"""A made-up day of trade: random baskets rung through the same services as the screen uses."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from app.selling.lines import product_line
from localdb.domain.cart import Cart
from localdb.domain.ids import IdSource
from localdb.domain.pricing import Discount
from localdb.domain.tender import Tender
from localdb.domain.totals import totals
from localdb.queries import offers, products
from localdb.services.checkout import checkout
from localdb.services.till import Till

LINES_MAX = 8
SHELF_MAX = 500


@dataclass(slots=True)
class Cashier:
    """Rings random sales at one till and remembers what was printed."""

    till: Till
    random: random.Random
    shelf: list[str]
    """Ids of the products this cashier sells."""
    new_id: IdSource
    now_us: Callable[[], int]
    receipts: dict[str, int] = field(default_factory=dict)
    """Receipt number -> total in minor units, as the customer took it home."""

    def ring(self) -> None:
        """One sale: a basket, a payment, a receipt."""
        cart = self._basket()
        terms = self.till.ask(offers.terms, self.now_us())
        tender = self._paid(Tender(totals(cart, terms).total_minor, self.till.currency))
        done = self.till.write(checkout, cart, tender, terms=terms)
        self.receipts[done.receipt_number] = done.total_minor

    def _basket(self) -> Cart:
        cart = Cart()
        for product_id in self.random.choices(self.shelf, k=self.random.randint(1, LINES_MAX)):
            found = self.till.ask(products.view, product_id)
            assert found is not None, "the shelf holds only what is in the catalogue"
            lines = product_line(
                found, self.new_id, self._quantity(found), found.product.price_minor
            )
            cart = cart.add(*lines)
        if self.random.random() < 0.1:
            cart = cart.discount_line(cart.lines[0].id, Discount(rate_ppm=100_000))
        return cart

    def _quantity(self, found: products.ProductView) -> int:
        if found.product.kind == "weighed":
            return self.random.randint(50, 3000)
        return 1000 * self.random.choice((1, 1, 1, 2, 3))

    def _paid(self, tender: Tender) -> Tender:
        match self.random.randrange(3):
            case 0:
                return tender.pay_card()
            case 1:
                return tender.pay_cash(self.random.choice(tender.quick_cash() or (None,)))
            case _:
                half = tender.due_minor // 2
                return (tender.pay_card(half) if half else tender).pay_cash()


def shelf(connection: Connection, limit: int = SHELF_MAX) -> list[str]:
    """Products a customer may take without being asked anything."""
    listed = products.tiles(connection, limit=limit)
    return [tile.id for tile in listed if tile.kind in ("normal", "weighed") and tile.price_minor]

"""A small shop on one stand-alone till: people, taxes, a few products, an open shift."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from localdb.domain.cart import Cart, CartLine
from localdb.domain.records import Product, TaxClass, User
from localdb.services import catalogue, people, setup, shifts
from localdb.services.till import Till
from localdb.store.database import Database
from localdb.store.unit_of_work import UnitOfWork
from tests.support.clock import Clock
from tests.support.taxes import default_taxes

KEY = bytes(range(32))
MANAGER_PIN, CASHIER_PIN = "4321", "1234"
MILK, BREAD, BOOK = "4006381333931", "4012345678901", "9783161484100"


@dataclass(frozen=True, slots=True)
class Shop:
    """The till and who and what is in it; the manager is signed in."""

    till: Till
    database: Database
    clock: Clock
    manager: User
    cashier: User
    milk: Product
    """1.29, reduced rate, 10 in stock."""
    bread: Product
    """3.49, reduced rate, none in stock."""

    def cart(self, *products: Product) -> Cart:
        """A cart with one of each."""
        cart = Cart()
        for product in products:
            cart = cart.add(line_of(self.till, product))
        return cart


def line_of(till: Till, product: Product, quantity_milli: int = 1000) -> CartLine:
    """A cart line of a product at its price."""
    return CartLine(
        id=till.write(UnitOfWork.new_id),
        product_id=product.id,
        name=product.name,
        sku=product.sku,
        kind=product.kind,
        unit=product.unit,
        quantity_milli=quantity_milli,
        unit_price_minor=product.price_minor,
        list_price_minor=product.price_minor,
        tax_class_id=product.tax_class_id,
    )


@contextmanager
def opened(folder: Path, clock: Clock | None = None, key: bytes | None = KEY) -> Iterator[Database]:
    """The database in a folder, closed at the end."""
    database = Database.open(folder, key=key, now_us=clock or Clock())
    try:
        yield database
    finally:
        database.close()


@contextmanager
def small_shop(folder: Path) -> Iterator[Shop]:
    """A shop that is ready to sell."""
    clock = Clock()
    with opened(folder, clock) as database:
        till = Till(database)
        manager = till.write(
            setup.stand_alone,
            setup.NewShop(store_name="Corner Shop", manager_name="Ada", manager_pin=MANAGER_PIN),
        )
        till.write(default_taxes)
        cashier = till.write(people.create, "Grace", "cashier", CASHIER_PIN)
        milk = till.write(add, "MILK", "Milk 1 l", 129, MILK, 10_000)
        bread = till.write(add, "BREAD", "Rye bread", 349, BREAD, 0)
        till.sign_in(manager)
        till.write(shifts.open_shift, 10_000)
        yield Shop(till, database, clock, manager, cashier, milk, bread)


def add(
    uow: UnitOfWork, sku: str, name: str, price_minor: int, code: str, stock_milli: int
) -> Product:
    """Add a product at the reduced rate."""
    tax_class = uow.find(TaxClass, code="reduced")[0]
    product = Product(
        id=uow.new_id(), sku=sku, name=name, price_minor=price_minor, tax_class_id=tax_class.id
    )
    catalogue.add_product(uow, product, (code,), stock_milli)
    return product

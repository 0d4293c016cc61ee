"""What people do at a till: the real services, with whatever the dice pick."""

import random
from collections.abc import Callable
from typing import Any

from localdb.domain import refund, refund_records
from localdb.domain.cart import Cart, CartLine
from localdb.domain.money import Currency
from localdb.domain.pricing import Discount
from localdb.domain.records import (
    BalanceMovement,
    Barcode,
    Customer,
    HeldCart,
    Payment,
    Product,
    Sale,
    SaleLine,
    SaleTax,
    Setting,
    StockMovement,
    TaxClass,
    User,
)
from localdb.domain.tender import Tender
from localdb.domain.terms import Terms
from localdb.domain.totals import totals
from localdb.errors import Refusal
from localdb.queries import taxes
from localdb.queries.shifts import current as shift_now
from localdb.services import carts, catalogue, customers, shifts, stock
from localdb.services.checkout import Completed, checkout, sale_context, store_sale
from localdb.store.unit_of_work import UnitOfWork
from tests.simulation.till import Printed, SimTill

Action = Callable[[SimTill, random.Random], None]
Paying = Callable[[UnitOfWork, Cart, Tender], Completed]
PayingOut = Callable[[Tender], Tender]
CODES = tuple(f"50000000{number}" for number in range(4))
"""The codes people give: few, so that two tills meet on one."""
SKUS = ("NEW1", "NEW2", "NEW3")
BIG_ROWS = 40
EURO = Currency.of("EUR")


# ---------------------------------------------------------------- selling


def sell(till: SimTill, rng: random.Random, pay: Paying = checkout) -> None:
    """Ring up a cart and pay it in one or more ways."""
    open_shift(till)
    cart = till.cart if not till.cart.is_empty else till.write(rung, till.cart, rng)
    charge(till, cart, _paid(Tender(due_minor(till, cart), EURO), rng), pay)


def due_minor(till: SimTill, cart: Cart) -> int:
    """What a cart comes to."""
    return till.ask(lambda conn: totals(cart, Terms(taxes.in_force(conn))).total_minor)


def charge(till: SimTill, cart: Cart, tender: Tender, pay: Paying = checkout) -> None:
    """Store a paid cart and print its receipt."""
    with till.database.hold_sync():
        done = till.write(pay, cart, tender)
    till.cart = Cart()
    _print(till, done.sale_id)


def ring_up(till: SimTill, rng: random.Random) -> None:
    """Add to the open cart, and leave it there."""
    till.cart = till.write(rung, till.cart, rng)
    till.jot(carts.save_open, till.cart)


def hold_cart(till: SimTill, rng: random.Random) -> None:
    """Set a cart aside for any till of the store."""
    cart = till.write(rung, Cart(), rng)
    till.write(carts.hold, cart, f"table {rng.randrange(9)}")
    till.cart = Cart()


def recall_cart(till: SimTill, rng: random.Random) -> None:
    """Take a held cart back and sell it; another till may do the same offline."""
    held = till.write(lambda uow: uow.find(HeldCart, state="held", deleted=False))
    if held:
        till.cart = till.write(carts.recall, rng.choice(held).id)
        sell(till, rng)


def give_back(till: SimTill, rng: random.Random) -> None:
    """Refund a part or all of a sale of any till of the store."""
    open_shift(till)
    sold = till.write(lambda uow: uow.find(Sale, kind="sale"))
    if sold:
        refund_of(till, rng.choice(sold), rng, Tender.pay_cash)


def refund_of(till: SimTill, sale: Sale, rng: random.Random, pay: PayingOut) -> None:
    """Refund a part or all of a sale, paid out as ``pay`` says."""
    _print(till, till.write(_refund, sale, rng, pay))


def drawer(till: SimTill, rng: random.Random) -> None:
    """Cash in or out, the drawer opened, or the shift closed."""
    open_shift(till)
    match rng.randrange(4):
        case 0:
            till.write(shifts.paid_in, rng.randrange(1, 5000), "change")
        case 1:
            till.write(shifts.paid_out, rng.randrange(1, 500), "window cleaner")
        case 2:
            till.write(shifts.no_sale, "a look")
        case _:
            till.write(shifts.close_shift, rng.randrange(20_000))


def open_shift(till: SimTill) -> None:
    """Open a shift unless one is open."""
    if till.ask(shift_now) is None:
        till.write(shifts.open_shift, 10_000)


def rung(uow: UnitOfWork, cart: Cart, rng: random.Random) -> Cart:
    """The cart with a few products more."""
    products = uow.find(Product, deleted=False)
    if not products:
        raise Refusal("There is nothing to sell.")
    for _ in range(rng.randrange(1, 4)):
        product = rng.choice(products)
        line = CartLine(
            id=uow.new_id(),
            product_id=product.id,
            name=product.name,
            sku=product.sku,
            quantity_milli=1000 * rng.randrange(1, 4),
            unit_price_minor=product.price_minor,
            list_price_minor=product.price_minor,
            tax_class_id=product.tax_class_id,
        )
        cart = cart.add(line)
    if rng.random() < 0.2:
        cart = cart.discount_cart(Discount(rate_ppm=100_000))
    return cart


def _paid(tender: Tender, rng: random.Random) -> Tender:
    if tender.due_minor > 2 and rng.random() < 0.4:
        tender = tender.pay_card(rng.randrange(1, tender.due_minor), "4242")
    rest = tender.cash_due_minor
    more = rng.randrange(500) if rest > 0 else 0
    return tender.pay_cash(rest + more)


def _refund(uow: UnitOfWork, sale: Sale, rng: random.Random, pay: PayingOut) -> str:
    original = _receipt(uow, sale)
    earlier = [_receipt(uow, one) for one in uow.find(Sale, refund_of=sale.id)]
    left = refund.refundable(original, earlier)
    some = {p.line.id: p.quantity_milli for p in left if rng.random() < 0.6} or None
    planned = refund.plan(original, earlier, taxes.in_force(uow.connection), some)
    tender = pay(Tender(planned.due_minor, EURO))
    shift = shifts.current(uow)
    records = refund_records.complete(planned, tender, sale_context(uow, shift, uow.now_us))
    return store_sale(uow, shift, records).id


def _receipt(uow: UnitOfWork, sale: Sale) -> refund.Receipt:
    lines = tuple(uow.find(SaleLine, sale_id=sale.id))
    moved = frozenset(movement.product_id for movement in uow.find(StockMovement, sale_id=sale.id))
    balances = tuple(uow.find(BalanceMovement, sale_id=sale.id))
    taxed = tuple(uow.find(SaleTax, sale_id=sale.id))
    return refund.Receipt(sale, lines, taxed, moved, balances)


def _print(till: SimTill, sale_id: str) -> None:
    """Only now, after the commit, is there a receipt."""

    def facts(uow: UnitOfWork) -> Printed:
        sale = uow.get(Sale, sale_id)
        assert sale is not None, "it was just stored"
        parts = [
            part for of in (SaleLine, SaleTax, Payment) for part in uow.find(of, sale_id=sale_id)
        ]
        return Printed(sale_id, {record.id: record.values() for record in (sale, *parts)})

    till.printed.append(till.database.write(facts))


# ---------------------------------------------------------------- the catalogue and people


def edit_product(till: SimTill, rng: random.Random) -> None:
    """A new price, name, note or age limit: some ask when two tills differ, some do not."""
    product = _one_product(till, rng)
    change = rng.choice(
        (
            {"price_minor": 100 * rng.randrange(1, 5)},
            {"name": f"{product.sku} {rng.choice('abcd')}"},
            {"note": f"note {rng.randrange(9)}"},
            {"min_age": rng.choice((0, 16, 18)), "note": f"age {rng.randrange(9)}"},
            {"price_minor": 100 * rng.randrange(1, 5), "name": f"both {rng.randrange(9)}"},
        )
    )
    till.write(catalogue.edit_product, product, **change)


def delete_product(till: SimTill, rng: random.Random) -> None:
    """Delete a product, or bring a deleted one back."""
    gone = till.write(lambda uow: uow.find(Product, deleted=True))
    if gone and rng.random() < 0.5:
        till.write(catalogue.edit_product, rng.choice(gone), deleted=False)
    else:
        till.write(catalogue.edit_product, _one_product(till, rng), deleted=True)


def new_product(till: SimTill, rng: random.Random) -> None:
    """A product under a code that another till may be giving too."""

    def job(uow: UnitOfWork) -> None:
        tax = uow.find(TaxClass, code="reduced")[0]
        product = Product(
            id=uow.new_id(),
            sku=rng.choice(SKUS),
            name=f"New {rng.randrange(9)}",
            price_minor=rng.randrange(1000),
            tax_class_id=tax.id,
        )
        catalogue.add_product(uow, product, (rng.choice(CODES),), 1000 * rng.randrange(5))

    till.write(job)


def new_barcode(till: SimTill, rng: random.Random) -> None:
    """One more code for a product, or one code fewer."""
    mine = till.write(lambda uow: uow.find(Barcode, deleted=False))
    if mine and rng.random() < 0.3:
        till.write(lambda uow: uow.edit(Barcode, rng.choice(mine).id, deleted=True))
    else:
        till.write(catalogue.add_barcode, _one_product(till, rng).id, rng.choice(CODES))


def move_stock(till: SimTill, rng: random.Random) -> None:
    """Goods received, or a correction."""
    product = _one_product(till, rng)
    if rng.random() < 0.5:
        till.write(stock.move, product.id, 1000 * rng.randrange(1, 9), "receive")
    else:
        till.write(catalogue.correct_stock, product.id, rng.choice((-2000, -1000, 1000)))


def customer(till: SimTill, rng: random.Random) -> None:
    """A new customer, or a known one changed."""
    known = till.write(lambda uow: uow.find(Customer, deleted=False))
    if known and rng.random() < 0.6:
        field = rng.choice(("phone", "note", "name"))
        changes: dict[str, Any] = {field: f"{rng.randrange(99)}"}
        till.write(customers.change, rng.choice(known).id, **changes)
    else:
        till.write(customers.create, f"Customer {rng.randrange(99)}", phone="1")


def setting(till: SimTill, rng: random.Random) -> None:
    """A setting of the shop or a name of a colleague: the last word wins."""

    def job(uow: UnitOfWork) -> None:
        key = rng.choice(("footer", "greeting"))
        known = uow.find(Setting, key=key)
        if known:
            uow.edit(Setting, known[0].id, value=f"{rng.randrange(99)}")
        else:
            uow.insert(Setting(id=uow.new_id(), key=key, value="first"))
        users = uow.find(User)
        uow.edit(User, rng.choice(users).id, name=f"User {rng.randrange(9)}")

    till.write(job)


def big_group(till: SimTill, rng: random.Random) -> None:
    """Many rows in one transaction, as an import writes them."""

    def job(uow: UnitOfWork) -> None:
        tax = uow.find(TaxClass, code="zero")[0]
        mark = rng.randrange(10**9)
        for number in range(BIG_ROWS):
            product = Product(
                id=uow.new_id(),
                sku=f"B{mark}-{number}",
                name=f"Bulk {number}",
                price_minor=number,
                tax_class_id=tax.id,
            )
            uow.insert(product, Barcode(id=uow.new_id(), code=product.sku, product_id=product.id))
            stock.move(uow, product.id, 1000, "import")

    till.write(job)


def _one_product(till: SimTill, rng: random.Random) -> Product:
    found = till.write(lambda uow: uow.find(Product, deleted=False))
    if not found:
        raise Refusal("There are no products.")
    # The first few, so that people meet on the same ones.
    return rng.choice(found[:4] if rng.random() < 0.7 else found)

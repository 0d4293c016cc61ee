"""The catalogue as a manager changes it: products, prices, codes, categories and taxes."""

from collections.abc import Sequence
from typing import Any

from localdb.domain.barcode import normalise
from localdb.domain.permissions import Permission
from localdb.domain.records import Barcode, Category, Product, TaxClass, TaxRate
from localdb.errors import Refusal, ValidationRefusal
from localdb.queries import products
from localdb.services import people, stock
from localdb.store.unit_of_work import UnitOfWork

FAVOURITES_MAX = 100


def add_tax_class(
    uow: UnitOfWork, code: str, name: str, rates_ppm: dict[str, int], *, included: bool = True
) -> TaxClass:
    """Add a tax class with one or more named rates (parts per million), in order."""
    tax_class = TaxClass(id=uow.new_id(), code=code, name=name, included=included)
    rates = [
        TaxRate(
            id=uow.new_id(), tax_class_id=tax_class.id, name=rate_name, rate_ppm=rate, position=i
        )
        for i, (rate_name, rate) in enumerate(rates_ppm.items())
    ]
    uow.insert(tax_class, *rates)
    return tax_class


def add_category(uow: UnitOfWork, name: str, *, colour: str = "", icon: str = "") -> Category:
    """Add a category at the end of the list."""
    category = Category(
        id=uow.new_id(),
        name=name,
        colour=colour,
        icon=icon,
        position=len(uow.find(Category)),
    )
    uow.insert(category)
    return category


def add_product(
    uow: UnitOfWork, product: Product, codes: tuple[str, ...] = (), stock_milli: int = 0
) -> None:
    """Add a product with its barcodes and the stock it starts with (thousandths).

    Raises Refusal when a code or the SKU already finds another product.
    """
    if uow.find(Product, sku=product.sku, deleted=False):
        raise Refusal(f"SKU {product.sku} is already in use. Choose another.")
    uow.insert(product)
    for code in codes:
        add_barcode(uow, product.id, code)
    if stock_milli:
        stock.move(uow, product.id, stock_milli, "receive")


def add_barcode(uow: UnitOfWork, product_id: str, text: str) -> Barcode:
    """Let a code find a product; raises Refusal when it already finds another."""
    code = normalise(text).value
    taken = uow.find(Barcode, code=code, deleted=False)
    if taken:
        raise Refusal(f"Barcode {code} already belongs to another product.")
    barcode = Barcode(id=uow.new_id(), code=code, product_id=product_id)
    uow.insert(barcode)
    return barcode


def change_product(uow: UnitOfWork, /, product_id: str, **changes: Any) -> None:
    """Change fields of a product; open carts keep the price at which a thing was scanned."""
    uow.edit(Product, product_id, **changes)


def edit_product(uow: UnitOfWork, /, seen: Product, **changes: Any) -> None:
    """Change fields of a product as a manager; a new price is noted in the journal.

    Raises Refusal when nobody allowed to is signed in or when the product is not as it was
    ``seen`` any more, ValidationRefusal naming each field that is wrong.
    """
    people.require(uow, Permission.CATALOGUE)
    if uow.get(Product, seen.id) != seen:
        raise Refusal("Someone else changed this product. Reload it to see the change.")
    _require_free_plu(uow, seen.id, changes.get("plu", ""))
    change_product(uow, seen.id, **changes)
    price_minor = changes.get("price_minor", seen.price_minor)
    if price_minor != seen.price_minor:
        uow.journal(
            "price_changed",
            {"product": seen.id, "before": seen.price_minor, "after": price_minor},
        )


def arrange_favourites(uow: UnitOfWork, product_ids: Sequence[str]) -> None:
    """Put these products, in this order, on the first page of the selling screen.

    Raises Refusal when nobody allowed to is signed in, and for more than FAVOURITES_MAX.
    """
    people.require(uow, Permission.CATALOGUE)
    if len(product_ids) > FAVOURITES_MAX:
        raise Refusal(f"A page holds at most {FAVOURITES_MAX} favourites. Take one off first.")
    places = {product_id: place for place, product_id in enumerate(product_ids, start=1)}
    for shown in products.favourites(uow.connection, FAVOURITES_MAX * 2):
        if shown.id not in places:
            change_product(uow, shown.id, favourite=0)
    for product_id, place in places.items():
        product = uow.get(Product, product_id)
        if product is not None and product.favourite != place:
            change_product(uow, product_id, favourite=place)


def correct_stock(uow: UnitOfWork, product_id: str, quantity_milli: int) -> None:
    """Adjust the stock as a manager; raises Refusal when nobody allowed to is signed in."""
    people.require(uow, Permission.STOCK)
    adjust_stock(uow, product_id, quantity_milli)


def adjust_stock(uow: UnitOfWork, product_id: str, quantity_milli: int) -> None:
    """Add a signed correction (thousandths) to the stock on hand."""
    stock.move(uow, product_id, quantity_milli, "adjust")


def _require_free_plu(uow: UnitOfWork, product_id: str, plu: str) -> None:
    for other in uow.find(Product, plu=plu, deleted=False) if plu else ():
        if other.id != product_id:
            raise ValidationRefusal({"plu": f"already belongs to {other.name}"})

"""The catalogue as a manager changes it: products, prices, codes, categories and taxes."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from localdb.domain.barcode import normalise
from localdb.domain.fields import CODE
from localdb.domain.permissions import Permission
from localdb.domain.records import Barcode, Category, Product, TaxClass, TaxRate
from localdb.domain.validate import problems
from localdb.errors import Refusal, ValidationRefusal
from localdb.queries import products
from localdb.services import people, stock
from localdb.services.editing import (
    require_free,
    require_new_name,
    require_unchanged,
    require_unused,
)
from localdb.store.unit_of_work import UnitOfWork

FAVOURITES_MAX = 100
VARIANTS_MAX = 200
CODE_MAX = CODE.high


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
    require_unchanged(uow, seen)
    for code in ("plu", "sku"):
        require_free(uow, Product, seen.id, code, changes.get(code, ""))
    change_product(uow, seen.id, **changes)
    price_minor = changes.get("price_minor", seen.price_minor)
    if price_minor != seen.price_minor:
        uow.journal(
            "price_changed",
            {"product": seen.id, "before": seen.price_minor, "after": price_minor},
        )


def create_product(
    uow: UnitOfWork, /, *, codes: Sequence[str] = (), sku: str = "", **fields: Any
) -> Product:
    """Add a product as a manager; without an SKU it gets the next free number.

    Raises Refusal when nobody allowed to is signed in and for a code that finds another product,
    ValidationRefusal naming each field that is wrong.
    """
    people.require(uow, Permission.CATALOGUE)
    sku = sku.strip() or _next_sku(uow)
    values = {"sku": sku, **fields}
    missing = {
        name: "is missing"
        for name in ("name", "price_minor", "tax_class_id")
        if values.get(name) is None
    }
    wrong = missing or problems(Product, values)
    if wrong:
        raise ValidationRefusal(wrong)
    for code in ("plu", "sku"):
        require_free(uow, Product, "", code, values.get(code, ""))
    product = Product(id=uow.new_id(), **values)
    add_product(uow, product, tuple(codes))
    return product


def save_product(
    uow: UnitOfWork,
    seen: Product | None,
    /,
    *,
    codes: Sequence[str] | None = None,
    **changes: Any,
) -> None:
    """Add a product, or change the one that was ``seen``; `codes` None leaves its barcodes.

    Raises as ``create_product`` and ``edit_product`` do.
    """
    if seen is None:
        create_product(uow, codes=codes or (), **changes)
        return
    if changes:
        edit_product(uow, seen, **changes)
    if codes is not None:
        set_codes(uow, seen.id, codes)


def set_codes(uow: UnitOfWork, product_id: str, codes: Sequence[str]) -> None:
    """Let exactly these barcodes find a product; raises Refusal when one finds another."""
    people.require(uow, Permission.CATALOGUE)
    wanted = dict.fromkeys(normalise(code).value for code in codes)
    held = {barcode.code: barcode for barcode in products.codes(uow.connection, product_id)}
    for code, barcode in held.items():
        if code not in wanted:
            uow.edit(Barcode, barcode.id, deleted=True)
    for code in wanted:
        if code not in held:
            add_barcode(uow, product_id, code)


def add_variants(uow: UnitOfWork, product_id: str, kinds: Sequence[Sequence[str]]) -> list[Product]:
    """Add a variant of a product for each combination, such as sizes by colours.

    Each has the price, the taxes and the category of the product; a combination that is there
    already is left as it is. Raises Refusal for none, for more than VARIANTS_MAX, and when nobody
    allowed to is signed in.
    """
    people.require(uow, Permission.CATALOGUE)
    parent = uow.get(Product, product_id)
    if parent is None or parent.deleted:
        raise Refusal("This product was archived. Reload the list.")
    if parent.variant_of is not None:
        raise Refusal("This is a variant itself. Add variants to the product that it varies.")
    named = [[word for word in map(str.strip, kind) if word] for kind in kinds]
    combinations = list(itertools.product(*(kind for kind in named if kind)))
    if not any(named):
        raise Refusal("Type at least one size, colour or the like.")
    if len(combinations) > VARIANTS_MAX:
        raise Refusal(
            f"That makes {len(combinations)} variants, more than {VARIANTS_MAX}. Type fewer."
        )
    known = {variant.name for variant in uow.find(Product, variant_of=parent.id, deleted=False)}
    added = []
    for words in combinations:
        name = f"{parent.name} {' '.join(words)}"
        if name in known:
            continue
        code = "-".join((parent.sku, *(_short(word) for word in words)))
        variant = replace(
            parent,
            id=uow.new_id(),
            name=name,
            sku=_free_sku(uow, code),
            variant_of=parent.id,
            plu="",
            favourite=0,
            note="",
        )
        uow.insert(variant)
        added.append(variant)
    return added


def save_category(uow: UnitOfWork, seen: Category | None, /, **values: Any) -> Category:
    """Add a category at the end, or change the one that was ``seen``; ``position`` moves it.

    Raises Refusal when nobody allowed to is signed in or it was changed meanwhile,
    ValidationRefusal naming each field that is wrong.
    """
    people.require(uow, Permission.CATALOGUE)
    require_new_name(uow, Category, seen, values)
    if seen is None:
        return add_category(uow, values.get("name", ""), colour=values.get("colour", ""))
    require_unchanged(uow, seen)
    return uow.edit(Category, seen.id, **values)


def remove_category(uow: UnitOfWork, seen: Category) -> None:
    """Take a category away; raises Refusal while products are in it."""
    people.require(uow, Permission.CATALOGUE)
    require_unused(uow, "category_id", seen.id, "in this category. Move them to another first.")
    uow.edit(Category, seen.id, deleted=True)


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


def _next_sku(uow: UnitOfWork) -> str:
    """The first free number from the number of products on."""
    number = products.count(uow.connection) + 1
    while uow.find(Product, sku=str(number)):
        number += 1
    return str(number)


def _free_sku(uow: UnitOfWork, wanted: str) -> str:
    sku, number = wanted[:CODE_MAX], 2
    while uow.find(Product, sku=sku, deleted=False):
        sku, number = f"{wanted[: CODE_MAX - 4]}-{number}", number + 1
    return sku


def _short(word: str) -> str:
    """A word as a part of an SKU."""
    return "".join(letter for letter in word.upper() if letter.isalnum())[:8]

"""The list of products."""

from collections.abc import Sequence

from app.kit.formats import Formats
from app.kit.listing import Cell, Column, Listing
from app.kit.translation import translate
from localdb.queries import products
from localdb.queries.products import ListedProduct
from localdb.services.till import Till

NOTHING = "–"


def product_listing(till: Till, formats: Formats) -> Listing[ListedProduct]:
    """All products by SKU, or the best that match what is searched."""

    def read(
        text: str, _filter: int, after: ListedProduct | None, limit: int
    ) -> Sequence[ListedProduct]:
        last = after.product if after is not None else None
        return till.ask(products.listed, text, last, limit)

    return Listing(
        title=translate("Products", "Products"),
        columns=(
            Column(translate("Products", "Product")),
            Column(translate("Products", "SKU"), 150),
            Column(translate("Products", "Category"), 190),
            Column(translate("Products", "Price"), 120, right=True),
            Column(translate("Products", "Stock"), 120, right=True),
        ),
        cells=lambda listed: _cells(formats, listed),
        read=read,
        types=frozenset({"product", "barcode", "category", "stock_movement"}),
        hint=translate("Products", "Name, SKU, PLU or barcode (F2)"),
        empty=translate("Products", "No products here yet. Add the first, or import a list."),
    )


def _cells(formats: Formats, listed: ListedProduct) -> tuple[Cell, ...]:
    product, stock = listed.product, listed.stock_milli
    of = ""
    if listed.variant_of:
        of = translate("Products", "Variant of {product}", product=listed.variant_of)
    said = NOTHING if stock is None else formats.quantity(stock, product.unit)
    return (
        Cell(product.name, below=of, strong=True),
        Cell(product.sku, muted=True),
        Cell(listed.category or NOTHING),
        Cell(_price(formats, listed), right=True),
        Cell(said, right=True, muted=stock is not None and stock <= 0),
    )


def _price(formats: Formats, listed: ListedProduct) -> str:
    product = listed.product
    if product.kind == "open_price":
        return translate("Products", "Enter price")
    price = formats.money(product.price_minor)
    if product.unit == "piece":
        return price
    return translate("Products", "{price}/{unit}", price=price, unit=product.unit)

"""The form of one product, and its stock."""

from collections.abc import Mapping
from typing import Any

from app.kit.flow import AskNumber, AskYesNo
from app.kit.form import Choices, Form, FormField
from app.kit.formats import Formats
from app.kit.odd_amounts import odd_price
from app.kit.translation import translate
from localdb.domain.records import Product
from localdb.queries import lists, products, records
from localdb.services import catalogue
from localdb.services.till import Till

CODES = "codes"
"""The field of the form with the product's barcodes, one after the other."""


def kinds() -> Choices:
    """The kinds of products, in the words of a shop."""
    return (
        ("normal", translate("Product", "Sold by the piece")),
        ("weighed", translate("Product", "Weighed at the till")),
        ("open_price", translate("Product", "Price typed at the till")),
        ("service", translate("Product", "Service, without stock")),
        ("deposit", translate("Product", "Deposit on bottles and the like")),
    )


def units() -> Choices:
    """The units in which a price is meant."""
    return (
        ("piece", translate("Product", "Piece")),
        ("kg", translate("Product", "Kilogram")),
        ("l", translate("Product", "Litre")),
    )


def product_form(till: Till, formats: Formats) -> Form[Product]:
    """The form of a new product, or of one that is there."""

    def save(seen: Product | None, changes: Mapping[str, Any]) -> object:
        return till.write(catalogue.save_product, seen, **changes)

    def question(seen: Product | None, changes: Mapping[str, Any]) -> AskYesNo | None:
        if "price_minor" not in changes:
            return None
        name = seen.name if seen is not None else str(changes.get("name", ""))
        before = seen.price_minor if seen is not None else 0
        return odd_price(formats, name, before, changes["price_minor"])

    def values(product: Product) -> Mapping[str, Any]:
        codes = tuple(barcode.code for barcode in till.ask(products.codes, product.id))
        return {**product.values(), CODES: codes}

    return Form(
        record=Product,
        fields=_fields(till),
        load=lambda product_id: till.ask(records.one, Product, product_id),
        save=save,
        values=values,
        new_title=translate("Product", "New product"),
        question=question,
        remove=lambda product: till.write(catalogue.edit_product, product, deleted=True),
        remove_question=_archive,
        remove_words=translate("Product", "Archive product"),
    )


def question_adjust(formats: Formats, product: Product, stock: str) -> AskNumber:
    """By how much the stock is off."""
    unit = product.unit
    return AskNumber(
        translate("Product", "Adjust stock by"),
        "quantity" if unit == "piece" else "weight",
        translate(
            "Product",
            "{product}: {stock} in stock. Use a minus sign to remove stock.",
            product=product.name,
            stock=stock,
        ),
        "" if unit == "piece" else unit,
    )


def stock_words(till: Till, formats: Formats, product: Product) -> str:
    """What is in stock; empty for what has none."""
    if product.kind in products.WITHOUT_STOCK:
        return ""
    return formats.quantity(till.ask(products.stock, product.id), product.unit)


def _fields(till: Till) -> tuple[FormField, ...]:
    def categories() -> Choices:
        none = ("", translate("Product", "No category"))
        return (none, *((one.id, one.name) for one in till.ask(lists.categories)))

    def taxes() -> Choices:
        return tuple((one.id, one.name) for one in till.ask(lists.tax_classes))

    def deposits() -> Choices:
        none = ("", translate("Product", "No deposit"))
        return (none, *((one.id, one.name) for one in till.ask(products.deposits)))

    return (
        FormField(name="name", span=2),
        FormField(name="price_minor"),
        FormField(name="cost_minor", may_be_empty=True),
        FormField(name="category_id", control="pick", choices=categories),
        FormField(name="tax_class_id", control="pick", choices=taxes),
        FormField(
            name=CODES,
            caption=translate("Product", "Barcodes"),
            shape="text",
            span=2,
            help=translate("Product", "Scan one, or type several with commas between them."),
            read=_read_codes,
            write=", ".join,
        ),
        FormField(
            name="sku",
            may_be_empty=True,
            help_for_new=translate("Product", "Left empty, it gets the next free number."),
        ),
        FormField(name="plu"),
        FormField(name="kind", control="pick", choices=kinds),
        FormField(name="unit", control="pick", choices=units),
        FormField(name="min_age", may_be_empty=True),
        FormField(name="deposit_id", control="pick", choices=deposits),
    )


def _read_codes(text: str) -> tuple[str, ...]:
    return tuple(code for code in (part.strip() for part in text.split(",")) if code)


def _archive(product: Product) -> AskYesNo:
    return AskYesNo(
        translate("Product", "Archive product?"),
        translate(
            "Product",
            "{product} will no longer be found or sold, on any till. Its past receipts stay.",
            product=product.name,
        ),
        translate("Product", "Archive"),
        translate("Product", "Keep"),
        icon="trash",
    )

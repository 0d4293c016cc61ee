"""What is sold, and to whom."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from localdb.domain.fields import (
    CODE,
    NAME,
    PRICE,
    Code,
    Count,
    Flag,
    Id,
    Label,
    Name,
    Policy,
    Spec,
    Text,
    asking,
    one_of,
)
from localdb.domain.records.base import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Category(Reference):
    TYPE: ClassVar[str] = "category"
    LABEL: ClassVar[str] = "Category"

    name: Annotated[Name, Label("Name")]
    colour: Annotated[Text, Label("Colour")] = ""
    icon: Annotated[Text, Label("Icon")] = ""
    position: Annotated[Count, Label("Place in the list")] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxClass(Reference):
    TYPE: ClassVar[str] = "tax_class"
    LABEL: ClassVar[str] = "Tax class"

    code: Annotated[Code, Label("Code")]
    name: Annotated[Name, Label("Name")]
    included: Annotated[Flag, Label("Included")] = True
    """Whether prices of this class contain the tax."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate(Reference):
    """One tax of a class; a class may hold several, applied in order of ``position``."""

    TYPE: ClassVar[str] = "tax_rate"
    LABEL: ClassVar[str] = "Tax rate"

    tax_class_id: Annotated[Id, Label("Tax class")]
    name: Annotated[Name, Label("Name")]
    rate_ppm: Annotated[int, Spec("int", 0, 10_000_000, policy=Policy.ASK), Label("Rate")]
    compound: Annotated[Flag, Label("Compound")] = False
    """Whether the taxes before this one count into its base."""
    position: Annotated[Count, Label("Place in the list")] = 0
    per_unit_minor: Annotated[int, asking(PRICE), Label("Per unit")] = 0
    """A fixed tax on each piece, kilogram or litre in place of a rate, which is 0 then."""


PRODUCT_KINDS = ("normal", "weighed", "open_price", "service", "deposit")
UNITS = ("piece", "kg", "l")


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Reference):
    TYPE: ClassVar[str] = "product"
    LABEL: ClassVar[str] = "Product"
    NATURAL_KEY: ClassVar[str] = "sku"

    sku: Annotated[
        str,
        asking(CODE),
        Label(
            "SKU",
            searched=True,
            headings=("sku", "article", "item", "item number", "article number"),
        ),
    ]
    name: Annotated[
        str,
        asking(NAME),
        Label(
            "Name",
            searched=True,
            headings=("name", "description", "product", "title", "product name"),
        ),
    ]
    price_minor: Annotated[
        int,
        asking(PRICE),
        Label("Price", headings=("price", "unit price", "retail price", "unitprice")),
    ]
    """Per piece, or per unit for weighed goods."""
    tax_class_id: Annotated[
        str,
        Spec("id", 36, 36, policy=Policy.ASK),
        Label("Tax class", headings=("tax", "tax class", "vat", "tax code")),
    ]
    category_id: (
        Annotated[Id, Label("Category", headings=("category", "group", "department", "categories"))]
        | None
    ) = None
    cost_minor: Annotated[
        int, asking(PRICE), Label("Cost", headings=("cost", "cost price", "purchase price"))
    ] = 0
    unit: Annotated[
        str,
        one_of(*UNITS, policy=Policy.ASK),
        Label("Unit", headings=("unit", "uom", "unit of measure")),
    ] = "piece"
    kind: Annotated[
        str, one_of(*PRODUCT_KINDS, policy=Policy.ASK), Label("Kind", headings=("kind",))
    ] = "normal"
    min_age: Annotated[
        int,
        Spec("int", 0, 99, policy=Policy.ASK),
        Label("Minimum age", headings=("min age", "age")),
    ] = 0
    deposit_id: Annotated[Id, Label("Deposit", headings=("deposit sku",))] | None = None
    variant_of: Annotated[Id, Label("Variant of", headings=("variant of",))] | None = None
    plu: Annotated[str, Spec("text", 0, 8), Label("PLU", searched=True, headings=("plu",))] = ""
    note: Annotated[Text, Label("Note")] = ""
    favourite: Annotated[Count, Label("Favourite")] = 0
    """Its place among the favourites, from 1; 0 for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barcode(Reference):
    """A code that finds a product: a GTIN without leading zeros, or any opaque text."""

    TYPE: ClassVar[str] = "barcode"
    LABEL: ClassVar[str] = "Barcode"
    NATURAL_KEY: ClassVar[str] = "code"
    KEY_MAY_GO: ClassVar[bool] = True

    code: Annotated[
        str,
        asking(CODE),
        Label(
            "Code",
            searched=True,
            headings=("barcode", "ean", "gtin", "upc", "code", "gtin14", "ean13"),
        ),
    ]
    product_id: Annotated[str, Spec("id", 36, 36, policy=Policy.ASK), Label("Product")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerGroup(Reference):
    """Customers who share price lists and promotions."""

    TYPE: ClassVar[str] = "customer_group"
    LABEL: ClassVar[str] = "Customer group"

    name: Annotated[Name, Label("Name")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Reference):
    TYPE: ClassVar[str] = "customer"
    LABEL: ClassVar[str] = "Customer"

    name: Annotated[Name, Label("Name")]
    phone: Annotated[Text, Label("Phone")] = ""
    email: Annotated[str, Spec("text", 0, 4000, names="email"), Label("Email")] = ""
    card: Annotated[Text, Label("Card")] = ""
    vat_number: Annotated[Text, Label("VAT number")] = ""
    tax_exempt: Annotated[Flag, Label("Tax exempt")] = False
    note: Annotated[Text, Label("Note")] = ""
    group_id: Annotated[Id, Label("Group")] | None = None
    address: Annotated[Text, Label("Address")] = ""
    credit_limit_minor: Annotated[int, asking(PRICE), Label("Credit limit")] = 0
    """How much may be owed on account; 0 for no account."""

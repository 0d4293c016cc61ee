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

    name: Name
    colour: Text = ""
    icon: Text = ""
    position: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxClass(Reference):
    TYPE: ClassVar[str] = "tax_class"

    code: Code
    name: Name
    included: Flag = True
    """Whether prices of this class contain the tax."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate(Reference):
    """One tax of a class; a class may hold several, applied in order of ``position``."""

    TYPE: ClassVar[str] = "tax_rate"

    tax_class_id: Id
    name: Name
    rate_ppm: Annotated[int, Spec("int", 0, 10_000_000, policy=Policy.ASK)]
    compound: Flag = False
    """Whether the taxes before this one count into its base."""
    position: Count = 0
    per_unit_minor: Annotated[int, asking(PRICE)] = 0
    """A fixed tax on each piece, kilogram or litre in place of a rate, which is 0 then."""


PRODUCT_KINDS = ("normal", "weighed", "open_price", "service", "deposit")
UNITS = ("piece", "kg", "l")


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Reference):
    TYPE: ClassVar[str] = "product"
    NATURAL_KEY: ClassVar[str] = "sku"

    sku: Annotated[str, asking(CODE)]
    name: Annotated[str, asking(NAME)]
    price_minor: Annotated[int, asking(PRICE)]
    """Per piece, or per unit for weighed goods."""
    tax_class_id: Annotated[str, Spec("id", 36, 36, policy=Policy.ASK)]
    category_id: Id | None = None
    cost_minor: Annotated[int, asking(PRICE)] = 0
    unit: Annotated[str, one_of(*UNITS, policy=Policy.ASK)] = "piece"
    kind: Annotated[str, one_of(*PRODUCT_KINDS, policy=Policy.ASK)] = "normal"
    min_age: Annotated[int, Spec("int", 0, 99, policy=Policy.ASK)] = 0
    deposit_id: Id | None = None
    variant_of: Id | None = None
    plu: Annotated[str, Spec("text", 0, 8)] = ""
    note: Text = ""
    favourite: Count = 0
    """Its place among the favourites, from 1; 0 for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barcode(Reference):
    """A code that finds a product: a GTIN without leading zeros, or any opaque text."""

    TYPE: ClassVar[str] = "barcode"
    NATURAL_KEY: ClassVar[str] = "code"
    KEY_MAY_GO: ClassVar[bool] = True

    code: Annotated[str, asking(CODE)]
    product_id: Annotated[str, Spec("id", 36, 36, policy=Policy.ASK)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerGroup(Reference):
    """Customers who share price lists and promotions."""

    TYPE: ClassVar[str] = "customer_group"

    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Reference):
    TYPE: ClassVar[str] = "customer"

    name: Name
    phone: Text = ""
    email: Annotated[str, Spec("text", 0, 4000, names="email")] = ""
    card: Text = ""
    vat_number: Text = ""
    tax_exempt: Flag = False
    note: Text = ""
    group_id: Id | None = None
    address: Text = ""
    credit_limit_minor: Annotated[int, asking(PRICE)] = 0
    """How much may be owed on account; 0 for no account."""

"""A completed sale and its parts; each is written once."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from localdb.domain.fields import (
    Code,
    Count,
    Day,
    Id,
    Label,
    Minor,
    Name,
    Quantity,
    RatePpm,
    Spec,
    Text,
    TimeUs,
    one_of,
)
from localdb.domain.records.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale(Fact):
    """A completed sale or refund, as it was printed; amounts of a refund are negative."""

    TYPE: ClassVar[str] = "sale"
    LABEL: ClassVar[str] = "Sale"

    device_id: Annotated[Id, Label("Device")]
    shift_id: Annotated[Id, Label("Shift")]
    cashier_id: Annotated[Id, Label("Cashier")]
    customer_id: Annotated[Id, Label("Customer")] | None = None
    receipt_number: Annotated[Code, Label("Receipt number")]
    kind: Annotated[str, one_of("sale", "refund"), Label("Kind")] = "sale"
    refund_of: Annotated[Id, Label("Refund of")] | None = None
    currency: Annotated[str, Spec("text", 3, 3), Label("Currency")]
    total_minor: Annotated[Minor, Label("Total")]
    """What was paid, before cash rounding."""
    tax_minor: Annotated[Minor, Label("Tax")]
    discount_minor: Annotated[Minor, Label("Discount")] = 0
    """All discounts together, as a positive amount for a sale."""
    rounding_minor: Annotated[Minor, Label("Rounding")] = 0
    """Cash rounding: what the payments sum to, minus ``total_minor``."""
    line_count: Annotated[Count, Label("Line count")]
    rung_at_us: Annotated[TimeUs, Label("Rung at")]
    business_day: Annotated[int, Spec("int", 19700101, 99991231), Label("Business day")]
    """Local date in the store's time zone after its cut-off, as YYYYMMDD."""
    note: Annotated[Text, Label("Note")] = ""
    reason: Annotated[str, Spec("text", 0, 16), Label("Reason")] = ""
    """Of a refund: ``return``, ``void`` (the whole sale was a mistake) or ``exchange``."""
    tip_minor: Annotated[Minor, Label("Tip")] = 0
    """What the customer gave on top; not part of ``total_minor``."""
    held_cart_id: Annotated[Id, Label("Held sale")] | None = None
    """The held cart it was recalled from."""
    buyer: Annotated[Text, Label("Buyer")] = ""
    """Name, address and VAT number of the buyer, as printed on an invoice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine(Fact):
    TYPE: ClassVar[str] = "sale_line"
    LABEL: ClassVar[str] = "Receipt line"

    sale_id: Annotated[Id, Label("Sale")]
    position: Annotated[Count, Label("Place in the list")]
    product_id: Annotated[Id, Label("Product")] | None = None
    name: Annotated[Name, Label("Name")]
    barcode: Annotated[Text, Label("Barcode")] = ""
    quantity_milli: Annotated[Quantity, Label("Quantity")]
    unit_price_minor: Annotated[Minor, Label("Unit price")]
    discount_minor: Annotated[Minor, Label("Discount")] = 0
    total_minor: Annotated[Minor, Label("Total")]
    """What the line costs after its discounts: authoritative, never recomputed."""
    tax_class_id: Annotated[Id, Label("Tax class")] | None = None
    tax_minor: Annotated[Minor, Label("Tax")] = 0
    refund_of: Annotated[Id, Label("Refund of")] | None = None
    note: Annotated[Text, Label("Note")] = ""
    kind: Annotated[str, Spec("text", 0, 16), Label("Kind")] = ""
    """The product's kind, ``open_item``, ``gift_card`` (sold or loaded) or ``account_payment``
    (what was owed is paid off); none on lines of older tills."""
    unit: Annotated[str, Spec("text", 0, 16), Label("Unit")] = "piece"
    list_price_minor: Annotated[Minor, Label("List price")] = 0
    """The catalogue's price when it was rung; 0 on lines of older tills."""
    lot: Annotated[Text, Label("Lot")] = ""
    expires_day: Annotated[Day, Label("Expires day")] = 0
    account_id: Annotated[Id, Label("Account")] | None = None
    """The gift card that was sold or loaded, or the customer who paid off what was owed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleDiscount(Fact):
    """What saved how much on a receipt; all of a sale sum to its ``discount_minor``."""

    TYPE: ClassVar[str] = "sale_discount"
    LABEL: ClassVar[str] = "Receipt discount"

    sale_id: Annotated[Id, Label("Sale")]
    position: Annotated[Count, Label("Place in the list")]
    line_id: Annotated[Id, Label("Line")] | None = None
    """The sale line it came off; none for the whole cart."""
    kind: Annotated[str, one_of("line", "cart", "promotion"), Label("Kind")]
    name: Annotated[Text, Label("Name")] = ""
    promotion_id: Annotated[Id, Label("Promotion")] | None = None
    amount_minor: Annotated[Minor, Label("Amount")]
    """Positive takes off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleTax(Fact):
    """One row of a receipt's tax table."""

    TYPE: ClassVar[str] = "sale_tax"
    LABEL: ClassVar[str] = "Receipt tax"

    sale_id: Annotated[Id, Label("Sale")]
    position: Annotated[Count, Label("Place in the list")]
    name: Annotated[Name, Label("Name")]
    rate_ppm: Annotated[RatePpm, Label("Rate")]
    base_minor: Annotated[Minor, Label("Base")]
    tax_minor: Annotated[Minor, Label("Tax")]
    per_unit_minor: Annotated[Minor, Label("Per unit")] = 0
    """A fixed tax on each unit, in place of the rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Fact):
    TYPE: ClassVar[str] = "payment"
    LABEL: ClassVar[str] = "Payment"

    sale_id: Annotated[Id, Label("Sale")]
    position: Annotated[Count, Label("Place in the list")]
    method: Annotated[Code, Label("Method")]
    """A code of ``domain.methods``, or of a ``PaymentMethod`` of the shop's own."""
    amount_minor: Annotated[Minor, Label("Amount")]
    """What counts towards the sale: tendered less change."""
    tendered_minor: Annotated[Minor, Label("Tendered")]
    change_minor: Annotated[Minor, Label("Change")] = 0
    reference: Annotated[Text, Label("Reference")] = ""
    tip_minor: Annotated[Minor, Label("Tip")] = 0
    """Taken on top of ``amount_minor``."""
    account_id: Annotated[Id, Label("Account")] | None = None
    """The gift card or customer whose balance paid."""
    corrects: Annotated[Id, Label("Corrects")] | None = None
    """The payment that this one takes back, or stands in for, after the sale was stored."""

"""A completed sale and its parts; each is written once."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from localdb.domain.fields import (
    Code,
    Count,
    Day,
    Id,
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

    device_id: Id
    shift_id: Id
    cashier_id: Id
    customer_id: Id | None = None
    receipt_number: Code
    kind: Annotated[str, one_of("sale", "refund")] = "sale"
    refund_of: Id | None = None
    currency: Annotated[str, Spec("text", 3, 3)]
    total_minor: Minor
    """What was paid, before cash rounding."""
    tax_minor: Minor
    discount_minor: Minor = 0
    """All discounts together, as a positive amount for a sale."""
    rounding_minor: Minor = 0
    """Cash rounding: what the payments sum to, minus ``total_minor``."""
    line_count: Count
    rung_at_us: TimeUs
    business_day: Annotated[int, Spec("int", 19700101, 99991231)]
    """Local date in the store's time zone after its cut-off, as YYYYMMDD."""
    note: Text = ""
    reason: Annotated[str, Spec("text", 0, 16)] = ""
    """Of a refund: ``return``, ``void`` (the whole sale was a mistake) or ``exchange``."""
    tip_minor: Minor = 0
    """What the customer gave on top; not part of ``total_minor``."""
    held_cart_id: Id | None = None
    """The held cart it was recalled from."""
    buyer: Text = ""
    """Name, address and VAT number of the buyer, as printed on an invoice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine(Fact):
    TYPE: ClassVar[str] = "sale_line"

    sale_id: Id
    position: Count
    product_id: Id | None = None
    name: Name
    barcode: Text = ""
    quantity_milli: Quantity
    unit_price_minor: Minor
    discount_minor: Minor = 0
    total_minor: Minor
    """What the line costs after its discounts: authoritative, never recomputed."""
    tax_class_id: Id | None = None
    tax_minor: Minor = 0
    refund_of: Id | None = None
    note: Text = ""
    kind: Annotated[str, Spec("text", 0, 16)] = ""
    """The product's kind, ``open_item``, ``gift_card`` (sold or loaded) or ``account_payment``
    (what was owed is paid off); none on lines of older tills."""
    unit: Annotated[str, Spec("text", 0, 16)] = "piece"
    list_price_minor: Minor = 0
    """The catalogue's price when it was rung; 0 on lines of older tills."""
    lot: Text = ""
    expires_day: Day = 0
    account_id: Id | None = None
    """The gift card that was sold or loaded, or the customer who paid off what was owed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleDiscount(Fact):
    """What saved how much on a receipt; all of a sale sum to its ``discount_minor``."""

    TYPE: ClassVar[str] = "sale_discount"

    sale_id: Id
    position: Count
    line_id: Id | None = None
    """The sale line it came off; none for the whole cart."""
    kind: Annotated[str, one_of("line", "cart", "promotion")]
    name: Text = ""
    promotion_id: Id | None = None
    amount_minor: Minor
    """Positive takes off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleTax(Fact):
    """One row of a receipt's tax table."""

    TYPE: ClassVar[str] = "sale_tax"

    sale_id: Id
    position: Count
    name: Name
    rate_ppm: RatePpm
    base_minor: Minor
    tax_minor: Minor
    per_unit_minor: Minor = 0
    """A fixed tax on each unit, in place of the rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Fact):
    TYPE: ClassVar[str] = "payment"

    sale_id: Id
    position: Count
    method: Code
    """A code of ``domain.methods``, or of a ``PaymentMethod`` of the shop's own."""
    amount_minor: Minor
    """What counts towards the sale: tendered less change."""
    tendered_minor: Minor
    change_minor: Minor = 0
    reference: Text = ""
    tip_minor: Minor = 0
    """Taken on top of ``amount_minor``."""
    account_id: Id | None = None
    """The gift card or customer whose balance paid."""
    corrects: Id | None = None
    """The payment that this one takes back, or stands in for, after the sale was stored."""

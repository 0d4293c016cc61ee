"""The synced record types, each declared once.

The local table, the server's table, the wire validation and the merge are built from these
declarations; a new field is added here, in one migration a side, and on the screens that show it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from localdb.domain.fields import (
    CODE,
    NAME,
    PRICE,
    Code,
    Count,
    FieldInfo,
    Flag,
    Id,
    Json,
    Minor,
    Name,
    Policy,
    Quantity,
    RatePpm,
    Spec,
    Text,
    TimeUs,
    asking,
    fields_of,
    one_of,
)


class Kind(StrEnum):
    """How a record behaves when it syncs."""

    FACT = "fact"
    """Append-only and immutable; never refused for a business reason."""
    REFERENCE = "reference"
    """Edited anywhere, versioned, merged field by field."""


class Scope(StrEnum):
    """Which stream carries a record type."""

    ORG = "org"
    STORE = "store"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every synced record has: a UUIDv7 id in canonical text."""

    TYPE: ClassVar[str]
    KIND: ClassVar[Kind]
    SCOPE: ClassVar[Scope]

    id: Id

    def values(self) -> dict[str, Any]:
        """The record as plain values, the id included."""
        return {field.name: getattr(self, field.name) for field in fields_of(type(self))}

    @classmethod
    def fields(cls) -> tuple[FieldInfo, ...]:
        """The declared fields, in order."""
        return fields_of(cls)

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Self:
        """Build a record from a row; columns the record does not declare are ignored."""
        return cls(**{f.name: values[f.name] for f in fields_of(cls) if f.name in values})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference(Record):
    """A record that is edited; deleting sets ``deleted`` and keeps the row."""

    KIND: ClassVar[Kind] = Kind.REFERENCE
    SCOPE: ClassVar[Scope] = Scope.ORG

    deleted: Annotated[bool, Spec("flag", 0, 1, policy=Policy.ASK)] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Record):
    """A record that is written once, by one till of one store."""

    KIND: ClassVar[Kind] = Kind.FACT
    SCOPE: ClassVar[Scope] = Scope.STORE

    store_id: Id


# ---------------------------------------------------------------- the shop and its people


@dataclass(frozen=True, slots=True, kw_only=True)
class Store(Reference):
    TYPE: ClassVar[str] = "store"

    code: Code
    """Printed in receipt numbers: ``S01``."""
    name: Name
    address: Text = ""
    currency: Annotated[str, Spec("text", 3, 3, policy=Policy.ASK)] = "EUR"
    timezone: Annotated[str, asking(CODE)] = "UTC"
    day_cutoff_min: Annotated[int, Spec("int", 0, 1439)] = 0
    """Minutes after local midnight at which a new business day begins."""
    receipt_footer: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Till(Reference):
    """An enrolled till; its id is the device id. A re-enrolled till is a new record."""

    TYPE: ClassVar[str] = "till"

    store_id: Id
    code: Code
    """Printed in receipt numbers, with the series letter of a re-enrolment: ``T03B``."""
    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Reference):
    TYPE: ClassVar[str] = "user"

    name: Name
    role: Annotated[str, one_of("cashier", "manager")]
    pin_hash: Text
    badge: Text = ""
    active: Flag = True


# ---------------------------------------------------------------- the catalogue


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


PRODUCT_KINDS = ("normal", "weighed", "open_price", "service", "deposit")
UNITS = ("piece", "kg", "l")


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Reference):
    TYPE: ClassVar[str] = "product"

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Barcode(Reference):
    """A code that finds a product: a GTIN without leading zeros, or any opaque text."""

    TYPE: ClassVar[str] = "barcode"

    code: Annotated[str, asking(CODE)]
    product_id: Annotated[str, Spec("id", 36, 36, policy=Policy.ASK)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Reference):
    TYPE: ClassVar[str] = "customer"

    name: Name
    phone: Text = ""
    email: Text = ""
    card: Text = ""
    vat_number: Text = ""
    tax_exempt: Flag = False
    note: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Reference):
    """One setting of the organisation, or of one store when ``store_id`` is given."""

    TYPE: ClassVar[str] = "setting"

    key: Code
    value: Text
    store_id: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCart(Reference):
    """A cart set aside; any till of its store may recall it."""

    TYPE: ClassVar[str] = "held_cart"
    SCOPE: ClassVar[Scope] = Scope.STORE

    store_id: Id
    label: Text
    cart: Json
    total_minor: Minor
    held_by: Id
    held_at_us: TimeUs
    state: Annotated[str, one_of("held", "recalled", policy=Policy.SERVER)] = "held"


# ---------------------------------------------------------------- contradictions


CONFLICT_KINDS = ("field", "delete", "unique", "flag")
CONFLICT_STATES = ("open", "settled", "merged")
"""``merged`` needs nobody: the server decided, and a manager may reopen it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict(Reference):
    """A contradiction that a manager settles; only the server raises one.

    ``fields_json`` is an object: field -> ``{"base", "local", "remote"}``, where *local* is what
    the till named by ``device_id`` wanted and *remote* what the server held. Of a flag *local* is
    what was found and *remote* what should have been. The two vectors are evidence of what each
    side had seen.
    """

    TYPE: ClassVar[str] = "conflict"

    kind: Annotated[str, one_of(*CONFLICT_KINDS)]
    record_type: Code
    record_id: Id
    title: Text
    """What a manager recognises the record by."""
    fields_json: Json
    device_id: Id
    user_id: Id | None = None
    at_us: TimeUs
    remote_device_id: Id | None = None
    remote_user_id: Id | None = None
    remote_at_us: TimeUs | None = None
    local_vector: Json = "{}"
    remote_vector: Json = "{}"
    state: Annotated[str, one_of(*CONFLICT_STATES, policy=Policy.SERVER)] = "open"
    resolution_json: Json = "{}"
    """The steps taken so far; see ``domain.resolution``."""
    settled_by: Id | None = None
    settled_at_us: TimeUs | None = None


# ---------------------------------------------------------------- facts


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


PAYMENT_METHODS = ("cash", "card", "coupon", "store_credit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Fact):
    TYPE: ClassVar[str] = "payment"

    sale_id: Id
    position: Count
    method: Annotated[str, one_of(*PAYMENT_METHODS)]
    amount_minor: Minor
    """What counts towards the sale: tendered less change."""
    tendered_minor: Minor
    change_minor: Minor = 0
    reference: Text = ""


MOVEMENT_REASONS = ("sale", "refund", "receive", "adjust", "count", "import")


@dataclass(frozen=True, slots=True, kw_only=True)
class StockMovement(Fact):
    TYPE: ClassVar[str] = "stock_movement"

    product_id: Id
    quantity_milli: Quantity
    """Signed: what is added to stock on hand."""
    reason: Annotated[str, one_of(*MOVEMENT_REASONS)]
    sale_id: Id | None = None
    user_id: Id | None = None
    at_us: TimeUs


SHIFT_EVENTS = ("open", "paid_in", "paid_out", "drop", "no_sale", "close")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftEvent(Fact):
    """Something that happened to a till's drawer during a shift."""

    TYPE: ClassVar[str] = "shift_event"

    device_id: Id
    shift_id: Id
    kind: Annotated[str, one_of(*SHIFT_EVENTS)]
    amount_minor: Minor = 0
    reason: Text = ""
    user_id: Id
    at_us: TimeUs
    z_number: Count = 0
    """Gapless per till, given at close; 0 for every other event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry(Fact):
    """A link of a till's append-only, hash-chained journal."""

    TYPE: ClassVar[str] = "journal_entry"

    device_id: Id
    seq: Count
    """Gapless per device, from 1."""
    kind: Code
    payload: Json
    at_us: TimeUs
    previous_hash: Annotated[str, Spec("text", 64, 64)]
    hash: Annotated[str, Spec("text", 64, 64)]


REFERENCES: tuple[type[Reference], ...] = (
    Store,
    Till,
    User,
    Category,
    TaxClass,
    TaxRate,
    Product,
    Barcode,
    Customer,
    Setting,
    HeldCart,
    Conflict,
)
FACTS: tuple[type[Fact], ...] = (
    Sale,
    SaleLine,
    SaleTax,
    Payment,
    StockMovement,
    ShiftEvent,
    JournalEntry,
)
RECORDS: dict[str, type[Record]] = {record.TYPE: record for record in (*REFERENCES, *FACTS)}
"""Every synced record type by its wire name, parents before children."""

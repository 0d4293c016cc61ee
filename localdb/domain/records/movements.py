"""What moves stock, balances and the drawer, and what is chained to prove it."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from localdb.domain.fields import (
    MINOR_MAX,
    Code,
    Count,
    Id,
    Json,
    Label,
    Minor,
    Quantity,
    Spec,
    Text,
    TimeUs,
    one_of,
)
from localdb.domain.records.base import Fact
from localdb.domain.records.tender import BALANCE_KINDS

MOVEMENT_REASONS = ("sale", "refund", "receive", "adjust", "count", "import")


@dataclass(frozen=True, slots=True, kw_only=True)
class StockMovement(Fact):
    TYPE: ClassVar[str] = "stock_movement"
    LABEL: ClassVar[str] = "Stock movement"

    product_id: Annotated[Id, Label("Product")]
    quantity_milli: Annotated[Quantity, Label("Quantity")]
    """Signed: what is added to stock on hand."""
    reason: Annotated[str, one_of(*MOVEMENT_REASONS), Label("Reason")]
    sale_id: Annotated[Id, Label("Sale")] | None = None
    user_id: Annotated[Id, Label("User")] | None = None
    at_us: Annotated[TimeUs, Label("At")]


MOVEMENT_MAX = MINOR_MAX // 10
"""Twice what the largest cart comes to: so many of them that a sum overflows are no trade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceMovement(Fact):
    """What is added to a gift card, a customer's store credit, points or account."""

    TYPE: ClassVar[str] = "balance_movement"
    LABEL: ClassVar[str] = "Balance movement"

    kind: Annotated[str, one_of(*BALANCE_KINDS), Label("Kind")]
    account_id: Annotated[Id, Label("Account")]
    """The gift card, or the customer."""
    amount: Annotated[int, Spec("int", -MOVEMENT_MAX, MOVEMENT_MAX, nonzero=True), Label("Amount")]
    """Minor units, or points; negative when spent. On account, positive is owed."""
    reason: Annotated[Code, Label("Reason")]
    sale_id: Annotated[Id, Label("Sale")] | None = None
    user_id: Annotated[Id, Label("User")]
    at_us: Annotated[TimeUs, Label("At")]


SHIFT_EVENTS = ("open", "paid_in", "paid_out", "drop", "no_sale", "close")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftEvent(Fact):
    """Something that happened to a till's drawer during a shift."""

    TYPE: ClassVar[str] = "shift_event"
    LABEL: ClassVar[str] = "Cash event"

    device_id: Annotated[Id, Label("Device")]
    shift_id: Annotated[Id, Label("Shift")]
    kind: Annotated[str, one_of(*SHIFT_EVENTS), Label("Kind")]
    amount_minor: Annotated[Minor, Label("Amount")] = 0
    reason: Annotated[Text, Label("Reason")] = ""
    user_id: Annotated[Id, Label("User")]
    at_us: Annotated[TimeUs, Label("At")]
    z_number: Annotated[Count, Label("Z number")] = 0
    """Gapless per till, given at close; 0 for every other event."""
    expected_minor: Annotated[Minor, Label("Expected")] = 0
    """What the drawer should have held at close; the count less this is over or short."""
    detail: Annotated[Json, Label("Detail")] = "{}"
    """At open and close the count by denomination, and at close the whole report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry(Fact):
    """Something a manager allowed, or that someone will ask about later."""

    TYPE: ClassVar[str] = "audit_entry"
    LABEL: ClassVar[str] = "Audit entry"

    action: Annotated[Code, Label("Action")]
    """A permission's code, or what was done."""
    user_id: Annotated[Id, Label("User")]
    """Who did it."""
    approved_by: Annotated[Id, Label("Approved by")] | None = None
    """Whose PIN allowed it."""
    sale_id: Annotated[Id, Label("Sale")] | None = None
    amount_minor: Annotated[Minor, Label("Amount")] = 0
    detail: Annotated[Text, Label("Detail")] = ""
    at_us: Annotated[TimeUs, Label("At")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptMail(Fact):
    """A customer's wish to have a receipt by e-mail; the server sends it."""

    TYPE: ClassVar[str] = "receipt_mail"
    LABEL: ClassVar[str] = "Receipt by e-mail"

    sale_id: Annotated[Id, Label("Sale")]
    email: Annotated[Text, Label("Email")]
    at_us: Annotated[TimeUs, Label("At")]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry(Fact):
    """A link of a till's append-only, hash-chained journal."""

    TYPE: ClassVar[str] = "journal_entry"
    LABEL: ClassVar[str] = "Journal entry"

    device_id: Annotated[Id, Label("Device")]
    seq: Annotated[Count, Label("Seq")]
    """Gapless per device, from 1."""
    kind: Annotated[Code, Label("Kind")]
    payload: Annotated[Json, Label("Payload")]
    at_us: Annotated[TimeUs, Label("At")]
    previous_hash: Annotated[str, Spec("text", 64, 64), Label("Previous entry")]
    hash: Annotated[str, Spec("text", 64, 64), Label("Hash")]

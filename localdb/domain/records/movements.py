"""What moves stock, balances and the drawer, and what is chained to prove it."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from localdb.domain.fields import (
    MINOR_MAX,
    Code,
    Count,
    Id,
    Json,
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

    product_id: Id
    quantity_milli: Quantity
    """Signed: what is added to stock on hand."""
    reason: Annotated[str, one_of(*MOVEMENT_REASONS)]
    sale_id: Id | None = None
    user_id: Id | None = None
    at_us: TimeUs


MOVEMENT_MAX = MINOR_MAX // 10
"""Twice what the largest cart comes to: so many of them that a sum overflows are no trade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceMovement(Fact):
    """What is added to a gift card, a customer's store credit, points or account."""

    TYPE: ClassVar[str] = "balance_movement"

    kind: Annotated[str, one_of(*BALANCE_KINDS)]
    account_id: Id
    """The gift card, or the customer."""
    amount: Annotated[int, Spec("int", -MOVEMENT_MAX, MOVEMENT_MAX, nonzero=True)]
    """Minor units, or points; negative when spent. On account, positive is owed."""
    reason: Code
    sale_id: Id | None = None
    user_id: Id
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
    expected_minor: Minor = 0
    """What the drawer should have held at close; the count less this is over or short."""
    detail: Json = "{}"
    """At open and close the count by denomination, and at close the whole report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry(Fact):
    """Something a manager allowed, or that someone will ask about later."""

    TYPE: ClassVar[str] = "audit_entry"

    action: Code
    """A permission's code, or what was done."""
    user_id: Id
    """Who did it."""
    approved_by: Id | None = None
    """Whose PIN allowed it."""
    sale_id: Id | None = None
    amount_minor: Minor = 0
    detail: Text = ""
    at_us: TimeUs


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptMail(Fact):
    """A customer's wish to have a receipt by e-mail; the server sends it."""

    TYPE: ClassVar[str] = "receipt_mail"

    sale_id: Id
    email: Text
    at_us: TimeUs


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

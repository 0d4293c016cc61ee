"""The synced record types, each declared once.

The local table, the server's table, the wire validation and the merge are built from these
declarations; a new field is added here, in one migration a side, and on the screens that show it.
"""

from localdb.domain.records.base import Fact, Kind, Record, Reference, Scope
from localdb.domain.records.catalogue import (
    PRODUCT_KINDS,
    UNITS,
    Barcode,
    Category,
    Customer,
    CustomerGroup,
    Product,
    TaxClass,
    TaxRate,
)
from localdb.domain.records.contradictions import CONFLICT_KINDS, CONFLICT_STATES, Conflict
from localdb.domain.records.movements import (
    MOVEMENT_REASONS,
    SHIFT_EVENTS,
    AuditEntry,
    BalanceMovement,
    JournalEntry,
    ReceiptMail,
    ShiftEvent,
    StockMovement,
)
from localdb.domain.records.prices import PROMOTION_KINDS, PriceList, PriceListItem, Promotion
from localdb.domain.records.sales import Payment, Sale, SaleDiscount, SaleLine, SaleTax
from localdb.domain.records.shop import Role, Store, Till, User
from localdb.domain.records.tender import (
    BALANCE_KINDS,
    PAYMENT_KINDS,
    BalanceCheckpoint,
    GiftCard,
    HeldCart,
    PaymentMethod,
    Setting,
)

__all__ = [
    "BALANCE_KINDS",
    "CONFLICT_KINDS",
    "CONFLICT_STATES",
    "FACTS",
    "MOVEMENT_REASONS",
    "PAYMENT_KINDS",
    "PRODUCT_KINDS",
    "PROMOTION_KINDS",
    "RECORDS",
    "REFERENCES",
    "SHIFT_EVENTS",
    "UNITS",
    "AuditEntry",
    "BalanceCheckpoint",
    "BalanceMovement",
    "Barcode",
    "Category",
    "Conflict",
    "Customer",
    "CustomerGroup",
    "Fact",
    "GiftCard",
    "HeldCart",
    "JournalEntry",
    "Kind",
    "Payment",
    "PaymentMethod",
    "PriceList",
    "PriceListItem",
    "Product",
    "Promotion",
    "ReceiptMail",
    "Record",
    "Reference",
    "Role",
    "Sale",
    "SaleDiscount",
    "SaleLine",
    "SaleTax",
    "Scope",
    "Setting",
    "ShiftEvent",
    "StockMovement",
    "Store",
    "TaxClass",
    "TaxRate",
    "Till",
    "User",
]

REFERENCES: tuple[type[Reference], ...] = (
    Store,
    Till,
    User,
    Role,
    Category,
    TaxClass,
    TaxRate,
    Product,
    Barcode,
    CustomerGroup,
    Customer,
    PriceList,
    PriceListItem,
    Promotion,
    PaymentMethod,
    GiftCard,
    BalanceCheckpoint,
    Setting,
    HeldCart,
    Conflict,
)
FACTS: tuple[type[Fact], ...] = (
    Sale,
    SaleLine,
    SaleDiscount,
    SaleTax,
    Payment,
    StockMovement,
    BalanceMovement,
    ShiftEvent,
    AuditEntry,
    ReceiptMail,
    JournalEntry,
)
RECORDS: dict[str, type[Record]] = {record.TYPE: record for record in (*REFERENCES, *FACTS)}
"""Every synced record type by its wire name, parents before children."""

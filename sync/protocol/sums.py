"""Which field of a fact type tells the most when it is summed: what both sides compare."""

from localdb.domain.records import (
    AuditEntry,
    BalanceMovement,
    Payment,
    Sale,
    SaleDiscount,
    SaleLine,
    SaleTax,
    ShiftEvent,
    StockMovement,
)

SUMMED = {
    Sale.TYPE: "total_minor",
    SaleLine.TYPE: "total_minor",
    SaleDiscount.TYPE: "amount_minor",
    SaleTax.TYPE: "tax_minor",
    Payment.TYPE: "amount_minor",
    StockMovement.TYPE: "quantity_milli",
    BalanceMovement.TYPE: "amount",
    ShiftEvent.TYPE: "amount_minor",
    AuditEntry.TYPE: "amount_minor",
}
"""Fact type -> an integer field; a journal entry has none."""

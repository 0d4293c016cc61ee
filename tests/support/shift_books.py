"""What a shift came to, summed anew from the stored rows: a check on the running totals."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from localdb.domain.shift import Shift

_SALES = """
    SELECT count(*) FILTER (WHERE kind = 'sale') AS sale_count,
           count(*) FILTER (WHERE kind = 'refund') AS refund_count,
           count(*) FILTER (WHERE reason = 'void') AS void_count,
           total(total_minor) FILTER (WHERE kind = 'sale') AS sales_minor,
           total(total_minor) FILTER (WHERE kind = 'refund') AS refunds_minor,
           total(total_minor) FILTER (WHERE reason = 'void') AS voids_minor,
           total(discount_minor) AS discount_minor,
           total(tax_minor) AS tax_minor,
           total(rounding_minor) AS rounding_minor,
           coalesce(min(receipt_number), '') AS first_receipt,
           coalesce(max(receipt_number), '') AS last_receipt
    FROM sale WHERE shift_id = :shift
"""
_LINES = """
    SELECT total(l.total_minor) FILTER (WHERE l.kind = 'gift_card') AS cards_sold_minor,
           total(l.total_minor) FILTER (WHERE l.kind = 'account_payment') AS account_paid_minor
    FROM sale s JOIN sale_line l ON l.sale_id = s.id WHERE s.shift_id = :shift
"""
_PROMOTIONS = """
    SELECT total(d.amount_minor) AS promotion_minor
    FROM sale s JOIN sale_discount d ON d.sale_id = s.id
    WHERE s.shift_id = :shift AND d.kind = 'promotion'
"""
_CORRECTIONS = """
    SELECT count(DISTINCT p.corrects) AS correction_count
    FROM sale s JOIN payment p ON p.sale_id = s.id WHERE s.shift_id = :shift
"""
_EVENTS = """
    SELECT total(amount_minor) FILTER (WHERE kind = 'open') AS float_minor,
           total(amount_minor) FILTER (WHERE kind = 'paid_in') AS paid_in_minor,
           count(*) FILTER (WHERE kind = 'paid_in') AS paid_in_count,
           total(amount_minor) FILTER (WHERE kind = 'paid_out') AS paid_out_minor,
           count(*) FILTER (WHERE kind = 'paid_out') AS paid_out_count,
           total(amount_minor) FILTER (WHERE kind = 'drop') AS dropped_minor,
           count(*) FILTER (WHERE kind = 'drop') AS drop_count,
           count(*) FILTER (WHERE kind = 'no_sale') AS no_sale_count,
           total(amount_minor) FILTER (WHERE kind = 'close') AS counted_minor,
           total(z_number) AS z_number
    FROM shift_event WHERE shift_id = :shift
"""
_OVERRIDES = """
    SELECT count(*) AS override_count FROM audit_entry
    WHERE approved_by IS NOT NULL AND origin_device = :device AND origin_dseq BETWEEN
        (SELECT origin_dseq FROM shift_event WHERE shift_id = :shift AND kind = 'open') AND
        coalesce((SELECT origin_dseq FROM shift_event WHERE shift_id = :shift AND kind = 'close'),
                 9223372036854775807)
"""
_BY_METHOD = """
    SELECT p.method, total(p.amount_minor), total(p.tip_minor), count(*) FILTER
        (WHERE p.tip_minor <> 0)
    FROM sale s JOIN payment p ON p.sale_id = s.id WHERE s.shift_id = :shift GROUP BY p.method
"""
_BY_CASHIER = """
    SELECT cashier_id, count(*) FILTER (WHERE kind = 'sale'),
           total(total_minor) FILTER (WHERE kind = 'sale'),
           count(*) FILTER (WHERE kind = 'refund'),
           total(total_minor) FILTER (WHERE kind = 'refund')
    FROM sale WHERE shift_id = :shift GROUP BY cashier_id
"""
_BY_TAX = """
    SELECT t.name, t.rate_ppm, t.per_unit_minor, total(t.base_minor), total(t.tax_minor)
    FROM sale s JOIN sale_tax t ON t.sale_id = s.id WHERE s.shift_id = :shift GROUP BY 1, 2, 3
"""


def summed(connection: Connection, shift_id: str, device_id: str) -> dict[str, Any]:
    """The shift's figures by the names of its fields, from rows alone."""
    given = {"shift": shift_id, "device": device_id}
    found: dict[str, Any] = {}
    for query in (_SALES, _LINES, _PROMOTIONS, _CORRECTIONS, _EVENTS, _OVERRIDES):
        found |= _one(connection, query, given)
    methods = _rows(connection, _BY_METHOD, given)
    found["payments_minor"] = {method: int(paid) for method, paid, _, _ in methods}
    found["tips_minor"] = {method: int(tips) for method, _, tips, tipped in methods if tipped}
    found["cashiers"] = {
        user: {
            "sale_count": sales,
            "sales_minor": int(sold),
            "refund_count": refunds,
            "refunds_minor": int(refunded),
        }
        for user, sales, sold, refunds, refunded in _rows(connection, _BY_CASHIER, given)
    }
    taxes = _rows(connection, _BY_TAX, given)
    found["taxes"] = sorted((n, r, u, int(base), int(tax)) for n, r, u, base, tax in taxes)
    return found


def differences(
    shift: Shift, connection: Connection, device_id: str
) -> dict[str, tuple[object, object]]:
    """Where running totals and rows disagree: field -> (running, summed); empty when they agree."""
    running = asdict(shift)
    running["taxes"] = sorted(
        (t.name, t.rate_ppm, t.per_unit_minor, t.base_minor, t.tax_minor) for t in shift.taxes
    )
    rows = summed(connection, shift.id, device_id)
    return {name: (running[name], rows[name]) for name in rows if running[name] != rows[name]}


def _one(connection: Connection, query: str, given: Mapping[str, str]) -> dict[str, Any]:
    row = connection.exec_driver_sql(query, dict(given)).mappings().one()
    return {n: int(value) if isinstance(value, float) else value for n, value in row.items()}


def _rows(connection: Connection, query: str, given: Mapping[str, str]) -> list[Any]:
    return list(connection.exec_driver_sql(query, dict(given)))

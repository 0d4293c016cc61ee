"""The taxes in force on this till."""

from sqlalchemy import Connection, select

from localdb.domain.tax import Rate, Taxes, TaxRule
from localdb.store.tables import TABLES


def in_force(connection: Connection) -> Taxes:
    """Every tax class with its rates in order, deleted ones included: old carts still need them."""
    classes, rates = TABLES["tax_class"], TABLES["tax_rate"]
    by_class: dict[str, list[Rate]] = {}
    for row in connection.execute(
        select(rates.c.tax_class_id, rates.c.name, rates.c.rate_ppm, rates.c.compound)
        .where(rates.c.deleted.is_(False))
        .order_by(rates.c.position, rates.c.id)
    ):
        by_class.setdefault(row.tax_class_id, []).append(
            Rate(row.name, row.rate_ppm, compound=row.compound)
        )
    return Taxes(
        {
            row.id: TaxRule(row.id, row.name, row.included, tuple(by_class.get(row.id, ())))
            for row in connection.execute(select(classes.c.id, classes.c.name, classes.c.included))
        }
    )

"""The taxes in force on this till."""

from sqlalchemy import Connection, select

from localdb.domain.records import TaxClass, TaxRate
from localdb.domain.tax import Taxes, rules_of
from localdb.store.tables import TABLES


def in_force(connection: Connection) -> Taxes:
    """Every tax class with its rates, classes no longer offered included: old carts need them."""
    rates = connection.execute(select(TABLES["tax_rate"])).mappings()
    classes = connection.execute(select(TABLES["tax_class"])).mappings()
    return Taxes(
        rules_of(
            [TaxClass.from_values(dict(row)) for row in classes],
            [TaxRate.from_values(dict(row)) for row in rates],
        )
    )

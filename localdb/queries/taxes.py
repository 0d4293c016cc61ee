"""The taxes in force on this till."""

from sqlalchemy import Connection, select

from localdb.domain.records import TaxClass, TaxRate
from localdb.domain.tax import Taxes, rules_of
from localdb.store.tables import TABLES

# Asked at each sale, so built once.
_RATES, _CLASSES = select(TABLES["tax_rate"]), select(TABLES["tax_class"])


def in_force(connection: Connection) -> Taxes:
    """Every tax class with its rates, classes no longer offered included: old carts need them."""
    rates = connection.execute(_RATES).mappings()
    classes = connection.execute(_CLASSES).mappings()
    return Taxes(
        rules_of(
            [TaxClass.from_values(dict(row)) for row in classes],
            [TaxRate.from_values(dict(row)) for row in rates],
        )
    )

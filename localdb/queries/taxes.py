"""The taxes in force on this till."""

from sqlalchemy import Connection, select

from localdb.domain.money import Rounding
from localdb.domain.records import TaxClass, TaxRate
from localdb.domain.settings import ShopSettings
from localdb.domain.tax import Taxes, TaxRounding, rules_of
from localdb.queries import settings
from localdb.store.tables import TABLES

# Asked at each sale, so built once.
_RATES, _CLASSES = select(TABLES["tax_rate"]), select(TABLES["tax_class"])


def in_force(connection: Connection, shop: ShopSettings | None = None) -> Taxes:
    """Every tax class with its rates, classes no longer offered included: old carts need them.

    They are rounded as the shop's settings say; ``shop`` are those, where the caller has them.
    """
    shop = shop or settings.in_force(connection)
    rates = connection.execute(_RATES).mappings()
    classes = connection.execute(_CLASSES).mappings()
    rules = rules_of(
        [TaxClass.from_values(dict(row)) for row in classes],
        [TaxRate.from_values(dict(row)) for row in rates],
    )
    return Taxes(rules, TaxRounding(shop.tax_rounding), Rounding(shop.tax_ties))

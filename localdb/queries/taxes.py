"""The taxes in force on this till."""

from sqlalchemy import Connection, select

from localdb.domain.money import Rounding
from localdb.domain.records import TaxClass, TaxRate
from localdb.domain.settings import ShopSettings
from localdb.domain.tax import Taxes, TaxRounding, rules_of
from localdb.queries import settings
from localdb.store.tables import TABLES

_CLASS = TABLES["tax_class"]
# Asked at each sale, so built once.
_RATES, _CLASSES = select(TABLES["tax_rate"]), select(_CLASS)


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


def rates(connection: Connection, tax_class_id: str) -> list[TaxRate]:
    """The rates of one class, in the order in which they apply."""
    table = TABLES["tax_rate"]
    wanted = _RATES.where(table.c.tax_class_id == tax_class_id, ~table.c.deleted)
    rows = connection.execute(wanted.order_by(table.c.position, table.c.id)).mappings()
    return [TaxRate.from_values(dict(row)) for row in rows]


def of_open_items(connection: Connection) -> TaxClass | None:
    """The tax class that the shop chose for goods without a product; None where it chose none."""
    code = settings.in_force(connection).open_item_tax
    found = connection.execute(_CLASSES.where(_CLASS.c.code == code, ~_CLASS.c.deleted))
    row = found.mappings().first() if code else None
    return None if row is None else TaxClass.from_values(dict(row))

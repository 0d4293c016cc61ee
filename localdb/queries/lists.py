"""Short lists to pick from: categories, taxes, people, customers, held carts."""

from typing import TypeVar

from sqlalchemy import Connection, Select, or_, select, tuple_

from localdb.domain.records import Category, Customer, HeldCart, Record, TaxClass, User
from localdb.domain.validate import is_unicode
from localdb.queries.here import store_id
from localdb.store.tables import TABLES

R = TypeVar("R", bound=Record)
_USER, _CATEGORY = TABLES["user"], TABLES["category"]
_CUSTOMER, _HELD, _TAX = TABLES["customer"], TABLES["held_cart"], TABLES["tax_class"]


def categories(connection: Connection) -> list[Category]:
    """All categories in their order."""
    wanted = select(_CATEGORY).where(_CATEGORY.c.deleted.is_(False))
    return _records(connection, Category, wanted.order_by(_CATEGORY.c.position, _CATEGORY.c.name))


def tax_classes(connection: Connection) -> list[TaxClass]:
    """All tax classes still offered, by name."""
    wanted = select(_TAX).where(_TAX.c.deleted.is_(False))
    return _records(connection, TaxClass, wanted.order_by(_TAX.c.name))


def people(connection: Connection) -> list[User]:
    """Everybody who may sign in, by name."""
    wanted = select(_USER).where(_USER.c.deleted.is_(False), _USER.c.active.is_(True))
    return _records(connection, User, wanted.order_by(_USER.c.name))


def customers(
    connection: Connection, text: str, limit: int = 50, after: Customer | None = None
) -> list[Customer]:
    """Customers by name, those after one of them: a text is in the name, begins the phone, or is
    the card."""
    typed = text.strip()
    if not is_unicode(typed):
        return []
    wanted = select(_CUSTOMER).where(_CUSTOMER.c.deleted.is_(False))
    if typed:
        wanted = wanted.where(
            or_(
                _CUSTOMER.c.name.icontains(typed, autoescape=True),
                _CUSTOMER.c.phone.startswith(typed, autoescape=True),
                _CUSTOMER.c.card == typed,
            )
        )
    if after is not None:
        wanted = wanted.where(tuple_(_CUSTOMER.c.name, _CUSTOMER.c.id) > (after.name, after.id))
    wanted = wanted.order_by(_CUSTOMER.c.name, _CUSTOMER.c.id).limit(limit)
    return _records(connection, Customer, wanted)


def held_carts(connection: Connection) -> list[HeldCart]:
    """Carts set aside in this store, the oldest first."""
    wanted = select(_HELD).where(
        _HELD.c.state == "held",
        _HELD.c.deleted.is_(False),
        _HELD.c.store_id == store_id(connection),
    )
    return _records(connection, HeldCart, wanted.order_by(_HELD.c.held_at_us))


def _records(
    connection: Connection, record: type[R], wanted: Select[tuple[object, ...]]
) -> list[R]:
    return [record.from_values(dict(row)) for row in connection.execute(wanted).mappings().all()]

"""Short lists to pick from: categories, taxes, people, customers, held carts."""

from typing import TypeVar

from sqlalchemy import Connection, Select, or_, select, tuple_

from localdb.domain.records import (
    Category,
    Customer,
    HeldCart,
    PriceList,
    Promotion,
    Record,
    Store,
    TaxClass,
    Till,
    User,
)
from localdb.domain.validate import is_unicode
from localdb.queries.here import store_id
from localdb.store.tables import TABLES

R = TypeVar("R", bound=Record)
_USER, _CATEGORY = TABLES["user"], TABLES["category"]
_TILL = TABLES["till"]
_STORE, _PRICE_LIST, _PROMOTION = TABLES["store"], TABLES["price_list"], TABLES["promotion"]
_CUSTOMER, _HELD, _TAX = TABLES["customer"], TABLES["held_cart"], TABLES["tax_class"]


def categories(connection: Connection) -> list[Category]:
    """All categories in their order."""
    wanted = select(_CATEGORY).where(_CATEGORY.c.deleted.is_(False))
    return _records(connection, Category, wanted.order_by(_CATEGORY.c.position, _CATEGORY.c.name))


def tax_classes(connection: Connection) -> list[TaxClass]:
    """All tax classes still offered, by name."""
    wanted = select(_TAX).where(_TAX.c.deleted.is_(False))
    return _records(connection, TaxClass, wanted.order_by(_TAX.c.name))


def stores(connection: Connection) -> list[Store]:
    """All stores, by code."""
    wanted = select(_STORE).where(_STORE.c.deleted.is_(False))
    return _records(connection, Store, wanted.order_by(_STORE.c.code, _STORE.c.id))


def tills(connection: Connection) -> list[Till]:
    """All tills, by store and code."""
    wanted = select(_TILL).where(_TILL.c.deleted.is_(False))
    return _records(connection, Till, wanted.order_by(_TILL.c.store_id, _TILL.c.code, _TILL.c.id))


def price_lists(connection: Connection) -> list[PriceList]:
    """All price lists, by name."""
    wanted = select(_PRICE_LIST).where(_PRICE_LIST.c.deleted.is_(False))
    return _records(connection, PriceList, wanted.order_by(_PRICE_LIST.c.name, _PRICE_LIST.c.id))


def promotions(connection: Connection) -> list[Promotion]:
    """All promotions, by name."""
    wanted = select(_PROMOTION).where(_PROMOTION.c.deleted.is_(False))
    return _records(connection, Promotion, wanted.order_by(_PROMOTION.c.name, _PROMOTION.c.id))


def people(connection: Connection, *, active: bool = True) -> list[User]:
    """Everybody who may sign in, by name; or with `active` False, who used to."""
    wanted = select(_USER).where(_USER.c.deleted.is_(False), _USER.c.active.is_(active))
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

"""What this till sells under: taxes, offers, and the price lists a product stands on."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, or_, select, tuple_

from localdb.domain.local_time import LocalTime
from localdb.domain.price_lists import prices_of
from localdb.domain.pricing import ListPrice
from localdb.domain.promotions import Offers
from localdb.domain.real_values import zone
from localdb.domain.records import PriceList, PriceListItem, Promotion
from localdb.domain.settings import ShopSettings
from localdb.domain.terms import Terms
from localdb.queries import here, settings, taxes
from localdb.store.tables import TABLES

_PRODUCT = TABLES["product"]
_PROMOTION, _LIST, _ITEM = TABLES["promotion"], TABLES["price_list"], TABLES["price_list_item"]
# Asked at each sale or scan, so built once.
_PROMOTIONS = select(_PROMOTION).where(_PROMOTION.c.deleted.is_(False), _PROMOTION.c.active)
_ITEMS = select(_ITEM).where(
    _ITEM.c.product_id == bindparam("product_id"), _ITEM.c.deleted.is_(False)
)
_LISTS = select(_LIST).where(_LIST.c.id.in_(bindparam("ids", expanding=True)))


def terms(connection: Connection, at_us: int) -> Terms:
    """What prices a cart at a moment (UTC microseconds) in this till's store."""
    store, shop = here.store(connection), settings.in_force(connection)
    place = zone(store.timezone)
    return Terms(
        taxes=taxes.in_force(connection, shop),
        offers=_offers(connection, store.id, shop),
        now=LocalTime.of(at_us, place),
        zone=place,
    )


def list_prices(connection: Connection, product_id: str) -> tuple[ListPrice, ...]:
    """The prices that this store's lists give a product, for its line to take along."""
    rows = connection.execute(_ITEMS, {"product_id": product_id}).mappings()
    items = [PriceListItem.from_values(dict(row)) for row in rows]
    if not items:
        return ()
    ids = sorted({item.price_list_id for item in items})
    found = connection.execute(_LISTS, {"ids": ids}).mappings()
    lists = {row["id"]: PriceList.from_values(dict(row)) for row in found}
    known = [(item, lists[item.price_list_id]) for item in items if item.price_list_id in lists]
    return prices_of(known, here.store_id(connection))


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """A price of a price list, with the product that it is for."""

    item: PriceListItem
    name: str
    sku: str
    price_minor: int
    """What the catalogue asks."""


def prices_on(
    connection: Connection,
    list_id: str,
    text: str = "",
    after: ListedPrice | None = None,
    limit: int = 100,
) -> list[ListedPrice]:
    """The prices on a list by SKU, those after one of them; a text is in the name or the SKU."""
    wanted = (
        select(_ITEM, _PRODUCT.c.name, _PRODUCT.c.sku, _PRODUCT.c.price_minor.label("asked"))
        .join(_PRODUCT, _PRODUCT.c.id == _ITEM.c.product_id)
        .where(_ITEM.c.price_list_id == list_id, _ITEM.c.deleted.is_(False))
    )
    if text:
        in_name = _PRODUCT.c.name.icontains(text, autoescape=True)
        wanted = wanted.where(or_(in_name, _PRODUCT.c.sku.istartswith(text, autoescape=True)))
    if after is not None:
        last = (after.sku, after.item.min_quantity_milli, after.item.id)
        wanted = wanted.where(tuple_(_PRODUCT.c.sku, _ITEM.c.min_quantity_milli, _ITEM.c.id) > last)
    wanted = wanted.order_by(_PRODUCT.c.sku, _ITEM.c.min_quantity_milli, _ITEM.c.id).limit(limit)
    rows = connection.execute(wanted).mappings()
    return [
        ListedPrice(PriceListItem.from_values(dict(r)), r["name"], r["sku"], r["asked"])
        for r in rows
    ]


def _offers(connection: Connection, store_id: str, shop: ShopSettings) -> Offers:
    rows = connection.execute(_PROMOTIONS).mappings()
    return Offers.of(
        (Promotion.from_values(dict(r)) for r in rows),
        store_id,
        stack=shop.offers == "stack",
        rounds_price=shop.discount_rounding == "price",
    )

"""Products as the selling screen needs them: tiles, scans and search."""

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from localdb.domain.barcode import normalise
from localdb.domain.pricing import ListPrice
from localdb.domain.records import Barcode, Product
from localdb.errors import Refusal
from localdb.queries.here import store_id
from localdb.queries.offers import list_prices
from localdb.queries.shared_codes import first_accepted
from localdb.store.search import search as find_ids
from localdb.store.stock_levels import level
from localdb.store.tables import STOCK_LEVEL, TABLES

TILES_MAX = 200
SEARCHED_MAX = 1000
"""Matches of one text that can be paged through; nobody reads more, they search further."""
WITHOUT_STOCK = ("service", "open_price")
"""Kinds of products that nobody counts."""
_P, _B, _C = TABLES["product"], TABLES["barcode"], TABLES["category"]
_PARENT, _VARIANT = _P.alias("parent"), _P.alias("variant")
_COUNTED = (
    select(func.count())
    .where(_VARIANT.c.variant_of == _P.c.id, _VARIANT.c.deleted.is_(False))
    .scalar_subquery()
    .label("variants")
)
_IS_FAVOURITE: ColumnElement[bool] = literal_column("product.favourite > 0")
"""Spelled as in the index, which a parameter would not be."""
# Asked at each scan.
_ANY_VARIANT = "SELECT 1 FROM product WHERE variant_of = ? AND deleted = 0 LIMIT 1"


@dataclass(frozen=True, slots=True)
class TileView:
    """What a product tile or a search result shows; ``stock_milli`` is None for services."""

    id: str
    name: str
    sku: str
    price_minor: int
    unit: str
    kind: str
    category_id: str | None
    colour: str
    stock_milli: int | None
    variants: int = 0
    """How many sizes, colours and the like there are to choose from."""


_OF_PRODUCT = tuple(field.name for field in fields(TileView) if field.name in _P.c)
"""What a tile shows of the product as it is."""


@dataclass(frozen=True, slots=True)
class ProductView:
    """All that adding a product to a cart needs; ``deposit`` rides along as a linked line."""

    product: Product
    barcode: str = ""
    deposit: Product | None = None
    prices: tuple[ListPrice, ...] = ()
    """What price lists say, for the line to take along."""
    has_variants: bool = False
    """Whether one of its sizes, colours and the like is sold in its place."""


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A product as the back office lists it; ``stock_milli`` is None for what has no stock."""

    product: Product
    category: str
    stock_milli: int | None
    variant_of: str
    """The name of the product that it is a variant of."""


def listed(
    connection: Connection, text: str = "", after: Product | None = None, limit: int = TILES_MAX
) -> list[ListedProduct]:
    """All products by SKU, or the best that match a text; those after one of them.

    Of a text at most SEARCHED_MAX are found. The SKU has an index: no page costs more than another.
    """
    shown = select(
        _P,
        _C.c.name.label("category"),
        STOCK_LEVEL.c.quantity_milli,
        _PARENT.c.name.label("parent"),
    )
    with_parent = _with_stock(shown).outerjoin(_PARENT, _PARENT.c.id == _P.c.variant_of)
    wanted = with_parent.where(_P.c.deleted.is_(False))
    if text:
        ids = find_ids(connection, text, SEARCHED_MAX if after else limit)
        if after is not None:
            ids = ids[ids.index(after.id) + 1 :][:limit] if after.id in ids else []
        found = connection.execute(wanted.where(_P.c.id.in_(ids)), _store(connection))
        by_id = {row.id: _listed(row) for row in found}
        return [by_id[product_id] for product_id in ids if product_id in by_id]
    if after is not None:
        wanted = wanted.where(tuple_(_P.c.sku, _P.c.id) > (after.sku, after.id))
    wanted = wanted.order_by(_P.c.sku, _P.c.id).limit(limit)
    return [_listed(row) for row in connection.execute(wanted, _store(connection))]


def deposits(connection: Connection) -> list[Product]:
    """The deposits that can go with a product, by name."""
    wanted = select(_P).where(_P.c.kind == "deposit", _P.c.deleted.is_(False))
    rows = connection.execute(wanted.order_by(_P.c.name)).mappings()
    return [Product.from_values(dict(row)) for row in rows]


def codes(connection: Connection, product_id: str) -> list[Barcode]:
    """The barcodes that find a product, the oldest first."""
    wanted = select(_B).where(_B.c.product_id == product_id, _B.c.deleted.is_(False))
    rows = connection.execute(wanted.order_by(_B.c.id)).mappings()
    return [Barcode.from_values(dict(row)) for row in rows]


def tiles(
    connection: Connection, category_id: str | None = None, limit: int = TILES_MAX
) -> list[TileView]:
    """Products of a category (or of all), by name; variants are found under what they vary."""
    wanted = (
        _tile_select()
        .outerjoin(_PARENT, and_(_PARENT.c.id == _P.c.variant_of, _PARENT.c.deleted.is_(False)))
        .where(_P.c.deleted.is_(False), _P.c.kind != "deposit", _PARENT.c.id.is_(None))
    )
    if category_id is not None:
        wanted = wanted.where(_P.c.category_id == category_id).order_by(_P.c.name)
    return [_tile(row) for row in connection.execute(wanted.limit(limit), _store(connection))]


def favourites(connection: Connection, limit: int = TILES_MAX) -> list[TileView]:
    """What the shop sells most at the till, in the order it chose."""
    wanted = (
        _tile_select()
        .where(_IS_FAVOURITE, _P.c.deleted.is_(False))
        .order_by(_P.c.favourite, _P.c.name, _P.c.id)
    )
    return [_tile(row) for row in connection.execute(wanted.limit(limit), _store(connection))]


def variants(connection: Connection, product_id: str) -> list[TileView]:
    """The sizes, colours and the like of a product, by name; itself first, where it is goods.

    It is once it has had stock of its own: else it only stands for what varies it.
    """
    has_stock = select(STOCK_LEVEL.c.product_id).where(STOCK_LEVEL.c.product_id == product_id)
    itself = and_(_P.c.id == product_id, has_stock.exists())
    wanted = (
        _tile_select()
        .where(or_(_P.c.variant_of == product_id, itself), _P.c.deleted.is_(False))
        .order_by(_P.c.id != product_id, _P.c.name, _P.c.id)
    )
    rows = connection.execute(wanted, _store(connection))
    return [_tile(row, stands_for_others=False) for row in rows]


def search(connection: Connection, text: str, limit: int = 50) -> list[TileView]:
    """The best ``limit`` products for what was typed: words, SKU, PLU or the start of a barcode."""
    ids = find_ids(connection, text, limit)
    rows = connection.execute(
        _tile_select().where(_P.c.id.in_(ids), _P.c.deleted.is_(False)), _store(connection)
    )
    by_id = {row.id: _tile(row) for row in rows}
    return [by_id[product_id] for product_id in ids if product_id in by_id]


def by_code(connection: Connection, text: str) -> ProductView | None:
    """What a scanned or typed code stands for; None when nothing here has it.

    A barcode comes before a PLU and a PLU before an SKU. When two tills gave one code to two
    products, the first that the server accepted wins until a manager settles it.
    """
    try:
        code = normalise(text).value
    except Refusal:
        return None
    by_barcode = (
        select(_P, _B.c.id.label("claim"))
        .join(_B, and_(_B.c.product_id == _P.c.id, _B.c.deleted.is_(False)))
        .where(_B.c.code == code, _P.c.deleted.is_(False))
        .order_by(_B.c.version == 0, _B.c.id)
    )
    found = first_accepted(connection, by_barcode)
    if found is not None:
        return _view(connection, found, code)
    for column in (_P.c.plu, _P.c.sku):
        typed = select(_P, _P.c.id.label("claim")).where(
            column == text.strip(), _P.c.deleted.is_(False)
        )
        found = first_accepted(connection, typed.order_by(_P.c.version == 0, _P.c.id))
        if found is not None:
            return _view(connection, found, "")
    return None


def view(connection: Connection, product_id: str) -> ProductView | None:
    """A product by id, with the deposit that goes with it."""
    found = connection.execute(select(_P).where(_P.c.id == product_id)).first()
    return _view(connection, found, "") if found is not None else None


def stock(connection: Connection, product_id: str) -> int:
    """What this store has of a product, in thousandths."""
    return level(connection, store_id(connection), product_id)


def at_least(connection: Connection, field: str, value: str, most: int) -> int:
    """How many products have a value in a field, counted up to ``most``: a catalogue is large."""
    some = select(_P.c.id).where(_P.c[field] == value, _P.c.deleted.is_(False)).limit(most)
    return int(connection.execute(select(func.count()).select_from(some.subquery())).scalar_one())


def count(connection: Connection) -> int:
    """How many products the catalogue has."""
    wanted = select(func.count()).select_from(_P).where(_P.c.deleted.is_(False))
    return int(connection.execute(wanted).scalar_one())


def _view(connection: Connection, found: Row[tuple[object, ...]], code: str) -> ProductView:
    product = Product.from_values(dict(found._mapping))
    deposit = None
    if product.deposit_id is not None:
        row = connection.execute(select(_P).where(_P.c.id == product.deposit_id)).first()
        deposit = Product.from_values(dict(row._mapping)) if row is not None else None
    prices = list_prices(connection, product.id)
    return ProductView(product, code, deposit, prices, _has_variants(connection, product.id))


def _has_variants(connection: Connection, product_id: str) -> bool:
    return connection.exec_driver_sql(_ANY_VARIANT, (product_id,)).first() is not None


def _tile_select() -> Select[tuple[object, ...]]:
    shown = (_P.c[name] for name in _OF_PRODUCT)
    return _with_stock(select(*shown, _C.c.colour, STOCK_LEVEL.c.quantity_milli, _COUNTED))


def _with_stock(wanted: Select[Any]) -> Select[Any]:
    """A question about products joined with their category and this store's stock."""
    here = and_(STOCK_LEVEL.c.product_id == _P.c.id, STOCK_LEVEL.c.store_id == bindparam("store"))
    return wanted.outerjoin(_C, _C.c.id == _P.c.category_id).outerjoin(STOCK_LEVEL, here)


def _listed(row: Row[tuple[object, ...]]) -> ListedProduct:
    r = row._mapping
    product = Product.from_values(dict(r))
    stocked = product.kind not in WITHOUT_STOCK
    stock = (r["quantity_milli"] or 0) if stocked else None
    return ListedProduct(product, r["category"] or "", stock, r["parent"] or "")


def _store(connection: Connection) -> dict[str, str]:
    return {"store": store_id(connection)}


def _tile(row: Row[tuple[object, ...]], *, stands_for_others: bool = True) -> TileView:
    r = row._mapping
    variants = r["variants"] if stands_for_others else 0
    stocked = r["kind"] not in WITHOUT_STOCK
    return TileView(
        **{name: r[name] for name in _OF_PRODUCT},
        colour=r["colour"] or "",
        stock_milli=(r["quantity_milli"] or 0) if stocked and not variants else None,
        variants=variants,
    )

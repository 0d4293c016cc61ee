"""The local tables: one per synced record type, built from its declaration, and the till's own.

Only type, sign and flag checks are repeated in the database: a bound or a choice may grow in a
newer program, and its rows must still be pulled. Foreign keys exist only inside a sale.
"""

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

from localdb.domain.fields import FieldInfo
from localdb.domain.records import RECORDS, Kind, Record


class Flag(TypeDecorator[bool]):
    """A bool kept as 0 or 1: STRICT tables know no BOOLEAN."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        return None if value is None else bool(value)


METADATA = MetaData()
AGGREGATES = {(part, "sale_id") for part in ("sale_line", "sale_discount", "sale_tax", "payment")}
"""The columns that are foreign keys: children that live and die with their sale."""


def _table(name: str, *columns: Any, rowid: bool = False) -> Table:
    return Table(name, METADATA, *columns, sqlite_strict=True, sqlite_with_rowid=rowid)


def _record_table(record: type[Record]) -> Table:
    columns = [_column(record.TYPE, field) for field in record.fields()]
    columns += _reference_columns() if record.KIND is Kind.REFERENCE else _fact_columns()
    checks = [check for field in record.fields() if (check := _check(field)) is not None]
    return _table(record.TYPE, *columns, *checks)


def _column(table: str, field: FieldInfo) -> Column[Any]:
    kinds: dict[str, Any] = {"flag": Flag(), "int": Integer()}
    links = []
    if (table, field.name) in AGGREGATES:
        # Deferred: a pulled group may bring the lines before their sale.
        links = [ForeignKey("sale.id", deferrable=True, initially="DEFERRED")]
    return Column(
        field.name,
        kinds.get(field.spec.kind, Text()),
        *links,
        primary_key=field.name == "id",
        nullable=field.nullable,
    )


def _check(field: FieldInfo) -> CheckConstraint | None:
    match field.spec.kind:
        case "flag":
            return CheckConstraint(f"{field.name} IN (0, 1)")
        case "id":
            return CheckConstraint(f"length({field.name}) = 36")
        case "int" if field.spec.nonzero:
            return CheckConstraint(f"{field.name} <> 0")
        case "int" if field.spec.low >= 0:
            return CheckConstraint(f"{field.name} >= 0")
        case _:
            return None


def _reference_columns() -> list[Column[Any]]:
    return [
        Column("version", Integer, nullable=False),
        Column("vector", Text, nullable=False),
        # The server's row as JSON while unsent edits cover it; NULL when the row is the server's.
        Column("image", Text),
        Column("extra", Text),
    ]


def _fact_columns() -> list[Column[Any]]:
    return [
        Column("origin_device", Text, nullable=False),
        Column("origin_dseq", Integer, nullable=False),
        Column("extra", Text),
    ]


TABLES: dict[str, Table] = {name: _record_table(record) for name, record in RECORDS.items()}

UNKNOWN_RECORD = _table(
    "unknown_record",
    Column("type", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("body", Text, nullable=False),
)
"""Rows of record types that only a newer program knows; kept until it comes."""

FACT_ORIGIN = _table(
    "fact_origin",
    Column("type", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("store_id", Text, nullable=False),
    Column("device_id", Text, nullable=False),
    Column("dseq", Integer, nullable=False),
    # As JSON; NULL for what lies in the table of its type.
    Column("body", Text),
)
"""Other devices' facts and the group of each, which the tables of their types do not tell: kept for
a server that loses them, and shown nowhere. A journal's entries must not lie beside the till's own,
nor movements where the stock has counted them."""

OUTBOX_GROUP = _table(
    "outbox_group",
    Column("dseq", Integer, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("leading_type", Text, nullable=False),
    Column("at_us", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("detail", Text, nullable=False),
    # JSON: stream -> the group's number there; the group is done when all are pulled.
    Column("numbers", Text, nullable=False),
    # Last, because SQLite walks through a long value to reach the columns behind it.
    Column("body", Text, nullable=False),
    CheckConstraint(
        "state IN ('pending', 'acknowledged', 'done', 'parked', 'reissued', 'discarded')"
    ),
    rowid=True,
)
OUTBOX_EDIT = _table(
    "outbox_edit",
    Column("type", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("dseq", Integer, primary_key=True),
    Column("after", Text, nullable=False),
)
"""What unsent groups changed in reference rows: replayed over every pulled image."""

CURSOR = _table(
    "cursor",
    Column("stream", Text, primary_key=True),
    Column("epoch", Text, nullable=False),
    Column("number", Integer, nullable=False),
)
LOCAL_SETTING = _table(
    "local_setting",
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
COUNTER = _table(
    "counter",
    Column("series", Text, primary_key=True),
    Column("value", Integer, nullable=False),
)
OPEN_CART = _table(
    "open_cart",
    Column("name", Text, primary_key=True),
    Column("cart", Text, nullable=False),
    Column("saved_at_us", Integer, nullable=False),
)
STOCK_LEVEL = _table(
    "stock_level",
    Column("store_id", Text, primary_key=True),
    Column("product_id", Text, primary_key=True),
    Column("quantity_milli", Integer, nullable=False),
)
SEARCH_ENTRY = _table(
    "search_entry",
    Column("rowid", Integer, primary_key=True, autoincrement=False),
    Column("product_id", Text, nullable=False),
    rowid=True,
)
"""Which product a row of the search index is about; the row id is its rank."""
PRODUCT_SOLD = _table(
    "product_sold",
    Column("product_id", Text, primary_key=True),
    Column("lines", Integer, nullable=False),
)
"""How many sale lines each product had: what the search ranks by."""

SEARCH_INDEX_DDL = (
    "CREATE VIRTUAL TABLE product_search USING fts5(words, content='', contentless_delete=1, "
    "detail='none', prefix='1 2 3 4 5 6', tokenize='ascii')"
)

_INDEXED = (
    ("product", "sku"),
    ("product", "plu"),
    ("product", "category_id"),
    ("product", "variant_of"),
    ("barcode", "code"),
    ("barcode", "product_id"),
    ("tax_rate", "tax_class_id"),
    ("customer", "name"),
    ("customer", "phone"),
    ("customer", "card"),
    ("price_list_item", "product_id"),
    ("gift_card", "code"),
    ("balance_checkpoint", "account_id"),
    ("user", "badge"),
    ("setting", "key"),
    ("held_cart", "state"),
    ("conflict", "state"),
    ("sale", "receipt_number"),
    ("sale", "shift_id"),
    ("sale", "rung_at_us"),
    ("sale", "refund_of"),
    ("sale", "customer_id"),
    ("sale", "held_cart_id"),
    ("sale_line", "sale_id"),
    ("sale_line", "refund_of"),
    ("sale_discount", "sale_id"),
    ("sale_tax", "sale_id"),
    ("payment", "sale_id"),
    ("stock_movement", "product_id"),
    ("balance_movement", "account_id", "kind", "origin_device", "origin_dseq", "amount"),
    ("audit_entry", "at_us"),
    ("shift_event", "shift_id"),
    ("journal_entry", "device_id", "seq"),
    ("outbox_group", "state"),
    ("outbox_edit", "dseq"),
    ("search_entry", "product_id"),
)


def _index(table: str, *names: str) -> Index:
    columns = [METADATA.tables[table].c[name] for name in names]
    # Few rows refund another or are variants: a NULL is not worth an entry.
    given = columns[0].is_not(None) if columns[0].nullable else None
    return Index(f"ix_{table}_{'_'.join(names)}", *columns, sqlite_where=given)


_FAVOURITE = METADATA.tables["product"].c.favourite
INDEXES: tuple[Index, ...] = (
    *(_index(*names) for names in _INDEXED),
    Index("ix_product_favourite", _FAVOURITE, sqlite_where=_FAVOURITE > 0),
)

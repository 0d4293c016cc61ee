"""Reads and writes records as rows: one small codec per record type, statements compiled once."""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.dialects import sqlite

from localdb.domain.records import RECORDS, Kind, Record
from localdb.store.tables import TABLES

# json.dumps would make an encoder at each call: half the cost of encoding a vector.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

R = TypeVar("R", bound=Record)

BIND_MAX = 500
"""Ids in one IN list."""
BINDINGS_MAX = 32_000
"""Values in one INSERT; SQLite takes 32,766 unless it was built to take more."""


def to_json(value: Any) -> str:
    """Compact JSON text, the same for the same value."""
    return _ENCODER.encode(value)


def kind(record_type: str) -> Kind:
    """Whether rows of this type are facts or references."""
    return RECORDS[record_type].KIND


@cache
def insert_sql(record_type: str) -> str:
    """The compiled INSERT of a record table, with one ``?`` per column in table order."""
    return str(TABLES[record_type].insert().compile(dialect=sqlite.dialect()))


@cache
def replace_sql(record_type: str) -> str:
    """The same, in place of a row with that id."""
    return insert_sql(record_type).replace("INSERT", "INSERT OR REPLACE", 1)


@cache
def field_names(record_type: str) -> tuple[str, ...]:
    """The declared fields, in table order."""
    return tuple(field.name for field in RECORDS[record_type].fields())


def insert_rows(conn: Connection, record_type: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert whole rows (fields, then bookkeeping) by one executemany.

    Straight through the driver: on the checkout's path the cost of an INSERT is the row's, not
    that of building the statement again.
    """
    conn.exec_driver_sql(insert_sql(record_type), list(rows))


@cache
def folded_names(record_type: str) -> tuple[str, ...]:
    """The columns of a server's row in the order in which a folded page brings them."""
    tail = ("version", "vector") if kind(record_type) is Kind.REFERENCE else ()
    return (*field_names(record_type), *tail, "extra")


def insert_folded(conn: Connection, record_type: str, cells: Sequence[Any]) -> None:
    """Insert the server's rows, one after the other in ``cells``, ``folded_names`` each.

    Vector and extra are text; raises ValueError for text that is not JSON, and for half a row.
    Who wrote a fact is not said.
    """
    names = folded_names(record_type)
    width = len(names)
    if len(cells) % width:
        raise ValueError("a row of the page is cut off")
    for place in (place for place, name in enumerate(names) if name in ("vector", "extra")):
        for text in set(cells[place::width]) - {None}:
            json.loads(text)
    insert_cells(conn, *_folded_sql(record_type), cells)


def insert_cells(conn: Connection, into: str, row: str, cells: Sequence[Any]) -> None:
    """Insert whole rows, their values one after the other; ``row`` is one of VALUES, with ``?``s.

    Many rows a statement: SQLite works on them without a stop, and without the interpreter.
    """
    width = row.count("?")
    step = BINDINGS_MAX // width * width
    for start in range(0, len(cells), step):
        some = tuple(cells[start : start + step])
        rows = ", ".join([row] * (len(some) // width))
        conn.exec_driver_sql(f"{into} VALUES {rows}", some)


@cache
def _folded_sql(record_type: str) -> tuple[str, str]:
    names = folded_names(record_type)
    columns, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
    if kind(record_type) is Kind.FACT:
        columns, marks = f"{columns}, origin_device, origin_dseq", f"{marks}, '', 0"
    return f'INSERT INTO "{record_type}" ({columns})', f"({marks})"


def field_values(record_type: str, values: dict[str, Any]) -> tuple[Any, ...]:
    """The declared fields of ``values`` in table order."""
    return tuple(values[name] for name in field_names(record_type))


def load(conn: Connection, record_type: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The rows with these ids, bookkeeping included, by id; missing ids are left out."""
    table = TABLES[record_type]
    wanted = list(ids)
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(wanted), BIND_MAX):
        query = select(table).where(table.c.id.in_(wanted[start : start + BIND_MAX]))
        found.update({row["id"]: dict(row) for row in conn.execute(query).mappings()})
    return found


def held_ids(conn: Connection, record_type: str, ids: Iterable[str]) -> set[str]:
    """Which of these ids there are rows of."""
    table = TABLES[record_type].name
    sql = f'SELECT id FROM "{table}" WHERE id IN (SELECT value FROM json_each(?))'  # noqa: S608
    return {row[0] for row in conn.exec_driver_sql(sql, (to_json(list(ids)),))}


def find(conn: Connection, record: type[R], **equals: Any) -> list[R]:
    """The records whose fields equal these values, in id order."""
    table = TABLES[record.TYPE]
    query = select(*(table.c[name] for name in field_names(record.TYPE))).order_by(table.c.id)
    query = query.where(*(table.c[name] == value for name, value in equals.items()))
    return [record.from_values(dict(row)) for row in conn.execute(query).mappings()]


def get(conn: Connection, record: type[R], record_id: str) -> R | None:
    """The record with this id, or None."""
    return next(iter(find(conn, record, id=record_id)), None)

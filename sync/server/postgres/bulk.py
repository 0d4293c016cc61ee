"""Set-based reading and writing of record tables: one statement per table, however many rows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from psycopg import AsyncConnection, AsyncCursor, sql
from pydantic_core import to_json

from localdb.domain.records import RECORDS, Record
from sync.server.core.ports import NewFact, Values
from sync.server.core.rows import Key, Row, Stamp
from sync.server.schema import columns_of

Cursor = AsyncCursor[Values]
Connection = AsyncConnection[Values]


# ---------------------------------------------------------------- references


async def lock_rows(cursor: Cursor, org_id: str, keys: Iterable[Key]) -> dict[Key, Row]:
    """The rows that exist, locked until the transaction ends, in (type, id) order."""
    found: dict[Key, Row] = {}
    wanted = set(keys)
    for name in RECORDS:
        ids = sorted(key[1] for key in wanted if key[0] == name)
        if ids:
            await cursor.execute(_select(name, lock=True), (org_id, ids))
            found |= {(name, values["id"]): row_of(name, values) async for values in cursor}
    return found


async def insert_rows(connection: Connection, org_id: str, name: str, rows: Sequence[Row]) -> None:
    """Store new rows; UniqueViolation comes when another transaction was first."""
    given = document(_reference_columns(name, row) for row in rows)
    await connection.execute(_insert(name, skip_known=False), (org_id, given))


async def update_rows(connection: Connection, org_id: str, name: str, rows: Sequence[Row]) -> None:
    """Overwrite rows that this transaction has locked."""
    given = document(_reference_columns(name, row) for row in rows)
    await connection.execute(_update(name), (given, org_id))


def row_of(name: str, columns: Values) -> Row:
    """A reference row from its columns."""
    record = RECORDS[name]
    stamp = Stamp(columns["updated_device"], columns["updated_user"], columns["updated_at"])
    return Row(values_of(record, columns), columns["version"], columns["vector"], stamp)


def values_of(record: type[Record], columns: Values) -> Values:
    """A record's values with its unknown fields, from the columns of its table."""
    extra: Values = columns["extra"]
    return {field.name: columns[field.name] for field in record.fields()} | extra


def _reference_columns(name: str, row: Row) -> Values:
    return _columns(name, row.values) | {
        "version": row.version,
        "vector": row.vector,
        "updated_device": row.stamp.device_id,
        "updated_user": row.stamp.user_id,
        "updated_at": row.stamp.at_us,
    }


# ---------------------------------------------------------------- facts


async def insert_facts(
    connection: Connection, org_id: str, facts: Mapping[str, Sequence[NewFact]]
) -> set[Key]:
    """Store facts by type, each once; those that came before, or come twice."""
    sent = [
        (name, some, await connection.execute(_insert(name, skip_known=True), (org_id, given)))
        for name, some in facts.items()
        for given in [document(_fact_columns(name, fact) for fact in some)]
    ]
    known: set[Key] = set()
    for name, some, cursor in sent:
        new = [values["id"] for values in await cursor.fetchall()]
        if len(new) < len(some):
            times = Counter(fact.values["id"] for fact in some)
            fresh = set(new)
            known |= {(name, id_) for id_, n in times.items() if n > 1 or id_ not in fresh}
    return known


def _fact_columns(name: str, fact: NewFact) -> Values:
    origin = {"origin_device": fact.device_id, "origin_dseq": fact.dseq}
    return _columns(name, fact.values) | origin


async def stored_facts(cursor: Cursor, org_id: str, name: str, ids: Iterable[str]) -> list[Values]:
    """The values of facts by id."""
    await cursor.execute(_select(name, lock=False), (org_id, sorted(ids)))
    return [values_of(RECORDS[name], columns) async for columns in cursor]


# ---------------------------------------------------------------- statements


def document(rows: Iterable[Values]) -> str:
    """Rows as one parameter: PostgreSQL takes JSON apart for a quarter of what arrays cost here."""
    return to_json(list(rows)).decode()


def given_rows(columns: Mapping[str, str]) -> sql.Composed:
    """The rows of a ``document`` parameter in FROM: name -> SQL type."""
    described = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(_known_type(kind)))
        for column, kind in columns.items()
    )
    return sql.SQL("json_to_recordset(%s::json) AS given ({})").format(described)


def names_of(columns: Iterable[str]) -> sql.Composed:
    """Column names, separated."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _columns(name: str, values: Values) -> Values:
    """A record's values as columns: what is not declared goes to ``extra``."""
    unknown = values.keys() - _declared(name)
    if not unknown:
        return {**values, "extra": {}}
    known = {key: value for key, value in values.items() if key not in unknown}
    return {**known, "extra": {key: values[key] for key in unknown}}


@cache
def _declared(name: str) -> frozenset[str]:
    return frozenset(field.name for field in RECORDS[name].fields())


def _known_type(kind: str) -> Any:
    assert kind in {"uuid", "text", "bigint", "boolean", "jsonb"}
    return kind


@cache
def _select(name: str, *, lock: bool) -> bytes:
    query = sql.SQL(
        "SELECT {columns} FROM {table} WHERE org_id = %s AND id = ANY(%s::uuid[]) ORDER BY id"
    ).format(columns=names_of(columns_of(RECORDS[name])), table=sql.Identifier(name))
    return (query + sql.SQL(" FOR UPDATE" if lock else "")).as_bytes()


@cache
def _insert(name: str, *, skip_known: bool) -> bytes:
    columns = columns_of(RECORDS[name])
    query = sql.SQL("INSERT INTO {table} (org_id, {columns}) SELECT %s::uuid, * FROM {rows}")
    tail = sql.SQL(" ON CONFLICT DO NOTHING RETURNING id" if skip_known else "")
    table = sql.Identifier(name)
    whole = query.format(table=table, columns=names_of(columns), rows=given_rows(columns)) + tail
    return whole.as_bytes()


@cache
def _update(name: str) -> bytes:
    columns = columns_of(RECORDS[name])
    changes = sql.SQL(", ").join(
        sql.SQL("{0} = given.{0}").format(sql.Identifier(column))
        for column in columns
        if column != "id"
    )
    query = sql.SQL(
        "UPDATE {table} AS old SET {changes} FROM {rows}"
        " WHERE old.org_id = %s AND old.id = given.id"
    ).format(table=sql.Identifier(name), changes=changes, rows=given_rows(columns))
    return query.as_bytes()

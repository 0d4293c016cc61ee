"""Set-based reading and writing of record tables: one statement per table, however many rows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from psycopg import AsyncCursor, sql
from psycopg.types.json import Jsonb

from localdb.domain.records import RECORDS, Record
from sync.server.ports import NewFact, Values
from sync.server.rows import Key, Row, Stamp
from sync.server.schema import columns_of

Cursor = AsyncCursor[Values]


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


async def insert_rows(cursor: Cursor, org_id: str, name: str, rows: Sequence[Row]) -> None:
    """Store new rows; raises UniqueViolation when another transaction was first."""
    columns = [_reference_values(name, row) for row in rows]
    await cursor.execute(_insert(name, skip_known=False), (org_id, *_arrays(name, columns)))


async def update_rows(cursor: Cursor, org_id: str, name: str, rows: Sequence[Row]) -> None:
    """Overwrite rows that this transaction has locked."""
    columns = [_reference_values(name, row) for row in rows]
    await cursor.execute(_update(name), (*_arrays(name, columns), org_id))


def row_of(name: str, columns: Values) -> Row:
    """A reference row from its columns."""
    record = RECORDS[name]
    stamp = Stamp(columns["updated_device"], columns["updated_user"], columns["updated_at"])
    return Row(values_of(record, columns), columns["version"], columns["vector"], stamp)


def values_of(record: type[Record], columns: Values) -> Values:
    """A record's values with its unknown fields, from the columns of its table."""
    extra: Values = columns["extra"]
    return {field.name: columns[field.name] for field in record.fields()} | extra


def _reference_values(name: str, row: Row) -> Values:
    return _split(name, row.values) | {
        "version": row.version,
        "vector": Jsonb(row.vector),
        "updated_device": row.stamp.device_id,
        "updated_user": row.stamp.user_id,
        "updated_at": row.stamp.at_us,
    }


# ---------------------------------------------------------------- facts


async def insert_facts(
    cursor: Cursor, org_id: str, name: str, facts: Sequence[NewFact]
) -> set[str]:
    """Store facts once; the ids that came before, or come twice."""
    columns = [
        _split(name, fact.values) | {"origin_device": fact.device_id, "origin_dseq": fact.dseq}
        for fact in facts
    ]
    await cursor.execute(_insert(name, skip_known=True), (org_id, *_arrays(name, columns)))
    new = {values["id"] async for values in cursor}
    sent = Counter(fact.values["id"] for fact in facts)
    return {id_ for id_, times in sent.items() if times > 1 or id_ not in new}


async def stored_facts(cursor: Cursor, org_id: str, name: str, ids: Iterable[str]) -> list[Values]:
    """The values of facts by id."""
    await cursor.execute(_select(name, lock=False), (org_id, sorted(ids)))
    return [values_of(RECORDS[name], columns) async for columns in cursor]


# ---------------------------------------------------------------- statements


def _split(name: str, values: Values) -> Values:
    """A record's values as columns: what is not declared goes to ``extra``."""
    declared = {field.name for field in RECORDS[name].fields()}
    extra = {key: value for key, value in values.items() if key not in declared}
    return {key: values[key] for key in declared} | {"extra": Jsonb(extra)}


def _arrays(name: str, rows: Sequence[Values]) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in columns_of(RECORDS[name])]


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _unnest(columns: dict[str, str]) -> sql.Composed:
    arrays = sql.SQL(", ").join(
        sql.SQL("%s::{}[]").format(sql.SQL(_known_type(kind))) for kind in columns.values()
    )
    return sql.SQL("unnest({})").format(arrays)


def _known_type(kind: str) -> Any:
    assert kind in {"uuid", "text", "bigint", "boolean", "jsonb"}
    return kind


@cache
def _select(name: str, *, lock: bool) -> bytes:
    query = sql.SQL(
        "SELECT {columns} FROM {table} WHERE org_id = %s AND id = ANY(%s::uuid[]) ORDER BY id"
    ).format(columns=_names(columns_of(RECORDS[name])), table=sql.Identifier(name))
    return (query + sql.SQL(" FOR UPDATE" if lock else "")).as_bytes()


@cache
def _insert(name: str, *, skip_known: bool) -> bytes:
    columns = columns_of(RECORDS[name])
    query = sql.SQL("INSERT INTO {table} (org_id, {columns}) SELECT %s::uuid, * FROM {rows}")
    tail = sql.SQL(" ON CONFLICT DO NOTHING RETURNING id" if skip_known else "")
    table = sql.Identifier(name)
    whole = query.format(table=table, columns=_names(columns), rows=_unnest(columns)) + tail
    return whole.as_bytes()


@cache
def _update(name: str) -> bytes:
    columns = columns_of(RECORDS[name])
    changes = sql.SQL(", ").join(
        sql.SQL("{0} = new.{0}").format(sql.Identifier(column))
        for column in columns
        if column != "id"
    )
    query = sql.SQL(
        "UPDATE {table} AS old SET {changes} FROM {rows} AS new ({columns})"
        " WHERE old.org_id = %s AND old.id = new.id"
    ).format(
        table=sql.Identifier(name),
        changes=changes,
        rows=_unnest(columns),
        columns=_names(columns),
    )
    return query.as_bytes()

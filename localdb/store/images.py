"""Keeps the server's image of a reference row apart while unsent edits lie on top of the row."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from localdb.domain.merge import join, rebase
from localdb.domain.records import RECORDS
from localdb.store.rows import field_names, load, replace_sql, to_json

_PENDING = (
    "SELECT id, dseq, after FROM outbox_edit "
    "WHERE type = ? AND id IN (SELECT value FROM json_each(?)) ORDER BY id, dseq"
)


def row_values(record_type: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row's declared fields and the unknown ones kept beside them."""
    values = {name: row[name] for name in field_names(record_type)}
    if row["extra"]:
        values.update(json.loads(row["extra"]))
    return values


def image_of(record_type: str, row: Mapping[str, Any]) -> str | None:
    """The image to keep before the row is edited; None for a row the server does not know."""
    if row["image"] is not None or not row["version"]:
        return None if row["image"] is None else str(row["image"])
    return to_json({"values": row_values(record_type, row), "vector": json.loads(row["vector"])})


def server_values(record_type: str, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The server's image of this row; None when it does not know the row."""
    if row["image"] is not None:
        values: dict[str, Any] = json.loads(row["image"])["values"]
        return values
    return row_values(record_type, row) if row["version"] else None


def split_extra(record_type: str, values: Mapping[str, Any]) -> tuple[tuple[Any, ...], str | None]:
    """The declared fields in table order (missing ones by their default), the others as JSON.

    Raises KeyError when a field that has no default is missing.
    """
    names, pick = field_names(record_type), _picker(record_type)
    if len(values) == len(names) and all(map(values.__contains__, names)):
        return pick(values), None
    declared = tuple(
        values[field.name] if field.required else values.get(field.name, field.default)
        for field in RECORDS[record_type].fields()
    )
    extra = {name: value for name, value in values.items() if name not in names}
    return declared, to_json(extra) if extra else None


@cache
def _picker(record_type: str) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    return itemgetter(*field_names(record_type))


def server_row(
    record_type: str, values: Mapping[str, Any], version: int, vector: Mapping[str, int]
) -> tuple[Any, ...]:
    """The whole row, in table order, of what the server holds; KeyError when a field is missing."""
    declared, extra = split_extra(record_type, values)
    return (*declared, version, to_json(dict(vector)), None, extra)


def fact_row(
    record_type: str, values: Mapping[str, Any], device_id: str, dseq: int
) -> tuple[Any, ...]:
    """The whole row, in table order, of a fact from this till's group."""
    declared, extra = split_extra(record_type, values)
    return (*declared, device_id, dseq, extra)


def put_rows(conn: Connection, record_type: str, rows: list[tuple[Any, ...]]) -> None:
    """Insert whole rows or replace the ones with the same id."""
    if rows:
        conn.exec_driver_sql(replace_sql(record_type), rows)


def pending_edits(
    conn: Connection, record_type: str, ids: Iterable[str]
) -> dict[str, list[tuple[int, str]]]:
    """The unsent edits of each of these rows that has any: (dseq, what was set), oldest first."""
    found: dict[str, list[tuple[int, str]]] = {}
    for row in conn.exec_driver_sql(_PENDING, (record_type, to_json(list(ids)))):
        found.setdefault(row.id, []).append((row.dseq, row.after))
    return found


def standing_row(
    record_type: str,
    values: Mapping[str, Any],
    version: int,
    vector: Mapping[str, int],
    device_id: str,
    pending: Sequence[tuple[int, str]],
) -> tuple[Any, ...]:
    """The row as this till shows it: the server's image with this till's unsent edits on top.

    Raises KeyError when a field that has no default is missing.
    """
    if not pending:
        return server_row(record_type, values, version, vector)
    replayed = rebase(values, [json.loads(after) for _, after in pending])
    declared, extra = split_extra(record_type, replayed)
    seen = join(vector, {device_id: pending[-1][0]})
    image = to_json({"values": dict(values), "vector": dict(vector)})
    return (*declared, version, to_json(seen), image, extra)


def rebuild(
    conn: Connection, touched: Iterable[tuple[str, str]], device_id: str
) -> list[tuple[str, str]]:
    """Put rows right after their pending edits changed; rows only this till has stay as they are.

    Returns the rows that were there to rebuild.
    """
    by_type: dict[str, list[str]] = {}
    for record_type, record_id in touched:
        by_type.setdefault(record_type, []).append(record_id)
    rebuilt = []
    for record_type, ids in by_type.items():
        known = [row for row in load(conn, record_type, ids).values() if row["version"]]
        pending = pending_edits(conn, record_type, (row["id"] for row in known))
        put_rows(
            conn,
            record_type,
            [_rebuilt(record_type, row, device_id, pending.get(row["id"], ())) for row in known],
        )
        rebuilt += [(record_type, row["id"]) for row in known]
    return rebuilt


def _rebuilt(
    record_type: str, row: Mapping[str, Any], device_id: str, pending: Sequence[tuple[int, str]]
) -> tuple[Any, ...]:
    image = _image(record_type, row)
    values, vector = image["values"], image["vector"]
    return standing_row(record_type, values, row["version"], vector, device_id, pending)


def _image(record_type: str, row: Mapping[str, Any]) -> dict[str, Any]:
    if row["image"] is not None:
        image: dict[str, Any] = json.loads(row["image"])
        return image
    return {"values": row_values(record_type, row), "vector": json.loads(row["vector"])}

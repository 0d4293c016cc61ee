"""Turns what an older program kept as it came into columns and rows, after a migration.

An older program keeps fields that it does not know in ``extra``, and records that it does not know
or could not store in ``unknown_record``. Left there, they would come before the new columns, and
an edit of one would not show. No migration has to do this: it runs after all of them, on the
schema of this program.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Table, select

from localdb.domain.records import RECORDS, Kind
from localdb.store import images, quarantine, rows, search
from localdb.store.identity import load_identity
from localdb.store.tables import TABLES

_KEPT = "SELECT type, id, body FROM unknown_record WHERE type IN (SELECT value FROM json_each(?))"
_FORGET = "DELETE FROM unknown_record WHERE type = ? AND id = ?"
_COUNTED = "stock_movement"
"""Whether such a row is in the stock already, nobody knows: the next load brings the sum."""


def take_over(conn: Connection) -> None:
    """Move what this program knows to where it belongs; the rest stays as it came."""
    for record_type in RECORDS:
        _take_fields(conn, record_type)
    _take_records(conn)


# ---------------------------------------------------------------- fields


def _take_fields(conn: Connection, record_type: str) -> None:
    table = TABLES[record_type]
    names = set(rows.field_names(record_type))
    found = conn.execute(select(table.c.id, table.c.extra).where(table.c.extra.is_not(None))).all()
    shown: set[str] = set()
    for record_id, text in found:
        kept: dict[str, Any] = json.loads(text)
        known = {name: value for name, value in kept.items() if name in names}
        if known:
            rest = {name: value for name, value in kept.items() if name not in names}
            extra = rows.to_json(rest) if rest else None
            # When a code moves, both products: also the one that it found until now.
            shown |= search.product_of(conn, record_type, record_id)
            _store_fields(conn, table, record_id, {**known, "extra": extra})
            shown |= search.product_of(conn, record_type, record_id)
    search.refresh(conn, shown)


def _store_fields(conn: Connection, table: Table, record_id: str, values: dict[str, Any]) -> None:
    try:
        conn.execute(table.update().where(table.c.id == record_id), values)
    except quarantine.UNSTORABLE:
        quarantine.LOG.warning("%s %s keeps fields that cannot be stored", table.name, record_id)


# ---------------------------------------------------------------- records


def _take_records(conn: Connection) -> None:
    wanted = rows.to_json([name for name in RECORDS if name != _COUNTED])
    kept = {
        (row.type, row.id): json.loads(row.body) for row in conn.exec_driver_sql(_KEPT, (wanted,))
    }
    taken = [key for key, body in _parents_first(kept) if _put(conn, key[0], body)]
    if taken:
        conn.exec_driver_sql(_FORGET, taken)


def _parents_first(kept: Mapping[tuple[str, str], Any]) -> Iterator[tuple[tuple[str, str], Any]]:
    order = list(RECORDS)
    for key in sorted(kept, key=lambda key: (order.index(key[0]), key[1])):
        yield key, kept[key]


def _put(conn: Connection, record_type: str, body: Mapping[str, Any]) -> bool:
    """Store one record unless a newer image of it is here; whether it need not be quarantined."""
    values = body["values"]
    here = rows.load(conn, record_type, [str(values.get("id"))])
    try:
        if RECORDS[record_type].KIND is Kind.FACT:
            return bool(here) or _put_fact(conn, record_type, values)
        if any(row["version"] >= body["version"] for row in here.values()):
            return True
        _put_reference(conn, record_type, body)
    except quarantine.UNSTORABLE:
        return False
    return True


def _put_fact(conn: Connection, record_type: str, values: Mapping[str, Any]) -> bool:
    if quarantine.absent_parents(conn, record_type, [values]):
        return False
    # Which of its groups brought it is not known any more.
    device_id = str(values.get("device_id", ""))
    images.put_rows(conn, record_type, [images.fact_row(record_type, values, device_id, 0)])
    return True


def _put_reference(conn: Connection, record_type: str, body: Mapping[str, Any]) -> None:
    values = body["values"]
    identity = load_identity(conn)
    device_id = identity.device_id if identity else ""
    pending = images.pending_edits(conn, record_type, [values["id"]]).get(values["id"], ())
    row = images.standing_row(
        record_type, values, body["version"], body["vector"], device_id, pending
    )
    images.put_rows(conn, record_type, [row])
    search.refresh(conn, search.affected(record_type, {}, values))

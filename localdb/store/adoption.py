"""Brings what only this till has from the live file into a freshly loaded one.

History is copied while the till sells; the small rest is copied by the writer just
before the swap, so that the cashier waits for milliseconds.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

from localdb.domain.ops import Group, decode
from localdb.domain.records import FACTS, REFERENCES, StockMovement
from localdb.store import groups, local, outbox, rows, search, stock_levels, sync_state
from localdb.store.engine import key_literal
from localdb.store.unit_of_work import UnitOfWork

_ADOPTED_TO = "bulk_adopted_to"
_COPY = "INSERT OR IGNORE INTO main.{0} SELECT * FROM live.{0}"
# A page of the server does not say which group brought a fact; this till knows it of its own.
_COPY_FACTS = (
    "INSERT INTO main.{0} SELECT * FROM live.{0} WHERE {1} ON CONFLICT (id) DO UPDATE "
    "SET origin_device = excluded.origin_device, origin_dseq = excluded.origin_dseq"
)
_GROUPS = (
    "INSERT OR REPLACE INTO main.outbox_group SELECT l.* FROM live.outbox_group l "
    "LEFT JOIN main.outbox_group m ON m.dseq = l.dseq "
    "WHERE m.dseq IS NULL OR m.state <> l.state OR m.verdict <> l.verdict"
)
# The stock counts those of other tills already, or they come by the stream and are counted then:
# one that is here before it is pulled would not be.
_OWN_MOVEMENTS = (
    "origin_device = (SELECT value ->> 'device_id' FROM live.local_setting WHERE key = 'identity')"
)
_TELL_ON = "INSERT OR IGNORE INTO main.fact_origin SELECT * FROM live.fact_origin"
# Movements of others only; a load must not bring them back to their table.
_KEEP_MOVEMENTS = (
    "INSERT OR IGNORE INTO main.fact_origin (type, id, store_id, device_id, dseq, body) "
    "SELECT 'stock_movement', id, store_id, origin_device, origin_dseq, "
    "json_patch(json_object({0}), coalesce(extra, '{{}}')) FROM live.stock_movement "
    "WHERE origin_dseq > 0 AND NOT {1}"
)
# Facts whose rows name their group already need no entry here.
_NOT_TOLD = (
    "DELETE FROM main.fact_origin WHERE type = '{0}' "
    "AND id IN (SELECT id FROM main.{0} WHERE origin_dseq > 0)"
)
_ASK_AGAIN = (
    "UPDATE outbox_group SET state = 'pending' WHERE state = 'acknowledged' AND verdict = 'held'"
)
_UNDELIVERED = (
    "SELECT body, state, verdict, numbers FROM outbox_group "
    "WHERE state IN ('pending', 'acknowledged', 'parked') ORDER BY dseq"
)


@contextmanager
def live_attached(draft: Engine, live: Path, key: bytes | None) -> Iterator[Connection]:
    """A connection to the draft that sees the live file as ``live``, in one transaction."""
    with draft.connect() as conn:
        driver_connection = conn.connection.dbapi_connection
        assert driver_connection is not None
        cursor = driver_connection.cursor()
        cursor.execute(f"ATTACH DATABASE ? AS live KEY {key_literal(key)}", (str(live),))
        try:
            with conn.begin():
                yield conn
        finally:
            cursor.execute("DETACH DATABASE live")
            cursor.close()


def copy_history(draft: Engine, live: Path, key: bytes | None) -> None:
    """Copy the facts, groups and never uploaded records that exist so far; may be repeated."""
    with live_attached(draft, live, key) as conn:
        sql = "SELECT value FROM live.counter WHERE series = ?"
        adopted_to = conn.exec_driver_sql(sql, (groups.DSEQ,)).scalar() or 0
        for fact in FACTS:
            which = _OWN_MOVEMENTS if fact is StockMovement else "true"
            conn.exec_driver_sql(_COPY_FACTS.format(fact.TYPE, which))
        _keep_origins(conn)
        for reference in REFERENCES:
            conn.exec_driver_sql(_COPY.format(f'"{reference.TYPE}"') + " WHERE version = 0")
        conn.exec_driver_sql(_COPY.format("unknown_record"))
        conn.exec_driver_sql(_GROUPS)
        local.put_setting(conn, _ADOPTED_TO, str(adopted_to))


def _keep_origins(conn: Connection) -> None:
    """Go on keeping what this till holds of others for a server that loses it."""
    conn.exec_driver_sql(_TELL_ON)
    values = ", ".join(f"'{name}', {name}" for name in rows.field_names(StockMovement.TYPE))
    conn.exec_driver_sql(_KEEP_MOVEMENTS.format(values, _OWN_MOVEMENTS))
    for fact in FACTS:
        conn.exec_driver_sql(_NOT_TOLD.format(fact.TYPE))


def adopt_state(uow: UnitOfWork) -> None:
    """Copy the rest from the attached live file, on which nobody writes now.

    What the till did since the history was copied, its settings and carts; then the unsent edits
    are replayed on the server's rows and unsent movements added to the server's stock.
    """
    conn = uow.connection
    since = int(local.setting(conn, _ADOPTED_TO) or 0)
    conn.exec_driver_sql(_GROUPS)
    for table in ("outbox_edit", "counter", "open_cart", "local_setting", "unknown_record"):
        conn.exec_driver_sql(_COPY.format(table))
    for group in _groups_after(conn, since):
        _insert_recent(uow, group)
    # A held group may have been applied in entries that are not pulled any more.
    conn.exec_driver_sql(_ASK_AGAIN)
    outbox.finish(uow, outbox.acknowledged(conn))
    outbox.rebuild(uow, _edited(conn))
    _add_unsent_movements(conn)


def _groups_after(conn: Connection, dseq: int) -> Iterator[Group]:
    sql = "SELECT body FROM outbox_group WHERE dseq > ? ORDER BY dseq"
    yield from [decode(row.body) for row in conn.exec_driver_sql(sql, (dseq,)).all()]


def _insert_recent(uow: UnitOfWork, group: Group) -> None:
    conn = uow.connection
    for op in group.ops:
        if op.kind == "insert" and not rows.load(conn, op.type, [op.id]):
            live = f'SELECT * FROM live."{op.type}" WHERE id = ?'  # noqa: S608 - a record type
            conn.exec_driver_sql(f'INSERT INTO main."{op.type}" {live}', (op.id,))
            uow.changed.search |= search.product_of(conn, op.type, op.id)


def _edited(conn: Connection) -> set[tuple[str, str]]:
    found = conn.exec_driver_sql("SELECT DISTINCT type, id FROM outbox_edit")
    return {(row.type, row.id) for row in found}


def _add_unsent_movements(conn: Connection) -> None:
    counted = sync_state.stock_numbers(conn)
    for row in conn.exec_driver_sql(_UNDELIVERED).all():
        is_counted = sync_state.covers(counted, json.loads(row.numbers))
        # The server had a duplicate before, from another identity of this till.
        is_counted |= row.verdict == "duplicate"
        if row.state != "acknowledged" or not is_counted:
            stock_levels.add(conn, groups.movements(row.body))

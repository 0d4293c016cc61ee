"""Bootstrap and proof: the heads, the pages by key, the stock, the digests, and ``/v1/me``.

A till notes the heads first and pulls from them at the end, so that a page may show more than the
heads say and never less. Stock is a sum, not a row: it is taken at the very moment of the heads,
and each movement the till pulls later is added to it exactly once.
"""

from typing import Any

from psycopg import sql

from localdb.domain.records import RECORDS, Kind, Record, Scope
from sync.protocol import limits
from sync.protocol.messages import (
    Digest,
    FactRow,
    Me,
    RowImage,
    SalesProof,
    SnapshotHeads,
    SnapshotPage,
    StockPage,
)
from sync.server.admission import Device
from sync.server.bulk import Cursor, row_of, values_of
from sync.server.devices import epoch_of
from sync.server.effects import image
from sync.server.store import PostgresStore, Services
from sync.server.streams import streams_of

FACT_DAYS = {"sale": 90, "sale_line": 90, "sale_tax": 90, "payment": 90, "shift_event": 90}
"""How many days of a fact type a fresh till is given; a type that is missing is not given."""
DAY_MS = 86_400_000
NIL = "00000000-0000-0000-0000-000000000000"


class UnknownType(Exception):
    """No record type of this name is given to a fresh till."""


class NoCheckpoint(Exception):
    """The stock was asked for before the heads."""


class Snapshots:
    """What a till reads to start afresh, and what it compares itself with."""

    def __init__(self, store: PostgresStore, services: Services) -> None:
        self._store = store
        self._services = services

    async def heads(self, device: Device) -> SnapshotHeads:
        """Where the device's streams stand; keeps the stock of its store at that very moment."""
        async with self._store.transaction(device.org_id) as cursor:
            if device.store_id is not None:
                await _lock_checkpoints(cursor, device)
            await cursor.execute(
                _HEADS,
                {
                    "org": device.org_id,
                    "store": device.store_id,
                    "streams": list(streams_of(device)),
                },
            )
            heads = {row["stream"]: row["head"] async for row in cursor}
            if device.store_id is not None:
                await _keep_checkpoint(cursor, device, heads[device.store_id])
            rows = {name: await self._count(cursor, device, name) for name in _given()}
            return SnapshotHeads(epoch=await epoch_of(cursor), heads=heads, rows=rows)

    async def page(self, device: Device, type_name: str, after: str, limit: int) -> SnapshotPage:
        """Rows of one type with ids above ``after``; raises UnknownType."""
        if type_name not in _given():
            raise UnknownType
        record = RECORDS[type_name]
        limit = max(1, min(limit, limits.SNAPSHOT_ROWS_MAX))
        where, params = self._scope(device, record)
        query = sql.SQL("SELECT * FROM {table} WHERE {where} AND id > %s ORDER BY id LIMIT %s")
        async with self._store.transaction(device.org_id) as cursor:
            await cursor.execute(
                query.format(table=sql.Identifier(type_name), where=where),
                (*params, after or NIL, limit),
            )
            rows = await cursor.fetchall()
        next_after = rows[-1]["id"] if len(rows) == limit else ""
        if record.KIND is Kind.FACT:
            facts = [FactRow(type=type_name, values=values_of(record, row)) for row in rows]
            return SnapshotPage(type=type_name, facts=facts, next_after=next_after)
        images = [image((type_name, row["id"]), row_of(type_name, row)) for row in rows]
        return SnapshotPage(
            type=type_name,
            rows=[RowImage.model_validate(one) for one in images],
            next_after=next_after,
        )

    async def stock(self, device: Device, after: str) -> StockPage:
        """Stock of the device's store as its heads found it; raises NoCheckpoint."""
        limit = limits.SNAPSHOT_ROWS_MAX
        async with self._store.transaction(device.org_id) as cursor:
            await cursor.execute(
                "SELECT stock_number FROM device WHERE org_id = %s AND device_id = %s",
                (device.org_id, device.device_id),
            )
            row = await cursor.fetchone()
            if row is None or row["stock_number"] is None:
                raise NoCheckpoint
            await cursor.execute(
                "SELECT product_id, quantity_milli FROM stock_checkpoint WHERE org_id = %s"
                " AND store_id = %s AND number = %s AND product_id > %s"
                " ORDER BY product_id LIMIT %s",
                (device.org_id, device.store_id, row["stock_number"], after or NIL, limit),
            )
            levels = [(level["product_id"], level["quantity_milli"]) async for level in cursor]
        next_after = levels[-1][0] if len(levels) == limit else ""
        return StockPage(number=row["stock_number"], levels=levels, next_after=next_after)

    async def digests(self, device: Device) -> list[Digest]:
        """Count and digest of each type within the device's sight, all at one moment."""
        async with self._store.transaction(device.org_id, repeatable=True) as cursor:
            return [await _digest(cursor, device, record) for record in RECORDS.values()]

    async def me(self, device: Device) -> Me:
        """What the server holds of the device."""
        async with self._store.transaction(device.org_id, repeatable=True) as cursor:
            epoch = await epoch_of(cursor)
            key = {"org": device.org_id, "device": device.device_id}
            await cursor.execute(_ME, key)
            row = await cursor.fetchone()
        assert row is not None, "the device was authenticated"
        return Me(
            org_id=device.org_id,
            store_id=device.store_id or device.org_id,
            device_id=device.device_id,
            dseq_acknowledged=row["dseq_acknowledged"],
            epoch=epoch,
            sales=SalesProof(count=row["sales"], total_minor=row["total_minor"]),
            journal_head=row["journal_head"],
        )

    # ------------------------------------------------------------ what a till is given

    async def _count(self, cursor: Cursor, device: Device, type_name: str) -> int:
        where, params = self._scope(device, RECORDS[type_name])
        query = sql.SQL("SELECT count(*) AS n FROM {table} WHERE {where}")
        await cursor.execute(query.format(table=sql.Identifier(type_name), where=where), params)
        row = await cursor.fetchone()
        assert row is not None, "count always answers"
        return int(row["n"])

    def _scope(self, device: Device, record: type[Record]) -> tuple[sql.Composable, list[Any]]:
        """Which rows of a type a device is given: its store's, and of facts the recent ones."""
        where, params = _in_sight(device, record)
        if record.KIND is Kind.REFERENCE:
            return where, params
        oldest_ms = self._services.now_us() // 1000 - FACT_DAYS[record.TYPE] * DAY_MS
        return where + sql.SQL(" AND id >= %s"), [*params, _id_at(oldest_ms)]


def _given() -> tuple[str, ...]:
    return tuple(n for n, r in RECORDS.items() if r.KIND is Kind.REFERENCE or n in FACT_DAYS)


def _id_at(time_ms: int) -> str:
    """The lowest id of a moment: ids begin with their time."""
    digits = f"{max(time_ms, 0):012x}"
    return f"{digits[:8]}-{digits[8:]}-0000-0000-000000000000"


def _in_sight(device: Device, record: type[Record]) -> tuple[sql.Composable, list[Any]]:
    if record.SCOPE is Scope.STORE:
        return sql.SQL("org_id = %s AND store_id = %s"), [device.org_id, device.store_id]
    return sql.SQL("org_id = %s"), [device.org_id]


async def _lock_checkpoints(cursor: Cursor, device: Device) -> None:
    """Let one till of a store at a time write checkpoints and clear them away."""
    await cursor.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('checkpoint ' || %s || %s, 0))",
        (device.org_id, device.store_id),
    )


async def _keep_checkpoint(cursor: Cursor, device: Device, number: int) -> None:
    """Tie the device to a checkpoint, and drop those that no device is tied to."""
    await cursor.execute(
        "UPDATE device SET stock_number = %s WHERE org_id = %s AND device_id = %s",
        (number, device.org_id, device.device_id),
    )
    key = (device.org_id, device.store_id)
    await cursor.execute(
        "DELETE FROM stock_checkpoint WHERE org_id = %s AND store_id = %s AND number NOT IN ("
        "SELECT stock_number FROM device WHERE org_id = %s AND store_id = %s"
        " AND stock_number IS NOT NULL)",
        (*key, *key),
    )


async def _digest(cursor: Cursor, device: Device, record: type[Record]) -> Digest:
    """See ``sync.protocol.digest``, which says the same in Python."""
    where, params = _in_sight(device, record)
    pairs = sql.SQL(", ").join(
        sql.SQL("{}, {}").format(sql.Literal(field.name), sql.Identifier(field.name))
        for field in record.fields()
    )
    version = sql.SQL("version" if record.KIND is Kind.REFERENCE else "0")
    query = sql.SQL(
        "SELECT count(*) AS n, bit_xor(('x' || substr(encode(sha256(convert_to("
        "{version} || '|' || jsonb_strip_nulls(jsonb_build_object({pairs}) || extra)::text,"
        " 'UTF8')), 'hex'), 1, 32))::bit(128))::text AS bits FROM {table} WHERE {where}"
    ).format(version=version, pairs=pairs, table=sql.Identifier(record.TYPE), where=where)
    await cursor.execute(query, params)
    row = await cursor.fetchone()
    assert row is not None, "an aggregate always answers"
    return Digest(type=record.TYPE, count=row["n"], digest=f"{int(row['bits'] or '0', 2):032x}")


# One statement sees one moment: a movement is in the sum exactly when its number is in the head.
_HEADS = """
    WITH at AS (
        SELECT stream, head FROM stream WHERE org_id = %(org)s AND stream = ANY(%(streams)s::text[])
    ), summed AS (
        INSERT INTO stock_checkpoint (org_id, store_id, number, product_id, quantity_milli)
        SELECT m.org_id, m.store_id, at.head, m.product_id, sum(m.quantity_milli)
        FROM stock_movement m JOIN at ON at.stream = m.store_id::text
        WHERE m.org_id = %(org)s AND m.store_id = %(store)s
        GROUP BY m.org_id, m.store_id, at.head, m.product_id
        ON CONFLICT DO NOTHING
    )
    SELECT stream, head FROM at
"""
_ME = """
    SELECT d.dseq_acknowledged,
        (SELECT count(*) FROM sale WHERE org_id = d.org_id AND origin_device = d.device_id)
            AS sales,
        (SELECT coalesce(sum(total_minor), 0)::bigint FROM sale
            WHERE org_id = d.org_id AND origin_device = d.device_id) AS total_minor,
        coalesce((SELECT hash FROM journal_entry
            WHERE org_id = d.org_id AND origin_device = d.device_id AND device_id = d.device_id
            ORDER BY seq DESC LIMIT 1), '') AS journal_head
    FROM device d WHERE d.org_id = %(org)s AND d.device_id = %(device)s
"""

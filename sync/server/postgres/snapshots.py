"""Statements of a bootstrap and of the proof."""

from collections.abc import Sequence
from typing import Any

from psycopg import sql

from localdb.domain.records import RECORDS, Kind
from sync.protocol.sums import SUMMED
from sync.server.ports import Holdings, Values
from sync.server.postgres.base import Queries
from sync.server.postgres.bulk import row_of, values_of
from sync.server.rows import Row


class SnapshotQueries(Queries):
    """``ports.SnapshotPort`` on PostgreSQL."""

    # ------------------------------------------------------------ heads and stock

    async def lock_checkpoints(self, store_id: str) -> None:
        """Let one till of a store at a time write checkpoints and clear them away."""
        await self.cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('checkpoint ' || %s || %s, 0))",
            (self.org_id, store_id),
        )

    async def take_heads(self, streams: Sequence[str], store_id: str | None) -> dict[str, int]:
        """Where the streams stand; keeps the stock of the store at that very moment."""
        await self.cursor.execute(
            _HEADS, {"org": self.org_id, "store": store_id, "streams": list(streams)}
        )
        return {row["stream"]: row["head"] async for row in self.cursor}

    async def tie_checkpoint(self, device_id: str, store_id: str, number: int) -> None:
        """Tie a device to a stock checkpoint, and drop those that no device is tied to."""
        await self.cursor.execute(
            "UPDATE device SET stock_number = %s WHERE org_id = %s AND device_id = %s",
            (number, self.org_id, device_id),
        )
        await self.cursor.execute(
            "DELETE FROM stock_checkpoint WHERE org_id = %(org)s AND store_id = %(store)s"
            " AND number NOT IN (SELECT stock_number FROM device WHERE org_id = %(org)s"
            " AND store_id = %(store)s AND stock_number IS NOT NULL)",
            {"org": self.org_id, "store": store_id},
        )

    async def checkpoint_of(self, device_id: str) -> int | None:
        """The stock checkpoint a device is tied to."""
        row = await self._one(
            "SELECT stock_number FROM device WHERE org_id = %s AND device_id = %s",
            (self.org_id, device_id),
        )
        return row["stock_number"] if row else None

    async def stock(
        self, store_id: str, number: int, after: str, limit: int
    ) -> list[tuple[str, int]]:
        """(product, thousandths on hand) of a checkpoint, in product id order."""
        await self.cursor.execute(
            "SELECT product_id, quantity_milli FROM stock_checkpoint WHERE org_id = %s"
            " AND store_id = %s AND number = %s AND product_id > %s ORDER BY product_id LIMIT %s",
            (self.org_id, store_id, number, after, limit),
        )
        return [(row["product_id"], row["quantity_milli"]) async for row in self.cursor]

    # ------------------------------------------------------------ rows

    async def count(self, type_name: str, store_id: str | None, from_id: str) -> int:
        """How many rows a type has from an id on."""
        query = sql.SQL("SELECT count(*) AS n FROM {table} WHERE {where} AND id >= %s")
        where, params = self._within(store_id)
        row = await self._surely(
            query.format(table=sql.Identifier(type_name), where=where), (*params, from_id)
        )
        return int(row["n"])

    async def references(
        self, type_name: str, store_id: str | None, after: str, limit: int
    ) -> list[Row]:
        """References with ids above ``after``, in id order."""
        where, params = self._within(store_id)
        query = sql.SQL("SELECT * FROM {table} WHERE {where} AND id > %s ORDER BY id LIMIT %s")
        await self.cursor.execute(
            query.format(table=sql.Identifier(type_name), where=where), (*params, after, limit)
        )
        return [row_of(type_name, row) async for row in self.cursor]

    async def recent_facts(
        self, type_name: str, store_id: str | None, from_id: str, after: str, limit: int
    ) -> list[Values]:
        """Facts with ids from ``from_id`` on and above ``after``, in id order."""
        where, params = self._within(store_id)
        query = sql.SQL(
            "SELECT * FROM {table} WHERE {where} AND id >= %s AND id > %s ORDER BY id LIMIT %s"
        )
        await self.cursor.execute(
            query.format(table=sql.Identifier(type_name), where=where),
            (*params, from_id, after, limit),
        )
        return [values_of(RECORDS[type_name], row) async for row in self.cursor]

    def _within(self, store_id: str | None) -> tuple[sql.Composable, list[Any]]:
        if store_id is None:
            return sql.SQL("org_id = %s"), [self.org_id]
        return sql.SQL("org_id = %s AND store_id = %s"), [self.org_id, store_id]

    # ------------------------------------------------------------ proof

    async def digest(self, type_name: str, store_id: str | None) -> tuple[int, str]:
        """Count and digest of a type; ``sync.protocol.digest`` says the same in Python."""
        record = RECORDS[type_name]
        where, params = self._within(store_id)
        pairs = sql.SQL(", ").join(
            sql.SQL("{}, {}").format(sql.Literal(field.name), sql.Identifier(field.name))
            for field in record.fields()
        )
        version = sql.SQL("version" if record.KIND is Kind.REFERENCE else "0")
        query = sql.SQL(
            "SELECT count(*) AS n, bit_xor(('x' || substr(encode(sha256(convert_to("
            "{version} || '|' || jsonb_strip_nulls(jsonb_build_object({pairs}) || extra)::text,"
            " 'UTF8')), 'hex'), 1, 32))::bit(128))::text AS bits FROM {table} WHERE {where}"
        ).format(version=version, pairs=pairs, table=sql.Identifier(type_name), where=where)
        row = await self._surely(query, params)
        return row["n"], f"{int(row['bits'] or '0', 2):032x}"

    async def holdings(self, device_id: str) -> Holdings:
        """What there is of a device."""
        return Holdings(**await self._surely(_HOLDINGS, {"org": self.org_id, "device": device_id}))

    async def brought(self, type_name: str, device_id: str) -> tuple[int, int]:
        """How many facts of a type a device's groups brought, and their sum (``SUMMED``)."""
        summed = SUMMED.get(type_name)
        query = sql.SQL(
            "SELECT count(*) AS n, coalesce(sum({summed}), 0)::bigint AS total FROM {table}"
            " WHERE org_id = %s AND origin_device = %s"
        ).format(
            summed=sql.Identifier(summed) if summed else sql.Literal(0),
            table=sql.Identifier(type_name),
        )
        row = await self._surely(query, (self.org_id, device_id))
        return row["n"], row["total"]


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
_HOLDINGS = """
    SELECT d.dseq_acknowledged,
        (SELECT count(*) FROM sale WHERE org_id = d.org_id AND origin_device = d.device_id)
            AS sales,
        (SELECT coalesce(sum(total_minor), 0)::bigint FROM sale
            WHERE org_id = d.org_id AND origin_device = d.device_id) AS sales_minor,
        coalesce((SELECT hash FROM journal_entry
            WHERE org_id = d.org_id AND origin_device = d.device_id AND device_id = d.device_id
            ORDER BY seq DESC LIMIT 1), '') AS journal_head
    FROM device d WHERE d.org_id = %(org)s AND d.device_id = %(device)s
"""

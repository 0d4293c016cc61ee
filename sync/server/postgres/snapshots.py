"""Statements of a bootstrap and of the proof."""

from typing import Any

from psycopg import sql

from localdb.domain.records import RECORDS
from sync.protocol.sums import SUMMED
from sync.server.core.ports import LAST_ID, Holdings, NewFact, Values
from sync.server.core.rows import Row
from sync.server.postgres.bulk import row_of, values_of
from sync.server.postgres.checkpoints import REFERENCE_BUCKET, CheckpointQueries

STOCK_KEPT = 3
"""Sums of a store's stock: a till that loads its data may go on from an older one."""


class SnapshotQueries(CheckpointQueries):
    """``ports.SnapshotPort`` on PostgreSQL."""

    # ------------------------------------------------------------ stock

    async def note_stock_number(self, device_id: str, number: int) -> None:
        """Note at which number of its store's stream a device wants the stock."""
        await self.cursor.execute(
            "UPDATE device SET stock_number = %s WHERE org_id = %s AND device_id = %s",
            (number, self.org_id, device_id),
        )

    async def stock_number(self, device_id: str) -> int | None:
        """The number that was noted for a device."""
        row = await self._one(
            "SELECT stock_number FROM device WHERE org_id = %s AND device_id = %s",
            (self.org_id, device_id),
        )
        return row["stock_number"] if row else None

    async def stock(
        self, store_id: str, number: int, after: str, limit: int
    ) -> list[tuple[str, int]] | None:
        """(product, thousandths on hand) as the movements up to ``number`` sum up, in id order."""
        base = await self._stock_base(store_id, number)
        if base is None:
            # A store that never moved anything has no sum to keep, and none to forget.
            return None if await self._has_moved(store_id) else []
        await self.cursor.execute(
            _STOCK,
            {
                "org": self.org_id,
                "store": store_id,
                "base": base,
                "number": number,
                "after": after,
                "limit": limit,
            },
        )
        return [(row["product_id"], row["quantity_milli"]) async for row in self.cursor]

    async def keep_stock(self, store_id: str, entries_max: int) -> None:
        """Sum the stock up for later calls of ``stock``, unless it was so within ``entries_max``.

        One transaction of a store at a time; another one need not wait: no answer changes.
        """
        given = {"org": self.org_id, "store": store_id}
        row = await self._surely(
            "SELECT head FROM stream WHERE org_id = %(org)s AND stream = %(store)s", given
        )
        base = await self._stock_base(store_id, row["head"])
        if base is not None and row["head"] - base <= entries_max:
            return
        if await self.try_lock("stock " + store_id):
            await self.cursor.execute(_KEEP_ON if base else _KEEP_WHOLE, {**given, "base": base})
            await self.cursor.execute(_DROP_STOCK, {**given, "kept": STOCK_KEPT})

    async def _has_moved(self, store_id: str) -> bool:
        row = await self._surely(
            "SELECT EXISTS (SELECT 1 FROM stock_movement"
            " WHERE org_id = %s AND store_id = %s) AS moved",
            (self.org_id, store_id),
        )
        return bool(row["moved"])

    async def _stock_base(self, store_id: str, number: int) -> int | None:
        """The last sum kept up to a number; 0 for none, None when it cannot be gone on from."""
        row = await self._surely(
            "SELECT pruned_to, (SELECT coalesce(max(number), 0) FROM stock_checkpoint"
            " WHERE org_id = %(org)s AND store_id = %(store)s::uuid AND number <= %(number)s)"
            " AS base FROM stream WHERE org_id = %(org)s AND stream = %(store)s::text",
            {"org": self.org_id, "store": store_id, "number": number},
        )
        return row["base"] if row["base"] >= row["pruned_to"] else None

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
        self, type_name: str, store_id: str | None, after: str, limit: int, bucket: str = ""
    ) -> list[Row]:
        """References with ids above ``after``, in id order; of one bucket when it is given."""
        where, params = self._within(store_id)
        if bucket:
            where, params = (
                where + sql.SQL(" AND {} = %s").format(REFERENCE_BUCKET),
                [*params, bucket],
            )
        query = sql.SQL("SELECT * FROM {table} WHERE {where} AND id > %s ORDER BY id LIMIT %s")
        await self.cursor.execute(
            query.format(table=sql.Identifier(type_name), where=where), (*params, after, limit)
        )
        return [row_of(type_name, row) async for row in self.cursor]

    async def recent_facts(
        self,
        type_name: str,
        store_id: str | None,
        from_id: str,
        after: str,
        limit: int,
        below: str = LAST_ID,
    ) -> list[Values]:
        """Facts with ids from ``from_id`` on, above ``after`` and below ``below``, in id order."""
        where, params = self._within(store_id)
        query = sql.SQL(
            "SELECT * FROM {table} WHERE {where} AND id >= %s AND id > %s AND id < %s"
            " ORDER BY id LIMIT %s"
        )
        await self.cursor.execute(
            query.format(table=sql.Identifier(type_name), where=where),
            (*params, from_id, after, below, limit),
        )
        return [values_of(RECORDS[type_name], row) async for row in self.cursor]

    async def facts_since(
        self,
        type_name: str,
        store_id: str,
        since_us: int,
        but_device: str,
        after: str,
        limit: int,
    ) -> list[NewFact]:
        """Facts of a store with ids above ``after``, in id order, each with its group."""
        await self.cursor.execute(
            _FACTS_SINCE.format(table=sql.Identifier(type_name)),
            {
                "org": self.org_id,
                "store": store_id,
                "since": since_us,
                "device": but_device,
                "after": after,
                "limit": limit,
            },
        )
        record = RECORDS[type_name]
        return [
            NewFact(values_of(record, row), row["origin_device"], row["origin_dseq"])
            async for row in self.cursor
        ]

    def _within(self, store_id: str | None) -> tuple[sql.Composable, list[Any]]:
        if store_id is None:
            return sql.SQL("org_id = %s"), [self.org_id]
        return sql.SQL("org_id = %s AND store_id = %s"), [self.org_id, store_id]

    async def holdings(self, device_id: str) -> Holdings:
        """What the server holds of a device."""
        row = await self._surely(_HOLDINGS, {"org": self.org_id, "device": device_id})
        # A sum of all sales may be larger than any number that the database stores.
        return Holdings(**{**row, "sales_minor": int(row["sales_minor"])})

    async def delivered_by(self, type_name: str, device_id: str) -> tuple[int, int]:
        """How many facts of a type a device's groups brought, and their sum (``SUMMED``)."""
        summed = SUMMED.get(type_name)
        query = sql.SQL(
            "SELECT count(*) AS n, coalesce(sum({summed}), 0)::text AS total FROM {table}"
            " WHERE org_id = %s AND origin_device = %s"
        ).format(
            summed=sql.Identifier(summed) if summed else sql.Literal(0),
            table=sql.Identifier(type_name),
        )
        row = await self._surely(query, (self.org_id, device_id))
        return row["n"], int(row["total"])


# A movement counts at the number under which its group entered the stream, whenever it was made;
# where that came in parts, at the number of the part that names it.
_BEYOND = sql.SQL("""
    SELECT m.product_id, m.quantity_milli
    FROM change_log l JOIN stock_movement m ON m.org_id = l.org_id
        AND m.origin_device = l.device_id AND m.origin_dseq = l.dseq
    WHERE l.org_id = %(org)s AND l.stream = %(store)s::text AND l.number > %(base)s
        AND l.fact_types ? 'stock_movement'
        AND (jsonb_typeof(l.fact_types -> 'stock_movement') = 'number'
            OR l.fact_types -> 'stock_movement' ? m.id::text)
""")
# No store holds so much: a sum that no column can hold must not stop reading the others.
_ON_HAND = sql.SQL("greatest(-1e18, least(1e18, sum(quantity_milli)))")
_STOCK = sql.SQL("""
    SELECT product_id, {on_hand}::bigint AS quantity_milli FROM (
        (SELECT product_id, quantity_milli FROM stock_checkpoint
            WHERE org_id = %(org)s AND store_id = %(store)s::uuid AND number = %(base)s
                AND product_id > %(after)s ORDER BY product_id LIMIT %(limit)s)
        UNION ALL {beyond} AND l.number <= %(number)s AND m.product_id > %(after)s
    ) found GROUP BY product_id ORDER BY product_id LIMIT %(limit)s
""").format(beyond=_BEYOND, on_hand=_ON_HAND)
# One statement sees one moment: a movement is in the sum exactly when its number is in the head.
_KEEP = sql.SQL("""
    INSERT INTO stock_checkpoint (org_id, store_id, number, product_id, quantity_milli)
    SELECT s.org_id, %(store)s::uuid, s.head, found.product_id, {on_hand}
    FROM stream s CROSS JOIN ({found}) found
    WHERE s.org_id = %(org)s AND s.stream = %(store)s::text
    GROUP BY s.org_id, s.head, found.product_id ON CONFLICT DO NOTHING
""")
_KEEP_WHOLE = _KEEP.format(
    on_hand=_ON_HAND,
    found=sql.SQL(
        "SELECT product_id, quantity_milli FROM stock_movement"
        " WHERE org_id = %(org)s AND store_id = %(store)s::uuid"
    ),
)
_KEEP_ON = _KEEP.format(
    on_hand=_ON_HAND,
    found=sql.SQL(
        "SELECT product_id, quantity_milli FROM stock_checkpoint WHERE org_id = %(org)s"
        " AND store_id = %(store)s::uuid AND number = %(base)s UNION ALL {beyond}"
    ).format(beyond=_BEYOND),
)
_DROP_STOCK = """
    DELETE FROM stock_checkpoint WHERE org_id = %(org)s AND store_id = %(store)s::uuid
        AND number < (SELECT min(number) FROM (
            SELECT DISTINCT number FROM stock_checkpoint
            WHERE org_id = %(org)s AND store_id = %(store)s::uuid
            ORDER BY number DESC LIMIT %(kept)s
        ) newest)
"""
# Facts that were given back have no row of their own there: they came recently.
_FACTS_SINCE = sql.SQL("""
    SELECT f.* FROM {table} f
    WHERE f.org_id = %(org)s AND f.store_id = %(store)s AND f.id > %(after)s
        AND f.origin_device <> %(device)s AND NOT EXISTS (
            SELECT FROM ledger l WHERE l.org_id = f.org_id AND l.device_id = f.origin_device
                AND l.dseq = f.origin_dseq AND l.at < %(since)s)
    ORDER BY f.id LIMIT %(limit)s
""")
# Its journal as it delivered it: entries that others gave back may be another branch.
_HOLDINGS = """
    SELECT d.dseq_acknowledged,
        (SELECT count(*) FROM sale WHERE org_id = d.org_id AND origin_device = d.device_id)
            AS sales,
        (SELECT coalesce(sum(total_minor), 0)::text FROM sale
            WHERE org_id = d.org_id AND origin_device = d.device_id) AS sales_minor,
        coalesce((SELECT hash FROM journal_entry
            WHERE org_id = d.org_id AND origin_device = d.device_id AND device_id = d.device_id
                AND origin_dseq <= d.dseq_acknowledged
            ORDER BY seq DESC, id DESC LIMIT 1), '') AS journal_head
    FROM device d WHERE d.org_id = %(org)s AND d.device_id = %(device)s
"""

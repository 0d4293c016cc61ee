"""Statements of the digests that a stream keeps at its checkpoints."""

from psycopg import sql

from localdb.domain.records import RECORDS, Kind
from sync.protocol.digest import DAY_MS, BucketDigests
from sync.server.core.ports import Checkpoint
from sync.server.postgres.base import Queries

CHECKPOINTS_KEPT = 2
"""Of each stream: a till may be comparing itself with the one before the newest."""
ROWS_AT_ONCE = 20_000
"""Rows of one statement: a million at once would run into its time limit."""
NIL = "00000000-0000-0000-0000-000000000000"
REFERENCE_BUCKET = sql.SQL("right(id::text, 2)")
FACT_BUCKET = sql.SQL(
    "(('x' || substr(id::text, 1, 8) || substr(id::text, 10, 4))::bit(48)::bigint / {})::text"
).format(sql.Literal(DAY_MS))


class CheckpointQueries(Queries):
    """``ports.CheckpointPort`` on PostgreSQL."""

    async def try_lock(self, name: str) -> bool:
        """Hold a name of this organisation until the transaction ends; False if another does."""
        row = await self._surely(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s || ' ' || %s, 0)) AS held",
            (self.org_id, name),
        )
        return bool(row["held"])

    async def bucket_digests(
        self, type_name: str, store_id: str | None, from_id: str
    ) -> BucketDigests:
        """Count and digest of each bucket; ``sync.protocol.digest`` says the same in Python."""
        query = _digests(type_name, of_store=store_id is not None)
        given = {"org": self.org_id, "store": store_id, "from": from_id, "rows": ROWS_AT_ONCE}
        sums: dict[str, tuple[int, int]] = {}
        after, rows = NIL, ROWS_AT_ONCE
        while rows == ROWS_AT_ONCE:
            rows = 0
            await self.cursor.execute(query, {**given, "after": after})
            async for row in self.cursor:
                count, total = sums.get(row["bucket"], (0, 0))
                sums[row["bucket"]] = (count + row["count"], total ^ int(row["bits"], 2))
                rows += row["count"]
                after = max(after, row["last"])
        return {bucket: (count, f"{total:032x}") for bucket, (count, total) in sums.items()}

    async def keep_checkpoint(self, stream: str, checkpoint: Checkpoint) -> None:
        """Store digests; drop all but a stream's last two."""
        await self.cursor.execute(
            "DELETE FROM digest_checkpoint WHERE org_id = %s AND stream = %s AND number = %s",
            (self.org_id, stream, checkpoint.number),
        )
        found = [
            (name, bucket, count, digest)
            for name, buckets in checkpoint.digests.items()
            for bucket, (count, digest) in buckets.items()
        ]
        # The row without a type says that there is a checkpoint, even one without any rows.
        names, buckets, counts, digests = zip(("", "", 0, ""), *found, strict=True)
        await self.cursor.execute(
            "INSERT INTO digest_checkpoint (org_id, stream, number, type, bucket, count, digest,"
            " at) SELECT %s::uuid, %s::text, %s::bigint, *, %s::bigint"
            " FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::text[])",
            (
                self.org_id,
                stream,
                checkpoint.number,
                checkpoint.at_us,
                list(names),
                list(buckets),
                list(counts),
                list(digests),
            ),
        )
        await self.cursor.execute(
            "DELETE FROM digest_checkpoint WHERE org_id = %(org)s AND stream = %(stream)s"
            " AND number < (SELECT min(number) FROM (SELECT number FROM digest_checkpoint"
            " WHERE org_id = %(org)s AND stream = %(stream)s AND type = ''"
            " ORDER BY number DESC LIMIT %(kept)s) newest)",
            {"org": self.org_id, "stream": stream, "kept": CHECKPOINTS_KEPT},
        )

    async def checkpoint(self, stream: str, number: int) -> Checkpoint | None:
        """The digests kept for a number."""
        await self.cursor.execute(
            "SELECT type, bucket, count, digest, at FROM digest_checkpoint"
            " WHERE org_id = %s AND stream = %s AND number = %s",
            (self.org_id, stream, number),
        )
        rows = await self.cursor.fetchall()
        if not rows:
            return None
        digests: dict[str, BucketDigests] = {}
        for row in rows:
            if row["type"]:
                found = row["count"], row["digest"]
                digests.setdefault(row["type"], {})[row["bucket"]] = found
        return Checkpoint(number, rows[0]["at"], digests)

    async def touched_since(self, stream: str, number: int) -> set[tuple[str, str]]:
        """(record type, bucket) of every row that the entries after a number name."""
        given = {"org": self.org_id, "stream": stream, "after": number}
        await self.cursor.execute(_TOUCHED_ROWS, given)
        touched = {(row["type"], row["bucket"]) async for row in self.cursor}
        await self.cursor.execute(_TOUCHED_TYPES, given)
        names = sorted({row["type"] async for row in self.cursor} & RECORDS.keys())
        for name in names:
            query = _TOUCHED_FACTS.format(bucket=FACT_BUCKET, table=sql.Identifier(name))
            await self.cursor.execute(query, given)
            touched |= {(name, row["bucket"]) async for row in self.cursor}
        return touched


_TOUCHED_ROWS = """
    SELECT DISTINCT r ->> 'type' AS type, right(r ->> 'id', 2) AS bucket
    FROM change_log, jsonb_array_elements(rows) r
    WHERE org_id = %(org)s AND stream = %(stream)s AND number > %(after)s
"""
_TOUCHED_TYPES = """
    SELECT DISTINCT jsonb_object_keys(fact_types) AS type FROM change_log
    WHERE org_id = %(org)s AND stream = %(stream)s AND number > %(after)s
"""
_TOUCHED_FACTS = sql.SQL("""
    SELECT DISTINCT {bucket} AS bucket FROM {table} t JOIN change_log l ON l.org_id = t.org_id
        AND l.device_id = t.origin_device AND l.dseq = t.origin_dseq
    WHERE l.org_id = %(org)s AND l.stream = %(stream)s AND l.number > %(after)s
""")


def _digests(type_name: str, *, of_store: bool) -> sql.Composed:
    record = RECORDS[type_name]
    is_reference = record.KIND is Kind.REFERENCE
    pairs = sql.SQL(", ").join(
        sql.SQL("{}, {}").format(sql.Literal(field.name), sql.Identifier(field.name))
        for field in record.fields()
    )
    return sql.SQL(
        'SELECT {bucket} AS bucket, count(*) AS count, max(id::text COLLATE "C") AS last,'
        " bit_xor(('x' || substr(encode(sha256(convert_to("
        "{version} || '|' || jsonb_strip_nulls(jsonb_build_object({pairs}) || extra)::text,"
        " 'UTF8')), 'hex'), 1, 32))::bit(128))::text AS bits FROM ("
        "SELECT * FROM {table} WHERE org_id = %(org)s AND id >= %(from)s AND id > %(after)s {where}"
        " ORDER BY id LIMIT %(rows)s) part GROUP BY 1"
    ).format(
        bucket=REFERENCE_BUCKET if is_reference else FACT_BUCKET,
        version=sql.SQL("version" if is_reference else "0"),
        pairs=pairs,
        table=sql.Identifier(type_name),
        where=sql.SQL("AND store_id = %(store)s" if of_store else ""),
    )

"""Statements of a pull."""

from collections.abc import Collection

from psycopg import sql

from localdb.domain.records import RECORDS
from sync.server.core.ports import LogEntry, Origin, Restore, StreamState, Values
from sync.server.postgres.base import Queries
from sync.server.postgres.bulk import values_of


class StreamQueries(Queries):
    """``ports.StreamPort`` on PostgreSQL."""

    async def epoch(self) -> str:
        """The database's epoch: cursors of another one are worth nothing here."""
        return self._epoch

    async def restore(self) -> Restore | None:
        """The restore that was declared last, open or not; None when there was none."""
        row = await self._one(
            "SELECT restored_at, backup_at, restore_open_until FROM server_state"
            " WHERE restored_at IS NOT NULL",
            (),
        )
        if row is None:
            return None
        return Restore(row["restored_at"], row["backup_at"], row["restore_open_until"])

    async def stream(self, name: str) -> StreamState | None:
        """The numbers of a stream; None for one that was never begun."""
        row = await self._one(
            "SELECT s.head, s.pruned_to, c.number AS checkpoint, coalesce(c.at, 0) AS checkpoint_at"
            " FROM stream s LEFT JOIN LATERAL (SELECT number, at FROM digest_checkpoint d"
            " WHERE d.org_id = s.org_id AND d.stream = s.stream"
            " ORDER BY number DESC LIMIT 1) c ON true"
            " WHERE s.org_id = %s AND s.stream = %s",
            (self.org_id, name),
        )
        return None if row is None else StreamState(**row)

    async def log(self, stream: str, after: int, entries_max: int, rows_max: int) -> list[LogEntry]:
        """The next entries: as many as fit, at least one when there is any."""
        await self.cursor.execute(
            "SELECT stream, number, device_id, dseq, user_id, store_id, at AS at_us, fact_types,"
            " rows, given_by FROM (SELECT *, sum(row_count) OVER (ORDER BY number) - row_count"
            " AS rows_before FROM (SELECT * FROM change_log"
            " WHERE org_id = %s AND stream = %s AND number > %s ORDER BY number LIMIT %s) page"
            ") summed WHERE rows_before < %s ORDER BY number",
            (self.org_id, stream, after, entries_max, rows_max),
        )
        return [LogEntry(**row) async for row in self.cursor]

    async def entered(self, stream: str, origins: Collection[Origin]) -> dict[Origin, int]:
        """The number under which each of these groups entered a stream, if it did.

        Of one that came in parts the number of its stock movements, or the last.
        """
        devices, dseqs = zip(*origins, strict=True)
        # Without an index: this is asked after a restore, of groups that were given back.
        await self.cursor.execute(
            "SELECT l.device_id, l.dseq, coalesce(max(l.number) FILTER"
            " (WHERE l.fact_types ? 'stock_movement'), max(l.number)) AS number FROM change_log l"
            " JOIN unnest(%s::uuid[], %s::bigint[]) AS o (device_id, dseq) USING (device_id, dseq)"
            " WHERE l.org_id = %s AND l.stream = %s GROUP BY l.device_id, l.dseq",
            (list(devices), list(dseqs), self.org_id, stream),
        )
        return {(row["device_id"], row["dseq"]): row["number"] async for row in self.cursor}

    async def facts_of(
        self, type_name: str, origins: Collection[Origin]
    ) -> list[tuple[Origin, Values]]:
        """The facts that these groups brought, in id order."""
        devices, dseqs = zip(*origins, strict=True)
        query = sql.SQL(
            "SELECT t.* FROM {table} t JOIN unnest(%s::uuid[], %s::bigint[]) AS o (device, dseq)"
            " ON t.origin_device = o.device AND t.origin_dseq = o.dseq"
            " WHERE t.org_id = %s ORDER BY t.id"
        ).format(table=sql.Identifier(type_name))
        await self.cursor.execute(query, (list(devices), list(dseqs), self.org_id))
        record = RECORDS[type_name]
        return [
            ((row["origin_device"], row["origin_dseq"]), values_of(record, row))
            async for row in self.cursor
        ]

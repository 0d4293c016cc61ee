"""Statements of the search for suspicious facts."""

from collections.abc import Sequence

from psycopg import sql

from localdb.domain.records import RECORDS, JournalEntry, Sale, SaleLine
from sync.server.core.ports import LogEntry, Look, Values
from sync.server.postgres.base import Queries
from sync.server.postgres.bulk import values_of


class FlagQueries(Queries):
    """``ports.LookPort`` on PostgreSQL."""

    async def unlooked_streams(self, look: Look) -> list[str]:
        """The streams with groups that nobody has looked at yet."""
        query = sql.SQL("SELECT stream FROM stream WHERE org_id = %s AND head > {} ORDER BY stream")
        await self.cursor.execute(query.format(_REACHED[look]), (self.org_id,))
        return [row["stream"] async for row in self.cursor]

    async def unlooked(
        self, look: Look, stream: str, before_us: int, entries_max: int, rows_max: int
    ) -> list[LogEntry]:
        """The oldest of them that were applied before a moment: as many as fit, at least one."""
        await self.cursor.execute(
            _UNLOOKED.format(_REACHED[look]),
            (self.org_id, stream, entries_max, rows_max, before_us),
        )
        return [LogEntry(**row) async for row in self.cursor]

    async def looked(self, look: Look, stream: str, number: int) -> None:
        """Everything up to this number was looked at."""
        query = sql.SQL(
            "UPDATE stream SET {0} = greatest({0}, %s) WHERE org_id = %s AND stream = %s"
        )
        await self.cursor.execute(query.format(_REACHED[look]), (number, self.org_id, stream))

    async def existing(self, type_name: str, ids: Sequence[str]) -> set[str]:
        """Those of these ids under which a record of the type is stored, deleted or not."""
        query = sql.SQL("SELECT id FROM {table} WHERE org_id = %s AND id = ANY(%s::uuid[])")
        await self.cursor.execute(
            query.format(table=sql.Identifier(type_name)), (self.org_id, list(ids))
        )
        return {row["id"] async for row in self.cursor}

    async def refunds_of(self, line_ids: Sequence[str]) -> list[Values]:
        """All sale lines that give something of these lines back."""
        return await self._facts(SaleLine.TYPE, _GIVES_BACK, list(line_ids))

    async def sales_numbered(self, numbers: Sequence[str]) -> list[Values]:
        """All sales under these receipt numbers."""
        return await self._facts(Sale.TYPE, _NUMBERED, list(numbers))

    async def sales_of_carts(self, cart_ids: Sequence[str]) -> list[Values]:
        """All sales that were recalled from these held carts."""
        return await self._facts(Sale.TYPE, _OF_CART, list(cart_ids))

    async def journal(self, device_id: str, seqs: Sequence[int]) -> list[Values]:
        """The entries of a device's journal under these numbers."""
        return await self._facts(JournalEntry.TYPE, _ENTRY, device_id, list(seqs))

    async def answers(self, conflict_ids: Sequence[str]) -> list[Values]:
        """The journal entries that say what was decided about these conflicts."""
        # Asked under a declared restore alone: no index is kept for it.
        about = [f'%"conflict":"{one}"%' for one in conflict_ids]
        return await self._facts(JournalEntry.TYPE, _ANSWER, about)

    async def _facts(self, type_name: str, where: sql.SQL, *given: object) -> list[Values]:
        query = sql.SQL("SELECT * FROM {table} WHERE org_id = %s AND {where} ORDER BY id")
        await self.cursor.execute(
            query.format(table=sql.Identifier(type_name), where=where), (self.org_id, *given)
        )
        record = RECORDS[type_name]
        return [values_of(record, row) async for row in self.cursor]


_REACHED: dict[Look, sql.Identifier] = {
    "flagged": sql.Identifier("flagged_to"),
    "balanced": sql.Identifier("balanced_to"),
}
_UNLOOKED = sql.SQL(
    "SELECT stream, number, device_id, dseq, user_id, store_id, at AS at_us, fact_types,"
    " rows FROM (SELECT *, sum(row_count) OVER (ORDER BY number) - row_count"
    " AS rows_before, max(applied_at) OVER (ORDER BY number) AS applied_by"
    " FROM (SELECT l.* FROM change_log l JOIN stream s USING (org_id, stream)"
    " WHERE l.org_id = %s AND l.stream = %s AND l.number > s.{} ORDER BY l.number LIMIT %s) page"
    ") summed WHERE rows_before < %s AND applied_by <= %s ORDER BY number"
)
_GIVES_BACK = sql.SQL("refund_of = ANY(%s::uuid[])")
_NUMBERED = sql.SQL("receipt_number = ANY(%s::text[])")
_OF_CART = sql.SQL("held_cart_id = ANY(%s::uuid[]) AND kind = 'sale'")
_ENTRY = sql.SQL("device_id = %s AND seq = ANY(%s::bigint[])")
_ANSWER = sql.SQL("kind LIKE 'conflict!_%%' ESCAPE '!' AND payload LIKE ANY(%s)")

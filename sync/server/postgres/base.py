"""What every part of a PostgreSQL transaction has."""

from typing import Any, LiteralString

from psycopg import sql

from sync.server.postgres.bulk import Cursor

Query = LiteralString | sql.SQL | sql.Composed


class Queries:
    """Statements of one transaction of one organisation."""

    def __init__(self, cursor: Cursor, org_id: str) -> None:
        self.cursor = cursor
        self._org_id = org_id

    @property
    def org_id(self) -> str:
        """Whose the transaction is."""
        return self._org_id

    async def _one(self, query: Query, params: Any = None) -> dict[str, Any] | None:
        await self.cursor.execute(query, params)
        return await self.cursor.fetchone()

    async def _surely(self, query: Query, params: Any = None) -> dict[str, Any]:
        row = await self._one(query, params)
        assert row is not None, "the statement always answers"
        return row

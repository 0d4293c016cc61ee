"""The base of every part of a PostgreSQL transaction."""

from contextlib import AsyncExitStack
from typing import Any, LiteralString

from psycopg import sql

from sync.server.postgres.bulk import Cursor

Query = LiteralString | bytes | sql.SQL | sql.Composed


class Queries:
    """Statements of one transaction of one organisation."""

    def __init__(self, cursor: Cursor, org_id: str, epoch: str, lasting: AsyncExitStack) -> None:
        self.cursor = cursor
        self._org_id = org_id
        self._epoch = epoch
        self._lasting = lasting
        self._is_pipelined = False

    @property
    def org_id(self) -> str:
        """The organisation of the transaction."""
        return self._org_id

    async def start_pipeline(self) -> None:
        """From here on a statement travels with the next one whose answer is awaited.

        Its errors come only then, or at the commit; its ``rowcount`` never: ask with RETURNING.
        """
        if not self._is_pipelined:
            self._is_pipelined = True
            await self._lasting.enter_async_context(self.cursor.connection.pipeline())

    async def _send(self, query: Query, params: Any = None) -> None:
        """A statement that nobody awaits an answer of."""
        # With a cursor of its own: in a pipeline its result arrives when another is waited for.
        await self.cursor.connection.execute(query, params)

    async def _one(self, query: Query, params: Any = None) -> dict[str, Any] | None:
        await self.cursor.execute(query, params)
        return await self.cursor.fetchone()

    async def _surely(self, query: Query, params: Any = None) -> dict[str, Any]:
        row = await self._one(query, params)
        assert row is not None, "the statement always answers"
        return row

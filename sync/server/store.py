"""The road to PostgreSQL: a bounded pool, and transactions that belong to one organisation."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg.types.string import TextLoader
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from sync.server.bulk import Cursor
from sync.server.config import ServerConfig

RETRY_AFTER_S = (1.0, 3.0)
"""A client told to come back is spread over this span, so that they do not all come at once."""


class Unavailable(Exception):
    """The database cannot serve this now; nothing was decided. ``retry_after_s`` is jittered."""

    def __init__(self, reason: str, retry_after_s: float) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Services:
    """What comes in from outside: the clock, new ids, randomness."""

    now_us: Callable[[], int]
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]


class PostgresStore:
    """A pool of at most ``pool_size`` connections that are told apart by ``application_name``."""

    APPLICATION = "evertill"

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            config.database_url.get_secret_value(),
            min_size=min(2, config.pool_size),
            max_size=config.pool_size,
            max_idle=config.pool_idle_s,
            max_waiting=config.pool_waiting_max,
            timeout=config.pool_wait_s,
            kwargs=self._connection_options(),
            configure=_configure,
            open=False,
        )

    def _connection_options(self) -> dict[str, Any]:
        return {
            "row_factory": dict_row,
            "connect_timeout": self._config.connect_timeout_s,
            "prepare_threshold": 5 if self._config.prepare else None,
            "application_name": self.APPLICATION,
        }

    async def open(self) -> None:
        """Connect; raises Unavailable when the database does not answer."""
        try:
            await self._pool.open(wait=True, timeout=self._config.pool_wait_s)
        except PoolTimeout as error:
            await self._pool.close()
            raise Unavailable("the database does not answer", 0) from error

    async def close(self) -> None:
        """Wait for the transactions that run, then disconnect."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(
        self, org_id: str | None = None, *, repeatable: bool = False
    ) -> AsyncIterator[Cursor]:
        """One transaction that sees only ``org_id``; ``repeatable`` reads one moment throughout.

        Raises Unavailable when no connection comes free in time or the database went away.
        """
        try:
            async with self._pool.connection() as connection, connection.cursor() as cursor:
                await self._begin(cursor, org_id, repeatable)
                yield cursor
        except (PoolTimeout, TooManyRequests, PoolClosed) as error:
            raise Unavailable("too many requests at once", _jittered()) from error
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
            raise
        except psycopg.OperationalError as error:
            raise Unavailable(type(error).__name__, _jittered()) from error

    async def _begin(self, cursor: Cursor, org_id: str | None, repeatable: bool) -> None:
        if repeatable:
            await cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        timeout_ms = str(int(self._config.statement_timeout_s * 1000))
        await cursor.execute(
            "SELECT set_config('evertill.org', %s, true),"
            " set_config('statement_timeout', %s, true)",
            (org_id or "", timeout_ms),
        )


async def _configure(connection: AsyncConnection[DictRow]) -> None:
    # Ids are canonical text everywhere.
    connection.adapters.register_loader("uuid", TextLoader)


def _jittered() -> float:
    return random.uniform(*RETRY_AFTER_S)  # noqa: S311 - spreads load, guards nothing

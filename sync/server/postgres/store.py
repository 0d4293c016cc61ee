"""Opens transactions on PostgreSQL: a bounded pool, one organisation for each transaction."""

import random
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.string import TextLoader
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from sync.server.config import ServerConfig
from sync.server.core.ports import Race, StoreError, TooSlow, Unavailable
from sync.server.postgres.balances import BalanceQueries
from sync.server.postgres.bulk import Cursor
from sync.server.postgres.claims import ClaimQueries
from sync.server.postgres.connections import Connection, deadline
from sync.server.postgres.devices import DeviceQueries
from sync.server.postgres.flags import FlagQueries
from sync.server.postgres.groups import GroupQueries
from sync.server.postgres.mail import MailQueries
from sync.server.postgres.snapshots import SnapshotQueries
from sync.server.postgres.streams import StreamQueries
from sync.server.postgres.upkeep import UpkeepQueries

RETRY_AFTER_S = (1.0, 3.0)
"""A client told to come back is spread over this span, so that they do not all come at once."""
_RACES = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.UniqueViolation,
)


class PostgresTransaction(
    GroupQueries,
    StreamQueries,
    DeviceQueries,
    SnapshotQueries,
    FlagQueries,
    BalanceQueries,
    ClaimQueries,
    MailQueries,
    UpkeepQueries,
):
    """``ports.Transaction`` over one cursor, which is there for reports and commands too."""

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A block that is rolled back when it fails, while the transaction continues."""
        with _translated():
            async with self.cursor.connection.transaction():
                yield


class PostgresStore:
    """A pool of at most ``pool_size`` connections that are told apart by ``application_name``."""

    APPLICATION = "evertill"

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            config.database_url.get_secret_value(),
            connection_class=Connection,
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
            # A transaction begins by its own statement.
            "autocommit": True,
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

    def pool_stats(self) -> Mapping[str, int]:
        """The pool's own figures, as psycopg names them."""
        return self._pool.get_stats()

    @asynccontextmanager
    async def transaction(
        self, org_id: str | None = None, *, repeatable: bool = False
    ) -> AsyncIterator[PostgresTransaction]:
        """One transaction that sees only ``org_id``; ``repeatable`` reads one moment throughout.

        Raises Unavailable when no connection comes free in time or the database went away,
        TooSlow when the whole takes longer than ``transaction_deadline_s``.
        """
        with _translated():
            async with self._connected() as connection, connection.cursor() as cursor:
                epoch = await self._begin(cursor, org_id, repeatable)
                async with AsyncExitStack() as lasting:
                    yield PostgresTransaction(cursor, org_id or "", epoch, lasting)
                    # Here, so that it travels with the last statements of a pipeline.
                    await connection.commit()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Connection]:
        """A connection of the pool until the deadline, which covers the way back too."""
        connection = await self._pool.getconn()
        try:
            with deadline(connection, self._config.transaction_deadline_s, _jittered()):
                async with connection:
                    yield connection
        finally:
            await self._pool.putconn(connection)

    async def _begin(self, cursor: Cursor, org_id: str | None, repeatable: bool) -> str:
        """Begin, say whose the transaction is, and ask for the epoch, in one round trip."""
        isolation = " ISOLATION LEVEL REPEATABLE READ" if repeatable else ""
        timeout_ms = str(int(self._config.statement_timeout_s * 1000))
        query = sql.SQL(
            "BEGIN{}; SELECT epoch, set_config('evertill.org', {}, true),"
            " set_config('statement_timeout', {}, true),"
            # A report takes one core and leaves the others to the pushes.
            " set_config('max_parallel_workers_per_gather', '0', true) FROM server_state"
        ).format(sql.SQL(isolation), sql.Literal(org_id or ""), sql.Literal(timeout_ms))
        await cursor.execute(query)
        cursor.nextset()
        row = await cursor.fetchone()
        assert row is not None, "a migrated database has an epoch"
        return str(row["epoch"])


@contextmanager
def _translated() -> Iterator[None]:
    """The database's errors by the names that the port gives them."""
    try:
        yield
    except (PoolTimeout, TooManyRequests, PoolClosed) as error:
        raise Unavailable("too many requests at once", _jittered()) from error
    # Without the driver's own error, where it came from apart: its text repeats parameters and
    # rows, and with them customers' names and numbers.
    except _RACES as error:
        raise Race(_named(error)).with_traceback(error.__traceback__) from None
    except psycopg.errors.QueryCanceled as error:
        slow = TooSlow(_named(error), _jittered())
        raise slow.with_traceback(error.__traceback__) from None
    except psycopg.OperationalError as error:
        away = Unavailable(_named(error), _jittered())
        raise away.with_traceback(error.__traceback__) from None
    except psycopg.Error as error:
        raise StoreError(_named(error)).with_traceback(error.__traceback__) from None


def _named(error: psycopg.Error) -> str:
    """What PostgreSQL says of an error in names alone: of tables, columns and constraints.

    Of a column that is not there (an operator's own SQL names some), the sentence says which.
    """
    found = error.diag
    which = found.message_primary if isinstance(error, psycopg.errors.UndefinedColumn) else None
    where = (found.sqlstate, found.table_name, found.column_name, found.constraint_name, which)
    return " ".join([type(error).__name__, *filter(None, where)])


async def _configure(connection: Connection) -> None:
    # Ids are canonical text everywhere.
    connection.adapters.register_loader("uuid", TextLoader)


def _jittered() -> float:
    return random.uniform(*RETRY_AFTER_S)  # noqa: S311 - spreads load, guards nothing

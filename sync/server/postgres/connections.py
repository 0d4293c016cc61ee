"""Connections that wait for no answer and for no database for ever."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from psycopg import AsyncConnection
from psycopg.abc import PQGen
from psycopg.pq.abc import PGconn
from psycopg.rows import DictRow
from psycopg.waiting import Ready, Wait

from sync.server.core.ports import TooSlow

T = TypeVar("T")
WAIT_INTERVAL_S = 0.1
"""psycopg's own."""


class Connection(AsyncConnection[DictRow]):
    """A psycopg connection that has sent everything before it waits for an answer.

    In a pipeline psycopg 3.3.9 may leave the rest of a large parameter in libpq's buffer and wait
    for what PostgreSQL can only say when it has all of it: both then wait for ever, and no
    ``statement_timeout`` runs, for no statement has begun.
    """

    async def wait(
        self, gen: PQGen[T], interval: float = WAIT_INTERVAL_S, timeout: float | None = None
    ) -> T:
        """Run a conversation with the database to its end."""
        return await super().wait(_sending_all(gen, self.pgconn), interval, timeout)


def _sending_all(gen: PQGen[T], pgconn: PGconn) -> PQGen[T]:
    """``gen``, with what is still unsent sent whenever it waits for an answer alone."""
    try:
        wanted = next(gen)
        while True:
            unsent = wanted == Wait.R and pgconn.flush()
            ready = yield Wait.RW if unsent else wanted
            if not (unsent and ready == Ready.W):
                wanted = gen.send(ready)
    except StopIteration as end:
        found: T = end.value
        return found


@contextmanager
def deadline(connection: Connection, seconds: float, retry_after_s: float) -> Iterator[None]:
    """Give the block ``seconds``; then cut the connection, and raise TooSlow.

    The database has no part in it: it may be the one that waits. A pool throws the connection away.
    """
    passed = False

    def cut() -> None:
        nonlocal passed
        if connection.closed:
            return
        passed = True
        # On a copy of the file number, which libpq owns; of any family. The wait fails at once.
        number = connection.pgconn.socket
        with socket.fromfd(number, socket.AF_INET, socket.SOCK_STREAM) as same, suppress(OSError):
            same.shutdown(socket.SHUT_RDWR)

    timer = asyncio.get_running_loop().call_later(seconds, cut)
    try:
        yield
    except Exception as error:
        if passed:
            raise TooSlow(f"given up after {seconds:g} s", retry_after_s) from error
        raise
    finally:
        timer.cancel()

"""Gives the sync the local database: always behind the cashier, and never after the stop."""

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from sqlalchemy import Connection

from localdb.store.database import Database
from localdb.store.unit_of_work import UnitOfWork
from localdb.store.writer import Priority

T = TypeVar("T")


HELD_AFTER_S = 0.25


class Stopping(Exception):
    """The sync is shutting down; the next start continues."""


class Background:
    """Reads, and writes of sync priority, that give up as soon as ``stop()`` is called.

    A payment screen may hold sync writes back for minutes; closing the program must not wait
    for it, so a write that has not begun by then is withdrawn and raises Stopping.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop: Future[None] = Future()

    @property
    def stopped(self) -> bool:
        """Whether ``stop()`` was called."""
        return self._stop.done()

    def stop(self) -> None:
        """Withdraw waiting jobs and refuse new ones; may be called twice, from any thread."""
        if not self._stop.done():
            self._stop.set_result(None)

    def read_afresh(self) -> AbstractContextManager[Any]:
        """A driver connection with nothing cached, for a moment."""
        self.go_on()
        return self._database.read_afresh()

    @property
    def commits(self) -> int:
        """How many transactions were committed; a later read holds at least those."""
        return self._database.commits

    def read(self) -> AbstractContextManager[Connection]:
        """A read-only snapshot."""
        self.go_on()
        return self._database.read()

    def write(
        self,
        job: Callable[[UnitOfWork], T],
        when_held: Callable[[], None] | None = None,
        *,
        durable: bool = True,
    ) -> T:
        """Run a job as one transaction and wait for it.

        ``when_held`` is called once when it has not run within a moment: somebody is paying.
        """
        self.go_on()
        future = self._database.submit(job, priority=Priority.SYNC, durable=durable)
        if when_held is not None:
            self._wait(future, HELD_AFTER_S)
            if not (future.done() or self.stopped):
                when_held()
        self._wait(future)
        if future.cancel():
            raise Stopping
        return future.result()

    def settled(self, future: "Future[Any]", timeout_s: float) -> bool:
        """Wait for an answer of another thread; returns whether it came in time."""
        self._wait(future, timeout_s)
        if not future.done():
            self.go_on()
        return future.done()

    def go_on(self) -> None:
        """Raise Stopping after the stop; long work asks between its parts."""
        if self._stop.done():
            raise Stopping

    def _wait(self, future: "Future[Any]", timeout_s: float | None = None) -> None:
        waiting: list[Future[Any]] = [future, self._stop]
        wait(waiting, timeout_s, return_when=FIRST_COMPLETED)


def report_bug(error: BaseException) -> None:
    """Hand an error nobody foresaw to the log and the crash report; the caller carries on."""
    threading.excepthook(
        threading.ExceptHookArgs(
            (type(error), error, error.__traceback__, threading.current_thread())
        )
    )

"""The one thread that writes: jobs in order, those of the cashier before those of the sync."""

import heapq
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from enum import IntEnum
from typing import Protocol, TypeVar

from localdb.errors import DatabaseBusy

T = TypeVar("T")

QUEUE_MAX = 10_000


class Priority(IntEnum):
    """The order of jobs."""

    CASHIER = 0
    SYNC = 1


class Writer(Protocol):
    """Runs the writing jobs of a database, one at a time; a simulation brings its own."""

    def submit(self, job: Callable[[], T], priority: Priority = Priority.CASHIER) -> "Future[T]":
        """Run a job in its turn; the future holds what it returns or raises."""
        ...

    @property
    def is_current(self) -> bool:
        """Whether the caller is a job."""
        ...

    def hold_sync(self) -> AbstractContextManager[None]:
        """Keep sync jobs waiting while inside."""
        ...

    def close(self) -> None:
        """Finish what was submitted; nothing more is taken."""
        ...


class WriterThread:
    """Runs jobs one at a time, by priority and then in order; a job's error goes to its future."""

    def __init__(self, name: str = "evertill-writer") -> None:
        self._jobs: list[tuple[Priority, int, Callable[[], None]]] = []
        self._given = 0
        self._holds = 0
        self._closing = False
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[], T], priority: Priority = Priority.CASHIER) -> "Future[T]":
        """Queue a job; raises DatabaseBusy when the queue is full, RuntimeError when closed."""
        future: Future[T] = Future()
        with self._wake:
            if self._closing:
                raise RuntimeError("the database is closed")
            if len(self._jobs) >= QUEUE_MAX:
                raise DatabaseBusy("Too much is waiting to be saved. Wait a moment and try again.")
            self._given += 1
            heapq.heappush(self._jobs, (priority, self._given, lambda: _settle(future, job)))
            self._wake.notify()
        return future

    @property
    def is_current(self) -> bool:
        """Whether the caller runs on the writer thread."""
        return threading.current_thread() is self._thread

    @contextmanager
    def hold_sync(self) -> Iterator[None]:
        """Keep sync jobs waiting while inside; the one under way ends first."""
        with self._wake:
            self._holds += 1
        try:
            yield
        finally:
            with self._wake:
                self._holds -= 1
                self._wake.notify()

    def close(self) -> None:
        """Finish what is queued, held sync jobs too, then end the thread."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            job()

    def _next(self) -> Callable[[], None] | None:
        with self._wake:
            while not self._ready():
                if self._closing:
                    return None
                self._wake.wait()
            return heapq.heappop(self._jobs)[2]

    def _ready(self) -> bool:
        if not self._jobs:
            return False
        return self._jobs[0][0] is Priority.CASHIER or not self._holds or self._closing


def _settle(future: "Future[T]", job: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = job()
    except BaseException as error:  # the caller of result() raises it again
        future.set_exception(error)
    else:
        future.set_result(result)

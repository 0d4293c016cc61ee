"""A writer without a thread: a job runs when it is submitted, and may die before or after."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

from localdb.store.writer import Priority
from tests.simulation.faults import Fuse

T = TypeVar("T")


class InlineWriter:
    """Runs each job at once on the calling thread, like ``WriterThread`` otherwise.

    Sync jobs submitted while they are held wait until the hold ends; whoever holds them must
    therefore not wait for one.
    """

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse
        self._holds = 0
        self._running = False
        self._held: list[Callable[[], None]] = []

    def submit(self, job: Callable[[], T], priority: Priority = Priority.CASHIER) -> "Future[T]":
        future: Future[T] = Future()
        if priority is Priority.SYNC and self._holds:
            self._held.append(lambda: self._settle(future, job))
        else:
            self._settle(future, job)
        return future

    @property
    def is_current(self) -> bool:
        return self._running

    @contextmanager
    def hold_sync(self) -> Iterator[None]:
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            while self._held and not self._holds:
                self._held.pop(0)()

    def close(self) -> None:
        self._held.clear()

    def _settle(self, future: "Future[T]", job: Callable[[], T]) -> None:
        assert not self._running, "a job submits another one and cannot wait for it"
        if not future.set_running_or_notify_cancel():
            return
        self._running = True
        try:
            self._fuse.burn("before a write")
            result = job()
            self._fuse.burn("after a write")
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)
        finally:
            self._running = False

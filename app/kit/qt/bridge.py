"""Hooks of other threads as Qt signals: what they announce arrives on the UI thread, queued."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

T = TypeVar("T")


class Bridge(QObject):
    """`committed(Changes)` and `sync_changed()` may be raised from any thread."""

    committed = Signal(object)
    sync_changed = Signal()
    _call = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._call.connect(_run, Qt.ConnectionType.QueuedConnection)

    def post(self, job: Callable[[], None]) -> None:
        """Run `job` on the UI thread soon; callable from any thread."""
        self._call.emit(job)


class Reader:
    """One thread for questions that may take longer than a frame; only the newest is answered."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self._newest = 0

    def ask(self, question: Callable[[], T], answer: Callable[[T], None]) -> None:
        """Run `question` on the thread and `answer` on the UI thread, unless asked anew meanwhile.

        An error of `question` is raised on the UI thread.
        """
        self._newest += 1
        mine = self._newest

        def done(future: Future[T]) -> None:
            if not future.cancelled():
                self._bridge.post(lambda: self._answered(mine, future, answer))

        self._pool.submit(lambda: self._unless_stale(mine, question)).add_done_callback(done)

    def post(self, action: Callable[[], None]) -> None:
        """Run `action` on the UI thread soon; callable from any thread."""
        self._bridge.post(action)

    def close(self) -> None:
        """Wait for the question in hand and drop the rest."""
        self._newest += 1
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _unless_stale(self, mine: int, question: Callable[[], T]) -> Any:
        return question() if mine == self._newest else None

    def _answered(self, mine: int, future: "Future[T]", answer: Callable[[T], None]) -> None:
        if mine == self._newest:
            answer(future.result())


def _run(job: Callable[[], None]) -> None:
    job()

"""Lets many readers in, or one thread that needs the file for itself."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from localdb.errors import DatabaseBusy


class Gate:
    """Shared by readers; exclusive while the database file is swapped."""

    def __init__(self) -> None:
        self._readers = 0
        self._closed = False
        self._changed = threading.Condition()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Enter beside other readers; waits while someone is inside alone."""
        with self._changed:
            self._changed.wait_for(lambda: not self._closed)
            self._readers += 1
        try:
            yield
        finally:
            with self._changed:
                self._readers -= 1
                self._changed.notify_all()

    @contextmanager
    def exclusive(self, timeout_s: float) -> Iterator[None]:
        """Enter alone; raises DatabaseBusy when the readers inside do not end in time."""
        with self._changed:
            self._closed = True
        try:
            with self._changed:
                if not self._changed.wait_for(lambda: not self._readers, timeout_s):
                    raise DatabaseBusy("A report is still running. Wait for it and try again.")
            yield
        finally:
            with self._changed:
                self._closed = False
                self._changed.notify_all()

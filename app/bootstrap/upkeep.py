"""What a till does for itself when nobody needs it: with a server or without one."""

import logging
import threading
import time
from collections.abc import Callable

from localdb.errors import EnvironmentFault
from localdb.store import page_check, search
from localdb.store.database import Database
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background, Stopping, report_bug

LINES_AT_ONCE = 50
"""Sale lines counted in one transaction: few enough that no cashier waits for it."""
SLICE_ROWS = 2_000
SLICE_S = 0.02
"""Whichever comes first ends a slice of the check for damage."""
BETWEEN_S = 0.5
EVERY_S = 20.0

log = logging.getLogger(__name__)


class Upkeep:
    """A thread that ranks the search and looks for damage, in small parts behind all writes."""

    def __init__(
        self,
        database: Database,
        now_us: Callable[[], int],
        *,
        every_s: float = EVERY_S,
        between_s: float = BETWEEN_S,
        slice_rows: int = SLICE_ROWS,
    ) -> None:
        self._database = Background(database)
        self._now_us = now_us
        self._every_s, self._between_s = every_s, between_s
        self._slice_rows = slice_rows
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="evertill-upkeep", daemon=True)

    def start(self) -> None:
        """Begin; the first turn is a while away, so that a start is not slowed down."""
        self._thread.start()

    def stop(self) -> None:
        """Withdraw what waits for its turn and end the thread."""
        self._stop.set()
        self._database.stop()
        self._thread.join()

    def _run(self) -> None:
        pause_s = self._every_s
        while not self._stop.wait(pause_s):
            try:
                # Ranking waits at the writer while somebody pays, so the check does, too.
                ranked = self._tried("ranking the search", self._rank)
                checked = self._tried("looking for damage", self._check)
            except Stopping:
                return
            except Exception as error:
                report_bug(error)
                return
            pause_s = self._between_s if ranked or checked else self._every_s

    def _tried(self, what: str, part: Callable[[], bool]) -> bool:
        """Whether there is more to do; no fault of one part keeps the other from its turn."""
        try:
            return part()
        except EnvironmentFault as fault:
            log.warning("%s failed: %s", what, fault)
            return False

    def _rank(self) -> bool:
        return self._database.write(_rank) > 0

    def _check(self) -> bool:
        with self._database.read() as connection:
            kept = page_check.load(connection)
        check = kept.due(self._now_us())
        if check.is_done:
            return False
        with self._database.read_afresh() as connection:
            after = page_check.read_slice(connection, check, self._now_us(), self._slice())
        for name in after.damaged.keys() - kept.damaged.keys():
            log.error("the data file is damaged in %s", name)
        # Power failing may take the place back: then a few slices are read once more.
        self._database.write(lambda uow: page_check.save(uow.connection, after), durable=False)
        return not after.is_done

    def _slice(self) -> Callable[[], bool]:
        """Says after each row whether the slice is over."""
        end_s = time.monotonic() + SLICE_S
        rows = 0

        def is_over() -> bool:
            nonlocal rows
            rows += 1
            return rows >= self._slice_rows or time.monotonic() >= end_s

        return is_over


def _rank(uow: UnitOfWork) -> int:
    return search.reband(uow.connection, LINES_AT_ONCE)

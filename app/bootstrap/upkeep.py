"""What a till does for itself when nobody needs it: with a server or without one."""

import logging
import threading

from localdb.errors import EnvironmentFault
from localdb.store import search
from localdb.store.database import Database
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background, Stopping, report_bug

LINES_AT_ONCE = 50
"""Sale lines counted in one transaction: few enough that no cashier waits for it."""
BETWEEN_S = 0.5
EVERY_S = 20.0

log = logging.getLogger(__name__)


class Upkeep:
    """A thread that ranks the search by what was sold, in small batches behind all other writes."""

    def __init__(
        self, database: Database, *, every_s: float = EVERY_S, between_s: float = BETWEEN_S
    ) -> None:
        self._database = Background(database)
        self._every_s, self._between_s = every_s, between_s
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
                more = self._database.write(_rank) > 0
            except Stopping:
                return
            except EnvironmentFault as fault:
                log.warning("the search was not ranked: %s", fault)
                more = False
            except Exception as error:
                report_bug(error)
                return
            pause_s = self._between_s if more else self._every_s


def _rank(uow: UnitOfWork) -> int:
    return search.reband(uow.connection, LINES_AT_ONCE)

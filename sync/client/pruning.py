"""Drops old facts of other tills once a day, a little at a time, while nothing else is to do."""

from localdb.store import pruning
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background
from sync.protocol.digest import DAY_MS, id_at
from sync.protocol.limits import FACT_DAYS_KEPT


class Pruner:
    """Prunes by the server's clock and the till's own, whichever is behind: a wrong one is late."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._done_day: int | None = None

    def is_due(self, server_time_us: int) -> bool:
        """Whether it is still to be done today."""
        return self._done_day != _day(server_time_us)

    def step(self, server_time_us: int) -> None:
        """Drop one slice."""

        def job(uow: UnitOfWork) -> bool:
            day = _day(min(server_time_us, uow.now_us)) - FACT_DAYS_KEPT
            return pruning.prune(uow, id_at(day * DAY_MS))

        if not self._background.write(job):
            self._done_day = _day(server_time_us)


def _day(at_us: int) -> int:
    return at_us // (DAY_MS * 1000)

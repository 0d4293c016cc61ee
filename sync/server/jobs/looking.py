"""Runs a job every half minute over what came, in one process at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sync.server.core.ports import Unavailable
from sync.server.jobs.loop import Loop
from sync.server.jobs.organisations import for_each_organisation
from sync.server.jobs.schedule import Running, alone
from sync.server.postgres.store import PostgresStore

LOG = logging.getLogger(__name__)
LOOK_S = 30.0
"""How often to look for new groups, and whether another process has stopped looking."""


class LookLoop:
    """Catches one organisation up after the other until it is stopped; ``name`` is its lock's.

    ``catch_up`` does what is due for an organisation and says how much it came to.
    """

    def __init__(
        self,
        store: PostgresStore,
        name: str,
        catch_up: Callable[[str], Awaitable[int]],
        direct_url: str,
    ) -> None:
        self._store = store
        self._name = name
        self._catch_up = catch_up
        self._direct_url = direct_url
        self._loop = Loop()

    def start(self, look_s: float = LOOK_S) -> None:
        """Begin."""
        self._loop.start(lambda: self._run(look_s))

    async def stop(self) -> None:
        """End; the next process looks again at what was under way."""
        await self._loop.stop()

    async def _run(self, look_s: float) -> None:
        while True:
            try:
                async with alone(self._direct_url, self._name):
                    while True:
                        await self.look()
                        await asyncio.sleep(look_s)
            except Running:
                LOG.debug("another process does %s", self._name)
            except Unavailable as error:
                LOG.warning("%s is interrupted: %s", self._name, error)
            except Exception:
                LOG.exception("%s failed; it is tried again", self._name)
            await asyncio.sleep(look_s)

    async def look(self) -> int:
        """Catch up with every organisation; returns the sum of the results."""
        total = 0

        async def one(org_id: str) -> None:
            nonlocal total
            total += await self._catch_up(org_id)

        await for_each_organisation(self._store, self._name, one)
        return total

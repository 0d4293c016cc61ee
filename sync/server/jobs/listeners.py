"""Hangs up on tills that were revoked while they listened for hints.

It asks the database instead of being told, so it also finds tills that were revoked in psql, in
the moment between a till's handshake and its first hint, or while this process could not reach the
database.
"""

import asyncio
import logging

from sync.server.core.ports import StoreError, Unavailable
from sync.server.hints import Hub
from sync.server.jobs.loop import Loop
from sync.server.postgres.store import PostgresStore

LOG = logging.getLogger(__name__)
EVERY_S = 3.0
"""How often an organisation's listeners are looked at."""
PAUSE_MIN_S = 0.05
"""Between two organisations: a process with more than 60 takes longer than that for a round."""
_REVOKED = "SELECT device_id FROM device WHERE org_id = %s AND revoked_at IS NOT NULL"


class ListenerCheck:
    """Keeps looking in every process, each at its own listeners, until it is stopped."""

    def __init__(self, store: PostgresStore, hub: Hub) -> None:
        self._store = store
        self._hub = hub
        self._loop = Loop()

    def start(self) -> None:
        """Begin."""
        self._loop.start(self._run)

    async def stop(self) -> None:
        """End."""
        await self._loop.stop()

    async def _run(self) -> None:
        while True:
            heard_by = self._hub.organisations()
            for org_id in heard_by:
                await self._look(org_id)
                await asyncio.sleep(max(PAUSE_MIN_S, EVERY_S / len(heard_by)))
            if not heard_by:
                await asyncio.sleep(EVERY_S)

    async def _look(self, org_id: str) -> None:
        try:
            async with self._store.transaction(org_id) as tx:
                await tx.cursor.execute(_REVOKED, (org_id,))
                revoked = {str(row["device_id"]) async for row in tx.cursor}
        except (StoreError, Unavailable) as error:
            LOG.warning("listeners of %s were not looked at: %s", org_id, error)
        except Exception:
            # Any error is survived: without this task a revoked till would hear of everything.
            LOG.exception("listeners of %s were not looked at", org_id)
        else:
            self._hub.hang_up(org_id, revoked)

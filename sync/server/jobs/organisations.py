"""Goes through the organisations for the server's own jobs."""

import logging
from collections.abc import Awaitable, Callable

from sync.server.core.ports import TooSlow, Unavailable
from sync.server.postgres.store import PostgresStore

LOG = logging.getLogger(__name__)


async def organisations(store: PostgresStore) -> list[str]:
    """The ids of all organisations; raises Unavailable."""
    async with store.transaction() as tx:
        return await tx.organisations()


async def for_each_organisation(
    store: PostgresStore, what: str, do: Callable[[str], Awaitable[None]]
) -> int:
    """Do something for each organisation in turn; returns for how many it failed.

    One that fails stops no other: the log says why, and it has its turn the next time. Raises
    Unavailable when the database went away for all.
    """
    failed = 0
    for org_id in await organisations(store):
        try:
            await do(org_id)
        except Exception as error:
            if isinstance(error, Unavailable) and not isinstance(error, TooSlow):
                raise
            failed += 1
            LOG.exception("%s failed for organisation %s; it is tried again", what, org_id)
    return failed

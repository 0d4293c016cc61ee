"""Tries held groups again: a parent may be there, a type known, a fault mended by now.

An arrival releases the groups that wait for it at once; this job tries the others: groups of a type
that only the new program knows, groups that met a bug, and those whose release was cut short.
"""

import logging
from dataclasses import asdict, dataclass

from sync.server.core.ports import Origin, TooSlow, Unavailable
from sync.server.core.push import Pusher
from sync.server.core.taking import Pushed, retried
from sync.server.jobs.organisations import for_each_organisation
from sync.server.postgres.store import PostgresStore

LOG = logging.getLogger(__name__)
TRIES_MAX = 1_000
"""Groups of an organisation in one sweep; the next begins with those tried longest ago."""


@dataclass(slots=True)
class Swept:
    """The result of one sweep."""

    tried: int = 0
    released: int = 0
    failed: int = 0
    """Groups that could not even be held again, and organisations; the log says why."""

    def as_line(self) -> dict[str, int]:
        """For the operator."""
        return asdict(self)


async def sweep(store: PostgresStore, pusher: Pusher) -> Swept:
    """Try the held groups of all organisations again, each by itself; raises Unavailable."""
    swept = Swept()

    async def one(org_id: str) -> None:
        async with store.transaction(org_id) as tx:
            held = await tx.held_longest(TRIES_MAX)
        for origin in held:
            await _try_again(store, pusher, org_id, origin, swept)

    failed = await for_each_organisation(store, "sweep", one)
    swept.failed += failed
    return swept


async def _try_again(
    store: PostgresStore, pusher: Pusher, org_id: str, origin: Origin, swept: Swept
) -> None:
    async def attempt() -> Pushed | None:
        async with store.transaction(org_id) as tx:
            found = await tx.lock_held(*origin)
            return None if found is None else await pusher.held.judge_again(tx, *found)

    swept.tried += 1
    try:
        pushed = await retried(attempt)
        if pushed is not None:
            await pusher.announce(org_id, pushed)
            swept.released += pushed.verdicts[0].kind != "held"
    except Exception as error:
        if isinstance(error, Unavailable) and not isinstance(error, TooSlow):
            raise
        # One group must not stop the others.
        swept.failed += 1
        LOG.exception("group %s of %s cannot be tried again", origin[1], origin[0])


async def count_held(store: PostgresStore) -> int:
    """How many groups of all organisations wait."""
    total = 0

    async def one(org_id: str) -> None:
        nonlocal total
        async with store.transaction(org_id) as tx:
            total += await tx.held_count()

    await for_each_organisation(store, "counting held groups", one)
    return total

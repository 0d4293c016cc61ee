"""Drops what the server need not keep: old entries, checkpoints, spent codes, ended claims.

A cursor older than the log gets 410 and its till loads afresh. Every step is a transaction of its
own that takes milliseconds, so that no push waits for the cleaning.
"""

from dataclasses import asdict, dataclass

from sync.server.core.ports import Services
from sync.server.jobs.organisations import for_each_organisation
from sync.server.postgres.store import PostgresStore

DAY_US = 86_400_000_000
ENTRIES_AT_ONCE = 500
CODES_AT_ONCE = 500
CODES_KEPT_DAYS = 7
"""A till whose answer was lost may ask with its spent code again."""


@dataclass(slots=True)
class Dropped:
    """The counts of what one run dropped."""

    entries: int = 0
    checkpoints: int = 0
    codes: int = 0
    claims: int = 0
    failed: int = 0
    """Organisations where it broke off; the log says why."""

    def as_line(self) -> dict[str, int]:
        """For the operator."""
        return asdict(self)


async def retain(store: PostgresStore, services: Services, days: int) -> Dropped:
    """Drop what is older than ``days`` (1 or more), in all organisations."""
    now_us = services.now_us()
    dropped = Dropped()

    async def one(org_id: str) -> None:
        await _retain_one(store, org_id, now_us, days, dropped)

    dropped.failed = await for_each_organisation(store, "retain", one)
    return dropped


async def _retain_one(
    store: PostgresStore, org_id: str, now_us: int, days: int, dropped: Dropped
) -> None:
    async with store.transaction(org_id) as tx:
        streams = await tx.stream_names()
    for stream in streams:
        pruned = ENTRIES_AT_ONCE
        while pruned == ENTRIES_AT_ONCE:
            async with store.transaction(org_id) as tx:
                pruned = await tx.prune(stream, now_us - days * DAY_US, ENTRIES_AT_ONCE)
            dropped.entries += pruned
        async with store.transaction(org_id) as tx:
            dropped.checkpoints += await tx.drop_checkpoints(stream)
    async with store.transaction(org_id) as tx:
        dropped.claims += await tx.drop_claims(now_us)
    gone = CODES_AT_ONCE
    while gone == CODES_AT_ONCE:
        async with store.transaction(org_id) as tx:
            gone = await tx.drop_codes(now_us - CODES_KEPT_DAYS * DAY_US, CODES_AT_ONCE)
        dropped.codes += gone

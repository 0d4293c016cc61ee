"""Lists the server's daily jobs."""

import logging
from collections.abc import Mapping

from sync.server.backend import Backend
from sync.server.config import ServerConfig
from sync.server.jobs.held_sweep import count_held, sweep
from sync.server.jobs.organisations import for_each_organisation
from sync.server.jobs.retention import retain
from sync.server.jobs.schedule import Job, alone, note_done
from sync.server.metrics import Metrics

LOG = logging.getLogger(__name__)
DIGEST, RETAIN, SWEEP = "digest", "retain", "sweep"


def jobs_of(backend: Backend, config: ServerConfig) -> list[Job]:
    """Everything that is done daily."""

    async def retaining() -> Mapping[str, int]:
        dropped = await retain(backend.store, backend.services, config.retention_days)
        return dropped.as_line()

    async def sweeping() -> Mapping[str, int]:
        return (await sweep(backend.store, backend.pusher)).as_line()

    async def digesting() -> Mapping[str, int]:
        return await take_digests(backend)

    return [Job(SWEEP, sweeping, at_start=True), Job(DIGEST, digesting), Job(RETAIN, retaining)]


async def observe(backend: Backend, metrics: Metrics) -> None:
    """Measure what is too slow to measure at each scrape."""
    metrics.held(await count_held(backend.store))


async def sweep_now(backend: Backend, config: ServerConfig) -> Mapping[str, int]:
    """What the operator's command does; raises Running while a server does it."""
    async with alone(config.listen_url, SWEEP):
        swept = await sweep(backend.store, backend.pusher)
        await note_done(backend.store, backend.services, SWEEP)
    return swept.as_line()


async def take_digests(backend: Backend) -> Mapping[str, int]:
    """Take the digests of every stream that moved; one that fails is tried again tomorrow."""
    taken = failed = 0

    async def one(org_id: str) -> None:
        nonlocal taken, failed
        async with backend.store.transaction(org_id) as tx:
            streams = await tx.stream_names()
        for stream in streams:
            try:
                taken += await backend.checkpoints.take(org_id, stream) is not None
            except Exception:
                LOG.exception("the digests of stream %s of %s were not taken", stream, org_id)
                failed += 1

    broken_off = await for_each_organisation(backend.store, DIGEST, one)
    return {"taken": taken, "failed": failed + broken_off}


async def retain_now(backend: Backend, config: ServerConfig, days: int) -> Mapping[str, int]:
    """What the operator's command does; raises Running while a server does it."""
    async with alone(config.listen_url, RETAIN):
        dropped = await retain(backend.store, backend.services, days)
        await note_done(backend.store, backend.services, RETAIN)
    return dropped.as_line()

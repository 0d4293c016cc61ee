"""Which jobs the server does for itself."""

from collections.abc import Mapping

from sync.server.backend import Backend
from sync.server.config import ServerConfig
from sync.server.jobs import Job, alone, note_done
from sync.server.metrics import Metrics
from sync.server.retention import retain

RETAIN = "retain"


def jobs_of(backend: Backend, config: ServerConfig, metrics: Metrics) -> list[Job]:
    """Everything that is done daily."""

    async def retaining() -> Mapping[str, int]:
        dropped = await retain(backend.store, backend.services, config.retention_days)
        return dropped.as_line()

    return [Job(RETAIN, retaining)]


async def retain_now(backend: Backend, config: ServerConfig, days: int) -> Mapping[str, int]:
    """What the operator's command does; raises Running while a server is at it."""
    async with alone(config.listen_url, RETAIN):
        dropped = await retain(backend.store, backend.services, days)
        await note_done(backend.store, backend.services, RETAIN)
    return dropped.as_line()

"""Puts the server's parts together over one database, for the API and for the commands."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from localdb.domain.ids import IdSource
from sync.server.config import ServerConfig
from sync.server.core.checkpoints import Checkpoints
from sync.server.core.claims import Claims
from sync.server.core.devices import Devices
from sync.server.core.edits import Editor
from sync.server.core.found import Found
from sync.server.core.ports import Services
from sync.server.core.push import Pusher
from sync.server.core.reenrolment import Reenrolment
from sync.server.core.snapshots import Snapshots
from sync.server.hints import HintSink, NoHints
from sync.server.jobs.balances import Balancer
from sync.server.jobs.flagging import Flagger
from sync.server.postgres.store import PostgresStore
from sync.server.records_api import RecordsApi


@dataclass(frozen=True, slots=True)
class Backend:
    """Everything that answers a request, without the way it is asked."""

    store: PostgresStore
    services: Services
    pusher: Pusher
    editor: Editor
    devices: Devices
    reenrolment: Reenrolment
    found: Found
    snapshots: Snapshots
    checkpoints: Checkpoints
    records: RecordsApi
    flagger: Flagger
    balancer: Balancer
    claims: Claims
    backup_days: int = 30


def real_services() -> Services:
    """The machine's clock and randomness."""
    now_us = wall_clock_us
    return Services(now_us, IdSource(now_us), os.urandom)


def wall_clock_us() -> int:
    """UTC microseconds since 1970."""
    return time.time_ns() // 1000


@asynccontextmanager
async def open_backend(
    config: ServerConfig, services: Services, hints: HintSink | None = None
) -> AsyncIterator[Backend]:
    """Connect, and disconnect in the end; raises Unavailable."""
    store = PostgresStore(config)
    pusher = Pusher(store, services, hints or NoHints())
    editor = Editor(store, services, pusher)
    devices = Devices(store, services, editor, pusher, int(config.token_cache_s * 1_000_000))
    flagger = Flagger(store, services, editor, pusher, config.flag_grace_s)
    pusher.on_doubt = flagger.doubted
    await store.open()
    try:
        yield Backend(
            store,
            services,
            pusher,
            editor,
            devices,
            Reenrolment(store, services, editor, pusher),
            Found(store, services, hints or NoHints()),
            Snapshots(store, services, config.backup_days),
            Checkpoints(store, services),
            RecordsApi(store, editor),
            flagger,
            Balancer(store, editor, pusher),
            Claims(store, services),
            config.backup_days,
        )
    finally:
        await store.close()

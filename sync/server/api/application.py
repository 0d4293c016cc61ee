"""The HTTP API over a backend."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from sync.server.api import (
    problems,
    routes_claims,
    routes_hints,
    routes_operator,
    routes_push,
    routes_records,
    routes_sync,
)
from sync.server.api.access import body_allowance
from sync.server.api.bodies import BoundedBody, PackedReplies
from sync.server.api.gate import Gate
from sync.server.api.guesses import GuessLimit
from sync.server.api.middleware import RequestLog
from sync.server.backend import open_backend, real_services
from sync.server.config import ServerConfig
from sync.server.core.ports import Services
from sync.server.hints import Hub
from sync.server.jobs.listeners import ListenerCheck
from sync.server.jobs.looking import LookLoop
from sync.server.jobs.mail import mail_loop
from sync.server.jobs.schedule import Scheduler
from sync.server.metrics import Metrics
from sync.server.upkeep import jobs_of, observe


def create_app(config: ServerConfig, services: Services | None = None) -> FastAPI:
    """The application; it connects to the database when it is started."""
    given = services or real_services()
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        hub = Hub(
            config.listen_url,
            config.hint_interval_s,
            config.hint_facts_wait_s,
            config.connect_timeout_s,
        )
        async with open_backend(config, given, hub) as backend:
            app.state.backend, app.state.hub = backend, hub
            metrics.watch(hub, backend.store.pool_stats)
            scheduler = Scheduler(
                backend.store,
                given,
                config.listen_url,
                jobs_of(backend, config),
                metrics,
                partial(observe, backend, metrics),
            )
            url = config.listen_url
            flags = LookLoop(backend.store, "flag", backend.flagger.catch_up, url)
            balances = LookLoop(backend.store, "balance", backend.balancer.catch_up, url)
            mails = mail_loop(backend, config)
            listeners = ListenerCheck(backend.store, hub)
            hub.start()
            if config.jobs:
                scheduler.start()
                balances.start()
                mails.start()
            flags.start()
            listeners.start()
            try:
                yield
            finally:
                await listeners.stop()
                await flags.stop()
                await balances.stop()
                await mails.stop()
                await scheduler.stop()
                await hub.stop()

    app = FastAPI(title="Evertill", version="1", lifespan=lifespan)
    app.state.config, app.state.metrics = config, metrics
    app.state.guesses = GuessLimit(given.now_us)
    app.state.gate = Gate(config.handshakes_max, config.websockets_max, random.random)
    problems.install(app)
    app.include_router(routes_sync.public)
    app.include_router(routes_push.router)
    app.include_router(routes_sync.router)
    app.include_router(routes_claims.router)
    app.include_router(routes_hints.router)
    app.include_router(routes_operator.router)
    app.include_router(routes_records.router)
    # The last added is the outermost.
    app.add_middleware(BoundedBody, allow=body_allowance)
    app.add_middleware(PackedReplies)
    app.add_middleware(RequestLog, new_id=given.new_id, metrics=metrics)
    return app

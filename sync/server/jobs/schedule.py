"""Runs the daily jobs: in one process at a time, and after a downtime those that were missed.

A job that was not done for a day is due; the first process that sees it does it. The lock is a
session's, over a connection past any pooler, so that it ends with the process that held it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import make_conninfo

from sync.server.core.ports import Services, Unavailable
from sync.server.jobs.loop import Loop
from sync.server.metrics import Metrics
from sync.server.postgres.store import PostgresStore

LOG = logging.getLogger(__name__)
DAY_US = 86_400_000_000
CONNECT_TIMEOUT_S = 10
LOOK_S = 300.0
"""How often a process looks whether something is due, and tries again what failed."""


class Running(Exception):
    """Another process does this job now."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} runs in another process; try again when that is done")


@dataclass(frozen=True, slots=True)
class Job:
    """``run`` does all there is to do and says what it did; it may be cut short and run again."""

    name: str
    run: Callable[[], Awaitable[Mapping[str, int]]]
    at_start: bool = False
    """Also due whenever a process starts: a new program may know what the old one did not."""


@asynccontextmanager
async def alone(direct_url: str, name: str) -> AsyncIterator[None]:
    """Hold the lock of a job; raises Running while another process has it, or Unavailable."""
    try:
        address = make_conninfo(
            direct_url, application_name="evertill-jobs", connect_timeout=CONNECT_TIMEOUT_S
        )
        connection = await psycopg.AsyncConnection.connect(address, autocommit=True)
        async with connection:
            row = await (await connection.execute(_TRY_LOCK, (name,))).fetchone()
            if row is None or not row[0]:
                raise Running(name)
            yield
    except psycopg.OperationalError as error:
        raise Unavailable(type(error).__name__, 0) from error


_TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('evertill job ' || %s, 0))"


class Scheduler:
    """Runs the jobs of one process until it is stopped; ``observe`` is called at each look."""

    def __init__(
        self,
        store: PostgresStore,
        services: Services,
        direct_url: str,
        jobs: Sequence[Job],
        metrics: Metrics,
        observe: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._store = store
        self._services = services
        self._direct_url = direct_url
        self._jobs = jobs
        self._metrics = metrics
        self._observe = observe
        self._loop = Loop()

    def start(self, look_s: float = LOOK_S) -> None:
        """Begin to look for what is due."""
        self._loop.start(lambda: self._run(look_s))

    async def stop(self) -> None:
        """End; the next process takes up what was under way."""
        await self._loop.stop()

    async def _run(self, look_s: float) -> None:
        starting = True
        while True:
            await self.look(starting=starting)
            starting = False
            try:
                if self._observe is not None:
                    await self._observe()
            except Exception:
                LOG.exception("the state of things was not measured")
            await asyncio.sleep(look_s)

    async def look(self, *, starting: bool = False) -> list[str]:
        """Do what is due; returns the names of the jobs that were done."""
        done = []
        for job in self._jobs:
            try:
                if await self._run_if_due(job, starting=starting):
                    done.append(job.name)
            except Running:
                LOG.debug("job %s runs in another process", job.name)
            except Exception:
                LOG.exception("job %s failed; it is tried again", job.name)
        return done

    async def _run_if_due(self, job: Job, *, starting: bool) -> bool:
        at_start = starting and job.at_start
        if not at_start and not await self._due(job):
            return False
        async with alone(self._direct_url, job.name):
            # It may have been done between the look and the lock.
            if not at_start and not await self._due(job):
                return False
            with self._metrics.job(job.name):
                did = await job.run()
            await note_done(self._store, self._services, job.name)
        LOG.info("job %s: %s", job.name, ", ".join(f"{k} {n}" for k, n in did.items()))
        return True

    async def _due(self, job: Job) -> bool:
        async with self._store.transaction() as tx:
            ran_at = await tx.job_ran_at(job.name)
        # A clock that was set back must not keep a job from running.
        return ran_at is None or not ran_at <= self._services.now_us() < ran_at + DAY_US


async def note_done(store: PostgresStore, services: Services, name: str) -> None:
    """Note that a job was done; it is due again in a day."""
    async with store.transaction() as tx:
        await tx.job_done(name, services.now_us())

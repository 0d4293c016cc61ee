"""The server's own jobs run daily, once, in one of the processes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from sync.server.backend import real_services
from sync.server.jobs.schedule import DAY_US, Job, Running, Scheduler, alone
from sync.server.metrics import Metrics
from sync.server.postgres.store import PostgresStore
from tests.support.postgres import PostgresDatabase
from tests.support.server import server_config

BEGIN_US = 1_800_000_000_000_000


@dataclass
class Process:
    """One server process's scheduler over the database, with a clock that the test turns."""

    store: PostgresStore
    url: str
    now_us: int = BEGIN_US
    ran: list[str] = field(default_factory=list)
    fails: bool = False
    metrics: Metrics = field(default_factory=Metrics)

    def scheduler(self, *jobs: Job) -> Scheduler:
        services = replace(real_services(), now_us=lambda: self.now_us)
        return Scheduler(self.store, services, self.url, jobs, self.metrics)

    def job(self, name: str, *, at_start: bool = False) -> Job:
        async def run() -> Mapping[str, int]:
            self.ran.append(name)
            if self.fails:
                raise RuntimeError("out of luck")
            return {"done": 1}

        return Job(name, run, at_start)


@asynccontextmanager
async def process(database: PostgresDatabase) -> AsyncIterator[Process]:
    config = server_config(database)
    store = PostgresStore(config)
    await store.open()
    try:
        yield Process(store, config.listen_url)
    finally:
        await store.close()


def run(test: Callable[[Process], Awaitable[None]], database: PostgresDatabase) -> None:
    async def main() -> None:
        async with process(database) as one:
            await test(one)

    asyncio.run(main())


def test_a_job_runs_once_a_day(fresh_database: PostgresDatabase) -> None:
    """Due at once when it never ran, then a day later, and after any downtime."""

    async def test(one: Process) -> None:
        scheduler = one.scheduler(one.job("clean"))
        assert await scheduler.look() == ["clean"]
        one.now_us += DAY_US - 1
        assert await scheduler.look() == []
        one.now_us += 1
        assert await scheduler.look() == ["clean"]
        one.now_us += 30 * DAY_US
        assert await scheduler.look(starting=True) == ["clean"]
        assert await scheduler.look(starting=True) == []

    run(test, fresh_database)


def test_a_clock_set_back_does_not_stop_the_jobs(fresh_database: PostgresDatabase) -> None:
    """Failure 21: what was done in the future is done again now."""

    async def test(one: Process) -> None:
        scheduler = one.scheduler(one.job("clean"))
        await scheduler.look()
        one.now_us -= 400 * DAY_US
        assert await scheduler.look() == ["clean"]

    run(test, fresh_database)


def test_what_failed_is_tried_again_and_stops_no_other(fresh_database: PostgresDatabase) -> None:
    """The next look tries it anew; the job behind it runs all the same."""

    async def test(one: Process) -> None:
        scheduler = one.scheduler(one.job("clean"), one.job("sweep"))
        one.fails = True
        assert await scheduler.look() == []
        assert one.ran == ["clean", "sweep"]
        one.fails = False
        assert await scheduler.look() == ["clean", "sweep"]
        text = one.metrics.text().decode()
        assert 'evertill_job_runs_total{job="clean",outcome="failed"} 1.0' in text
        assert 'evertill_job_runs_total{job="clean",outcome="done"} 1.0' in text

    run(test, fresh_database)


def test_some_jobs_run_at_each_start(fresh_database: PostgresDatabase) -> None:
    """A new program may know what the old one did not."""

    async def test(one: Process) -> None:
        scheduler = one.scheduler(one.job("sweep", at_start=True))
        assert await scheduler.look(starting=True) == ["sweep"]
        assert await scheduler.look(starting=True) == ["sweep"]
        assert await scheduler.look() == []

    run(test, fresh_database)


def test_one_process_at_a_time(fresh_database: PostgresDatabase) -> None:
    """While one is at it the others pass it over, and afterwards it is no longer due."""

    async def test(one: Process) -> None:
        entered, go_on = asyncio.Event(), asyncio.Event()

        async def slow() -> Mapping[str, int]:
            entered.set()
            await go_on.wait()
            return {}

        async with process(fresh_database) as other:
            first = asyncio.create_task(one.scheduler(Job("clean", slow)).look())
            await entered.wait()
            second = other.scheduler(other.job("clean"))
            assert await second.look() == []
            with pytest.raises(Running, match="another process"):
                async with alone(other.url, "clean"):
                    pass
            go_on.set()
            assert await first == ["clean"]
            assert await second.look() == []
            assert other.ran == []

    run(test, fresh_database)


def test_a_process_that_dies_leaves_no_lock_behind(fresh_database: PostgresDatabase) -> None:
    """What was cut short is run by the next one."""

    async def test(one: Process) -> None:
        entered = asyncio.Event()

        async def endless() -> Mapping[str, int]:
            entered.set()
            await asyncio.Event().wait()
            return {}

        cut_short = one.scheduler(Job("clean", endless))
        cut_short.start()
        await entered.wait()
        await cut_short.stop()
        assert await one.scheduler(one.job("clean")).look() == ["clean"]

    run(test, fresh_database)

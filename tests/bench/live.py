"""A price change on one till until it is in the database of another."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg

from app.demo.shop import DemoTill
from localdb.services import catalogue
from localdb.store import engine
from localdb.store.changes import Changes
from tests.bench import shop
from tests.bench.results import Measured
from tests.bench.samples import Samples
from tests.bench.world import KEY, World

REPEATS = 200
WARM_UP = 10
PAUSE_S = 0.05
PATIENCE_S = 10.0


def measure(world: World) -> dict[str, Measured]:
    """Change prices one by one; after each, flush once to each of the three databases."""
    crossing, flushes, request = Samples(), Samples(), Samples()
    repeats = world.size.times(REPEATS)
    with (
        shop.opened(world, 2) as opened,
        flushing(world.folder, opened.server.owner_url) as flush_all,
        httpx.Client(base_url=opened.server.url) as client,
    ):
        change = _changes(opened.tills[0], opened.tills[1], opened.shelf[0])
        for turn in range(-WARM_UP, repeats):
            counts = turn >= 0
            time.sleep(PAUSE_S)
            with (crossing if counts else Samples()).timed():
                change(100 + turn % 900)
            with (flushes if counts else Samples()).timed():
                flush_all(turn)
            with (request if counts else Samples()).timed():
                client.get("/healthz").raise_for_status()
    details = crossing.summary("live") | flushes.summary("flushes")
    details |= request.summary("request")
    note = "both tills in one process; floor p95"
    return {"live": Measured(crossing.at(95), flushes.at(95), repeats, note, details)}


def _changes(one: DemoTill, other: DemoTill, product_id: str) -> Callable[[int], None]:
    """Changes the product's price at ``one`` and returns when ``other`` has committed it."""
    arrived = threading.Event()

    def committed(changes: Changes) -> None:
        if "product" in changes.types:
            arrived.set()

    def change(price_minor: int) -> None:
        arrived.clear()
        one.session.till.write(catalogue.change_product, product_id, price_minor=price_minor)
        if not arrived.wait(PATIENCE_S):
            raise TimeoutError("the price never arrived")

    other.session.till.on_commit.append(committed)
    return change


@contextmanager
def flushing(folder: Path, database_url: str) -> Iterator[Callable[[int], None]]:
    """Commits one row to each of two SQLite files and to PostgreSQL, one after the other."""
    files = [_bare_file(folder / f"flush-{number}.db") for number in range(2)]
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute("CREATE TABLE bench_flush (value bigint)")

        def flush_all(value: int) -> None:
            files[0].execute("INSERT INTO flush VALUES (?)", (value,))
            server.execute("INSERT INTO bench_flush VALUES (%s)", (value,))
            files[1].execute("INSERT INTO flush VALUES (?)", (value,))

        yield flush_all
    for file in files:
        file.close()


def _bare_file(path: Path) -> Any:
    connection = engine.connect(path, KEY)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE flush (value INTEGER)")
    return connection

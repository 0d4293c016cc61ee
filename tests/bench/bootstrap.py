"""Loading a till afresh, against the same rows in the same tables without indexes or search."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.schema import CreateTable

from localdb.services import setup
from localdb.services.till import Till
from localdb.store import engine
from localdb.store.database import Database
from localdb.store.tables import STOCK_LEVEL, TABLES
from sync.client.bootstrap import load_now
from sync.client.http_gateway import HttpGateway
from sync.protocol.limits import SNAPSHOT_ROWS_MAX
from tests.bench import peer
from tests.bench.results import Measured
from tests.bench.samples import percentile
from tests.bench.world import KEY, SHOP, World
from tests.support.clock import Clock

REPEATS = 3
ROWS_HELD = 50_000
"""Rows of the floor in memory at a time, whatever the size of the catalogue."""
_SETTINGS = {"journal_mode": "WAL", "synchronous": "NORMAL", "cache_size": -64000}
_TABLES = (*(TABLES[name] for name in ("product", "barcode", "category")), STOCK_LEVEL)


def measure(world: World) -> dict[str, Measured]:
    """Load over HTTP into an empty till up to the swap; in turn, bare executemany."""
    loads, bares = [], []
    rows = 0
    with tempfile.TemporaryDirectory(dir=world.folder) as own:
        empty, folder = Path(own) / "empty", Path(own) / "till"
        with _opened(empty) as database:
            Till(database).write(setup.stand_alone, SHOP)
            store_id = Till(database).identity.store_id
        page_rows = SNAPSHOT_ROWS_MAX
        with peer.running(world.size.products, store_id, page_rows=page_rows) as url:
            for _ in range(REPEATS):
                shutil.copytree(empty, folder)
                with _opened(folder) as database:
                    loads.append(_load(database, url))
                    with database.read() as loaded:
                        rows, bare = _write_bare(folder, loaded)
                    bares.append(bare)
                shutil.rmtree(folder)
    details = {"rows": float(rows)} | _medians("load", loads) | _medians("bare", bares)
    value, floor = rows / details["load_s"], rows / details["bare_s"]
    return {"bootstrap": Measured(value, floor, REPEATS, "median of the runs", details)}


@dataclass(slots=True)
class Took:
    """How long something took, and how much processor time of this process it wanted."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    @contextmanager
    def more(self) -> Iterator[None]:
        """Add what happens inside."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall_s += time.perf_counter() - wall
        self.cpu_s += time.process_time() - cpu


def _medians(name: str, runs: list[Took]) -> dict[str, float]:
    # Neighbours on the machine change the first far more than the second.
    walls, cpus = [run.wall_s for run in runs], [run.cpu_s for run in runs]
    return {f"{name}_s": percentile(walls, 50), f"{name}_cpu_s": percentile(cpus, 50)}


@contextmanager
def _opened(folder: Path) -> Iterator[Database]:
    database = Database.open(folder, key=KEY, now_us=Clock())
    try:
        yield database
    finally:
        database.close()


def _load(database: Database, url: str) -> Took:
    """Until everything is swapped in."""
    took = Took()
    with HttpGateway(url, lambda: "bench") as gateway, took.more():
        load_now(database, gateway, lambda progress: None, threaded=True)
    return took


def _write_bare(folder: Path, loaded: Connection) -> tuple[int, Took]:
    """Copy the loaded rows, one transaction a table, by the bare driver: how many, how long."""
    connection = engine.connect(folder / "bare.db", KEY)
    for name, value in _SETTINGS.items():
        connection.execute(f"PRAGMA {name} = {value}")
    for table in _TABLES:
        connection.execute(str(CreateTable(table)))
    count, took = 0, Took()
    for table in _TABLES:
        connection.execute("BEGIN")
        for rows in _in_parts(loaded, table):
            marks = ", ".join("?" * len(rows[0]))
            with took.more():
                connection.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)
            count += len(rows)
        with took.more():
            connection.execute("COMMIT")
    connection.close()
    return count, took


def _in_parts(connection: Connection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    names = ", ".join(column.name for column in table.columns)
    found = connection.exec_driver_sql(f"SELECT {names} FROM {table.name}")
    while some := found.fetchmany(ROWS_HELD):
        yield list(map(tuple, some))

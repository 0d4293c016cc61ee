"""Loading a till afresh, against the same rows in the same tables without indexes or search."""

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
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
_SETTINGS = {"journal_mode": "WAL", "synchronous": "NORMAL", "cache_size": -64000}
_TABLES = (*(TABLES[name] for name in ("product", "barcode", "category")), STOCK_LEVEL)


def measure(world: World) -> dict[str, Measured]:
    """Load over HTTP into an empty till up to the swap; in turn, bare executemany."""
    loaded_s, bare_s = [], []
    rows = 0
    for _ in range(REPEATS):
        with empty_till(world) as database:
            store_id = Till(database).identity.store_id
            with (
                peer.running(world.size.products, store_id, page_rows=SNAPSHOT_ROWS_MAX) as url,
                HttpGateway(url, lambda: "bench") as gateway,
            ):
                began = time.perf_counter()
                load_now(database, gateway, lambda progress: None, threaded=True)
                loaded_s.append(time.perf_counter() - began)
            with database.read() as connection:
                tuples = {table.name: _all(connection, table.name) for table in _TABLES}
        rows = sum(map(len, tuples.values()))
        bare_s.append(_write_bare(world.folder, tuples))
    value, floor = rows / percentile(loaded_s, 50), rows / percentile(bare_s, 50)
    details = {"rows": rows, "load_s": percentile(loaded_s, 50), "bare_s": percentile(bare_s, 50)}
    return {"bootstrap": Measured(value, floor, REPEATS, "median of the runs", details)}


@contextmanager
def empty_till(world: World) -> Iterator[Database]:
    """A till that is set up and has loaded nothing."""
    with tempfile.TemporaryDirectory(dir=world.folder) as folder:
        database = Database.open(Path(folder), key=KEY, now_us=Clock())
        try:
            Till(database).write(setup.stand_alone, SHOP)
            yield database
        finally:
            database.close()


def _all(connection: Connection, table: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]


def _write_bare(folder: Path, tuples: Mapping[str, list[tuple[Any, ...]]]) -> float:
    """Seconds for the rows in one transaction a table, by the bare driver."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        connection = engine.connect(Path(own) / "bare.db", KEY)
        for name, value in _SETTINGS.items():
            connection.execute(f"PRAGMA {name} = {value}")
        for table in _TABLES:
            connection.execute(str(CreateTable(table)))
        began = time.perf_counter()
        for name, rows in tuples.items():
            marks = ", ".join("?" * len(rows[0]))
            connection.execute("BEGIN")
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
            connection.execute("COMMIT")
        took_s = time.perf_counter() - began
        connection.close()
    return took_s

"""Charge to durable commit, against the same rows written by the bare driver."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from localdb.domain.records import FACTS, StockMovement
from localdb.queries import here
from localdb.services.checkout import checkout
from localdb.store import engine, groups, local
from localdb.store.unit_of_work import UnitOfWork
from tests.bench.results import Measured
from tests.bench.samples import Samples
from tests.bench.trade import Baskets
from tests.bench.world import KEY, World

REPEATS = 1000
WARM_UP = 20
GROUP_ROWS_MAX = 50
_SETTINGS = (
    "journal_mode",
    "synchronous",
    "foreign_keys",
    "cache_size",
    "temp_store",
    "journal_size_limit",
    "wal_autocheckpoint",
)

Rows = Mapping[str, list[tuple[Any, ...]]]


def measure(world: World) -> dict[str, Measured]:
    """Ring baskets of 1 to 9 lines; after each, write its rows into a twin of the database."""
    charged, written = Samples(), Samples()
    with world.till() as opened, twin(world, opened.database.write(settings)) as bare:
        till = opened.till
        baskets = Baskets(till, world.catalogue.ids)
        for turn in range(-WARM_UP, world.size.times(REPEATS)):
            cart, tender = baskets.paid()
            with (charged if turn >= 0 else Samples()).timed():
                till.write(checkout, cart, tender)
            rows = till.ask(rows_of_last_group)
            with (written if turn >= 0 else Samples()).timed():
                write_bare(bare, rows)
    details = charged.summary("charge") | written.summary("bare")
    return {"charge": Measured(charged.p99, written.p99, len(charged), details=details)}


# ---------------------------------------------------------------- the floor


def settings(uow: UnitOfWork) -> dict[str, Any]:
    """How the till's writer connection is set."""
    return {name: uow.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in _SETTINGS}


@contextmanager
def twin(world: World, pragmas: Mapping[str, Any]) -> Iterator[Any]:
    """A bare driver connection to a second copy of the till's database, set alike."""
    file: Path = world.copy() / "till.db"
    connection = engine.connect(file, KEY)
    try:
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name} = {value}")
        yield connection
    finally:
        connection.close()


def rows_of_last_group(connection: Connection) -> Rows:
    """What the last transaction left in the tables, whole rows by table."""
    dseq = local.counter(connection, groups.DSEQ)
    found = {fact.TYPE: _facts(connection, fact.TYPE, dseq) for fact in FACTS}
    found["outbox_group"] = _rows(connection, "SELECT * FROM outbox_group WHERE dseq = ?", dseq)
    found["counter"] = _rows(connection, "SELECT * FROM counter")
    column = [field.name for field in StockMovement.fields()].index("product_id")
    moved = [row[column] for row in found[StockMovement.TYPE]]
    marks = ", ".join("?" * len(moved))
    # With the store: without it the key is of no use, and each turn would read the whole table.
    levels = f"SELECT * FROM stock_level WHERE store_id = ? AND product_id IN ({marks})"
    found["stock_level"] = _rows(connection, levels, here.store_id(connection), *moved)
    return found


def _facts(connection: Connection, table: str, dseq: int) -> list[tuple[Any, ...]]:
    # The newest ids, as there is no index on a till's own group numbers.
    newest = f"SELECT * FROM {table} ORDER BY id DESC LIMIT {GROUP_ROWS_MAX}"
    return _rows(connection, f"SELECT * FROM ({newest}) WHERE origin_dseq = ?", dseq)


def _rows(connection: Connection, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.exec_driver_sql(sql, values)]


def write_bare(connection: Any, rows: Rows) -> None:
    """Write rows in one transaction, a statement a table, and commit."""
    connection.execute("BEGIN IMMEDIATE")
    for table, tuples in rows.items():
        if tuples:
            marks = ", ".join("?" * len(tuples[0]))
            connection.executemany(f'INSERT OR REPLACE INTO "{table}" VALUES ({marks})', tuples)
    connection.execute("DELETE FROM open_cart")
    connection.execute("COMMIT")

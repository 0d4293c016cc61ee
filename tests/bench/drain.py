"""A day's offline queue delivered end to end, against its rows inserted by PostgreSQL alone."""

import time
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection

from app.demo.server import DemoServer
from app.demo.shop import DemoTill, wait_until
from localdb.domain.records import FACTS
from localdb.store import outbox
from sync.server.migrate import migrate
from sync.server.schema import CHANGE_LOG, LEDGER
from tests.bench import shop
from tests.bench.results import Measured
from tests.bench.samples import Samples
from tests.bench.trade import ring_offline
from tests.bench.world import World

SALES = 10_000
FEW = 100
FEW_REPEATS = 5
STATEMENT_ROWS = 5_000
BARE_DATABASE = "bench_bare"
_TABLES = (*(fact.TYPE for fact in FACTS), LEDGER.name, CHANGE_LOG.name)

Rows = list[tuple[str | None, ...]]


def measure(world: World) -> dict[str, Measured]:
    """Ring sales with the cable out, plug it in, wait until nothing waits; then the floor."""
    sales = world.size.times(SALES)
    few = Samples()
    with shop.opened(world, 1) as opened:
        till = opened.tills[0]
        for _ in range(FEW_REPEATS):
            few.values_ms.append(_drained(till, opened.shelf, FEW) * 1000)
        drained_s = _drained(till, opened.shelf, sales)
        bare_s, rows = _bare(opened.server)
    details = {"sales": sales, "drain_s": drained_s, "bare_s": bare_s, "rows": rows}
    stored = sales + FEW * FEW_REPEATS
    share_s = bare_s * FEW / stored
    said = f"median of {FEW_REPEATS}; floor their share of the bare insert"
    return {
        "queue_100": Measured(few.median / 1000, share_s, len(few), said, few.summary("queue")),
        "drain": Measured(sales / drained_s, stored / bare_s, 1, "one run", details),
    }


def _drained(till: DemoTill, shelf: Sequence[str], sales: int) -> float:
    """Seconds from the network's return until nothing waits."""
    link = till.session.link
    assert link is not None
    till.cable.unplug()
    ring_offline(till.session.till, shelf, sales)
    till.cable.plug_in()
    began = time.perf_counter()
    link.engine.sync_now()
    wait_until(lambda: till.session.till.ask(_nothing_waits), "the queue to drain")
    return time.perf_counter() - began


def _nothing_waits(connection: Connection) -> bool:
    return not outbox.next_batch(connection, 1, 0)


def _bare(server: DemoServer) -> tuple[float, int]:
    """Seconds for the same rows in an empty database with the same tables, and how many."""
    url = psycopg.conninfo.make_conninfo(server.owner_url, dbname=BARE_DATABASE)
    with psycopg.connect(server.owner_url, autocommit=True) as source:
        source.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(BARE_DATABASE)))
        migrate(url)
        tables = {name: _read(source, name) for name in _TABLES}
    with psycopg.connect(url) as target:
        began = time.perf_counter()
        for name, (types, rows) in tables.items():
            for start in range(0, len(rows), STATEMENT_ROWS):
                _insert(target, name, types, rows[start : start + STATEMENT_ROWS])
        target.commit()
        took_s = time.perf_counter() - began
    return took_s, sum(len(rows) for _, rows in tables.values())


def _read(connection: psycopg.Connection[Any], table: str) -> tuple[dict[str, str], Rows]:
    """Column -> type, and all rows as text."""
    found = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (table,),
    )
    types: dict[str, str] = dict(found.fetchall())
    columns = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(c)) for c in types)
    query = sql.SQL("SELECT {} FROM {}").format(columns, sql.Identifier(table))
    return types, connection.execute(query).fetchall()


def _insert(
    connection: psycopg.Connection[Any],
    table: str,
    types: dict[str, str],
    rows: Sequence[tuple[str | None, ...]],
) -> None:
    arrays = sql.SQL(", ").join(
        sql.SQL("%s::text[]::{}[]").format(sql.SQL(kind)) for kind in types.values()
    )
    query = sql.SQL("INSERT INTO {} ({}) SELECT * FROM unnest({})").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, types)), arrays
    )
    connection.execute(query, [list(column) for column in zip(*rows, strict=True)])

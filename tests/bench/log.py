"""Pushing into a server that has kept ten million log rows, against one that has kept none."""

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import psycopg
from pydantic import SecretStr

from sync.server.backend import Backend, open_backend, real_services
from sync.server.config import ServerConfig
from sync.server.embedded import EmbeddedPostgres, EmbeddedUnavailable
from sync.server.migrate import APP_ROLE, migrate
from sync.server.schema import CHANGE_LOG
from tests.bench.fill import fill
from tests.bench.fleet import FleetTill, enrolled_at
from tests.bench.pending import Pending
from tests.bench.results import Measured
from tests.bench.samples import Samples
from tests.bench.world import World

ROWS = 10_000_000
FILL_S = 400.0
PUSHES = 400
WARM_UP = 20


def measure(world: World) -> dict[str, Measured]:
    """Two databases of one PostgreSQL, pushed into in turn."""
    with tempfile.TemporaryDirectory(prefix="log-", dir=world.folder) as folder:
        for entered in (world.folder, Path(folder)):
            entered.chmod(0o755)
        try:
            postgres = EmbeddedPostgres(Path(folder) / "postgres")
        except EmbeddedUnavailable as error:
            raise Pending(str(error)) from error
        try:
            return asyncio.run(_measured(postgres, world))
        finally:
            postgres.stop()


async def _measured(postgres: EmbeddedPostgres, world: World) -> dict[str, Measured]:
    async with AsyncExitStack() as stack:
        sides = []
        for name in ("empty", "full"):
            owner_url = postgres.ensure_database(name)
            migrate(owner_url)
            url = SecretStr(postgres.database(name, user=APP_ROLE))
            backend = open_backend(ServerConfig(database_url=url), real_services())
            opened = await stack.enter_async_context(backend)
            (till,) = await enrolled_at(opened, 1, 1)
            sides.append((opened, till, Samples()))
        rows = _history(postgres.database("full"), sides[1][1], world.size.times(ROWS))
        for turn in range(-WARM_UP, world.size.times(PUSHES)):
            # Who goes first alternates.
            for backend_, till, samples in sides[:: 1 if turn % 2 else -1]:
                await _push(backend_, till, samples if turn >= 0 else Samples())
    empty, full = sides[0][2], sides[1][2]
    details = full.summary("full") | empty.summary("empty") | {"log_rows": float(rows)}
    said = f"{rows:,} rows in the log of the store that is pushed to; medians"
    return {"log_ten_million": Measured(full.median, empty.median, len(full), said, details)}


def _history(url: str, till: FleetTill, rows: int) -> int:
    """Log rows of the till's store, older than what it pushes next."""
    reply = till.reply
    given = {
        "org_id": f"'{reply.org_id}'::uuid",
        "stream": f"'{reply.store_id}'",
        "number": "row",
        "device_id": f"'{reply.device_id}'::uuid",
        "user_id": "NULL",
        "store_id": f"'{reply.store_id}'::uuid",
        "at": f"{int(time.time() * 1_000_000)}",
        "fact_types": """'{"sale": 1, "sale_line": 3, "payment": 1}'""",
        "rows": "'[]'",
    }
    with psycopg.connect(url, autocommit=True) as owner:
        # The index is built once, and nothing of this is part of the measurement.
        owner.execute("ALTER TABLE change_log DROP CONSTRAINT change_log_pkey")
        done = fill(owner, CHANGE_LOG, rows, given, patience_s=FILL_S)
        owner.execute(
            "ALTER TABLE change_log ADD CONSTRAINT change_log_pkey"
            " PRIMARY KEY (org_id, stream, number)"
        )
        owner.execute("UPDATE stream SET head = %s WHERE stream = %s", (done, reply.store_id))
        owner.execute("VACUUM ANALYZE change_log")
        owner.execute("CHECKPOINT")
    return done


async def _push(backend: Backend, till: FleetTill, samples: Samples) -> None:
    group = till.group()
    with samples.timed():
        await backend.pusher.push(till.device, [group])

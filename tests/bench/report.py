"""What pushes notice of a report that reads the whole history."""

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from app.demo.server import DemoServer, running
from localdb.errors import Refusal
from sync.server.schema import RECORD_TABLES
from tests.bench.fill import fill
from tests.bench.fleet import enrolled
from tests.bench.lines import Lines, paced
from tests.bench.pending import Pending
from tests.bench.results import Measured
from tests.bench.samples import Samples
from tests.bench.world import World

ROUNDS = 4
ROUND_S = 3
TILLS = 20
PER_S = 40
LINES = 400_000
FILL_S = 25.0
REPORT = (
    "SELECT product_id, name, sum(quantity_milli), sum(total_minor), count(DISTINCT sale_id)"
    " FROM sale_line GROUP BY product_id, name ORDER BY sum(total_minor) DESC LIMIT 100"
)


def measure(world: World) -> dict[str, Measured]:
    """In turn: pushes alone, and the same beside the report."""
    with tempfile.TemporaryDirectory(prefix="report-", dir=world.folder) as folder:
        for entered in (world.folder, Path(folder)):
            entered.chmod(0o755)
        try:
            with running(Path(folder)) as server:
                return asyncio.run(_measured(server, world))
        except Refusal as refusal:
            raise Pending(str(refusal)) from refusal


async def _measured(server: DemoServer, world: World) -> dict[str, Measured]:
    tills = await enrolled(server, 5, TILLS)
    org_id = tills[0].reply.org_id
    rows = _history(server, org_id, world.size.times(LINES))
    lines = Lines(tills[0].host)
    alone, beside, reports = Samples(), Samples(), Samples()
    for number in range(2 * world.size.times(ROUNDS)):
        requests = [tills[n % TILLS].request(1) for n in range(ROUND_S * PER_S)]
        if number % 2 == 0:
            alone.values_ms += (await paced(lines, requests, PER_S, TILLS)).values_ms
            continue
        with _reporting(server.database_url, org_id, reports):
            beside.values_ms += (await paced(lines, requests, PER_S, TILLS)).values_ms
    await lines.close()
    details = beside.summary("beside") | alone.summary("alone") | reports.summary("report")
    said = f"one report after the other over {rows:,} sale lines; floor the same pushes alone"
    return {"report": Measured(beside.at(95), alone.at(95), len(beside), said, details)}


def _history(server: DemoServer, org_id: str, rows: int) -> int:
    given = {"org_id": f"'{org_id}'::uuid", "name": "'Product ' || row % 5000"}
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        return fill(owner, RECORD_TABLES["sale_line"], rows, given, patience_s=FILL_S)


@contextmanager
def _reporting(url: str, org_id: str, samples: Samples) -> Iterator[None]:
    """Runs the report again and again, in a connection of its own, until the block ends."""
    done = threading.Event()

    def work() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT set_config('evertill.org', %s, false)", (org_id,))
            while not done.is_set():
                with samples.timed():
                    connection.execute(REPORT).fetchall()

    worker = threading.Thread(target=work, name="report")
    worker.start()
    try:
        yield
    finally:
        done.set()
        worker.join()

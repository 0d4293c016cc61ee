"""What a quiet store notices of a flood in another one."""

import asyncio
import tempfile
from pathlib import Path

from app.demo.server import DemoServer, running
from localdb.errors import Refusal
from tests.bench.fleet import enrolled
from tests.bench.lines import Lines, paced
from tests.bench.pending import Pending
from tests.bench.results import Measured
from tests.bench.samples import Samples
from tests.bench.world import World

ROUNDS = 4
ROUND_S = 3
QUIET_TILLS = 10
QUIET_PER_S = 20
HOT_TILLS = 100
HOT_BATCHES_PER_S = 10
HOT_BATCH = 20
"""Sales: the hot store brings 200 a second, more than a hundred tills can ring."""


def measure(world: World) -> dict[str, Measured]:
    """In turn: the quiet store alone, and the same beside the flood."""
    with tempfile.TemporaryDirectory(prefix="hot-", dir=world.folder) as folder:
        for entered in (world.folder, Path(folder)):
            entered.chmod(0o755)
        try:
            with running(Path(folder)) as server:
                return asyncio.run(_measured(server, world.size.times(ROUNDS)))
        except Refusal as refusal:
            raise Pending(str(refusal)) from refusal


async def _measured(server: DemoServer, rounds: int) -> dict[str, Measured]:
    tills = await enrolled(server, 2, 2 * HOT_TILLS)
    quiet, hot = tills[0::2][:QUIET_TILLS], tills[1::2]
    lines = Lines(tills[0].host)
    alone, beside, flood = Samples(), Samples(), Samples()
    singles = ROUND_S * QUIET_PER_S
    for number in range(2 * rounds):
        requests = [quiet[n % len(quiet)].request(1) for n in range(singles)]
        if number % 2 == 0:
            alone.values_ms += (await paced(lines, requests, QUIET_PER_S, len(quiet))).values_ms
            continue
        batches = [hot[n].request(HOT_BATCH) for n in range(ROUND_S * HOT_BATCHES_PER_S)]
        calm, busy = await asyncio.gather(
            paced(lines, requests, QUIET_PER_S, len(quiet)),
            paced(lines, batches, HOT_BATCHES_PER_S, len(hot)),
        )
        beside.values_ms += calm.values_ms
        flood.values_ms += busy.values_ms
    await lines.close()
    details = beside.summary("beside") | alone.summary("alone") | flood.summary("flood_batch")
    said = f"{HOT_BATCH * HOT_BATCHES_PER_S} sales/s into the other store; floor the store alone"
    return {"hot_store": Measured(beside.at(95), alone.at(95), len(beside), said, details)}

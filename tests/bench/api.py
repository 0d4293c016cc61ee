"""One API process with many tills connected: sales one by one, then queues in batches."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

from app.demo.server import DemoServer, running
from localdb.errors import Refusal
from tests.bench.cpu import Meter
from tests.bench.fleet import FleetTill, enrolled
from tests.bench.lines import Lines, paced
from tests.bench.pending import Pending
from tests.bench.results import Measured
from tests.bench.samples import Samples
from tests.bench.world import World

TILLS = 1000
STORES = 50
SINGLES_PER_S = 320
"""Offered when sales come one by one: what is answered in time cannot be more."""
SINGLES_S = 20
QUEUED_SALES = 20
"""Waiting at each till when all drain at once."""
CONNECTIONS = 100
"""At once, when all tills drain: the rest wait for their turn, as their backoff would have it."""


def measure(world: World) -> dict[str, Measured]:
    """Run the server, connect every till's hints, and push."""
    with tempfile.TemporaryDirectory(prefix="api-", dir=world.folder) as folder:
        for entered in (world.folder, Path(folder)):
            entered.chmod(0o755)
        try:
            with running(Path(folder)) as server:
                return asyncio.run(_measured(server, world))
        except Refusal as refusal:
            raise Pending(str(refusal)) from refusal


async def _measured(server: DemoServer, world: World) -> dict[str, Measured]:
    tills = await enrolled(server, min(STORES, world.size.times(STORES)), world.size.times(TILLS))
    lines = Lines(tills[0].host)
    # Ready-made, so that the sending machine has little else to do while it is measured.
    count = world.size.times(SINGLES_S * SINGLES_PER_S)
    sales_one_by_one = [tills[number % len(tills)].request(1) for number in range(count)]
    queues = [till.request(QUEUED_SALES) for till in tills]
    async with _listening(server, tills):
        meter = Meter(server)
        before, began = meter.spent(), time.perf_counter()
        singles = await paced(lines, sales_one_by_one, SINGLES_PER_S, len(tills))
        took_s = time.perf_counter() - began
        busy, between = lines.turned_away, meter.spent()
        batches, drained_s = await _drained(lines, queues)
        after = meter.spent()
    await lines.close()
    sales = QUEUED_SALES * len(tills)
    said = f"{len(tills)} tills with live hints; offered {SINGLES_PER_S}/s by the same machine"
    details = singles.summary("push") | {"took_s": took_s, "turned_away": busy}
    details |= before.each_ms(between, len(singles))
    return {
        "api": Measured(len(singles) / took_s, None, len(singles), said, details),
        "api_drain": Measured(
            sales / drained_s,
            None,
            len(batches),
            f"{len(tills)} tills with {QUEUED_SALES} sales each",
            batches.summary("batch") | between.each_ms(after, sales),
        ),
    }


async def _drained(lines: Lines, requests: Sequence[bytes]) -> tuple[Samples, float]:
    turns = asyncio.Semaphore(CONNECTIONS)
    samples = Samples()

    async def send(request: bytes) -> None:
        async with turns:
            with samples.timed():
                await lines.send(request)

    began = time.perf_counter()
    await asyncio.gather(*map(send, requests))
    return samples, time.perf_counter() - began


@asynccontextmanager
async def _listening(server: DemoServer, tills: Sequence[FleetTill]) -> AsyncIterator[None]:
    """Every till's WebSocket, open and read."""
    url = f"ws{server.url.removeprefix('http')}/v1/hints"
    async with AsyncExitStack() as stack:
        tasks = []
        for till in tills:
            headers = {"Authorization": f"Bearer {till.reply.token}", "Evertill-Protocol": "1"}
            socket = await stack.enter_async_context(
                connect(url, additional_headers=headers, ping_interval=None)
            )
            tasks.append(asyncio.create_task(_read(socket)))
        yield
        for task in tasks:
            task.cancel()


async def _read(socket: ClientConnection) -> None:
    async for _ in socket:  # a hint is heard, and nothing is made of it
        pass

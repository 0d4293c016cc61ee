"""Sending ready-made pushes, at a pace or as fast as they are answered."""

import asyncio
import json
import time
from collections.abc import Sequence

from tests.bench.samples import Samples


async def paced(lines: "Lines", requests: Sequence[bytes], per_s: float, tills: int) -> Samples:
    """Each push begins at its time, however long the others take; from then it is timed.

    Request *n* is till *n* modulo ``tills``: a later one of a till waits for the one before.
    """
    turns = [asyncio.Lock() for _ in range(tills)]
    samples = Samples()
    began = time.perf_counter()

    async def send(number: int) -> None:
        due = began + number / per_s
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        async with turns[number % tills]:
            await lines.send(requests[number])
        samples.values_ms.append((time.perf_counter() - due) * 1000)

    await asyncio.gather(*(send(number) for number in range(len(requests))))
    return samples


class Lines:
    """Kept-alive connections that send ready-made requests: a client that costs little itself."""

    def __init__(self, host: str) -> None:
        name, _, port = host.partition(":")
        self._address = (name, int(port))
        self.turned_away = 0
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self, request: bytes) -> None:
        """Push until it is applied; a busy server is asked again when it says."""
        while (wait_s := await self._sent(request)) is not None:
            self.turned_away += wait_s > 0
            await asyncio.sleep(wait_s)

    async def _sent(self, request: bytes) -> float | None:
        line = self._free.pop() if self._free else await asyncio.open_connection(*self._address)
        reader, writer = line
        writer.write(request)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            # The server closes lines that were idle; the same again on another one.
            writer.close()
            return 0.0
        body = await reader.readexactly(int(_header(head, b"content-length")))
        self._free.append(line)
        if head.startswith(b"HTTP/1.1 503"):
            return float(_header(head, b"retry-after"))
        _check(head, body)
        return None

    async def close(self) -> None:
        """Close every connection."""
        for _, writer in self._free:
            writer.close()
            await writer.wait_closed()


def _header(head: bytes, name: bytes) -> bytes:
    lines = head.lower().split(b"\r\n")
    return next(line.partition(b":")[2] for line in lines if line.startswith(name + b":"))


def _check(head: bytes, body: bytes) -> None:
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"the server answered {head[:40]!r}: {body[:300]!r}")
    kinds = {verdict["kind"] for verdict in json.loads(body)["verdicts"]}
    if kinds != {"applied"}:
        raise RuntimeError(f"not every group was applied: {body[:300]!r}")

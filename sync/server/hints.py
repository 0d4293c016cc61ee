"""Tells tills that a stream moved: after the commit, and at no cost to it.

Each process delivers its own hints at once and tells the other processes with one NOTIFY for all
that happened in the last few milliseconds. NOTIFY takes a lock of the whole instance, so it is
never sent inside a transaction that does anything else. A lost hint costs a till one poll.

An edit is told at once. Sales and other facts wait a few seconds for more of them: every till of
the store would pull each one, and no cashier looks at another till's receipts that soon.
"""

import asyncio
import json
import logging
import random
from collections import defaultdict
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
)
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import psycopg
from psycopg.conninfo import make_conninfo

from sync.protocol.messages import Hint

LOG = logging.getLogger(__name__)
CHANNEL = "evertill_hint"
RECONNECT_S = 1.0
NOTIFIED_MAX = 70
"""Entries of one NOTIFY: its payload is below 8,000 bytes."""
KEPT_MAX = 10_000
"""Streams whose hints wait for a connection that is down; what is beyond is left to the polls."""
KEEPALIVE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A connection that died without a word is noticed within half a minute."""

Place = tuple[str, str]
"""(organisation, stream)."""


class HintSink(Protocol):
    """Where the hints of a commit go; never fails, never waits."""

    def publish(self, org_id: str, heads: Mapping[str, int], urgent: Collection[str]) -> None:
        """The streams of an organisation are at these numbers now; the ``urgent`` got edits."""


class NoHints:
    """A sink for commands, which end before anyone could listen."""

    def publish(self, org_id: str, heads: Mapping[str, int], urgent: Collection[str]) -> None:
        """Forget it: tills poll."""


def _counted(text: str) -> int:
    count: int = field(default=0, metadata={"help": text})
    return count


@dataclass(slots=True)
class HintStats:
    """Counts of hints since the start of this process."""

    published: int = _counted("Streams that moved by a commit of this process.")
    delivered: int = _counted("Hints sent to tills.")
    coalesced: int = _counted("Hints that a newer one overtook before it was sent.")
    notify_sent: int = _counted("NOTIFY statements, each with the hints of many commits.")
    notify_received: int = _counted("NOTIFY messages that arrived, one's own too.")
    lost: int = _counted("News that were not passed on to other processes.")
    interruptions: int = _counted("Times a hint connection failed or could not be made.")
    connections: int = _counted("Tills that connected.")
    refused: int = _counted("Connections refused, for want of a token or too many at once.")


class Subscription:
    """One listener: the newest number of each stream it has not been told yet."""

    def __init__(self, stats: HintStats | None = None, device_id: str = "") -> None:
        self.device_id = device_id
        self._stats = stats or HintStats()
        self._told: dict[str, int] = {}
        self._pending: dict[str, int] = {}
        self._wake = asyncio.Event()
        self._ended = False

    def put(self, stream: str, number: int) -> None:
        """Note that a stream is at ``number``; an older number is dropped."""
        if number > self._told.get(stream, 0):
            self._stats.coalesced += stream in self._pending
            self._told[stream] = self._pending[stream] = number
            self._wake.set()

    def end(self) -> None:
        """Say nothing more."""
        self._ended = True
        self._wake.set()

    async def hints(self) -> AsyncIterator[Hint]:
        """The hints, until ``end``; several steps of a stream come as one."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._ended:
                return
            pending, self._pending = self._pending, {}
            for stream, number in pending.items():
                self._stats.delivered += 1
                yield Hint(stream=stream, number=number)


class Hub:
    """The hints of one process: ``start`` opens its two connections, ``stop`` closes them.

    ``interval_s`` lies between two NOTIFYs at least; facts wait half of ``facts_wait_s``
    at least and all of it at most.
    """

    def __init__(
        self,
        url: str,
        interval_s: float,
        facts_wait_s: float,
        connect_timeout_s: int = 2,
        random: Callable[[], float] = random.random,
    ) -> None:
        self.stats = HintStats()
        self.connected = 0
        self._url = url
        self._interval_s = interval_s
        self._facts_wait_s = facts_wait_s
        self._connect_timeout_s = connect_timeout_s
        self._random = random
        self._later: dict[Place, asyncio.TimerHandle] = {}
        self._listeners: dict[Place, set[Subscription]] = defaultdict(set)
        self._pending: dict[Place, int] = {}
        self._outgoing: dict[Place, int] = {}
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def publish(self, org_id: str, heads: Mapping[str, int], urgent: Collection[str]) -> None:
        """Tell this process's listeners and the other processes; facts wait for more of them."""
        self.stats.published += len(heads)
        for stream, number in heads.items():
            place = (org_id, stream)
            self._pending[place] = max(number, self._pending.get(place, 0))
            if stream in urgent:
                self._tell_of(place)
            elif place not in self._later:
                # Not all stores at the same moment: a shift begins everywhere at nine.
                wait_s = self._facts_wait_s * (1 + self._random()) / 2
                loop = asyncio.get_running_loop()
                self._later[place] = loop.call_later(wait_s, self._tell_of, place)

    def _tell_of(self, place: Place) -> None:
        waiting = self._later.pop(place, None)
        if waiting is not None:
            waiting.cancel()
        number = self._pending.pop(place)
        self._deliver(place, number)
        if place in self._outgoing or len(self._outgoing) < KEPT_MAX:
            self._outgoing[place] = max(number, self._outgoing.get(place, 0))
        else:
            self.stats.lost += 1
        self._wake.set()

    @contextmanager
    def subscribed(
        self, org_id: str, streams: Iterable[str], device_id: str = ""
    ) -> Iterator[Subscription]:
        """Subscribe a device to streams while inside; gives the ``Subscription``."""
        subscription = Subscription(self.stats, device_id)
        places = [(org_id, stream) for stream in streams]
        self.connected += 1
        self.stats.connections += 1
        for place in places:
            self._listeners[place].add(subscription)
        try:
            yield subscription
        finally:
            self.connected -= 1
            for place in places:
                self._listeners[place].discard(subscription)
                if not self._listeners[place]:
                    del self._listeners[place]

    def organisations(self) -> set[str]:
        """The streams that somebody listens to."""
        return {org_id for org_id, _ in self._listeners}

    def hang_up(self, org_id: str, device_ids: Collection[str]) -> None:
        """Tell these devices nothing more; whoever listens for them ends."""
        for place, subscriptions in self._listeners.items():
            if place[0] == org_id:
                for subscription in subscriptions:
                    if subscription.device_id in device_ids:
                        subscription.end()

    def start(self) -> None:
        """Begin to talk to the other processes."""
        self._tasks = [
            asyncio.create_task(self._lasting(self._tell)),
            asyncio.create_task(self._lasting(self._listen)),
        ]

    async def stop(self) -> None:
        """Close the connections."""
        for waiting in self._later.values():
            waiting.cancel()
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    def _deliver(self, place: Place, number: int) -> None:
        for subscription in self._listeners.get(place, ()):
            subscription.put(place[1], number)

    async def _lasting(
        self, talk: Callable[[psycopg.AsyncConnection[Any]], Coroutine[Any, Any, None]]
    ) -> None:
        """Keep a connection up for ``talk``, whatever happens to the database."""
        while True:
            try:
                async with await self._connect() as connection:
                    await talk(connection)
            except Exception as error:
                # Any error is survived: without this task tills would only poll, for ever.
                self.stats.interruptions += 1
                LOG.warning("hints are interrupted: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_S)

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        address = make_conninfo(
            self._url,
            application_name="evertill-hints",
            connect_timeout=self._connect_timeout_s,
            **KEEPALIVE,
        )
        return await psycopg.AsyncConnection.connect(address, autocommit=True)

    async def _tell(self, connection: psycopg.AsyncConnection[Any]) -> None:
        if self._outgoing:
            self._wake.set()
        while True:
            await self._wake.wait()
            self._wake.clear()
            pending = list(self._outgoing.items())
            for start in range(0, len(pending), NOTIFIED_MAX):
                await self._notify(connection, pending[start : start + NOTIFIED_MAX])
            await asyncio.sleep(self._interval_s)

    async def _notify(
        self, connection: psycopg.AsyncConnection[Any], pending: list[tuple[Place, int]]
    ) -> None:
        payload = json.dumps([[*place, number] for place, number in pending])
        await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
        self.stats.notify_sent += 1
        # Only what was sent is forgotten: the rest goes out over the next connection.
        for place, number in pending:
            if self._outgoing[place] == number:
                del self._outgoing[place]

    async def _listen(self, connection: psycopg.AsyncConnection[Any]) -> None:
        await connection.execute(f"LISTEN {CHANNEL}")
        async for notice in connection.notifies():
            self.stats.notify_received += 1
            for org_id, stream, number in json.loads(notice.payload):
                self._deliver((org_id, stream), number)

"""Telling tills that a stream moved, after the commit and at no cost to it.

Each process delivers its own news at once and tells the other processes with one NOTIFY for all
that happened in the last few milliseconds. NOTIFY takes a lock of the whole instance, so it is
never sent inside a transaction that does anything else. A lost hint costs a till one poll.

An edit is told at once. Sales and other facts wait a few seconds for more of them: every till of
the store would pull each one, and no cashier looks at another till's receipts that soon.
"""

import asyncio
import json
import logging
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
from typing import Any, Protocol

import psycopg

from sync.protocol.messages import Hint

LOG = logging.getLogger(__name__)
CHANNEL = "evertill_hint"
RECONNECT_S = 1.0
NEWS_MAX = 70
"""Entries of one NOTIFY: its payload is below 8,000 bytes."""

Place = tuple[str, str]
"""(organisation, stream)."""


class HintSink(Protocol):
    """Where the news of a commit goes; never fails, never waits."""

    def publish(self, org_id: str, heads: Mapping[str, int], urgent: Collection[str]) -> None:
        """The streams of an organisation are at these numbers now; the ``urgent`` got edits."""


class NoHints:
    """A sink for commands, which end before anyone could listen."""

    def publish(self, org_id: str, heads: Mapping[str, int], urgent: Collection[str]) -> None:
        """Forget it: tills poll."""


class Subscription:
    """One listener: the newest number of each stream it has not been told yet."""

    def __init__(self) -> None:
        self._told: dict[str, int] = {}
        self._news: dict[str, int] = {}
        self._wake = asyncio.Event()

    def put(self, stream: str, number: int) -> None:
        """Note that a stream is at ``number``; older news are dropped."""
        if number > self._told.get(stream, 0):
            self._told[stream] = self._news[stream] = number
            self._wake.set()

    async def hints(self) -> AsyncIterator[Hint]:
        """What is new, for ever; several steps of a stream come as one."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            news, self._news = self._news, {}
            for stream, number in news.items():
                yield Hint(stream=stream, number=number)


class Hub:
    """The hints of one process: ``start`` opens its two connections, ``stop`` closes them.

    ``interval_s`` lies between two NOTIFYs at least; facts wait ``facts_wait_s`` for more.
    """

    def __init__(self, url: str, interval_s: float, facts_wait_s: float) -> None:
        self._url = url
        self._interval_s = interval_s
        self._facts_wait_s = facts_wait_s
        self._later: dict[Place, asyncio.TimerHandle] = {}
        self._listeners: dict[Place, set[Subscription]] = defaultdict(set)
        self._news: dict[Place, int] = {}
        self._outgoing: dict[Place, int] = {}
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def publish(self, org_id: str, heads: Mapping[str, int], urgent: Collection[str]) -> None:
        """Tell this process's listeners and the other processes; facts wait for more of them."""
        for stream, number in heads.items():
            place = (org_id, stream)
            self._news[place] = max(number, self._news.get(place, 0))
            if stream in urgent:
                self._tell_of(place)
            elif place not in self._later:
                loop = asyncio.get_running_loop()
                self._later[place] = loop.call_later(self._facts_wait_s, self._tell_of, place)

    def _tell_of(self, place: Place) -> None:
        waiting = self._later.pop(place, None)
        if waiting is not None:
            waiting.cancel()
        number = self._news.pop(place)
        self._deliver(place, number)
        self._outgoing[place] = max(number, self._outgoing.get(place, 0))
        self._wake.set()

    @contextmanager
    def subscribed(self, org_id: str, streams: Iterable[str]) -> Iterator[Subscription]:
        """Listen to streams while inside; gives the ``Subscription``."""
        subscription = Subscription()
        places = [(org_id, stream) for stream in streams]
        for place in places:
            self._listeners[place].add(subscription)
        try:
            yield subscription
        finally:
            for place in places:
                self._listeners[place].discard(subscription)
                if not self._listeners[place]:
                    del self._listeners[place]

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
        """Keep a connection up for ``talk``, whatever becomes of the database."""
        while True:
            try:
                async with await self._connect() as connection:
                    await talk(connection)
            except (psycopg.Error, OSError, ValueError) as error:
                LOG.warning("hints are interrupted: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_S)

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, application_name="evertill-hints"
        )

    async def _tell(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            news = [[*place, number] for place, number in self._outgoing.items()]
            self._outgoing = {}
            for start in range(0, len(news), NEWS_MAX):
                payload = json.dumps(news[start : start + NEWS_MAX])
                await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
            await asyncio.sleep(self._interval_s)

    async def _listen(self, connection: psycopg.AsyncConnection[Any]) -> None:
        await connection.execute(f"LISTEN {CHANNEL}")
        async for notice in connection.notifies():
            for org_id, stream, number in json.loads(notice.payload):
                self._deliver((org_id, stream), number)

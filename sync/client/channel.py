"""Sends the requests of one loop, each with a deadline, whatever it hangs in.

A thread that waits for a name server or a dripping answer cannot be interrupted. So requests run
on a thread of the channel's own, which is left behind when one is overdue: the next request gets a
new thread, and an answer that still comes on the old one is ignored.
"""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, Protocol, TypeVar

from sync.client.background import Background
from sync.protocol.gateway import Gateway, TimedOut

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

SLOW_S = 10.0
"""A request that has been under way for so long is shown as stuck."""


class PendingReply(Protocol[T_co]):
    """The result of a request under way."""

    def result(self) -> T_co:
        """Wait for it; raises any GatewayFault."""
        ...


class Channel(Protocol):
    """Requests of one loop, one at a time."""

    def begin(self, ask: Callable[[Gateway], T]) -> PendingReply[T]:
        """Send a request and do something else meanwhile."""
        ...

    def ask(self, ask: Callable[[Gateway], T]) -> T:
        """Send a request and wait; raises any GatewayFault."""
        ...


class InlineChannel:
    """Asks at once on the caller's thread: for a gateway that never hangs, as in a simulation."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def begin(self, ask: Callable[[Gateway], T]) -> PendingReply[T]:
        """Ask now; a fault waits for ``result``."""
        future: Future[T] = Future()
        _settle(future, self._gateway, ask)
        return future

    def ask(self, ask: Callable[[Gateway], T]) -> T:
        """Ask now."""
        return ask(self._gateway)

    def close(self) -> None:
        """Do nothing: there is nothing to close."""


class ThreadChannel:
    """Asks on a thread of its own; ``on_slow`` is told when a request gets stuck and when it ends.

    A request that has no answer after ``deadline_s`` raises TimedOut; a stop ends every wait.
    """

    def __init__(
        self,
        gateway: Gateway,
        background: Background,
        name: str,
        *,
        deadline_s: float,
        slow_s: float = SLOW_S,
        on_slow: Callable[[bool], None] = lambda slow: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gateway = gateway
        self._background = background
        self._name = name
        self._deadline_s = deadline_s
        self._slow_s = slow_s
        self._on_slow = on_slow
        self._monotonic = monotonic
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] | None = None

    def begin(self, ask: Callable[[Gateway], T]) -> PendingReply[T]:
        """Send a request; it waits behind one that is still under way."""
        future: Future[T] = Future()
        if self._jobs is None:
            self._jobs = queue.SimpleQueue()
            threading.Thread(
                target=_serve, args=(self._jobs,), name=self._name, daemon=True
            ).start()
        self._jobs.put(lambda: _settle(future, self._gateway, ask))
        return _Awaited(self, future, self._monotonic())

    def ask(self, ask: Callable[[Gateway], T]) -> T:
        """Send a request and wait for its answer."""
        return self.begin(ask).result()

    def close(self) -> None:
        """End the thread, once the request it may be in is over."""
        if self._jobs is not None:
            self._jobs.put(None)
            self._jobs = None

    def wait(self, future: "Future[T]", began: float) -> T:
        """The answer of a request that began then."""
        if not self._settled(future, began + min(self._slow_s, self._deadline_s)):
            self._on_slow(True)
            try:
                overdue = not self._settled(future, began + self._deadline_s)
            finally:
                self._on_slow(False)
            if overdue:
                self.close()
                raise TimedOut("The server took too long to answer.")
        return future.result()

    def _settled(self, future: "Future[T]", until: float) -> bool:
        return self._background.settled(future, max(0.0, until - self._monotonic()))


class _Awaited(Generic[T]):
    def __init__(self, channel: ThreadChannel, future: "Future[T]", began: float) -> None:
        self._channel = channel
        self._future = future
        self._began = began

    def result(self) -> T:
        """Wait for it."""
        return self._channel.wait(self._future, self._began)


def _serve(jobs: "queue.SimpleQueue[Callable[[], None] | None]") -> None:
    while (job := jobs.get()) is not None:
        job()


def _settle(future: "Future[T]", gateway: Gateway, ask: Callable[[Gateway], T]) -> None:
    try:
        future.set_result(ask(gateway))
    except BaseException as error:  # whoever asks for the result gets it
        future.set_exception(error)

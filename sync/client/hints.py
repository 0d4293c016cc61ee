"""Listens for hints; a hint lets a stream be pulled before the clock says so."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from sync.client.address import is_this_machine
from sync.client.background import report_bug
from sync.client.reconnect import Reconnect
from sync.client.status import LiveStatus, Tally
from sync.protocol.limits import CONNECT_TIMEOUT_S
from sync.protocol.messages import PROTOCOL_VERSION, Hint

log = logging.getLogger(__name__)

PING_S = 10.0
"""A line on which no pong comes back in this time is dead, whatever TCP believes."""
HINT_BYTES_MAX = 4096
STOP_WAIT_S = 2.0


class HintListener:
    """A thread with one WebSocket, opened again whenever it breaks.

    While the network is down it tries TCP about once a second, which costs next to nothing; a
    server that answers is given the time it asks for. ``on_hint`` is called on that thread for
    each message; with None for one that cannot be read, which may be about anything. ``on_live``
    is told of each connect, break and failure. Losing hints costs one poll.
    """

    def __init__(
        self,
        base_url: str,
        token: Callable[[], str],
        on_hint: Callable[[Hint | None], None],
        on_live: Callable[[LiveStatus], None],
        *,
        random: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
        ping_s: float = PING_S,
    ) -> None:
        self._url = "ws" + base_url.removeprefix("http").rstrip("/") + "/v1/hints"
        self._token = token
        self._on_hint = on_hint
        self._on_live = on_live
        self._monotonic = monotonic
        self._ping_s = ping_s
        self._reconnect = Reconnect(random)
        self._status = LiveStatus()
        self._stopping = threading.Event()
        self._socket: ClientConnection | None = None
        self._swap = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="evertill-hints", daemon=True)

    def __repr__(self) -> str:
        return f"HintListener({self._url!r})"

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Close the connection; a thread that hangs in a connect ends by its own time-out."""
        self._stopping.set()
        with self._swap:
            socket = self._socket
        if socket is not None:
            socket.close()
        self._thread.join(STOP_WAIT_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            began = self._monotonic()
            try:
                self._listen()
            except Exception as fault:
                lasted_s = self._monotonic() - began
                self._stopping.wait(self._broken(fault, lasted_s))

    def _listen(self) -> None:
        with connect(
            self._url,
            additional_headers={
                "Authorization": f"Bearer {self._token()}",
                "Evertill-Protocol": str(PROTOCOL_VERSION),
            },
            timeout=self._reconnect.tcp_timeout_s,
            open_timeout=CONNECT_TIMEOUT_S,
            close_timeout=1.0,
            ping_interval=self._ping_s,
            ping_timeout=self._ping_s,
            max_size=HINT_BYTES_MAX,
            proxy=None if is_this_machine(self._url) else True,
        ) as socket:
            with self._swap:
                self._socket = socket
            self._say(connected=True, succeeded=1)
            while not self._stopping.is_set():
                self._on_hint(read_hint(socket.recv()))

    def _broken(self, fault: Exception, lasted_s: float) -> float:
        """Report that there is no connection; returns how long to wait before the next try."""
        if not isinstance(fault, OSError | WebSocketException):
            report_bug(fault)
        # Offline is an ordinary state; the poll clock covers it.
        log.debug("no live hints: %s", type(fault).__name__)
        if self._status.connected:
            self._say(connected=False)
            return self._reconnect.after_break(lasted_s)
        self._say(connected=False, failed=1)
        return self._reconnect.after_failure(fault)

    def _say(self, *, connected: bool, succeeded: int = 0, failed: int = 0) -> None:
        before = self._status.connects
        tally = Tally(before.succeeded + succeeded, before.failed + failed)
        self._status = replace(self._status, connected=connected, connects=tally)
        self._on_live(self._status)


def read_hint(message: str | bytes) -> Hint | None:
    """What a message of at most ``HINT_BYTES_MAX`` says; None when it is not a hint."""
    try:
        return Hint.model_validate_json(message)
    except ValueError:
        log.debug("a hint of %s characters cannot be read", len(message))
        return None

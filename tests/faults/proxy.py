"""A loopback proxy between the real client and the real server, which misbehaves as told.

It reads whole HTTP/1.1 messages, so that a fault falls where it was meant to; WebSockets pass
through as they are. One thread a connection; ``close`` ends them all.
"""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import BinaryIO
from urllib.parse import urlsplit

WAIT_S = 30.0
DRIP_BYTES = 16
DRIP_S = 0.002
END_S = 10.0


class Fault(StrEnum):
    """What becomes of one request."""

    NONE = auto()
    RESET = auto()
    """The connection is reset before the server hears of it."""
    HALF_REQUEST = auto()
    """The server gets half of it, then the line breaks."""
    SILENCE = auto()
    """It is taken and never answered: a half-open connection."""
    LOST = auto()
    """The server has done it; its answer is lost."""
    TRUNCATED = auto()
    """Half of the answer arrives, then the line breaks."""
    DRIP = auto()
    """The answer arrives a few bytes at a time."""
    TWICE = auto()
    """The server gets it twice; the second answer is passed on."""
    STALE = auto()
    """An earlier upload arrives once more before it."""
    REPLAYED = auto()
    """The server has done it; the client gets the answer of an earlier request like it."""
    PORTAL = auto()
    """Somebody else answers 200: a hotel asks to sign in, and the server hears of nothing."""
    BAD_GATEWAY = auto()
    """The server has done it; whoever stands before it says 502."""


class Moment(StrEnum):
    """Where a request is when somebody who watches is told of it."""

    ASKED = auto()
    """The proxy has it, the server does not."""
    SENT = auto()
    """The server has it, whatever it makes of it."""
    ANSWERED = auto()
    """The server is done, the client does not know."""


_PORTAL = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 33\r\n\r\n"
    b"<html>Welcome! Your room?</html>\n"
)
_BAD_GATEWAY = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nBad Gateway"
)

Plan = Callable[[str], Fault]
Watch = Callable[[str, Moment], None]


def is_push(request: str) -> bool:
    """Whether a request line is that of an upload."""
    return request.startswith("POST /v1/push")


@dataclass(frozen=True, slots=True)
class _Message:
    """A request or a response as it came over the wire."""

    first_line: str
    raw: bytes

    @property
    def is_upgrade(self) -> bool:
        return b"\r\nupgrade: websocket" in self.raw.lower()


class Proxy:
    """Listens on a free port; ``plan`` and ``watch`` may be replaced at any time.

    ``plan`` decides by the request line; ``watch`` is called on the connection's thread.
    """

    def __init__(self, upstream: str) -> None:
        where = urlsplit(upstream)
        assert where.hostname
        self._upstream = (where.hostname, where.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.plan: Plan = lambda request: Fault.NONE
        self.watch: Watch = lambda request, moment: None
        self.faults: list[Fault] = []
        """What was done to whom, in order; without the harmless."""
        self.holds_back = False
        """Whether a WebSocket's messages to the client are kept until the connection ends."""
        self._earlier = b""
        self._answers: dict[str, bytes] = {}
        self._stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def heal(self) -> None:
        """Misbehave no more; who hangs goes on hanging, as on a dead line."""
        self.plan = lambda request: Fault.NONE
        self.watch = lambda request, moment: None

    def close(self) -> None:
        """Close every connection and end every thread."""
        self._stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(END_S)
            assert not thread.is_alive(), "a connection of the proxy hangs"

    # ------------------------------------------------------------ connections

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="proxy")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._start(lambda client=client: self._serve(client))  # type: ignore[misc]

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), self._tracked(client), client.makefile("rb") as asked:
            while (request := _read_request(asked)) and not self._stopping.is_set():
                if not self._pass_on(request, client):
                    return

    @contextmanager
    def _tracked(self, connection: socket.socket) -> Iterator[socket.socket]:
        with self._lock:
            self._open.add(connection)
        try:
            yield connection
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    @contextmanager
    def _server(self) -> Iterator[socket.socket]:
        connection = socket.create_connection(self._upstream, WAIT_S)
        with self._tracked(connection):
            yield connection

    # ------------------------------------------------------------ one request

    def _pass_on(self, request: _Message, client: socket.socket) -> bool:
        """Do with a request what the plan says; whether the connection still stands."""
        if request.is_upgrade:
            self._tunnel(request, client)
            return False
        self.watch(request.first_line, Moment.ASKED)
        fault = self.plan(request.first_line)
        if fault is not Fault.NONE:
            self.faults.append(fault)
        match fault:
            case Fault.RESET:
                return _reset(client)
            case Fault.SILENCE:
                self._stopping.wait()
                return False
            case Fault.PORTAL:
                client.sendall(_PORTAL)
                return True
            case Fault.HALF_REQUEST:
                with self._server() as server:
                    server.sendall(request.raw[: len(request.raw) // 2])
                    _reset(server)
                return _reset(client)
            case _:
                return self._answer(request, fault, client)

    def _answer(self, request: _Message, fault: Fault, client: socket.socket) -> bool:
        if fault is Fault.STALE and self._earlier:
            self._ask(self._earlier)
        if fault is Fault.TWICE:
            self._ask(request.raw)
        answer = self._ask(request.raw, lambda: self.watch(request.first_line, Moment.SENT))
        if is_push(request.first_line):
            self._earlier = request.raw
        self.watch(request.first_line, Moment.ANSWERED)
        like = request.first_line.partition("?")[0]
        earlier, self._answers[like] = self._answers.get(like, answer), answer
        match fault:
            case Fault.LOST:
                return _reset(client)
            case Fault.REPLAYED:
                client.sendall(earlier)
            case Fault.BAD_GATEWAY:
                client.sendall(_BAD_GATEWAY)
            case Fault.TRUNCATED:
                client.sendall(answer[: len(answer) // 2])
                return _reset(client)
            case Fault.DRIP:
                for at in range(0, len(answer), DRIP_BYTES):
                    client.sendall(answer[at : at + DRIP_BYTES])
                    time.sleep(DRIP_S)
            case _:
                client.sendall(answer)
        return True

    def _ask(self, raw: bytes, sent: Callable[[], None] = lambda: None) -> bytes:
        """The server's whole answer; raises OSError when it does not come."""
        with self._server() as server, server.makefile("rb") as answered:
            server.sendall(raw)
            sent()
            answer = _read_message(answered)
        if answer is None:
            raise ConnectionError("the server hung up")
        return answer.raw

    def _tunnel(self, request: _Message, client: socket.socket) -> None:
        with self._server() as server:
            server.settimeout(None)
            server.sendall(request.raw)
            to_client = _hold if self.holds_back else _pump
            back = threading.Thread(target=to_client, args=(server, client), name="proxy")
            back.start()
            _pump(client, server)
            back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on until either side hangs up, then hang up on both."""
    with suppress(OSError):
        while piece := source.recv(4096):
            target.sendall(piece)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _hold(source: socket.socket, target: socket.socket) -> None:
    """Pass the handshake on, and keep all that comes after it until the source hangs up."""
    with suppress(OSError), source.makefile("rb") as stream:
        handshake = _read_message(stream)
        if handshake is not None:
            target.sendall(handshake.raw)
        target.sendall(stream.read())
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _reset(connection: socket.socket) -> bool:
    """Make the coming close a reset; false, for the connection no longer stands."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _read_request(stream: BinaryIO) -> _Message | None:
    try:
        return _read_message(stream)
    except ValueError:
        return None


def _read_message(stream: BinaryIO) -> _Message | None:
    """One message with its body; None when the other side hung up."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
    first_line, *fields = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)}
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = _read_chunks(stream)
    else:
        body = stream.read(int(headers.get("content-length", "0")))
    return _Message(first_line, head + body)


def _read_chunks(stream: BinaryIO) -> bytes:
    chunks = b""
    while True:
        line = stream.readline()
        size = int(line.split(b";")[0], 16)
        chunks += line + stream.read(size + 2)
        if not size:
            return chunks

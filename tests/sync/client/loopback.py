"""Small real HTTP servers on loopback that answer exactly as a test wants."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sync.protocol import limits, packing


@dataclass
class Seen:
    """One request as it arrived, its body unpacked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What to send back; ``claimed_length`` lies about the length, ``hang_up`` sends nothing."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    claimed_length: int | None = None
    hang_up: bool = False
    wait: threading.Event | None = None
    """Answer only once this is set."""


Script = Callable[[Seen], Answer]


@dataclass
class Loopback:
    """A running server and what it was asked."""

    url: str
    seen: list[Seen]


@contextmanager
def serving(script: Script) -> Iterator[Loopback]:
    """Serve ``script`` on a free port until the block ends."""
    seen: list[Seen] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            encoding = self.headers.get("Content-Encoding", "")
            raw = packing.unpacker(encoding, limits.BODY_BYTES_MAX).feed(raw)
            request = Seen(self.command, self.path, dict(self.headers.items()), raw)
            seen.append(request)
            answer = script(request)
            if answer.wait is not None:
                answer.wait.wait(30)
            self.close_connection = True
            if answer.hang_up:
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            length = len(answer.body) if answer.claimed_length is None else answer.claimed_length
            self.send_header("Content-Length", str(length))
            self.send_header("Connection", "close")
            self.end_headers()
            with suppress(ConnectionError):  # the client may have left already
                self.wfile.write(answer.body)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Loopback(f"http://127.0.0.1:{server.server_address[1]}", seen)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

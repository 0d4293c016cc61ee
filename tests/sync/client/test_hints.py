"""Live hints over a real WebSocket."""

import http
import logging
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from sync.client.hints import HINT_BYTES_MAX, HintListener, read_hint
from sync.client.status import LiveStatus
from sync.protocol.messages import Hint

Said = Hint | LiveStatus | None


class HintServer:
    """Accepts listeners; the test talks to each as it comes."""

    def __init__(self) -> None:
        self.connections: queue.Queue[ServerConnection] = queue.Queue()
        self.url = ""

    def handle(self, connection: ServerConnection) -> None:
        self.connections.put(connection)
        try:
            connection.recv()
        except ConnectionClosed:
            return


@contextmanager
def hint_server(port: int = 0, **settings: Any) -> Iterator[HintServer]:
    here = HintServer()
    with serve(here.handle, "127.0.0.1", port, **settings) as server:
        here.url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield here
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def listening(url: str) -> Iterator["queue.Queue[Said]"]:
    """What the listener says while inside: what it heard, or how its line stands."""
    heard: queue.Queue[Said] = queue.Queue()
    listener = HintListener(url, lambda: "the-token", heard.put, heard.put, random=lambda: 0.0)
    listener.start()
    try:
        yield heard
    finally:
        listener.stop()


def tallied(heard: "queue.Queue[Said]") -> tuple[bool, int, int]:
    """What comes next: whether there is a line, connects so far, failures so far."""
    status = heard.get(timeout=10)
    assert isinstance(status, LiveStatus)
    return status.connected, status.connects.succeeded, status.connects.failed


def test_a_connect_is_told_and_each_message_is_read() -> None:
    """Whatever may have been missed before the connect is pulled, and then what a hint names."""
    with hint_server() as server, listening(server.url) as heard:
        connection = server.connections.get(timeout=10)
        assert tallied(heard) == (True, 1, 0)
        connection.send('{"stream": "org", "number": 7, "from": "a newer server"}')
        assert heard.get(timeout=10) == Hint(stream="org", number=7)
        assert connection.request is not None
        assert connection.request.path == "/v1/hints"
        assert connection.request.headers["Authorization"] == "Bearer the-token"


def test_what_cannot_be_read_may_be_about_anything() -> None:
    """Garbage costs a look at every stream, and neither the line nor the hints after it."""
    with hint_server() as server, listening(server.url) as heard:
        connection = server.connections.get(timeout=10)
        assert tallied(heard)[0]
        connection.send("\x00 not json")
        connection.send(b"\xff\x00")
        connection.send('{"stream": "org", "number": 8}')
        said = [heard.get(timeout=10) for _ in range(3)]
        assert said == [None, None, Hint(stream="org", number=8)]


@pytest.mark.parametrize(
    "message",
    [
        "",
        "null",
        "[]",
        "7",
        '{"stream": "org"}',
        '{"number": 7}',
        '{"stream": null, "number": 7}',
        '{"stream": "org", "number": "seven"}',
        '{"stream": "org", "number": -1}',
        '{"stream": "org", "number": 9223372036854775807}',
        '{"stream": "org", "number": 1e400}',
        "[" * HINT_BYTES_MAX,
        b"\xed\xa0\x80",
    ],
)
def test_a_damaged_hint_names_nothing(
    message: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Half a message, another type or an absurd number is no number."""
    with caplog.at_level(logging.DEBUG, "sync.client.hints"):
        assert read_hint(message) is None
    assert [record.levelname for record in caplog.records] == ["DEBUG"]


def test_a_message_that_is_too_long_is_not_taken_in() -> None:
    """A server that sends anything but hints loses the line; a new one is opened."""
    with hint_server() as server, listening(server.url) as heard:
        connection = server.connections.get(timeout=10)
        assert tallied(heard) == (True, 1, 0)
        connection.send("x" * (HINT_BYTES_MAX + 1))
        assert tallied(heard) == (False, 1, 0)
        server.connections.get(timeout=10)


def test_a_broken_connection_is_opened_again() -> None:
    """Failure 15: the listener comes back by itself, and counts."""
    with hint_server() as server, listening(server.url) as heard:
        server.connections.get(timeout=10).close()
        server.connections.get(timeout=10)
        said = [tallied(heard) for _ in range(3)]
        assert said == [(True, 1, 0), (False, 1, 0), (True, 2, 0)]


def test_a_network_that_comes_back_is_found() -> None:
    """Failures are counted while nothing listens, and the first chance is taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with listening(f"http://127.0.0.1:{port}") as heard:
        assert tallied(heard) == (False, 0, 1)
        with hint_server(port) as server:
            server.connections.get(timeout=10)
            while not (said := tallied(heard))[0]:
                pass
            assert said[1:] == (1, said[2])
            assert said[2] >= 1


def test_a_refused_handshake_is_counted() -> None:
    """A server that sends the till away is no connection."""

    def refuse(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "Come back later.")

    with hint_server(process_request=refuse) as server, listening(server.url) as heard:
        assert tallied(heard) == (False, 0, 1)


def test_a_server_that_is_not_there_stops_nothing() -> None:
    """Without a server the listener waits quietly and stops at once."""
    with listening("http://127.0.0.1:9") as heard:
        assert tallied(heard) == (False, 0, 1)

"""Live hints over a real WebSocket."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from sync.client.hints import HintListener


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
def hint_server() -> Iterator[HintServer]:
    here = HintServer()
    with serve(here.handle, "127.0.0.1", 0) as server:
        here.url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield here
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def listening(url: str) -> Iterator["queue.Queue[str]"]:
    heard: queue.Queue[str] = queue.Queue()
    listener = HintListener(url, lambda: "the-token", lambda: heard.put("hint"), random=lambda: 0.0)
    listener.start()
    try:
        yield heard
    finally:
        listener.stop()


def test_a_connect_and_each_message_nudge() -> None:
    """Whatever may have been missed before the connect is pulled, and then each news."""
    with hint_server() as server, listening(server.url) as heard:
        connection = server.connections.get(timeout=10)
        assert heard.get(timeout=10)
        connection.send('{"stream": "org", "number": 7}')
        assert heard.get(timeout=10)
        assert connection.request is not None
        assert connection.request.path == "/v1/hints"
        assert connection.request.headers["Authorization"] == "Bearer the-token"


def test_garbage_is_only_a_nudge() -> None:
    """What a hint says is not read: it can mislead nobody."""
    with hint_server() as server, listening(server.url) as heard:
        connection = server.connections.get(timeout=10)
        heard.get(timeout=10)
        connection.send("\x00 not json")
        assert heard.get(timeout=10)


def test_a_broken_connection_is_opened_again() -> None:
    """Failure 15: the listener comes back by itself."""
    with hint_server() as server, listening(server.url) as heard:
        server.connections.get(timeout=10).close()
        server.connections.get(timeout=10)
        assert heard.get(timeout=10)
        assert heard.get(timeout=10)


def test_a_server_that_is_not_there_stops_nothing() -> None:
    """Without a server the listener waits quietly and stops at once."""
    with listening("http://127.0.0.1:9") as heard:
        pass
    assert heard.empty()

"""Bodies and connections of strangers: what they may take of memory and time."""

import asyncio
import gzip
import socket
import zlib
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from sync.protocol import limits, packing
from sync.server import bounded_protocol
from sync.server.api import bodies
from sync.server.api.bodies import Allowance, BoundedBody
from sync.server.api.problems import refused
from tests.sync.server.test_hints import hint, listening
from tests.sync.server.tills import NEW_ID, Shop, client, insert, product

MIB = 1024 * 1024
KNOWN = Allowance("till", 4 * MIB, 60, 1)


class Sender:
    """A client that sends the same piece again and again, and then perhaps waits for ever."""

    def __init__(self, piece: bytes, times: int, headers: dict[str, str], *, stalls: bool = False):
        self.piece, self.times, self.stalls = piece, times, stalls
        self.headers = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
        self.asked = 0
        self.answer: list[Message] = []

    async def receive(self) -> Message:
        """The next piece."""
        if self.asked == self.times and self.stalls:
            await asyncio.Event().wait()
        self.asked += 1
        more = self.stalls or self.asked < self.times
        return {"type": "http.request", "body": self.piece, "more_body": more}

    async def send(self, message: Message) -> None:
        """Keep what is answered."""
        self.answer.append(message)

    def __call__(self, allowed: Allowance | Exception) -> tuple[int, dict[str, str]]:
        """Send the request; status and headers of the answer."""
        return asyncio.run(self.sent(middleware(allowed)))

    async def sent(self, through: BoundedBody) -> tuple[int, dict[str, str]]:
        """The same through a middleware that others use too."""
        scope = {"type": "http", "method": "POST", "headers": self.headers, "path": "/"}
        await through(scope, self.receive, self.send)
        headers = {name.decode(): value.decode() for name, value in self.answer[0]["headers"]}
        return self.answer[0]["status"], headers


def middleware(allowed: Allowance | Exception) -> BoundedBody:
    async def allow(connection: HTTPConnection) -> Allowance:
        if isinstance(allowed, Exception):
            raise allowed
        return allowed

    return BoundedBody(answering, allow)


async def answering(scope: Scope, receive: Receive, send: Send) -> None:
    body = (await receive())["body"]
    headers = [(b"length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


EMPTY_BLOCK = zlib.compressobj(wbits=31).compress(b"") + b"\x00\x00\x00\xff\xff" * 13_000
"""Deflate blocks that say nothing."""
GZIP = {"Content-Encoding": "gzip"}


def test_a_body_within_its_bounds_is_handed_on() -> None:
    """Unpacked and whole."""
    packed = gzip.compress(b"x" * 100)
    assert Sender(packed, 1, GZIP)(KNOWN) == (200, {"length": "100"})


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_nothing_may_follow_the_end_of_a_packed_body(encoding: str) -> None:
    """Neither in the last piece nor in pieces after it: nobody would look at it."""
    whole = packing.pack(encoding, b"{}")
    headers = {"Content-Encoding": encoding}
    assert Sender(whole + b"x", 1, headers)(KNOWN)[0] == 400
    many = Sender(whole, 2, headers)
    assert many(KNOWN)[0] == 400


@pytest.mark.parametrize(
    ("piece", "headers"),
    [(b"x" * 65_536, {}), (EMPTY_BLOCK, GZIP)],
    ids=["plain", "blocks that unpack to nothing"],
)
def test_a_body_that_does_not_end_is_given_up(piece: bytes, headers: dict[str, str]) -> None:
    """As much again is let pass, for who sends reads no answer; then the connection is closed."""
    sender = Sender(piece, 1_000, headers)
    status, said = sender(Allowance("till", 1 * MIB, 60, 1))
    assert status in (400, 413)
    assert said["connection"] == "close"
    assert sender.asked * len(piece) < 6 * MIB


def test_of_a_sender_who_may_send_nothing_nothing_is_kept() -> None:
    """The refusal comes first; the rest passes, and the connection stays good."""
    refusal = refused(401, "token_unknown", "The token is not known.")
    sender = Sender(b"x" * 65_536, 16, {})
    status, headers = sender(refusal)
    assert (status, "connection" in headers, sender.asked) == (401, False, 16)


def test_a_body_that_stalls_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """408, and the connection is closed."""
    monkeypatch.setattr(bodies, "REFUSED_S", 0.01)
    status, headers = Sender(b"x", 3, {}, stalls=True)(Allowance("till", MIB, 0.01, 1))
    assert (status, headers["connection"]) == (408, "close")


def test_one_sender_has_few_bodies_arriving_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """More are told to come back; others are not concerned, and neither is it later."""
    monkeypatch.setattr(bodies, "REFUSED_S", 0.01)

    async def story() -> list[int]:
        owners = iter(["one", "one", "other", "one"])

        async def allow(connection: HTTPConnection) -> Allowance:
            return Allowance(next(owners), MIB, 0.05, 1)

        through = BoundedBody(answering, allow)
        slow = asyncio.create_task(Sender(b"x", 1, {}, stalls=True).sent(through))
        await asyncio.sleep(0)
        found = [(await Sender(b"x", 1, {}).sent(through))[0] for _ in range(2)]
        found.append((await slow)[0])
        return [*found, (await Sender(b"x", 1, {}).sent(through))[0]]

    assert asyncio.run(story()) == [503, 200, 408, 200]


# ---------------------------------------------------------------- over the road


@pytest.mark.parametrize("path", ["/v1/push", "/v1/claims", "/v1/found", "/v1/nowhere"])
@pytest.mark.parametrize("size", [10, 2 * MIB, 2 * limits.BODY_BYTES_MAX])
def test_a_body_without_a_token_is_refused_unread(shop: Shop, path: str, size: int) -> None:
    """401 whatever it holds, also where there is nothing."""
    with client(shop.server) as http:
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        response = http.post(path, content=b"x" * size, headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "token_unknown")


def test_an_enrolment_is_small(shop: Shop) -> None:
    """It is the one body that needs no token."""
    with client(shop.server) as http:
        response = http.post("/v1/enrol", content=b" " * 20_000)
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_protocol, "HEAD_S", 0.2)


@pytest.fixture
def line(shop: Shop) -> Iterator[socket.socket]:
    """A bare connection to the server."""
    at = urlsplit(shop.server.url)
    with socket.create_connection((str(at.hostname), int(at.port or 0)), timeout=30) as made:
        yield made


HALF_HEAD = b"POST /v1/push HTTP/1.1\r\nHost: x\r\nAuthor"
ENDED = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
UNASKED = b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x"


@pytest.mark.parametrize(
    "said",
    [b"", HALF_HEAD, ENDED + HALF_HEAD, UNASKED],
    ids=["nothing", "half a head", "half a second head", "a body nobody asked for"],
)
@pytest.mark.usefixtures("impatient")
def test_a_request_that_never_comes_whole_loses_its_connection(
    line: socket.socket, said: bytes
) -> None:
    """However little of it there is."""
    line.sendall(said)
    assert drained(line) == said.startswith(b"GET")


def drained(line: socket.socket) -> bool:
    """Whether there was an answer before the other side closed."""
    answer = b""
    try:
        while piece := line.recv(65_536):
            answer += piece
    except ConnectionResetError:
        pass
    return b"200 OK" in answer


def test_a_head_without_end_loses_its_connection(line: socket.socket) -> None:
    """However fast it comes: no more than 64 KiB of it are kept."""
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        line.sendall(HALF_HEAD + b"x" * 200_000_000)


@pytest.mark.usefixtures("impatient")
def test_what_is_served_is_not_cut(shop: Shop) -> None:
    """A line of hints lives on when nothing is said, and so does a till's next request."""
    here, there = shop.till(), shop.till()
    with listening(shop.server.url, here) as ear:
        for _ in range(3):
            asyncio.run(asyncio.sleep(0.15))
            there.send(insert(product()))
            assert hint(ear, wait_s=5) is not None
    assert there.push(there.sell(NEW_ID()))[0].kind == "applied"

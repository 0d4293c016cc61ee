"""Reads and writes bodies: within bounds, unpacked and packed."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any

from anyio import to_thread
from fastapi.routing import APIRoute
from pydantic_core import from_json
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipResponder, IdentityResponder
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.protocol import limits, packing
from sync.server.api.problems import Refused, known_problem, problem_response, refused
from sync.server.core.ports import Unavailable

PACKED_FROM_BYTES = 1024
PACKED_IN_THREAD_FROM_BYTES = 256 * 1024
"""Above this size packing takes longer than handing over to a thread."""
RETRY_AFTER_S = 1.0
REFUSED_S = 10.0
"""How long the rest of a refused body may go on, up to the size of the largest."""
BODYLESS = ("GET", "HEAD", "OPTIONS", "DELETE")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a request's body may take: ``at_once`` of the same ``owner`` may be arriving."""

    owner: str
    bytes_max: int
    seconds: float
    at_once: int


class BoundedBody:
    """Reads a request's body whole, unpacks it, and refuses what is larger or later than allowed.

    ``allow`` says how much, and refuses whoever may send nothing before a byte is read. The bytes
    of a packed body are bounded as those it unpacks to: an empty block costs its sender nothing.
    """

    def __init__(
        self, app: ASGIApp, allow: Callable[[HTTPConnection], Awaitable[Allowance]]
    ) -> None:
        self._app = app
        self._allow = allow
        self._arriving: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in BODYLESS:
            await self._app(scope, receive, send)
            return
        pieces = _Pieces(receive)
        try:
            allowance = await self._allow(HTTPConnection(scope))
            with self._one_more(allowance):
                async with asyncio.timeout(allowance.seconds):
                    body = await _read(scope, pieces, allowance.bytes_max)
        except Exception as error:
            found = _TOO_SLOW if isinstance(error, TimeoutError) else known_problem(error)
            headers = found.headers
            if not await pieces.thrown_away():
                headers = {**headers, "Connection": "close"}
            await problem_response(found.problem, headers)(scope, receive, send)
            return
        _describe_unpacked(scope, len(body))
        await self._app(scope, _replay(body, receive), send)

    @contextmanager
    def _one_more(self, allowance: Allowance) -> Iterator[None]:
        if self._arriving[allowance.owner] >= allowance.at_once:
            raise Unavailable("too many requests at once", RETRY_AFTER_S)
        self._arriving[allowance.owner] += 1
        try:
            yield
        finally:
            self._arriving[allowance.owner] -= 1
            if not self._arriving[allowance.owner]:
                del self._arriving[allowance.owner]


class _Pieces:
    """A body as it arrives."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.more = True

    async def next(self) -> bytes:
        """The next piece; Refused when the sender hung up."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.more = False
            raise refused(400, "body_cut", "The request broke off.")
        self.more = message.get("more_body", False)
        piece: bytes = message.get("body", b"")
        return piece

    async def thrown_away(self) -> bool:
        """Read the rest: a client that still sends reads no answer; False if it does not end."""
        passed = 0
        with suppress(Refused, TimeoutError):
            async with asyncio.timeout(REFUSED_S):
                while self.more and passed <= limits.BODY_BYTES_MAX:
                    passed += len(await self.next())
        return not self.more


async def _read(scope: Scope, pieces: _Pieces, bytes_max: int) -> bytes:
    encoding = Headers(scope=scope).get("content-encoding", "")
    try:
        unpacker = packing.unpacker(encoding, bytes_max)
    except packing.UnknownEncoding as error:
        title = f"Only {' and '.join(packing.known())} are understood."
        raise refused(415, "encoding_unknown", title) from error
    body, arrived = bytearray(), 0
    while pieces.more:
        piece = await pieces.next()
        arrived += len(piece)
        try:
            body += unpacker.feed(piece)
        except packing.Damaged as error:
            raise refused(400, "body_damaged", f"The {encoding} body is damaged.") from error
        if max(len(body), arrived) > bytes_max:
            title = f"A body has at most {bytes_max} bytes, unpacked."
            raise refused(413, "body_too_large", title)
    if not unpacker.finished:
        raise refused(400, "body_damaged", f"The {encoding} body is cut short.")
    return bytes(body)


_TOO_SLOW = refused(408, "body_too_slow", "The request took too long to arrive.")


def _describe_unpacked(scope: Scope, size: int) -> None:
    """Set the headers to the replayed body; in place, because the scope notes the route."""
    dropped = (b"content-encoding", b"content-length")
    headers = [(name, value) for name, value in scope["headers"] if name.lower() not in dropped]
    scope["headers"] = [*headers, (b"content-length", str(size).encode())]


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


class StrictRoute(APIRoute):
    """A route whose JSON is what RFC 8259 allows, and nested no deeper than any reader goes.

    Python's own reader also takes NaN and half a surrogate pair, which nothing can write again.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler over such a request."""
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            return await handle(_StrictRequest(request.scope, request.receive))

        return handle_strictly


class _StrictRequest(Request):
    async def json(self) -> Any:
        try:
            return from_json(await self.body(), allow_inf_nan=False)
        except ValueError as error:
            raise JSONDecodeError(str(error), "", 0) from None


class PackedReplies:
    """Packs answers as the client allows, and says how requests may be packed (RFC 7694)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def offering(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Accept-Encoding"] = ", ".join(packing.known())
            await send(message)

        await self._responder(Headers(scope=scope))(scope, receive, offering)

    def _responder(self, headers: Headers) -> ASGIApp:
        match packing.best(headers.get("accept-encoding", "")):
            case packing.ZSTD:
                return _ZstdResponder(self._app, PACKED_FROM_BYTES)
            case packing.GZIP:
                return GZipResponder(self._app, PACKED_FROM_BYTES, packing.GZIP_LEVEL)
            case _:
                return IdentityResponder(self._app, PACKED_FROM_BYTES)


class _ZstdResponder(IdentityResponder):
    """As starlette's responder for gzip."""

    content_encoding = packing.ZSTD

    def __init__(self, app: ASGIApp, minimum_size: int) -> None:
        super().__init__(app, minimum_size)
        self._stream = packing.ZstdStream()

    async def apply_compression(self, body: bytes, *, more_body: bool) -> bytes:
        """The next piece of the packed answer."""
        if len(body) < PACKED_IN_THREAD_FROM_BYTES:
            return self._stream.pack(body, last=not more_body)
        return await to_thread.run_sync(lambda: self._stream.pack(body, last=not more_body))

"""Bodies on their way in and out: within bounds, unpacked and packed."""

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipResponder, IdentityResponder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.protocol import packing
from sync.protocol.messages import Problem
from sync.server.api.problems import problem_response

PACKED_FROM_BYTES = 1024
PACKED_IN_THREAD_FROM_BYTES = 256 * 1024
"""What takes zstd longer than a hand-over to a thread does."""
BODYLESS = ("GET", "HEAD", "OPTIONS", "DELETE")


class BoundedBody:
    """Reads a request's body whole, unpacks it, and refuses what is larger than the limit."""

    def __init__(self, app: ASGIApp, bytes_max: int) -> None:
        self._app = app
        self._bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in BODYLESS:
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(receive, Headers(scope=scope).get("content-encoding", ""))
        except _BadBody as bad:
            response = problem_response(Problem(status=bad.status, code=bad.code, title=str(bad)))
            await response(scope, receive, send)
            return
        _describe_unpacked(scope, len(body))
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive, encoding: str) -> bytes:
        try:
            unpacker = packing.unpacker(encoding, self._bytes_max)
        except packing.UnknownEncoding as error:
            title = f"Only {' and '.join(packing.known())} are understood."
            raise _BadBody(415, "encoding_unknown", title) from error
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _BadBody(400, "body_cut", "The request broke off.")
            try:
                body += unpacker.feed(message.get("body", b""))
            except packing.Damaged as error:
                raise _BadBody(400, "body_damaged", f"The {encoding} body is damaged.") from error
            if len(body) > self._bytes_max:
                title = f"A body has at most {self._bytes_max} bytes, unpacked."
                raise _BadBody(413, "body_too_large", title)
            more = message.get("more_body", False)
        if not unpacker.finished:
            raise _BadBody(400, "body_damaged", f"The {encoding} body is cut short.")
        return bytes(body)


class _BadBody(Exception):
    def __init__(self, status: int, code: str, title: str) -> None:
        super().__init__(title)
        self.status = status
        self.code = code


def _describe_unpacked(scope: Scope, size: int) -> None:
    """Have the headers tell what is replayed; in place, for the route is noted in the scope."""
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

"""What surrounds every request: its id and log line, and a body within bounds."""

import json
import logging
import re
import time
import zlib
from collections.abc import Callable
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.protocol.messages import Problem
from sync.server.problems import problem_response

LOG = logging.getLogger("evertill.access")
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
GZIP_WBITS = 31
SAFE_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class RequestLog:
    """Names every request, says so in the answer, and writes one line about it."""

    def __init__(self, app: ASGIApp, new_id: Callable[[], str]) -> None:
        self._app = app
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if SAFE_ID.fullmatch(given) else self._new_id()
        token = REQUEST_ID.set(request_id)
        status, began = 0, time.perf_counter()

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, named)
        finally:
            took_ms = round((time.perf_counter() - began) * 1000, 1)
            # Never the query nor a header: they may hold a secret.
            LOG.info(
                "%s %s",
                scope.get("method", "WS"),
                scope["path"],
                extra={"status": status, "took_ms": took_ms},
            )
            REQUEST_ID.reset(token)


class BoundedBody:
    """Reads a request's body whole, unpacks gzip, and refuses what is larger than the limit."""

    def __init__(self, app: ASGIApp, bytes_max: int) -> None:
        self._app = app
        self._bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS", "DELETE"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            body = await self._read(receive, headers.get("content-encoding", ""))
        except _BadBody as bad:
            response = problem_response(Problem(status=bad.status, code=bad.code, title=str(bad)))
            await response(scope, receive, send)
            return
        await self._app(_unpacked(scope, len(body)), _replay(body, receive), send)

    async def _read(self, receive: Receive, encoding: str) -> bytes:
        if encoding not in ("", "identity", "gzip"):
            raise _BadBody(415, "encoding_unknown", "Only gzip is understood.")
        inflate = zlib.decompressobj(GZIP_WBITS) if encoding == "gzip" else None
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _BadBody(400, "body_cut", "The request broke off.")
            piece = message.get("body", b"")
            body += self._inflated(inflate, piece) if inflate else piece
            if len(body) > self._bytes_max:
                title = f"A body has at most {self._bytes_max} bytes, unpacked."
                raise _BadBody(413, "body_too_large", title)
            more = message.get("more_body", False)
        if inflate and not inflate.eof:
            raise _BadBody(400, "body_damaged", "The gzip body is cut short.")
        return bytes(body)

    def _inflated(self, inflate: "zlib._Decompress", piece: bytes) -> bytes:
        try:
            # Never more than the limit at once, however small the piece: a bomb stays small.
            return inflate.decompress(piece, self._bytes_max + 1)
        except zlib.error as error:
            raise _BadBody(400, "body_damaged", "The gzip body is damaged.") from error


class _BadBody(Exception):
    def __init__(self, status: int, code: str, title: str) -> None:
        super().__init__(title)
        self.status = status
        self.code = code


def _unpacked(scope: Scope, size: int) -> Scope:
    """The scope of a request whose body was unpacked."""
    dropped = (b"content-encoding", b"content-length")
    headers = [(name, value) for name, value in scope["headers"] if name.lower() not in dropped]
    return {**scope, "headers": [*headers, (b"content-length", str(size).encode())]}


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


class JsonLines(logging.Formatter):
    """One JSON object a line, with the request it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        line: dict[str, object] = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := REQUEST_ID.get():
            line["request"] = request_id
        line |= {name: vars(record)[name] for name in ("status", "took_ms") if name in vars(record)}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)

"""Gives every request its id, its log line and its place in the metrics."""

import json
import logging
import re
import time
import traceback
from collections.abc import Callable
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.protocol.messages import PROTOCOL_VERSION, PROTOCOL_VERSION_MIN
from sync.server.metrics import Metrics

LOG = logging.getLogger("evertill.access")
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
SPOKEN = f"{PROTOCOL_VERSION_MIN}-{PROTOCOL_VERSION}"
OURS = ("sync.", "localdb.")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
STARTS = ("http.response.start", "websocket.http.response.start")
SAFE_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class RequestLog:
    """Names every request, says so in the answer, counts it, and writes one line about it."""

    def __init__(self, app: ASGIApp, new_id: Callable[[], str], metrics: Metrics) -> None:
        self._app = app
        self._new_id = new_id
        self._metrics = metrics

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
            if message["type"] in STARTS:
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers["Evertill-Protocol"] = SPOKEN
                # Tokens, customers, and a 410 that a proxy would give again for ever.
                headers["Cache-Control"] = "no-store"
            await send(message)

        try:
            await self._app(scope, receive, named)
        except Exception:
            status = status or 500
            raise
        finally:
            took_s = time.perf_counter() - began
            if scope["type"] == "http":
                self._metrics.requested(*_pattern(scope), status, took_s)
            # Never the query nor a header: they may hold a secret.
            LOG.info(
                "%s %s",
                scope.get("method", "WS"),
                scope["path"],
                extra={"status": status, "took_ms": round(took_s * 1000, 1)},
            )
            REQUEST_ID.reset(token)


def _pattern(scope: Scope) -> tuple[str, str]:
    """Route and method as labels: what a stranger makes up must not become one."""
    route = getattr(scope.get("route"), "path_format", "")
    known = route and scope["method"] in METHODS
    return (route, scope["method"]) if known else ("unknown", "any")


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
            line["error"] = _without_values(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def _without_values(error: BaseException | None) -> str:
    """Where an error and those behind it came from, and their kinds.

    What they say is left out but of our own and the machine's: any other may quote a customer.
    """
    if error is None:
        return ""
    behind = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    kind = type(error)
    quotes_nobody = isinstance(error, OSError) or kind.__module__.startswith(OURS)
    said = f": {error}" if quotes_nobody else ""
    told = [
        *traceback.format_tb(error.__traceback__),
        f"{kind.__module__}.{kind.__qualname__}{said}",
    ]
    return "".join([_without_values(behind) + "\n" if behind else "", *told])

"""Every refusal of the API, as RFC 9457 problem details with a stable code."""

import logging
import math
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sync.protocol.messages import Problem
from sync.protocol.validation import FieldError
from sync.server.api.guesses import TooManyGuesses
from sync.server.core.checkpoints import UnknownCheckpoint
from sync.server.core.devices import TokenExpired
from sync.server.core.edits import NotThere, Stale
from sync.server.core.enrolment import BadCode
from sync.server.core.ports import Race, Unavailable
from sync.server.core.push import DseqGap
from sync.server.core.reenrolment import RequestUsed, Spent, TooManyCopies
from sync.server.core.snapshots import NoCheckpoint, UnknownType
from sync.server.core.streams import ExpiredCursor, ForeignStream
from sync.server.readiness import NotReady
from sync.server.records_api import Invalid, shown

LOG = logging.getLogger(__name__)
RACE_RETRY_S = 1.0
COPIES_RETRY_S = 3600


class Refused(Exception):
    """A request that is answered with ``problem`` and nothing else."""

    def __init__(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        super().__init__(problem.title)
        self.problem = problem
        self.headers = headers or {}


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """The problem as a response."""
    content = problem.model_dump_json(exclude_defaults=True)
    return Response(content, problem.status, headers, "application/problem+json")


def install(app: FastAPI) -> None:
    """Give every exception that means something to a client its problem."""

    def handler(of: Callable[[Any], Refused]) -> Callable[[Request, Exception], Response]:
        def handle(request: Request, error: Exception) -> Response:
            refused = of(error)
            return problem_response(refused.problem, refused.headers)

        return handle

    app.add_exception_handler(Refused, handler(lambda error: error))
    for kind, of in _PROBLEMS.items():
        app.add_exception_handler(kind, handler(of))
    app.add_exception_handler(Exception, handler(_bug))


def known_problem(error: Exception) -> Refused:
    """What an exception means to a client, where no route answers for it."""
    if isinstance(error, Refused):
        return error
    found = (of for kind, of in _PROBLEMS.items() if isinstance(error, kind))
    return next(found, _bug)(error)


def refused(status: int, code: str, title: str, detail: str = "", **more: Any) -> Refused:
    """A refusal with its problem."""
    return Refused(Problem(status=status, code=code, title=title, detail=detail, **more))


def _gap(error: DseqGap) -> Refused:
    current = {"dseq_expected": error.expected}
    return refused(409, "dseq_gap", "A group is missing.", str(error), current=current)


def _stale(error: Stale) -> Refused:
    title = "The record has changed."
    return refused(409, "version_stale", title, str(error), current=shown(error.current))


def _unavailable(error: Unavailable) -> Refused:
    problem = Problem(
        status=503,
        code="unavailable",
        title="The server is busy. Try again later.",
        detail=str(error),
    )
    return Refused(problem, {"Retry-After": str(math.ceil(error.retry_after_s))})


def _race(error: Race) -> Refused:
    return _unavailable(Unavailable("others change the same", RACE_RETRY_S))


def _too_many_guesses(error: TooManyGuesses) -> Refused:
    title = "Too many wrong enrolment codes. Try again later."
    problem = Problem(status=429, code="too_many_guesses", title=title, detail=str(error))
    return Refused(problem, {"Retry-After": str(math.ceil(error.retry_after_s))})


def _too_many_copies(_: TooManyCopies) -> Refused:
    title = "This till was enrolled too often today. Try again later."
    problem = Problem(status=429, code="too_many_copies", title=title)
    return Refused(problem, {"Retry-After": str(COPIES_RETRY_S)})


def _invalid(error: Invalid) -> Refused:
    return _refused_fields(error.errors)


def _invalid_request(error: RequestValidationError) -> Refused:
    return _refused_fields(
        [FieldError(".".join(map(str, e["loc"])), e["type"], e["msg"]) for e in error.errors()]
    )


def _refused_fields(errors: list[FieldError]) -> Refused:
    listed = [error._asdict() for error in errors]
    return refused(422, "invalid", "Some values were refused.", errors=listed)


def _http(error: HTTPException) -> Refused:
    problem = Problem(status=error.status_code, code="http", title=str(error.detail))
    return Refused(problem, dict(error.headers or {}))


def _bug(error: Exception) -> Refused:
    LOG.error("a request failed", exc_info=error)
    return refused(500, "internal", "The server failed; the log says why.")


_EXPIRED = Problem(
    status=401,
    code="token_expired",
    title="This till was away for too long to be let in without a new enrolment code.",
)
_PROBLEMS: dict[type[Exception], Callable[[Any], Refused]] = {
    DseqGap: _gap,
    Stale: _stale,
    Unavailable: _unavailable,
    Race: _race,
    NotReady: lambda error: refused(503, "not_ready", "The database is not ready.", str(error)),
    Invalid: _invalid,
    RequestValidationError: _invalid_request,
    HTTPException: _http,
    BadCode: lambda error: refused(422, error.code, "This till cannot be enrolled.", str(error)),
    RequestUsed: lambda _: refused(409, "request_used", "This re-enrolment was answered before."),
    Spent: lambda _: refused(
        403, "device_revoked", "This till was revoked, and had its successor."
    ),
    TooManyCopies: _too_many_copies,
    TooManyGuesses: _too_many_guesses,
    TokenExpired: lambda _: Refused(_EXPIRED, {"WWW-Authenticate": "Bearer"}),
    NotThere: lambda _: refused(404, "not_found", "There is no such record."),
    UnknownType: lambda _: refused(404, "type_unknown", "There is no such record type."),
    ExpiredCursor: lambda _: refused(410, "cursor_expired", "A fresh bootstrap is due."),
    ForeignStream: lambda _: refused(403, "stream_forbidden", "This stream is not the till's."),
    UnknownCheckpoint: lambda _: refused(404, "not_found", "There are no such digests to compare."),
    NoCheckpoint: lambda _: refused(409, "no_checkpoint", "Ask for the heads first."),
}

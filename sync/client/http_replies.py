"""Reads HTTP replies: unpacks them within bounds, parses them, names their failures."""

from collections.abc import Callable
from typing import TypeVar

import httpx
from pydantic import ValidationError

from sync.protocol import limits, packing
from sync.protocol.gateway import (
    AuthFault,
    BodyTooLarge,
    CursorExpired,
    GatewayFault,
    NetworkFault,
    ProtocolFault,
    RequestRefused,
    TimedOut,
    UpdateNeeded,
)
from sync.protocol.messages import Problem

T = TypeVar("T")

UNKNOWN = "unknown"
"""The code of a refusal that did not come from an Evertill server."""
RETRY_AFTER_MAX_S = 600.0
"""A confused proxy must not keep a till from syncing for a day."""


def unpacker(encoding: str) -> Callable[[bytes], bytes]:
    """Unpacks piece by piece, never by much more than the limit; raises ProtocolFault."""
    try:
        feed = packing.unpacker(encoding, limits.REPLY_BYTES_MAX).feed
    except packing.UnknownEncoding:
        raise ProtocolFault(
            "The server packed its answer in a way this program did not ask for."
        ) from None

    def unpack(piece: bytes) -> bytes:
        try:
            return feed(piece)
        except packing.Damaged as fault:
            raise ProtocolFault("The server's answer arrived damaged.") from fault

    return unpack


def parsed(read: Callable[[bytes], T], content: bytes) -> T:
    """What ``read`` makes of a reply; raises ProtocolFault when it cannot be."""
    try:
        return read(content)
    except ValidationError as fault:
        # The fault's own text quotes the reply, which may hold a token or a customer.
        raise ProtocolFault(
            f"The server's answer makes no sense to this till ({fault.error_count()} faults)."
        ) from None


def fault_of(response: httpx.Response, content: bytes) -> GatewayFault:
    """The fault that a reply other than 200 means."""
    problem = _problem(response.status_code, content)
    said = problem.detail or problem.title
    match response.status_code:
        case 401 | 403:
            return AuthFault(said or "The server does not know this till.", problem.code)
        case 408:
            return TimedOut("The server waited too long for the till.", _retry_after_s(response))
        case 410:
            return CursorExpired("This till was away for too long and loads its data afresh.")
        case 413:
            return BodyTooLarge("The server does not take so much at once.")
        case 426:
            return UpdateNeeded("Update needed to sync: this program is too old for the server.")
        case 429:
            busy = "The server is busy." if problem.code == UNKNOWN else problem.title
            return NetworkFault(busy, _retry_after_s(response))
        case status if 400 <= status < 500:
            return RequestRefused(problem)
        case status if status >= 500:
            return NetworkFault(
                f"The server has a problem (error {status}).", _retry_after_s(response)
            )
        case status:
            return ProtocolFault(f"Something else than the server answered (code {status}).")


def _problem(status: int, content: bytes) -> Problem:
    try:
        return Problem.model_validate_json(content)
    except ValidationError:
        title = f"The server refused the request (error {status})."
        return Problem(status=status, code=UNKNOWN, title=title)


def _retry_after_s(response: httpx.Response) -> float:
    return retry_after_s(response.headers.get("Retry-After", ""))


def retry_after_s(text: str) -> float:
    """Seconds in Retry-After, 0 without one; a date would need a clock both sides agree on."""
    return min(float(text), RETRY_AFTER_MAX_S) if text.isdecimal() else 0.0

"""Who asks: what the routes depend on."""

from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from sync.protocol import limits
from sync.protocol.messages import PROTOCOL_VERSION_MIN, Problem
from sync.server.admission import Device
from sync.server.backend import Backend
from sync.server.metrics import Metrics
from sync.server.problems import Refused, refused

BEARER = HTTPBearer(auto_error=False, description="A device token, or the organisation's own.")
GRACE_US = limits.REVOKED_PUSH_DAYS * 86_400_000_000


def backend_of(connection: HTTPConnection) -> Backend:
    """The backend that the application opened."""
    backend: Backend = connection.app.state.backend
    return backend


def metrics_of(connection: HTTPConnection) -> Metrics:
    """What this process counts."""
    metrics: Metrics = connection.app.state.metrics
    return metrics


def spoken_protocol(evertill_protocol: Annotated[int | None, Header()] = None) -> None:
    """Refuse a till that is too old for this server; a program that does not say may go on."""
    if evertill_protocol is not None and evertill_protocol < PROTOCOL_VERSION_MIN:
        title = "Update needed to sync."
        raise refused(426, "update_needed", title, f"at least protocol {PROTOCOL_VERSION_MIN}")


async def pushing_device(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
) -> Device:
    """The device of the token; a revoked one may still hand over what it sold."""
    device = await authenticated(backend_of(request), bearer.credentials if bearer else "")
    revoked_at = device.revoked_at
    if revoked_at is not None and backend_of(request).services.now_us() > revoked_at + GRACE_US:
        raise _revoked()
    return device


async def active_device(device: Annotated[Device, Depends(pushing_device)]) -> Device:
    """The device of the token, unless it was revoked."""
    if device.revoked_at is not None:
        raise _revoked()
    return device


async def authenticated(backend: Backend, token: str) -> Device:
    """The device of a token, revoked or not."""
    device = await backend.devices.authenticate(token)
    if device is None:
        problem = Problem(status=401, code="token_unknown", title="The token is not known.")
        raise Refused(problem, {"WWW-Authenticate": "Bearer"})
    return device


async def listening_device(socket: HTTPConnection) -> Device:
    """The device of a WebSocket's token, unless it was revoked."""
    scheme, _, token = socket.headers.get("authorization", "").partition(" ")
    device = await authenticated(backend_of(socket), token if scheme == "Bearer" else "")
    if device.revoked_at is not None:
        raise _revoked()
    return device


def _revoked() -> Refused:
    return refused(403, "device_revoked", "This till was revoked.")


Active = Annotated[Device, Depends(active_device)]
Pushing = Annotated[Device, Depends(pushing_device)]
Answering = Annotated[Backend, Depends(backend_of)]
Counting = Annotated[Metrics, Depends(metrics_of)]

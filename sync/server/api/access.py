"""Who asks: what the routes depend on."""

from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from sync.protocol import limits
from sync.protocol.messages import PROTOCOL_VERSION, PROTOCOL_VERSION_MIN, Problem
from sync.server.api.problems import Refused, refused
from sync.server.backend import Backend
from sync.server.core.admission import Device
from sync.server.metrics import Metrics

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


# Coroutines, all of these: FastAPI would send a plain function to a thread, at ten times its cost.


async def answering_backend(connection: HTTPConnection) -> Backend:
    """The backend, for a route."""
    return backend_of(connection)


async def counting_metrics(connection: HTTPConnection) -> Metrics:
    """The metrics, for a route."""
    return metrics_of(connection)


async def spoken_protocol(evertill_protocol: Annotated[int | None, Header()] = None) -> int | None:
    """What the client speaks; refuses one that is too old, lets one that does not say go on."""
    return checked_protocol(evertill_protocol)


def checked_protocol(evertill_protocol: int | None) -> int | None:
    """The version, unless this server is too new for it."""
    if evertill_protocol is not None and evertill_protocol < PROTOCOL_VERSION_MIN:
        title = "Update needed to sync."
        spoken = {"protocol_min": PROTOCOL_VERSION_MIN, "protocol": PROTOCOL_VERSION}
        detail = f"at least protocol {PROTOCOL_VERSION_MIN}"
        raise refused(426, "update_needed", title, detail, current=spoken)
    return evertill_protocol


Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
Spoken = Annotated[int | None, Depends(spoken_protocol)]


async def pushing_device(request: Request, bearer: Bearer, protocol: Spoken) -> Device:
    """The device of the token; a revoked one may still hand over what it sold."""
    backend = backend_of(request)
    device = await authenticated(backend, bearer.credentials if bearer else "", protocol)
    return _in_grace(backend, device)


async def delivering_device(request: HTTPConnection) -> Device:
    """The same, as it stood a minute ago perhaps: a till that sells all day pushes every moment."""
    backend = backend_of(request)
    device = await authenticated(backend, *_said(request), for_push=True)
    return _in_grace(backend, device)


def _in_grace(backend: Backend, device: Device) -> Device:
    if device.revoked_at is not None and backend.services.now_us() > device.revoked_at + GRACE_US:
        raise _revoked()
    return device


async def active_device(device: Annotated[Device, Depends(pushing_device)]) -> Device:
    """The device of the token, unless it was revoked."""
    if device.revoked_at is not None:
        raise _revoked()
    return device


async def authenticated(
    backend: Backend, token: str, protocol: int | None = None, *, for_push: bool = False
) -> Device:
    """The device of a token, revoked or not; raises TokenExpired."""
    device = await backend.devices.authenticate(token, protocol, for_push=for_push)
    if device is None:
        problem = Problem(status=401, code="token_unknown", title="The token is not known.")
        raise Refused(problem, {"WWW-Authenticate": "Bearer"})
    return device


async def listening_device(socket: HTTPConnection) -> Device:
    """The device of a WebSocket's token, unless it was revoked."""
    device = await authenticated(backend_of(socket), *_said(socket))
    if device.revoked_at is not None:
        raise _revoked()
    return device


def _said(connection: HTTPConnection) -> tuple[str, int | None]:
    """The token and the protocol that the headers name."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    said = connection.headers.get("evertill-protocol", "")
    protocol = checked_protocol(int(said) if said.isdecimal() else None)
    return token if scheme.lower() == "bearer" else "", protocol


def _revoked() -> Refused:
    return refused(403, "device_revoked", "This till was revoked.")


Active = Annotated[Device, Depends(active_device)]
Pushing = Annotated[Device, Depends(pushing_device)]
Answering = Annotated[Backend, Depends(answering_backend)]
Counting = Annotated[Metrics, Depends(counting_metrics)]

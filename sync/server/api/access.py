"""Authenticates requests: finds the device, or the program, that a route depends on."""

import re
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from sync.protocol import limits
from sync.protocol.messages import PROTOCOL_VERSION, PROTOCOL_VERSION_MIN, Problem
from sync.server.api.bodies import Allowance
from sync.server.api.problems import Refused, refused
from sync.server.backend import Backend
from sync.server.core.admission import Device
from sync.server.metrics import Metrics

BEARER = HTTPBearer(auto_error=False, description="A device token, or the organisation's own.")
PROTOCOL_PATTERN = re.compile(r"^[0-9]{1,9}$")
PUSH_PATH, ENROL_PATH = "/v1/push", "/v1/enrol"
ENROL_BYTES_MAX = 16 * 1024
ENROL_BODY_S = 10.0
ENROL_BODIES_MAX = 100
"""Bodies of strangers that may be arriving at one moment: 1.6 MiB in all."""
BODY_S = limits.PUSH_DEADLINE_S
BODIES_MAX = 8
"""Bodies of one device that may be arriving at one moment: a till sends one and asks beside it."""


def backend_of(connection: HTTPConnection) -> Backend:
    """The backend that the application opened."""
    backend: Backend = connection.app.state.backend
    return backend


def metrics_of(connection: HTTPConnection) -> Metrics:
    """The counters of this process."""
    metrics: Metrics = connection.app.state.metrics
    return metrics


# Coroutines, all of these: FastAPI would send a plain function to a thread, at ten times its cost.


async def answering_backend(connection: HTTPConnection) -> Backend:
    """The backend, for a route."""
    return backend_of(connection)


async def counting_metrics(connection: HTTPConnection) -> Metrics:
    """The metrics, for a route."""
    return metrics_of(connection)


async def spoken_protocol(
    request: Request,
    evertill_protocol: Annotated[str | None, Header(pattern=PROTOCOL_PATTERN.pattern)] = None,
) -> None:
    """Refuse a client that is too old; accept one that does not say what it speaks."""
    _spoken(request)


def _spoken(connection: HTTPConnection) -> int | None:
    """The protocol that the header names, unless this server is too new for it."""
    said = connection.headers.get("evertill-protocol")
    if said is None:
        return None
    if not PROTOCOL_PATTERN.fullmatch(said):
        raise refused(422, "invalid", "Evertill-Protocol holds a version number.")
    if int(said) < PROTOCOL_VERSION_MIN:
        title = "Update needed to sync."
        spoken = {"protocol_min": PROTOCOL_VERSION_MIN, "protocol": PROTOCOL_VERSION}
        detail = f"at least protocol {PROTOCOL_VERSION_MIN}"
        raise refused(426, "update_needed", title, detail, current=spoken)
    return int(said)


Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


async def asking_device(connection: HTTPConnection) -> Device:
    """The device of the request's token, looked up once; revoked ones until their grace is over.

    For a push as it stood a minute ago perhaps: a till that sells all day pushes every moment.
    """
    state = connection.scope.setdefault("state", {})
    device: Device | None = state.get("device")
    if device is None:
        backend = backend_of(connection)
        for_push = connection.scope["path"] == PUSH_PATH
        said = _token(connection), _spoken(connection)
        device = state["device"] = await authenticated(backend, *said, for_push=for_push)
        if not await backend.devices.hands_over(device):
            raise _revoked()
    return device


async def body_allowance(connection: HTTPConnection) -> Allowance:
    """How large a body the sender of this request may send; refuses those who may send none."""
    if connection.scope["path"] == ENROL_PATH:
        return Allowance("", ENROL_BYTES_MAX, ENROL_BODY_S, ENROL_BODIES_MAX)
    device = await asking_device(connection)
    return Allowance(device.device_id, limits.BODY_BYTES_MAX, BODY_S, BODIES_MAX)


async def pushing_device(request: Request, _described: Bearer) -> Device:
    """The device of the token; a revoked one may still hand over what it sold."""
    return await asking_device(request)


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
    return await active_device(await asking_device(socket))


def _token(connection: HTTPConnection) -> str:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _revoked() -> Refused:
    return refused(403, "device_revoked", "This till was revoked.")


Active = Annotated[Device, Depends(active_device)]
Pushing = Annotated[Device, Depends(pushing_device)]
Answering = Annotated[Backend, Depends(answering_backend)]
Counting = Annotated[Metrics, Depends(counting_metrics)]

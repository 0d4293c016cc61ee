"""What the operator's own programs ask."""

import secrets
from ipaddress import ip_address

from fastapi import APIRouter, Request
from starlette.responses import Response

from sync.server.api.access import Counting
from sync.server.api.problems import Refused, refused
from sync.server.config import ServerConfig

router = APIRouter(include_in_schema=False)
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


@router.get("/metrics")
async def metrics(request: Request, counting: Counting) -> Response:
    """What this process counts, for Prometheus; each process is asked for its own."""
    config: ServerConfig = request.app.state.config
    _check_allowed(request, config.metrics_token.get_secret_value())
    return Response(counting.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _check_allowed(request: Request, token: str) -> None:
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not secrets.compare_digest(given.encode(), token.encode()):
            raise _unknown()
    elif not _from_this_machine(request):
        detail = "set EVERTILL_METRICS_TOKEN to read them from another machine"
        raise refused(403, "metrics_private", "Metrics are for this machine.", detail)


def _unknown() -> Refused:
    return refused(401, "token_unknown", "This is not the token of the metrics.")


def _from_this_machine(request: Request) -> bool:
    # What a proxy on this machine passes on comes from anywhere.
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False

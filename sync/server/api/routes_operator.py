"""Routes for the operator's own programs."""

import secrets

from fastapi import APIRouter, Request
from starlette.responses import Response

from sync.server.api.access import Counting
from sync.server.api.problems import refused
from sync.server.config import ServerConfig

router = APIRouter(include_in_schema=False)
NEEDED = "the bearer token that EVERTILL_METRICS_TOKEN sets; without one nobody reads them"


@router.get("/metrics")
async def metrics(request: Request, counting: Counting) -> Response:
    """The counters of this process, for Prometheus; each process has its own."""
    config: ServerConfig = request.app.state.config
    token = config.metrics_token.get_secret_value()
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    # No rule about addresses would hold: behind a proxy every request comes from this machine.
    if not token or not secrets.compare_digest(given.encode(), token.encode()):
        raise refused(401, "token_unknown", "This is not the token of the metrics.", NEEDED)
    return Response(counting.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

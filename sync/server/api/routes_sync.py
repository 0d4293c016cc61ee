"""Routes for tills: enrol, pull, bootstrap, proof; and the server's health."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from sync.protocol import limits
from sync.protocol.messages import (
    PROTOCOL_VERSION,
    PROTOCOL_VERSION_MIN,
    CheckpointDigests,
    Digest,
    EnrolReply,
    EnrolRequest,
    FoundReply,
    FoundRequest,
    Me,
    OriginsPage,
    Problem,
    PullReply,
    ReenrolRequest,
    Runs,
    RunsRequest,
    SnapshotHeads,
    SnapshotPage,
    StockPage,
    TableHeld,
    TokenReply,
    TokenRequest,
)
from sync.server.api.access import (
    Active,
    Answering,
    Pushing,
    spoken_protocol,
)
from sync.server.api.bodies import StrictRoute
from sync.server.api.guesses import GuessLimit
from sync.server.core.streams import pull
from sync.server.readiness import check_ready

PROBLEM: dict[int | str, dict[str, object]] = {
    "default": {"model": Problem, "description": "A problem; its code is stable."}
}
public = APIRouter(responses=PROBLEM)
router = APIRouter(
    prefix="/v1",
    route_class=StrictRoute,
    dependencies=[Depends(spoken_protocol)],
    responses=PROBLEM,
)
Bucket = Annotated[str, Query(pattern=r"^([0-9a-f]{2}|[0-9]{1,9})?$")]
IdAfter = Annotated[str, Query(pattern=r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$")]


class Health(BaseModel):
    """Whether a process lives, or can serve, and which protocols it speaks."""

    status: str = "ok"
    protocol_min: int = PROTOCOL_VERSION_MIN
    protocol: int = PROTOCOL_VERSION


def _json(message: BaseModel) -> Response:
    # Written once by pydantic: the way through plain objects costs as much as the query.
    return Response(message.model_dump_json(), media_type="application/json")


@public.get("/healthz")
async def healthz() -> Health:
    """The process lives."""
    return Health()


@public.get("/readyz")
async def readyz(backend: Answering) -> Health:
    """The process reaches a database that is what this program needs; 503 otherwise."""
    await check_ready(backend.store)
    return Health()


@router.post("/enrol")
async def enrol(request: EnrolRequest, backend: Answering, asking: Request) -> EnrolReply:
    """Trade an enrolment code for a device token, which is shown once."""
    guesses: GuessLimit = asking.app.state.guesses
    with guesses.watching(asking.client.host if asking.client else ""):
        return await backend.devices.enrol(request)


@router.post("/reenrol")
async def reenrol(request: ReenrolRequest, device: Pushing, backend: Answering) -> EnrolReply:
    """Give a till that was restored or copied an identity of its own; the token is shown once."""
    return await backend.reenrolment.reenrol(device, request)


@router.post("/token")
async def token(request: TokenRequest, device: Active, backend: Answering) -> TokenReply:
    """Name the till's next token by its hash; the present one works until that is used."""
    await backend.devices.rotate(device, request.token_hash)
    return TokenReply(server_time_us=backend.services.now_us())


@router.post("/runs")
async def runs(request: RunsRequest, device: Active, backend: Answering) -> Runs:
    """How far other devices have delivered: a restored server may have lost some of it."""
    return await backend.found.runs(device, request)


@router.post("/found")
async def found(request: FoundRequest, device: Active, backend: Answering) -> FoundReply:
    """Facts that the server lost in a restore, from a till that had pulled them."""
    return await backend.found.take(device, request.groups)


@router.get("/streams/{stream}", response_model=PullReply)
async def pull_stream(
    stream: str,
    device: Active,
    backend: Answering,
    epoch: str = "",
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    rows: Annotated[int, Query(ge=1, le=limits.PAGE_ROWS_MAX)] = limits.PAGE_ROWS_MAX,
) -> Response:
    """The entries of a stream after a cursor; 410 when it cannot go on from there."""
    return _json(await pull(backend.store, backend.services, device, stream, epoch, after, rows))


@router.get("/snapshot")
async def snapshot_heads(device: Active, backend: Answering) -> SnapshotHeads:
    """The last number of each stream; the pages read after this hold at least as much."""
    return await backend.snapshots.heads(device)


@router.get("/snapshot/{type_name}", response_model=SnapshotPage)
async def snapshot_page(
    type_name: str,
    device: Active,
    backend: Answering,
    after: IdAfter = "",
    limit: Annotated[int, Query(ge=1)] = limits.SNAPSHOT_ROWS_MAX,
    bucket: Bucket = "",
    *,
    cells: bool = False,
) -> Response:
    """Rows of one record type, or of one bucket of it, in id order; folded on request."""
    found = await backend.snapshots.page(device, type_name, after, limit, bucket, cells=cells)
    return _json(found)


@router.get("/snapshot-origins/{type_name}", response_model=OriginsPage)
async def snapshot_origins(
    type_name: str,
    device: Active,
    backend: Answering,
    after: IdAfter = "",
    limit: Annotated[int, Query(ge=1)] = limits.SNAPSHOT_ROWS_MAX,
) -> Response:
    """Which groups brought the facts that a restore could take from the server."""
    return _json(await backend.snapshots.origins(device, type_name, after, limit))


@router.get("/snapshot-stock", response_model=StockPage)
async def snapshot_stock(
    device: Active,
    backend: Answering,
    after: IdAfter = "",
    limit: Annotated[int, Query(ge=1, le=limits.SNAPSHOT_ROWS_MAX)] = limits.SNAPSHOT_ROWS_MAX,
) -> Response:
    """Stock of the till's store, as it was when this till asked for the heads."""
    return _json(await backend.snapshots.stock(device, after, limit))


@router.get("/digests")
async def digests(device: Active, backend: Answering) -> list[Digest]:
    """Count and digest of each record type in the till's sight."""
    return await backend.snapshots.digests(device)


@router.get("/digests/{stream}/{number}", response_model=CheckpointDigests)
async def checkpoint_digests(
    stream: str,
    number: Annotated[int, Path(ge=0, le=2**62)],
    device: Active,
    backend: Answering,
) -> Response:
    """The digests of a stream's checkpoint, bucket by bucket, and what moved since."""
    return _json(await backend.checkpoints.digests(device, stream, number))


@router.get("/me")
async def me(
    device: Pushing, backend: Answering, sent: Annotated[int, Query(ge=0, le=2**62)] = 0
) -> Me:
    """What the server holds of the asking device; a revoked one may ask what it still owes."""
    return await backend.snapshots.me(device, sent)


@router.get("/me/tables")
async def tables(device: Active, backend: Answering) -> list[TableHeld]:
    """Count and sum of each fact type that the asking device brought."""
    return await backend.snapshots.tables(device)

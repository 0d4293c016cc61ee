"""Answers a till while a customer waits: may this be used up here?"""

from fastapi import APIRouter, Depends

from sync.protocol.messages import ClaimReply, ClaimRequest
from sync.server.api.access import Active, Answering, spoken_protocol
from sync.server.api.bodies import StrictRoute
from sync.server.api.routes_sync import PROBLEM

router = APIRouter(
    prefix="/v1",
    route_class=StrictRoute,
    dependencies=[Depends(spoken_protocol)],
    responses=PROBLEM,
)


@router.post("/claims")
async def claim(request: ClaimRequest, device: Active, backend: Answering) -> ClaimReply:
    """Claim a held cart, goods to give back or a balance for two minutes."""
    return await backend.claims.ask(device, request)

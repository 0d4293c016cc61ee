"""The WebSocket that tells a till when to pull."""

import asyncio
from contextlib import suppress

from fastapi import APIRouter, WebSocket, WebSocketDisconnect, status

from sync.server.api.access import listening_device
from sync.server.api.gate import Gate
from sync.server.api.problems import known_problem, problem_response
from sync.server.core.admission import Device
from sync.server.core.streams import streams_of
from sync.server.hints import Hub, Subscription

router = APIRouter()
REVOKED = "device_revoked"
"""The reason for closing the connection; the next handshake gets the same."""


@router.websocket("/v1/hints")
async def hints(socket: WebSocket) -> None:
    """Sends a ``Hint`` whenever a stream of the till moved, until it is revoked; reads nothing."""
    hub: Hub = socket.app.state.hub
    device = await _let_in(socket, hub)
    if device is None:
        hub.stats.refused += 1
        return
    await socket.accept()
    with hub.subscribed(device.org_id, streams_of(device), device.device_id) as subscription:
        telling = asyncio.create_task(_tell(socket, subscription))
        try:
            while True:
                await socket.receive_text()
        except (WebSocketDisconnect, RuntimeError, KeyError):
            # The till is gone, or sends bytes; its messages do not matter.
            pass
        finally:
            telling.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await telling


async def _let_in(socket: WebSocket, hub: Hub) -> Device | None:
    """The device, if it may listen; None when the handshake was refused with its problem."""
    gate: Gate = socket.app.state.gate
    try:
        with gate.handshake(hub.connected):
            return await listening_device(socket)
    except Exception as error:
        refused = known_problem(error)
        await socket.send_denial_response(problem_response(refused.problem, refused.headers))
        return None


async def _tell(socket: WebSocket, subscription: Subscription) -> None:
    async for hint in subscription.hints():
        await socket.send_text(hint.model_dump_json())
    await socket.close(status.WS_1008_POLICY_VIOLATION, REVOKED)

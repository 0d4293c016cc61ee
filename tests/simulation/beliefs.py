"""What a till must never believe, not even for a moment: that the server has what it has not.

Looked at in the middle of a history, because the engine would find out later and send it again:
the till that was destroyed meanwhile could not.
"""

from typing import TYPE_CHECKING

from sync.server.core.ports import Origin, Recorded
from tests.simulation.till import Delivered, SimTill

if TYPE_CHECKING:
    from tests.simulation.world import World

REFUSED = frozenset({"rejected", "fork"})


def mistaken(world: "World", till: SimTill) -> list[str]:
    """What a till takes for delivered that the server, as the till knows it, does not hold."""
    if not till.enrolled:
        return []
    believed = till.delivered(world.drive(_epoch(world)))
    if not believed:
        return []
    ledger: dict[Origin, Recorded] = world.drive(_recorded(world, believed))
    return [
        f"{till.name} takes group {one.origin[1]} for {one.verdict}, and the server {said}"
        for one in believed
        if (said := _otherwise(one, ledger.get(one.origin)))
    ]


def _otherwise(believed: Delivered, known: Recorded | None) -> str:
    if known is None:
        return "never got it"
    if known.hash != believed.hash:
        return "has another group under this number"
    refused = known.verdict["kind"] in REFUSED and believed.verdict not in REFUSED
    return "refused it" if refused else ""


async def _epoch(world: "World") -> str:
    async with world.server.store.transaction(world.template.org_id) as transaction:
        return await transaction.epoch()


async def _recorded(world: "World", believed: list[Delivered]) -> dict[Origin, Recorded]:
    async with world.server.store.transaction(world.template.org_id) as transaction:
        return await transaction.recorded([one.origin for one in believed])

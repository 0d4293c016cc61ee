"""What an operator does: codes for tills that are new, dead, or no longer let in."""

from dataclasses import dataclass

from localdb.queries.shifts import current as shift_now
from localdb.services import shifts
from localdb.store import succession
from sync.client.bootstrap import load_now
from sync.client.enrol import enrol
from sync.server.core.enrolment import BadCode
from tests.simulation.server import SimServer
from tests.simulation.till import SimTill


@dataclass(frozen=True, slots=True)
class Place:
    """Where a till belongs: a store, or the place of a device that is dead."""

    store_id: str
    replaces: str | None = None


def enrol_till(server: SimServer, org_id: str, till: SimTill, place: Place) -> None:
    """Enrol a till and load its data; called again, it goes on where it was stopped."""
    if till.database.identity is None or till.alone:
        if not till.code:
            dead = place.replaces
            if dead is not None and not server.drive(_is_known(server, org_id, dead)):
                dead = None  # a restored server has never heard of it
            till.code = server.drive(
                server.devices.create_code(
                    # A till that sold on its own brings people and taxes.
                    *(org_id, place.store_id),
                    replaces=dead,
                    manages=True if till.alone else None,
                )
            )
        enrol(till.database, till.gateway, till.tokens, code=till.code, till_name=till.name)
        till.alone = False
    if till.ask(succession.history_to):
        # Who joins goes on selling: the engine takes the history up and loads.
        till.begin_sync()
        return
    load_now(till.database, till.gateway, lambda progress: None)
    till.begin_sync()


def let_in_again(server: SimServer, org_id: str, till: SimTill) -> bool:
    """Give a till whose token ended, or whom a restored server does not know, a new token.

    False for one that was revoked: it stays outside.
    """
    identity = till.till.identity
    known = server.drive(_is_known(server, org_id, identity.device_id))
    renews = identity.device_id if known else None
    try:
        code = server.drive(server.devices.create_code(org_id, identity.store_id, renews=renews))
    except BadCode:
        return False
    if till.ask(shift_now) is not None:
        till.write(shifts.close_shift, 0)
    enrol(till.database, till.gateway, till.tokens, code=code, till_name=till.name)
    till.engine.sync_now()
    till.due_at = till.clock.s
    return True


async def _is_known(server: SimServer, org_id: str, device_id: str) -> bool:
    async with server.store.transaction(org_id) as transaction:
        return await transaction.registered(device_id) is not None

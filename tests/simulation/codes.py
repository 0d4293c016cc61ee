"""Enrolment codes at tills that are enrolled already: the wrong ones, and a new till's."""

import random
from collections.abc import Callable

from localdb.queries.shifts import current as shift_now
from localdb.services import shifts
from sync.client.enrol import enrol
from tests.simulation import actions
from tests.simulation.encounters import act, drain, fair, works
from tests.simulation.till import SimTill
from tests.simulation.world import World

Code = Callable[[World, SimTill, random.Random], str]
UNKNOWN = "ABCD-EFGH-JKMN"


def wrong_code(world: World, till: SimTill, rng: random.Random) -> None:
    """Somebody types a code that this till cannot use; it stays what it is."""
    if not works(till):
        return
    make = rng.choice((_unknown, _expired, _used, _of_another, _of_another_store, _code_taken))
    with fair(till):
        before = till.database.identity
        act(world, till, lambda: _typed(till, make(world, till, rng)))
    if till.on and till.database.identity != before:
        world.bugs.append(f"{till.name} took a code for another one: {make.__name__}")


def new_tills_code(world: World, till: SimTill, rng: random.Random) -> None:
    """A code for a new till of its store is typed in at one that works: it stays what it is."""
    if not works(till):
        return

    def typed() -> None:
        if till.ask(shift_now) is not None:
            till.write(shifts.close_shift, 0)
        code = world.server.drive(
            world.server.devices.create_code(
                world.template.org_id, world.places[till.name].store_id
            )
        )
        _typed(till, code)
        till.engine.sync_now()
        till.due_at = world.clock.s

    with fair(till):
        act(world, till, typed)
        drain(world, till)


def _typed(till: SimTill, code: str) -> None:
    enrol(till.database, till.gateway, till.tokens, code=code, till_name=till.name)


def _made(world: World, store_id: str, **how: object) -> str:
    devices, org_id = world.server.devices, world.template.org_id
    code: str = world.server.drive(devices.create_code(org_id, store_id, **how))  # type: ignore[arg-type]
    return code


def _unknown(world: World, till: SimTill, rng: random.Random) -> str:
    return rng.choice((UNKNOWN, "no code at all"))


def _expired(world: World, till: SimTill, rng: random.Random) -> str:
    return _made(world, world.places[till.name].store_id, hours=-1)


def _used(world: World, till: SimTill, rng: random.Random) -> str:
    """A code by which another machine became a till; a restored server may not know that."""
    used = [one.code for one in world.tills if one.code and one.enrolled and one is not till]
    return used[0] if used and not world.backups else UNKNOWN


def _of_another(world: World, till: SimTill, rng: random.Random) -> str:
    others = [one for one in world.tills if works(one) and one.device_id != till.device_id]
    if not others:
        return UNKNOWN
    return _made(world, world.places[till.name].store_id, renews=others[0].device_id)


def _of_another_store(world: World, till: SimTill, rng: random.Random) -> str:
    """It has an open shift, or something that its own store has not got yet."""
    actions.sell(till, rng)
    if rng.random() < 0.5:
        till.write(shifts.close_shift, 0)
    here = world.places[till.name].store_id
    (other, *_) = [one for one in world.template.store_ids if one != here]
    return _made(world, other)


def _code_taken(world: World, till: SimTill, rng: random.Random) -> str:
    return _made(world, world.places[till.name].store_id, till_code="T01")

"""Everything works again: what people and operators do then, and when it is enough."""

from localdb.errors import Refusal
from sync.client.download import SLICE_PAUSE_S
from sync.client.status import Connection
from sync.protocol.gateway import AuthFault, RequestRefused
from sync.server.schema import ORG_STREAM
from tests.simulation.network import FAIR
from tests.simulation.operator import let_in_again
from tests.simulation.server import FLAG_GRACE_S
from tests.simulation.till import SimTill
from tests.simulation.world import World

STEPS_MAX = 800


class DoesNotHeal(AssertionError):
    """Everything works again and the tills still do not come to rest."""


def heal(world: World) -> None:
    """Mend everything and go on until nothing moves; raises DoesNotHeal."""
    world.trace("healing")
    world.server.fuse.put_out()
    world.server.protocol_min = world.protocol_min
    for till in (*world.gone, *world.tills):
        till.line.weather = FAIR
        till.line.deliver_late()
    for till in world.tills:
        till.fuse.put_out()
        _set_going(world, till)
    _until_quiet(world)
    _look_at_all(world)


def _look_at_all(world: World) -> None:
    """The server looks at what came last, when it is old enough; the tills hear of it."""
    world.clock.pass_to(world.clock.s + FLAG_GRACE_S + 1)
    with world.server.tongue():
        world.drive(world.server.flagger.catch_up(world.template.org_id))
        world.drive(world.server.balancer.catch_up(world.template.org_id))
    _until_quiet(world)


def _gave_up(world: World, till: SimTill) -> bool:
    """Whether a till was shut out so that not even its sales are taken: too late, or as a copy."""
    if not (till.revoked and till.engine.status.waiting):
        return False
    unknown = till.engine.status.connection is Connection.AUTH
    if not (unknown or world.slept_for_months):
        return False
    world.trace(f"{till.name} is too late")
    till.stop()
    world.tills.remove(till)
    world.gone.append(till)
    world.lost_a_disk(till)
    return True


def _set_going(world: World, till: SimTill) -> None:
    if not till.on:
        till.start()
    till.limit_disk(full=False)
    till.empty_cart()
    if not till.enrolled:
        _enrol(world, till)
    till.engine.sync_now()
    # Its threads would wake by it.
    till.due_at = world.clock.s


def _enrol(world: World, till: SimTill) -> None:
    try:
        world.enrol(till)
    except RequestRefused as refusal:
        world.trace(f"{till.name} needs another code: {refusal.problem.code}")
        till.code = ""
        world.enrol(till)
    except AuthFault:
        # The server was restored to a time before it: the sync finds out, and an operator.
        world.trace(f"{till.name} does not get its data")
        till.begin_sync()


def _until_quiet(world: World) -> None:
    for _ in range(STEPS_MAX):
        till = min(world.tills, key=lambda one: (one.due_at, one.name))
        # Who only pauses between two slices of a comparison has not looked for news yet.
        if till.due_at > world.clock.s + SLICE_PAUSE_S:
            if _settled(world):
                return
            _let_in(world)
            till = min(world.tills, key=lambda one: (one.due_at, one.name))
        world.clock.pass_to(till.due_at)
        till.step()
    raise DoesNotHeal("; ".join(f"{one.name}: {one.engine.status}" for one in world.tills))


def _let_in(world: World) -> None:
    """An operator sees which tills are shut out and gives them a code."""
    for till in [one for one in world.tills if not _gave_up(world, one)]:
        # A copy, or a backup, of a till that was shut out.
        till.revoked |= till.engine.status.connection is Connection.REVOKED
        if not till.revoked and till.engine.status.connection is Connection.AUTH:
            world.trace(f"{till.name} is let in again")
            try:
                with till.tongue():
                    till.revoked = not let_in_again(world.server, world.template.org_id, till)
            except Refusal as refusal:
                world.trace(f"{till.name} has to wait: {refusal}")


def _settled(world: World) -> bool:
    """Whether every till has nothing to do and stands where the server stands."""
    if not all(till.at_rest for till in world.tills):
        return False
    heads: dict[str, int] = world.drive(_heads(world))
    return all(till.stands_at(heads) for till in world.tills)


async def _heads(world: World) -> dict[str, int]:
    names = (ORG_STREAM, *world.template.store_ids)
    async with world.server.store.transaction(world.template.org_id) as transaction:
        found = {name: await transaction.stream(name) for name in names}
    return {name: state.head for name, state in found.items() if state is not None}

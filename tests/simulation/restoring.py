"""A restore of the server meets what only some tills still know: arranged, for chance seldom does.

All is played over a good line, so that what it is about happens.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from localdb.domain.ops import Group, body_hash, decode, encode
from localdb.domain.records import Customer, JournalEntry
from localdb.services import customers
from localdb.store.unit_of_work import UnitOfWork
from sync.protocol.messages import FoundRequest, SentGroup
from tests.simulation import actions, disasters
from tests.simulation.encounters import act, drain, fair, works
from tests.simulation.memory_store import MemoryStore
from tests.simulation.till import SimTill
from tests.simulation.world import World

DELIVERY_STEPS = 4
DAYS_WORK: tuple[actions.Action, ...] = (
    actions.sell,
    actions.sell,
    actions.give_back,
    actions.drawer,
    actions.move_stock,
)


def given_back(world: World, till: SimTill, rng: random.Random) -> None:
    """The server loses a till's sales, and a neighbour that pulled them hands them over.

    The till may be gone, or come with the whole groups afterwards; somebody else's hand may be in
    it, too. (What becomes of an older copy of the till is open: see the README.)
    """
    neighbours = _neighbours(world, till)
    if not (isinstance(world.store, MemoryStore) and works(till) and neighbours):
        return
    with all_fair(world):
        _all_drain(world, (till, *neighbours))
        disasters.back_up_server(world, till, rng)
        backup = world.backups[-1]
        for action in rng.choices(DAYS_WORK, k=rng.randrange(1, 4)):
            act(world, till, lambda action=action: action(till, rng))  # type: ignore[misc]
        _all_drain(world, (till, *neighbours))
        if rng.random() < 0.4:
            disasters.destroy_till(world, till, rng)
        disasters.go_back_to(world, backup)
        if rng.random() < 0.4:
            act(world, neighbours[0], lambda: _forge(world, till, neighbours[0], rng))
        _all_drain(world, neighbours)
        if rng.random() < 0.3:
            disasters.forget_the_log(world, lambda: 1.0)
        _all_drain(world, (till,))


def edit_before_its_record(world: World, till: SimTill, rng: random.Random) -> None:
    """A restored server hears of a customer's change before it hears of the customer again."""
    others = [one for one in world.tills if one is not till and works(one)]
    if not (isinstance(world.store, MemoryStore) and works(till) and others):
        return
    other = rng.choice(others)
    with all_fair(world):
        _all_drain(world, (till, other))
        disasters.back_up_server(world, till, rng)
        backup = world.backups[-1]
        name = f"Late {rng.randrange(10**6)}"
        act(world, till, lambda: till.write(customers.create, name, phone="1"))
        _all_drain(world, (till, other))

        def change(uow: UnitOfWork) -> None:
            for customer in uow.find(Customer, name=name):
                customers.change(uow, customer.id, note=f"note {rng.randrange(10**6)}")

        act(world, other, lambda: other.write(change))
        disasters.go_back_to(world, backup)
        _all_drain(world, (other, till))


def shut_out(world: World, till: SimTill, rng: random.Random) -> None:
    """A revoked till delivers what it sold, and a restore of the server loses just that."""
    if not (isinstance(world.store, MemoryStore) and works(till)):
        return
    with all_fair(world):
        if sum(works(one) for one in world.tills) < 3:
            disasters.newcomer(world, till, rng)
        drain(world, till)
        disasters.revoke_till(world, till, rng)
        disasters.back_up_server(world, till, rng)
        backup = world.backups[-1]
        world.alive(till, lambda: actions.sell(till, rng))
        _deliver(world, till)
        disasters.go_back_to(world, backup)
        if rng.random() < 0.5:
            _deliver(world, till)


def _deliver(world: World, till: SimTill) -> None:
    """What a till does that pulls nothing any more."""
    for _ in range(DELIVERY_STEPS):
        if till.on and till.enrolled:
            till.due_at = world.clock.s
            world.alive(till, till.step)


def _neighbours(world: World, till: SimTill) -> list[SimTill]:
    """The other tills of its store that work."""
    place = world.places[till.name].store_id
    others = [one for one in world.tills if one is not till and works(one)]
    return [one for one in others if world.places[one.name].store_id == place]


def _all_drain(world: World, tills: Sequence[SimTill]) -> None:
    for one in tills:
        drain(world, one)


@contextmanager
def all_fair(world: World) -> Iterator[None]:
    """A good line everywhere, for as long as this lasts."""
    with ExitStack() as stack:
        for one in world.tills:
            stack.enter_context(fair(one))
        yield


# ---------------------------------------------------------------- what nobody may hand over


def _forge(world: World, till: SimTill, by: SimTill, rng: random.Random) -> None:
    """A program with a till's token hands over what its neighbour never did; nothing is taken."""
    groups = [group for body in till.made.values() if _is_a_sale(group := decode(body))]
    if not groups:
        return
    forged = rng.choice((_dearer, _unsaid, _far_ahead, _of_another_store, _rehashed, _by_another))(
        world, groups[-1]
    )
    body = encode(forged)
    sent = SentGroup(dseq=forged.dseq, hash=body_hash(body), body=body)
    reply = by.gateway.give_back(FoundRequest(groups=[sent]))
    if reply.taken:
        world.bugs.append(f"{by.name} handed over a forged group {forged.dseq} of {till.name}")


def _is_a_sale(group: Group) -> bool:
    return any(op.type == "sale" for op in group.ops)


def _changed(group: Group, type_name: str, **values: object) -> Group:
    ops = (
        replace(op, values={**(op.values or {}), **values}) if op.type == type_name else op
        for op in group.ops
        if op.kind == "insert"
    )
    return replace(group, ops=tuple(ops))


def _dearer(world: World, group: Group) -> Group:
    return _changed(group, "sale", total_minor=1)


def _unsaid(world: World, group: Group) -> Group:
    ops = tuple(op for op in group.ops if op.type != JournalEntry.TYPE)
    return replace(group, ops=ops)


def _far_ahead(world: World, group: Group) -> Group:
    return replace(group, dseq=2**40)


def _of_another_store(world: World, group: Group) -> Group:
    (other, *_) = [one for one in world.template.store_ids if one != group.store_id]
    return replace(_changed(group, "sale", store_id=other), store_id=other)


def _rehashed(world: World, group: Group) -> Group:
    return _changed(group, JournalEntry.TYPE, payload="{}")


def _by_another(world: World, group: Group) -> Group:
    others = [one.device_id for one in world.tills if one.device_id not in ("", group.device_id)]
    return _changed(group, "sale", device_id=others[0])

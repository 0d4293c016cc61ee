"""Meetings that chance alone seldom arranges: each is a little history of its own.

They are played over a good line up to the point that matters, so that what they are about happens.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from localdb.domain.methods import GIFT_CARD
from localdb.domain.ops import body_hash, decode, encode, never_discarded
from localdb.domain.records import Conflict, GiftCard, Product
from localdb.queries import conflicts as conflict_queries
from localdb.services import catalogue, conflicts
from localdb.store.unit_of_work import UnitOfWork
from sync.client.status import Connection
from tests.simulation import actions, disasters, spending
from tests.simulation.beliefs import mistaken
from tests.simulation.managing import chosen, parked
from tests.simulation.memory_store import MemoryStore
from tests.simulation.network import FAIR, Weather
from tests.simulation.till import SimTill
from tests.simulation.world import World

STEPS_MAX = 30
PULLS = 3
LOAD_STEPS_MAX = 80
ANSWERS_LOST = Weather(lost_answer=1.0)
ANSWERS_OLD = Weather(stale_answer=1.0)
_NEWEST = "SELECT dseq, body FROM outbox_group WHERE state = 'pending' ORDER BY dseq DESC LIMIT 1"
_REPLACE = "UPDATE outbox_group SET body = ?, hash = ? WHERE dseq = ?"


def double_life(world: World, till: SimTill, rng: random.Random) -> None:
    """A till and its copy both sell under the same numbers, and both deliver."""
    before = set(map(id, world.tills))
    with fair(till):
        drain(world, till)
        disasters.clone_till(world, till, rng)
        pair = [till, *(one for one in world.tills if id(one) not in before)]
        for one in pair:
            act(world, one, lambda one=one: actions.sell(one, rng))  # type: ignore[misc]
        for one in pair:
            drain(world, one)


def two_managers(world: World, till: SimTill, rng: random.Random) -> None:
    """Two managers settle one conflict, and neither has heard of the other."""
    other = next((one for one in world.tills if one is not till and works(one)), None)
    if other is None or not works(till):
        return
    with fair(till), fair(other):
        _agree_that_they_differ(world, (till, other), rng)
        for one in (till, other):
            act(world, one, lambda one=one: _settle_all(one, rng))  # type: ignore[misc]
        for one in (other, till):
            drain(world, one)


def one_card_twice(world: World, till: SimTill, rng: random.Random) -> None:
    """Two tills spend from one card, and neither has heard of the other."""
    other = next((one for one in world.tills if one is not till and works(one)), None)
    if other is None or not works(till):
        return
    with fair(till), fair(other):
        act(world, till, lambda: spending.load_card(till, rng))
        for one in (till, other):
            drain(world, one)
        for one in (till, other):
            act(world, one, lambda one=one: _spend_a_card(one, rng))  # type: ignore[misc]
        for one in (other, till):
            drain(world, one)


def _spend_a_card(till: SimTill, rng: random.Random) -> None:
    cards = till.write(lambda uow: uow.find(GiftCard, deleted=False))
    if cards:
        account = spending.Account(GIFT_CARD, cards[0].id)
        spending.spend_from(till, rng, account, asking=False)


def load_before_the_answer(world: World, till: SimTill, rng: random.Random) -> None:
    """A sale arrives and its answer is lost; before it is sent again, everything is loaded."""
    if not (isinstance(world.store, MemoryStore) and works(till)):
        return
    with fair(till):
        drain(world, till)
        act(world, till, lambda: actions.sell(till, rng))
        till.line.weather = ANSWERS_LOST
        act(world, till, lambda: till.step(down=False))
        till.line.weather = FAIR
        disasters.forget_the_log(world, lambda: 1.0)
        for _ in range(LOAD_STEPS_MAX):
            world.clock.pass_to(till.due_at)
            act(world, till, lambda: till.step(up=False))
            if not works(till) or (till.at_level and not rng.randrange(8)):
                break


def old_answer(world: World, till: SimTill, rng: random.Random) -> None:
    """Something on the way answers an upload with what it kept of the one before."""
    if not works(till):
        return
    with fair(till):
        for weather in (FAIR, ANSWERS_OLD):
            drain(world, till)
            act(world, till, lambda: actions.sell(till, rng))
            till.line.weather = weather
            act(world, till, lambda: till.step(down=False))
            till.line.weather = FAIR
            world.bugs += mistaken(world, till)


def spoilt_group(world: World, till: SimTill, rng: random.Random) -> None:
    """A program with a fault writes a change that the server refuses; a manager sees to it."""
    if not works(till):
        return
    with fair(till):
        drain(world, till)
        edit = rng.choice((actions.customer, actions.new_product, actions.edit_product))
        act(world, till, lambda: edit(till, rng))
        act(world, till, lambda: till.write(_spoil, world.template.store_ids))
        drain(world, till)
        for _ in range(rng.randrange(3)):
            act(world, till, lambda: parked(till, rng))
            drain(world, till)


def _spoil(uow: UnitOfWork, store_ids: Sequence[str]) -> None:
    """Let the newest group that waits, if it holds nothing of a sale, be of another store."""
    row = uow.connection.exec_driver_sql(_NEWEST).first()
    group = decode(row.body) if row else None
    if row is None or group is None or any(never_discarded(op) for op in group.ops):
        return
    (other, *_) = [one for one in store_ids if one != group.store_id]
    body = encode(replace(group, store_id=other))
    uow.connection.exec_driver_sql(_REPLACE, (body, body_hash(body), row.dseq))


def _agree_that_they_differ(
    world: World, pair: tuple[SimTill, SimTill], rng: random.Random
) -> None:
    """Two tills give one product two prices, and both see the conflict."""
    for one in pair:
        drain(world, one)
    prices = rng.sample(range(1_000, 9_000), 2)
    for one, price in zip(pair, prices, strict=True):
        _price(world, one, price)
    for one in (*pair, *pair):
        drain(world, one)


def pulled_over(world: World, till: SimTill, rng: random.Random) -> None:
    """A change comes down to a till that has not sent its own change of the same thing."""
    other = next((one for one in world.tills if one is not till and works(one)), None)
    if other is None or not works(till):
        return
    with fair(till), fair(other):
        drain(world, till)
        drain(world, other)
        theirs, ours = rng.sample(range(1_000, 9_000), 2)
        _price(world, other, theirs)
        drain(world, other)
        _price(world, till, ours)
        till.engine.sync_now()
        for _ in range(PULLS):
            act(world, till, lambda: till.step(up=False))
    if till.on and till.enrolled:
        world.bugs += [f"{till.name} hides an unsent edit: {one}" for one in till.hidden_edits()]


def _price(world: World, till: SimTill, price: int) -> None:
    """Give the first product this price."""

    def edit(uow: UnitOfWork) -> None:
        for product in uow.find(Product, deleted=False)[:1]:
            catalogue.edit_product(uow, product, price_minor=price)

    act(world, till, lambda: till.write(edit))


def _settle_all(till: SimTill, rng: random.Random) -> None:
    for conflict in till.ask(conflict_queries.listed):
        if conflict.kind == "field":
            _settle(till, conflict, rng)


def _settle(till: SimTill, conflict: Conflict, rng: random.Random) -> None:
    seen = till.ask(conflict_queries.view, conflict.id)
    till.write(conflicts.settle, conflict.id, chosen(conflict, rng), seen=seen)


def works(till: SimTill) -> bool:
    """Whether it is on and takes part in the sync both ways."""
    return till.on and till.enrolled and not till.revoked


def act(world: World, till: SimTill, what: Callable[[], object]) -> None:
    """Do something at a till, if it works."""
    if works(till):
        world.alive(till, what)


def drain(world: World, till: SimTill) -> None:
    """Let a till's engine work until it has nothing to do, or for a while."""
    if works(till):
        # Its threads would wake by what was committed, and its line by what others sent.
        till.engine.sync_now()
        till.due_at = world.clock.s
    for _ in range(STEPS_MAX):
        if not works(till) or (till.at_rest and till.due_at > world.clock.s):
            return
        if till.engine.status.connection is Connection.AUTH:
            # A restored server does not know it: it would ask again and again.
            return
        world.clock.pass_to(till.due_at)
        world.alive(till, till.step)


@contextmanager
def fair(till: SimTill) -> Iterator[None]:
    """A good line, for as long as this lasts."""
    weather, till.line.weather = till.line.weather, FAIR
    try:
        yield
    finally:
        till.line.weather = weather

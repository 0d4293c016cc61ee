"""Programs of two releases at once: who is brought up to date when, and what only one knows."""

import random
from collections.abc import Iterator
from typing import Any, cast

from localdb.domain.cart import Cart
from localdb.domain.records import Product
from localdb.domain.tender import Tender
from localdb.services.checkout import Completed, checkout
from localdb.store.unit_of_work import UnitOfWork
from sync.server.jobs import held_sweep
from sync.server.postgres.store import PostgresStore
from tests.simulation import actions
from tests.simulation.disasters import forget_the_log
from tests.simulation.encounters import drain, fair, works
from tests.simulation.releases import Supplier, Survey
from tests.simulation.till import SimTill
from tests.simulation.views import NIL, ServerView, TillView, unknown_records
from tests.simulation.world import World

# ---------------------------------------------------------------- bringing up to date


def upgrade_till(world: World, till: SimTill, rng: random.Random) -> None:
    """A till is switched off, gets the later release and is switched on, wherever it stood."""
    if world.releases is None or till.later:
        return
    was_on = till.on
    if was_on:
        world.alive(till, till.stop)
        till.empty_cart()
    till.later = True
    if was_on:
        world.begin(till)


def upgrade_while_loading(world: World, till: SimTill, rng: random.Random) -> None:
    """A till is brought up to date when half of its data is loaded afresh."""
    if world.releases is None or till.later or not works(till):
        return
    with fair(till):
        drain(world, till)
        world.operate(_change_something(world))
        forget_the_log(world, lambda: 1.0)
        for _ in range(rng.randrange(2, 20)):
            if works(till):
                world.clock.pass_to(till.due_at)
                world.alive(till, till.step)
        upgrade_till(world, till, rng)
        drain(world, till)


async def _change_something(world: World) -> None:
    server, org_id = world.server, world.template.org_id
    async with server.store.transaction(org_id) as transaction:
        (row, *_) = await transaction.references(Product.TYPE, None, NIL, 1)
    change = {"note": f"{row.version}"}
    await server.editor.change(org_id, Product.TYPE, row.values["id"], row.version, change)


def upgrade_server(world: World, till: SimTill, rng: random.Random) -> None:
    """The server gets the later release; requests in flight come back to another program."""
    if world.releases is None or world.server.later:
        return
    world.server.later = True
    world.server.start()
    world.migrate_server()
    sweep_held(world)


def sweep_held(world: World) -> None:
    """What a server does when it starts, and daily: try again what it held."""
    # What the sweep asks of PostgreSQL, the store in memory answers too.
    store = cast("PostgresStore", world.store)
    world.operate(held_sweep.sweep(store, world.server.pusher))


def upgrade_all(world: World) -> None:
    """In the end everybody has the later release."""
    upgrade_server(world, world.tills[0], random.Random(0))
    for till in world.tills:
        upgrade_till(world, till, random.Random(0))


# ---------------------------------------------------------------- what the later release does


def brand_product(till: SimTill, rng: random.Random) -> None:
    """Fill a field in that others have never heard of."""
    if not till.later:
        return
    brand = rng.choice(("Acme", "Bolt", "Core"))

    def job(uow: UnitOfWork) -> None:
        for product in uow.find(Product, deleted=False)[: rng.randrange(1, 4)]:
            uow.edit(Product, product.id, brand=brand)

    till.write(job)


def supplier(till: SimTill, rng: random.Random) -> None:
    """Add or change a record of a type that others have never heard of."""
    if not till.later:
        return

    def job(uow: UnitOfWork) -> None:
        known = uow.find(Supplier, deleted=False)
        if known and rng.random() < 0.5:
            change = rng.choice(({"name": f"Farm {rng.randrange(9)}"}, {"phone": "12"}))
            uow.edit(Supplier, rng.choice(known).id, **change)
        else:
            uow.insert(Supplier(id=uow.new_id(), name=f"Farm {rng.randrange(9)}"))

    till.write(job)


def survey_sale(till: SimTill, rng: random.Random) -> None:
    """Sell, and write a fact that others have never heard of into the same group."""
    actions.sell(till, rng, _with_survey if till.later else checkout)


def _with_survey(uow: UnitOfWork, cart: Cart, tender: Tender) -> Completed:
    done = checkout(uow, cart, tender)
    store_id = uow.identity.store_id
    uow.insert(Survey(id=uow.new_id(), store_id=store_id, sale_id=done.sale_id, said="fine"))
    return done


# ---------------------------------------------------------------- the oracle


def unknown_is_kept(world: World) -> Iterator[str]:
    """At rest, and before everybody is brought up to date, each holds what only some understand."""
    if world.releases is None:
        return
    with world.all_known():
        org_id, stores = world.template.org_id, world.template.store_ids
        server = ServerView.of(world.store, world.drive, org_id, stores)
    for till in world.tills:
        if not till.revoked:
            with till.tongue():
                yield from _lost_on(till, server)


def _lost_on(till: SimTill, server: ServerView) -> Iterator[str]:
    view = TillView.of(till)
    for record_id, row in server.references[Product.TYPE].items():
        _, values = view.images[Product.TYPE].get(record_id, (0, {}))
        if values.get("brand", "") != row.values.get("brand", ""):
            yield f"{till.name}: the brand of product {record_id} is lost"
    for sale_id, values in view.shown["sale"].items():
        there = server.facts["sale"].get(sale_id)
        if there is not None and there.get("channel", "") != values.get("channel", ""):
            yield f"{till.name}: the channel of sale {sale_id} is lost"
    held: dict[str, dict[str, Any]] = {}
    if till.later:
        held = {id_: values for id_, (_, values) in view.images[Supplier.TYPE].items()}
    else:
        held = unknown_records(till, Supplier.TYPE)
    for record_id, row in server.references[Supplier.TYPE].items():
        if held.get(record_id) != row.values:
            yield f"{till.name}: the supplier {record_id} was not kept"

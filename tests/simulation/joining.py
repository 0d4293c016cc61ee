"""A till that sold on its own for a while joins the server with its history."""

import random

from localdb.domain.records import Product, TaxClass, User
from localdb.services import catalogue, setup
from localdb.services.setup import NewShop
from localdb.store.unit_of_work import UnitOfWork
from tests.simulation import actions
from tests.simulation.operator import Place
from tests.simulation.till import SimTill
from tests.simulation.world import TILLS_MAX, World
from tests.support.taxes import default_taxes

DAYS_WORK: tuple[actions.Action, ...] = (
    actions.sell,
    actions.sell,
    actions.give_back,
    actions.drawer,
    actions.edit_product,
    actions.move_stock,
    actions.customer,
    actions.new_product,
)


def stand_alone(world: World, till: SimTill, rng: random.Random) -> None:
    """A shop begins with a till that has no server, and sells."""
    if len(world.tills) >= TILLS_MAX:
        return
    number = len(world.tills) + len(world.gone)
    alone = world.new_till(f"A{number}", Place(rng.choice(world.template.store_ids)))
    alone.line.rng, alone.line.weather = rng, till.line.weather
    # A code that no store of the server has: two shops that print one number are flagged.
    shop = NewShop(
        store_name="Kiosk", store_code=f"X{number}", manager_name="Mary", manager_pin="4321"
    )

    def begin() -> None:
        alone.user = alone.write(_opened, shop)
        alone.alone = True

    world.alive(alone, begin)
    for _ in range(rng.randrange(1, 12)):
        action = rng.choice(DAYS_WORK)
        if alone.in_use:
            world.alive(alone, lambda action=action: action(alone, rng))  # type: ignore[misc]


def join(world: World, till: SimTill, rng: random.Random) -> None:
    """A till that stood alone is given the server's address and a code."""
    waiting = [one for one in world.tills if one.on and one.alone]
    if waiting:
        one = rng.choice(waiting)
        one.line.rng = rng
        world.alive(one, lambda: world.enrol(one))


def _opened(uow: UnitOfWork, shop: NewShop) -> User:
    """Its first morning: people, taxes, and goods of which the server knows some codes."""
    manager = setup.stand_alone(uow, shop)
    default_taxes(uow)
    tax = uow.find(TaxClass, code="reduced")[0]
    for number, code in enumerate(("4000000000", actions.CODES[0], "70000001")):
        product = Product(
            id=uow.new_id(),
            sku=f"SKU{number}" if number < 2 else "KIOSK",
            name=f"Own {number}",
            price_minor=120 + number,
            tax_class_id=tax.id,
        )
        catalogue.add_product(uow, product, (code,), 5_000)
    return manager

"""Groups that cannot be applied, at the head of a real till's queue: the sales behind go up."""

from collections.abc import Callable

import pytest

from localdb.domain.ops import Op
from localdb.domain.records import Category, Conflict, Product, Sale
from localdb.store import outbox
from localdb.store.unit_of_work import UnitOfWork
from sync.client.proof import prove
from sync.client.upload import ASK_HELD_EVERY_S
from tests.support.postgres import PostgresDatabase, database
from tests.sync.client.test_conflict_road import level
from tests.sync.client.test_road import NewTill, TillOnRoad, new_till
from tests.sync.server.tills import poison

__all__ = ["database", "new_till"]
SALES = 50

Harm = Callable[[UnitOfWork, str], None]


def rejected(uow: UnitOfWork, product_id: str) -> None:
    """A value that the server refuses for good."""
    category = Category(id=uow.new_id(), name="Odd")
    uow.insert(category)
    uow.add_op(Op("insert", "category", category.id, values={**category.values(), "name": ""}))


def held_for_its_parent(uow: UnitOfWork, product_id: str) -> None:
    """An edit of a record that never came."""
    uow.add_op(Op("edit", "product", uow.new_id(), before={"note": ""}, after={"note": "x"}))


def poisoned(uow: UnitOfWork, product_id: str) -> None:
    """A newer program's field, which no check knows, and which this database refuses."""
    uow.add_op(
        Op(
            "edit",
            "product",
            product_id,
            before={"newer": None},
            after={"newer": "poison"},
            seen={},
        )
    )


@pytest.mark.parametrize("harm", [rejected, held_for_its_parent, poisoned])
def test_fifty_sales_behind_it_go_up(
    new_till: NewTill, database: PostgresDatabase, harm: Harm
) -> None:
    """Failure 4: whatever is wrong with the head of the queue, what is behind it is delivered."""
    poison(database.owner_url)
    here, there = new_till(), new_till()
    beans = here.add_product()
    here.sync()
    here.line.cut = True
    here.database.write(lambda uow: harm(uow, beans))
    for _ in range(SALES):
        here.sell(beans)
    here.line.cut = False
    here.sync()
    here.sync()
    there.sync()
    assert here.engine.status.waiting == 0
    assert len(there.find(Sale)) == SALES
    assert there.stock(beans) == here.stock(beans) == 10_000 - SALES * 1_000
    assert len(_parked(here)) == (harm is rejected)
    assert prove(here.database, here.line).sales_match


def test_a_queue_full_of_poison_is_drained_too(
    new_till: NewTill, database: PostgresDatabase
) -> None:
    """Failure 4: refused, waiting and unstorable groups between sales stop none of them."""
    poison(database.owner_url)
    here = new_till()
    beans = here.add_product()
    here.sync()
    here.line.cut = True
    for number in range(30):
        harm = (rejected, held_for_its_parent, poisoned)[number % 3]
        here.database.write(lambda uow, harm=harm: harm(uow, beans))  # type: ignore[misc]
        here.sell(beans)
    here.line.cut = False
    here.sync()
    here.sync()
    assert here.engine.status.waiting == 0
    assert len(_parked(here)) == 10
    proof = prove(here.database, here.line)
    assert (proof.sales_match, proof.sales_there.count) == (True, 30)


def _parked(till: TillOnRoad) -> list[outbox.ParkedGroup]:
    with till.database.read() as conn:
        return outbox.parked(conn)


def test_a_till_learns_what_became_of_a_held_group(new_till: NewTill) -> None:
    """A settlement that waited for a record and came second is shown as such, not for ever as done.

    Nothing of it enters a stream, and its verdict was given long ago.
    """
    here, there = new_till(), new_till()
    beans = here.add_product()
    level(here, there)
    here.edit(beans, price_minor=450)
    there.edit(beans, price_minor=500)
    level(here, there)
    (conflict,) = (one for one in here.find(Conflict) if isinstance(one, Conflict))
    ghost = here.database.write(_refused_product)
    here.sync()
    assert len(_parked(here)) == 1

    def settle_and_edit(uow: UnitOfWork) -> None:
        uow.edit(Conflict, conflict.id, state="settled", settled_at_us=7)
        uow.edit(Product, ghost, note="waits")

    here.database.write(settle_and_edit)
    here.sync()
    there.database.write(lambda uow: uow.edit(Conflict, conflict.id, state="settled"))
    there.sync()
    there.database.write(
        lambda uow: uow.insert(
            Product(id=ghost, sku="GHOST", name="Ghost", price_minor=1, tax_class_id=ghost)
        )
    )
    level(there, here)
    assert here.product(ghost).note == "waits"
    here.now += ASK_HELD_EVERY_S
    level(there, here)
    assert here.product(ghost).note == there.product(ghost).note == ""
    (mine,) = (one for one in here.find(Conflict) if isinstance(one, Conflict))
    assert mine.settled_at_us is None


def _refused_product(uow: UnitOfWork) -> str:
    """A product that the server refuses together with what is wrong beside it; its id."""
    ghost = Product(
        id=uow.new_id(), sku="GHOST", name="Ghost", price_minor=1, tax_class_id=uow.new_id()
    )
    uow.insert(ghost)
    rejected(uow, ghost.id)
    return ghost.id

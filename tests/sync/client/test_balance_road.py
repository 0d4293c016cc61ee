"""Balances over the whole road: sums of movements, counted once however often they travel."""

from localdb.domain.records import BalanceMovement, Conflict, GiftCard
from localdb.queries import balances
from localdb.store.unit_of_work import UnitOfWork
from sync.client.bootstrap import load_now
from sync.client.proof import prove
from sync.server.bulk_change import BulkChange, BulkChanger
from tests.support.postgres import database
from tests.support.server import Operator
from tests.sync.client.test_road import NewTill, TillOnRoad, new_till

__all__ = ["database", "new_till"]


def test_a_movement_that_travels_twice_counts_once(new_till: NewTill) -> None:
    """Failure 27: three lost answers, a bootstrap between them, and one sale's worth is gone.

    What holds for stock holds for every balance: there is no number that two tills add to.
    """
    here, there = new_till(), new_till()
    beans = here.add_product(stock_milli=10_000)
    here.sync()
    there.sync()
    here.sell(beans, 4_000)
    here.line.lose_replies = 3
    for _ in range(3):
        here.sync()
    there.sync()
    assert there.stock(beans) == 6_000
    assert here.engine.status.waiting == 1
    load_now(here.database, here.line, lambda _: None)
    for _ in range(3):
        here.sync()
    assert here.engine.status.waiting == 0
    assert (here.stock(beans), there.stock(beans)) == (6_000, 6_000)
    assert prove(here.database, here.line).agrees
    assert new_till().stock(beans) == 6_000


def test_a_card_holds_the_same_in_two_stores(new_till: NewTill, operator: Operator) -> None:
    """Failure 27: lost answers, a bootstrap, and nothing is counted twice or forgotten.

    Each till counts its own at once; what another store did it learns from the checkpoint alone.
    """
    here, there = new_till(), new_till("S02")
    card = GiftCard(id=there.database.write(UnitOfWork.new_id), code="GC-1")
    here.database.write(lambda uow: uow.insert(card))
    spend(here, card, 5000)
    sync_all(operator, here, there)
    assert [held(till, card) for till in (here, there)] == [5000, 5000]

    here.line.lose_replies = 2
    spend(here, card, -700)
    spend(there, card, -300)
    assert [held(till, card) for till in (here, there)] == [4300, 4700]
    for _ in range(3):
        sync_all(operator, here, there)
    assert [held(till, card) for till in (here, there)] == [4000, 4000]

    spend(there, card, -100)
    load_now(there.database, there.line, lambda _: None)
    assert held(there, card) == 3900
    fresh = new_till("S02")
    assert held(fresh, card) == 4000
    sync_all(operator, there, here, fresh)
    assert [held(till, card) for till in (here, there, fresh)] == [3900, 3900, 3900]
    assert all(prove(till.database, till.line).agrees for till in (here, there, fresh))


def spend(till: TillOnRoad, card: GiftCard, amount: int, reason: str = "paid") -> None:
    """A movement of its own; positive loads."""
    till.database.write(
        lambda uow: uow.insert(
            BalanceMovement(
                id=uow.new_id(),
                store_id=uow.identity.store_id,
                kind="gift_card",
                account_id=card.id,
                amount=amount,
                reason=reason,
                user_id=uow.new_id(),
                at_us=uow.now_us,
            )
        )
    )


def held(till: TillOnRoad, card: GiftCard) -> int:
    """What the till takes to be on the card."""
    with till.database.read() as conn:
        return balances.balance(conn, "gift_card", card.id)


def sync_all(operator: Operator, *tills: TillOnRoad) -> None:
    """Everything up, summed by the server, and down."""
    for till in tills:
        till.sync()
    identity = tills[0].database.identity
    assert identity is not None
    operator.run(lambda backend: backend.balancer.catch_up(identity.org_id))
    for till in tills:
        till.sync()


def test_bulk_sql_reaches_a_till_under_its_own_unsent_edit(
    new_till: NewTill, operator: Operator
) -> None:
    """Failure 34: the tills take what an operator changed by SQL, and none loses its own wish."""
    here, there = new_till(), new_till()
    beans, bread = here.add_product(400), here.add_product(200)
    here.sync()
    there.sync()
    there.line.cut = True
    there.edit(beans, price_minor=999)
    identity = here.database.identity
    assert identity is not None
    cheaper = BulkChange("product", {"price_minor": "price_minor / 2"})
    _change(operator, identity.org_id, cheaper)
    there.line.cut = False
    for till in (here, there, here, there):
        till.sync()
    for till in (here, there):
        assert [till.product(one).price_minor for one in (beans, bread)] == [200, 100]
        (conflict,) = till.find(Conflict)
        assert '"local":999' in str(conflict.values()["fields_json"])
        assert prove(till.database, till.line).agrees


def _change(operator: Operator, org_id: str, change: BulkChange) -> None:
    async def run(changer: BulkChanger) -> None:
        assert [done.changed async for done in changer.run(org_id, change)] == [2]

    operator.run(lambda backend: run(BulkChanger(backend.store, backend.editor, backend.pusher)))


def test_a_card_spent_twice_offline_is_a_task_and_no_lost_sale(
    new_till: NewTill, operator: Operator
) -> None:
    """Two stores cut off from the server: both payments stand, and the managers are told."""
    here, there = new_till(), new_till("S02")
    card = GiftCard(id=there.database.write(UnitOfWork.new_id), code="GC-1")
    here.database.write(lambda uow: uow.insert(card))
    spend(here, card, 5000, "loaded")
    sync_all(operator, here, there)
    for till in (here, there):
        spend(till, card, -4000)
    sync_all(operator, here, there)
    assert [held(till, card) for till in (here, there)] == [-3000, -3000]
    at_once = Operator(operator.config.model_copy(update={"flag_grace_s": 0}), operator.services)
    identity = here.database.identity
    assert identity is not None
    at_once.run(lambda backend: backend.flagger.catch_up(identity.org_id))
    for till in (here, there):
        till.sync()
        (task,) = till.find(Conflict)
        assert (task.values()["record_type"], task.values()["title"]) == ("gift_card", "GC-1")
        assert prove(till.database, till.line).agrees

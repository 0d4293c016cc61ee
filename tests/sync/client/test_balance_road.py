"""Balances over the whole road: sums of movements, counted once however often they travel."""

from localdb.domain.records import Conflict
from sync.client.bootstrap import load_now
from sync.client.proof import prove
from sync.server.bulk_change import BulkChange, BulkChanger
from tests.support.postgres import database
from tests.support.server import Operator
from tests.sync.client.test_road import NewTill, new_till

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

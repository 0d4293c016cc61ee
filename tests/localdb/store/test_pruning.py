"""A till drops other tills' old facts in small transactions, and never its own."""

from dataclasses import replace
from functools import partial
from typing import Any

from localdb.domain.ids import IdSource
from localdb.domain.records import FACTS, ShiftEvent
from localdb.store import local, pruning, replica, stock_levels
from localdb.store.database import Database
from localdb.store.identity import TillIdentity, own_devices, save_identity
from localdb.store.unit_of_work import UnitOfWork
from tests.localdb.store.samples import Clock, PulledGroup, facts_of, sale_records, sell

DAY_US = 86_400_000_000


def below(clock: Clock) -> str:
    """The lowest id of now."""
    digits = f"{clock.us // 1000:012x}"
    return f"{digits[:8]}-{digits[8:]}-0000-0000-000000000000"


def counts(db: Database) -> dict[str, int]:
    with db.read() as conn:
        return {
            fact.TYPE: conn.exec_driver_sql(f'SELECT count(*) FROM "{fact.TYPE}"').scalar_one()
            for fact in FACTS
        }


def pull_sales(
    db: Database, identity: TillIdentity, new_id: IdSource, count: int, first: int = 1
) -> tuple[str, str]:
    """Another till's sales arrive; (its device id, the product it sold)."""
    other = replace(identity, device_id=new_id())
    product_id = new_id()
    for number in range(first, first + count):
        records = sale_records(other, new_id, new_id(), product_id, 1000, 5)
        event = ShiftEvent(
            id=new_id(), store_id=other.store_id, device_id=other.device_id, shift_id=new_id(),
            kind="no_sale", user_id=new_id(), at_us=5,
        )  # fmt: skip
        group = PulledGroup(number, other.device_id, number, facts=facts_of(*records, event))
        entry: dict[str, Any] = {"stream": identity.store_id, "epoch": "e1", "entries": [group]}
        db.write(partial(replica.apply_entries, **entry))
    return other.device_id, product_id


def prune_all(db: Database, up_to: str) -> int:
    """Prune until nothing is left to; how many transactions it took."""
    steps = 1
    while db.write(lambda uow: pruning.prune(uow, up_to)):
        steps += 1
        assert steps < 100, "it never ends"
    return steps


def test_other_tills_old_facts_go_and_the_stock_stays(
    db: Database, identity: TillIdentity, new_id: IdSource, clock: Clock
) -> None:
    """A few sales at a time, each with its lines and payments; new ones are kept."""
    count = pruning.SALES_AT_ONCE * 2 + 3
    _, product_id = pull_sales(db, identity, new_id, count)
    clock.us += DAY_US
    limit = below(clock)
    clock.us += DAY_US
    pull_sales(db, identity, new_id, 2, first=count + 1)
    assert prune_all(db, limit) >= 3
    left = counts(db)
    assert {left[name] for name in ("sale", "sale_line", "payment", "stock_movement")} == {2}
    assert left["shift_event"] == 2
    with db.read() as conn:
        assert stock_levels.level(conn, identity.store_id, product_id) == -1000 * count
    # What was looked at is not looked at again.
    assert prune_all(db, limit) == 1


def test_what_this_till_rang_is_never_dropped(db: Database, new_id: IdSource, clock: Clock) -> None:
    """Its sales, its movements and its journal, delivered or not, also from a former identity."""
    db.write(lambda uow: sell(uow, new_id()))
    before = counts(db)

    def become(uow: UnitOfWork) -> None:
        old = uow.identity
        save_identity(uow.connection, replace(old, device_id=new_id()))

    former = db.identity
    assert former is not None
    db.write(become)

    def begin_journal(uow: UnitOfWork) -> None:
        uow.journal("identity", {"previous": {"device": former.device_id}})

    db.write(begin_journal)
    with db.read() as conn:
        now = db.identity
        assert now is not None
        assert own_devices(conn) == [now.device_id, former.device_id]
    clock.us += 1000 * DAY_US
    prune_all(db, below(clock))
    before["journal_entry"] += 1
    assert counts(db) == before


def test_a_sale_that_came_by_a_page_is_judged_by_who_rang_it(
    db: Database, identity: TillIdentity, new_id: IdSource, clock: Clock
) -> None:
    """A page does not say who brought a fact; the sale itself does."""
    db.write(lambda uow: sell(uow, new_id()))
    pull_sales(db, identity, new_id, 1)
    db.write(forget_origins)
    clock.us += 1000 * DAY_US
    prune_all(db, below(clock))
    left = counts(db)
    assert (left["sale"], left["sale_line"]) == (1, 1)
    with db.read() as conn:
        assert conn.exec_driver_sql("SELECT device_id FROM sale").scalar() == identity.device_id
        assert local.setting(conn, "pruned_to:sale") == below(clock)


def forget_origins(uow: UnitOfWork) -> None:
    for name in ("sale", "sale_line", "payment", "shift_event"):
        uow.connection.exec_driver_sql(f"UPDATE \"{name}\" SET origin_device = ''")

"""A till takes another identity, and what it did not deliver goes with it."""

from pathlib import Path

import pytest

from localdb.domain import journal
from localdb.domain.ids import IdSource
from localdb.domain.money import Currency
from localdb.domain.ops import Group, body_hash, decode
from localdb.domain.records import JournalEntry, Product, Sale, StockMovement, Store
from localdb.domain.tender import Tender
from localdb.domain.terms import Terms
from localdb.domain.totals import totals
from localdb.queries import here, receipts, taxes
from localdb.services.checkout import Completed, checkout
from localdb.services.shifts import close_shift, open_shift
from localdb.store import outbox, replica, rows, stock_levels, succession
from localdb.store.database import Database
from localdb.store.identity import TillIdentity, load_identity
from localdb.store.unaccounted import unaccounted
from localdb.store.unit_of_work import UnitOfWork
from tests.localdb.store.samples import Clock, PulledGroup, product, row_of, sell
from tests.support.shops import Shop, opened, small_shop
from tests.support.verdicts import record_verdict

ORG = replica.ORG_STREAM


def successor(old: TillIdentity, new_id: IdSource, **changed: str) -> TillIdentity:
    """The identity that the server gives to a restored till."""
    values = {
        "org_id": old.org_id,
        "store_id": old.store_id,
        "device_id": new_id(),
        "till_code": old.till_code + "B",
        "store_code": old.store_code,
    }
    return TillIdentity(**{**values, **changed})


def take(db: Database, new: TillIdentity, after: int, reason: str = "fork") -> None:
    db.write(lambda uow: succession.take(uow, new, after=after, reason=reason, note={"held": 9}))


def join(db: Database, new: TillIdentity) -> None:
    take(db, new, 0, succession.JOINED)


def readdress(db: Database, ops_max: int = 4) -> int:
    """Do all slices; how many there were."""
    count = 1
    while db.write(lambda uow: succession.readdress(uow, ops_max)):
        count += 1
    return count


def queued(db: Database) -> dict[int, Group]:
    """The pending groups, each with the hash of its body."""
    with db.read() as conn:
        batch = outbox.next_batch(conn, 10_000, 10**9)
    assert all(row.hash == body_hash(row.body) for row in batch)
    return {row.dseq: decode(row.body) for row in batch}


def deliver(db: Database, *dseqs: int) -> None:
    for dseq in dseqs:
        db.write(lambda uow, n=dseq: record_verdict(uow, n, "applied", "", "", {ORG: 1}))  # type: ignore[misc]


def vector(db: Database, product_id: str) -> str:
    with db.read() as conn:
        return str(rows.load(conn, "product", [product_id])[product_id]["vector"])


def test_undelivered_groups_go_up_under_the_new_identity(
    db: Database, identity: TillIdentity, new_id: IdSource
) -> None:
    """Delivered groups stay the old device's; the others keep their numbers and change hands."""
    for _ in range(5):
        db.write(lambda uow: sell(uow, new_id()))
    deliver(db, 1, 2, 3)
    with db.read() as conn:
        assert succession.delivered_to(conn) == 3
    new = successor(identity, new_id)
    take(db, new, 3)
    db.write(lambda uow: sell(uow, new_id()))
    assert readdress(db) > 1
    assert {n: g.device_id for n, g in queued(db).items()} == dict.fromkeys(
        (4, 5, 6, 7), new.device_id
    )
    with db.read() as conn:
        origins = conn.exec_driver_sql("SELECT origin_dseq, origin_device FROM sale").all()
        assert succession.under_way(conn) is None
        sales = rows.find(conn, Sale)
    assert dict(map(tuple, origins)) == {
        **dict.fromkeys((1, 2, 3), identity.device_id),
        **dict.fromkeys((4, 5, 7), new.device_id),
    }
    # Facts are never changed: they name the device that rang them.
    assert [s.device_id for s in sales] == [identity.device_id] * 5 + [new.device_id]


def test_the_new_journal_begins_with_the_old_ones_head(
    db: Database, identity: TillIdentity, new_id: IdSource
) -> None:
    """Both chains hold, and the first entry of the new one names where the old one ended."""
    for _ in range(2):
        db.write(lambda uow: sell(uow, new_id()))
    new = successor(identity, new_id)
    take(db, new, 2)
    db.write(lambda uow: sell(uow, new_id()))
    readdress(db)
    with db.read() as conn:
        old_chain = rows.find(conn, JournalEntry, device_id=identity.device_id)
        new_chain = rows.find(conn, JournalEntry, device_id=new.device_id)
    assert journal.verify(old_chain) is None
    assert journal.verify(new_chain) is None
    assert [entry.kind for entry in new_chain] == ["identity", "sale"]
    assert old_chain[-1].hash in new_chain[0].payload
    assert identity.device_id in new_chain[0].payload
    assert '"held":9' in new_chain[0].payload


def test_a_crash_between_slices_goes_on_with_the_next(
    tmp_path: Path, clock: Clock, new_id: IdSource
) -> None:
    """Failure 17: each group is readdressed, and the till keeps selling in between."""
    with small_shop(tmp_path) as shop:
        old = shop.till.identity
        for _ in range(6):
            ring(shop)
        new = successor(old, new_id)
        take(shop.database, new, 0)
        assert shop.database.write(lambda uow: succession.readdress(uow, 4))
    with opened(tmp_path, shop.clock) as db:
        db.write(lambda uow: sell(uow, new_id()))
        with db.read() as conn:
            assert succession.under_way(conn) is not None
        readdress(db)
        groups = queued(db)
        assert list(groups) == list(range(1, len(groups) + 1))
        assert {group.device_id for group in groups.values()} == {new.device_id}


def test_groups_that_another_till_handed_over_ask_for_no_identity(
    db: Database, identity: TillIdentity, new_id: IdSource
) -> None:
    """They prove nothing, and are kept in view as one; what a copy delivered itself does ask."""
    stream = identity.store_id

    def came(number: int, dseq: int, given_by: str | None) -> None:
        entry = PulledGroup(number, identity.device_id, dseq, given_by=given_by)
        db.write(lambda uow: replica.apply_entries(uow, stream, "e1", [entry]))

    giver = new_id()
    came(1, 40, giver)
    came(2, 38, giver)
    with db.read() as conn:
        assert not succession.asked(conn)
        (gap,) = unaccounted(conn)
    assert (gap.first, gap.held_to, gap.given_by) == (38, 40, giver)
    came(3, 41, None)
    with db.read() as conn:
        assert succession.asked(conn) == "copied"


def test_parked_forks_are_pending_again_with_their_edits(
    db: Database, identity: TillIdentity, new_id: IdSource
) -> None:
    """Failure 17: the price that was parked as a fork shows again and goes up."""
    made = product(new_id)
    entry = PulledGroup(1, new_id(), 7, rows=(row_of(made),))
    db.write(lambda uow: replica.apply_entries(uow, ORG, "e1", [entry]))
    db.write(lambda uow: uow.edit(Product, made.id, price_minor=250))
    db.write(lambda uow: record_verdict(uow, 1, "fork", "fork", "", {}))
    db.write(lambda uow: uow.edit(Product, made.id, name="Pear juice"))
    with db.read() as conn:
        assert (succession.forked_at(conn), succession.delivered_to(conn)) == (1, 0)
    new = successor(identity, new_id)
    take(db, new, 0)
    readdress(db)
    with db.read() as conn:
        held = rows.get(conn, Product, made.id)
        assert succession.forked_at(conn) is None
        assert not outbox.parked(conn)
    assert held is not None
    assert (held.price_minor, held.name) == (250, "Pear juice")
    assert vector(db, made.id) == f'{{"{new.device_id}":2}}'
    assert [group.ops[0].after for group in queued(db).values()][:2] == [
        {"price_minor": 250},
        {"name": "Pear juice"},
    ]


def test_no_vector_claims_what_the_old_device_never_delivered(
    db: Database, identity: TillIdentity, new_id: IdSource
) -> None:
    """Those numbers are another copy's groups: claiming to have seen them would lose an update."""
    made = db.write(lambda uow: _insert(uow, product(new_id)))
    deliver(db, 1)
    other = db.write(lambda uow: _insert(uow, product(new_id, sku="B2")))
    db.write(lambda uow: uow.edit(Product, other, name="Plum juice"))
    new = successor(identity, new_id)
    take(db, new, 1)
    # Edited before its slice: it has seen what the row still says.
    db.write(lambda uow: uow.edit(Product, other, name="Cherry juice"))
    readdress(db)
    said = "".join(str(group) for group in queued(db).values())
    assert vector(db, made) == f'{{"{identity.device_id}":1}}'
    assert vector(db, other) == f'{{"{new.device_id}":5}}'
    for dseq in (2, 3):
        assert f"'{identity.device_id}': {dseq}" not in said


def _insert(uow: UnitOfWork, record: Product) -> str:
    uow.insert(record)
    return record.id


def test_a_group_the_server_holds_back_stays_the_old_devices(
    db: Database, identity: TillIdentity, new_id: IdSource
) -> None:
    """The server applies it itself; asking again under the new token would park it."""
    db.write(lambda uow: _insert(uow, product(new_id)))
    db.write(lambda uow: record_verdict(uow, 1, "held", "parent_missing", "", {}))
    take(db, successor(identity, new_id), 1)
    readdress(db)
    assert list(queued(db)) == [2]


# ---------------------------------------------------------------- a whole shop


def ring(shop: Shop) -> Completed:
    """One sale of milk and bread."""
    cart = shop.cart(shop.milk, shop.bread)
    due = totals(cart, Terms(shop.till.ask(taxes.in_force))).total_minor
    return shop.till.write(checkout, cart, Tender(due, Currency.of("EUR")).pay_cash(None))


@pytest.fixture
def joined(new_id: IdSource) -> TillIdentity:
    """What a server gives to a stand-alone till."""
    return TillIdentity(new_id(), new_id(), new_id(), "T04", "S07")


def test_a_stand_alone_till_takes_its_history_to_the_servers_store(
    tmp_path: Path, joined: TillIdentity
) -> None:
    """Facts, stock and what names the store follow; the store's own record is not sent."""
    with small_shop(tmp_path) as shop:
        db = shop.database
        old = shop.till.identity
        for _ in range(3):
            ring(shop)
        join(db, joined)
        during = ring(shop)
        readdress(db)
        after = ring(shop)
        with db.read() as conn:
            facts = [*rows.find(conn, Sale), *rows.find(conn, StockMovement)]
            stores = [store.id for store in rows.find(conn, Store)]
            milk = stock_levels.level(conn, joined.store_id, shop.milk.id)
            left = conn.exec_driver_sql("SELECT count(*) FROM stock_level").scalar()
        groups = queued(db)
    assert {fact.store_id for fact in facts} == {joined.store_id}
    assert stores == [joined.store_id]
    assert (milk, left) == (10_000 - 5_000, 2)
    assert old.store_id not in "".join(str(group) for group in groups.values())
    assert list(groups) == list(range(1, len(groups) + 1))
    assert [op.type for op in groups[1].ops] == ["till", "user"]
    # The counter is the series': a new one begins at 1.
    assert (during.receipt_number, after.receipt_number) == ("S07-T04-000001", "S07-T04-000002")


def test_the_last_receipt_is_found_under_a_former_name(tmp_path: Path, new_id: IdSource) -> None:
    """A reprint right after the change shows the sale before it, then the newest."""
    with small_shop(tmp_path) as shop:
        before = ring(shop)
        take(shop.database, successor(shop.till.identity, new_id), 0)
        readdress(shop.database)
        found = shop.till.ask(receipts.last)
        assert found is not None
        assert found.sale.id == before.sale_id
        after = ring(shop)
        found = shop.till.ask(receipts.last)
    assert found is not None
    assert found.sale.id == after.sale_id


def test_sales_go_on_in_the_currency_of_the_shop(tmp_path: Path, joined: TillIdentity) -> None:
    """Until the server's record of the store comes down, the old one stands in for it."""
    with small_shop(tmp_path) as shop:
        shop.till.sign_out()
        shop.till.write(
            lambda uow: uow.edit(
                Store, uow.identity.store_id, currency="JPY", timezone="Asia/Tokyo"
            )
        )
        join(shop.database, joined)
        readdress(shop.database)
        store = shop.till.ask(here.store)
        only_store = [g for g in queued(shop.database).values() if not g.ops]
    assert (store.id, store.currency, store.timezone) == (joined.store_id, "JPY", "Asia/Tokyo")
    assert store.code == "S07"
    assert len(only_store) == 1


def test_z_numbers_begin_anew_and_the_open_shift_goes_on(tmp_path: Path, new_id: IdSource) -> None:
    """The drawer is counted over both identities; its Z is the first of the new series."""
    with small_shop(tmp_path) as shop:
        shop.till.write(close_shift, 0)
        shop.till.write(open_shift, 5_000)
        ring(shop)
        take(shop.database, successor(shop.till.identity, new_id), 0)
        ring(shop)
        shift = shop.till.write(close_shift, 0)
        with shop.database.read() as conn:
            identity = load_identity(conn)
    assert identity is not None
    assert (shift.sale_count, shift.z_number) == (2, 1)
    assert (shift.first_receipt, shift.last_receipt) == ("S01-T01-000001", "S01-T01B-000001")


def test_a_sale_that_the_other_copy_delivered_first_is_that_ones(
    db: Database, identity: TillIdentity, new_id: IdSource
) -> None:
    """The server counts it as the other copy's, and so does this till: their proofs agree.

    When the server loses it in a restore, it is this till's to deliver, and its own again.
    """
    db.write(lambda uow: sell(uow, new_id()))
    new = successor(identity, new_id)
    take(db, new, 0)
    readdress(db)

    def origins() -> set[str]:
        with db.read() as conn:
            rows = conn.exec_driver_sql("SELECT origin_device FROM sale")
            return {row[0] for row in rows}

    assert origins() == {new.device_id}
    db.write(lambda uow: record_verdict(uow, 1, "duplicate", "", "", {}))
    assert origins() == {identity.device_id}
    assert db.write(lambda uow: outbox.resend_after(uow.connection, 0))[0] == 1
    assert origins() == {new.device_id}

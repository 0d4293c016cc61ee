"""Pulling: images, replay of unsent edits, facts once, unknown things kept."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdb.domain.ids import IdSource
from localdb.domain.records import Barcode, HeldCart, Product, Record, Sale, SaleLine, Store
from localdb.errors import Refusal
from localdb.queries import receipts
from localdb.store import replica, rows, stock_levels, sync_state
from localdb.store.database import Database
from localdb.store.identity import TillIdentity
from localdb.store.search import search
from localdb.store.sync_state import Cursor
from localdb.store.unit_of_work import UnitOfWork
from tests.localdb.store.samples import (
    FactOf,
    PulledGroup,
    Row,
    facts_of,
    product,
    row_of,
    sale_records,
    sell,
)
from tests.support.verdicts import record_verdict

ORG = replica.ORG_STREAM


def pull(db: Database, *entries: PulledGroup, stream: str = ORG, epoch: str = "e1") -> None:
    db.write(lambda uow: replica.apply_entries(uow, stream, epoch, entries))


def held(db: Database, product_id: str) -> Product:
    with db.read() as conn:
        found = rows.get(conn, Product, product_id)
    assert found is not None
    return found


def raw(db: Database, product_id: str) -> dict[str, Any]:
    with db.read() as conn:
        return rows.load(conn, "product", [product_id])[product_id]


def test_a_new_row_arrives_with_its_cursor(db: Database, new_id: IdSource) -> None:
    """A pulled row is there, found by the search, and the cursor stands behind it."""
    made = product(new_id)
    pull(db, PulledGroup(1, new_id(), 4, rows=(row_of(made, 3),)))
    assert held(db, made.id) == made
    assert (raw(db, made.id)["version"], raw(db, made.id)["image"]) == (3, None)
    with db.read() as conn:
        assert search(conn, "app jui") == [made.id]
        assert sync_state.cursors(conn) == {ORG: Cursor("e1", 1)}


def test_gaps_are_refused_whole(db: Database, new_id: IdSource) -> None:
    """Entries that skip, repeat or come from another epoch change nothing."""
    made = product(new_id)
    pull(db, PulledGroup(1, new_id(), 1, rows=(row_of(made),)))
    for epoch, numbers in (("e1", [3]), ("e1", [1]), ("e1", [2, 4]), ("e2", [2]), ("e1", [])):
        entries = [PulledGroup(n, new_id(), n, rows=(row_of(made, 9),)) for n in numbers]
        with pytest.raises(replica.StreamGap):
            pull(db, *entries, epoch=epoch)
    assert raw(db, made.id)["version"] == 1


def test_an_unsent_edit_stays_on_top(
    db: Database, new_id: IdSource, identity: TillIdentity
) -> None:
    """A pull replaces the image; the unsent price stays, the other till's name shows."""
    made = product(new_id)
    pull(db, PulledGroup(1, new_id(), 1, rows=(row_of(made),)))
    db.write(lambda uow: uow.edit(Product, made.id, price_minor=250))
    theirs = Row("product", made.id, 2, {**made.values(), "name": "Plum"}, {"other": 5})
    pull(db, PulledGroup(2, new_id(), 2, rows=(theirs,)))
    assert (held(db, made.id).price_minor, held(db, made.id).name) == (250, "Plum")
    row = raw(db, made.id)
    assert json.loads(row["image"])["values"]["price_minor"] == 199
    assert json.loads(row["vector"]) == {"other": 5, identity.device_id: 1}
    with db.read() as conn:
        assert search(conn, "plum") == [made.id]
        assert search(conn, "apple") == []


def test_the_servers_decision_stands_when_ours_came_back(
    db: Database, new_id: IdSource, identity: TillIdentity
) -> None:
    """Our echo ends the replay, also when the server kept its value and sent no row of ours."""
    made = product(new_id)
    pull(db, PulledGroup(1, new_id(), 1, rows=(row_of(made),)))
    db.write(lambda uow: uow.edit(Product, made.id, price_minor=250))
    pull(db, PulledGroup(2, identity.device_id, 1))
    assert held(db, made.id).price_minor == 199
    assert raw(db, made.id)["image"] is None


def test_a_later_edit_survives_the_echo_of_an_earlier(
    db: Database, new_id: IdSource, identity: TillIdentity
) -> None:
    """With two unsent edits, the echo of the first leaves the second on top."""
    made = product(new_id)
    pull(db, PulledGroup(1, new_id(), 1, rows=(row_of(made),)))
    db.write(lambda uow: uow.edit(Product, made.id, price_minor=250))
    db.write(lambda uow: uow.edit(Product, made.id, price_minor=260))
    pull(db, PulledGroup(2, identity.device_id, 1, rows=(row_of(made, 2, price_minor=250),)))
    assert held(db, made.id).price_minor == 260
    pull(db, PulledGroup(3, identity.device_id, 2, rows=(row_of(made, 3, price_minor=260),)))
    assert held(db, made.id).price_minor == 260
    assert raw(db, made.id)["image"] is None


def test_an_echo_ends_only_its_streams_edits(
    db: Database, new_id: IdSource, identity: TillIdentity
) -> None:
    """A group that touched two streams keeps replaying in the one that has not come back."""
    made = product(new_id)
    pull(db, PulledGroup(1, new_id(), 1, rows=(row_of(made),)))
    store = identity.store_id
    cart = HeldCart(
        id=new_id(),
        store_id=store,
        label="",
        cart="{}",
        total_minor=1,
        held_by=new_id(),
        held_at_us=1,
    )

    def edit_both(uow: UnitOfWork) -> None:
        uow.edit(Product, made.id, price_minor=250)
        uow.insert(cart)

    db.write(edit_both)
    pull(db, PulledGroup(1, identity.device_id, 1, rows=(row_of(cart),)), stream=store)
    with db.read() as conn:
        edits = conn.exec_driver_sql("SELECT type FROM outbox_edit").scalars().all()
    assert edits == ["product"]
    assert held(db, made.id).price_minor == 250


def test_our_own_new_row_becomes_the_servers(
    db: Database, new_id: IdSource, identity: TillIdentity
) -> None:
    """A record made here gets the server's version when it comes back."""
    made = product(new_id)
    db.write(lambda uow: uow.insert(made))
    pull(db, PulledGroup(1, identity.device_id, 1, rows=(row_of(made, 1, sku="A1-2"),)))
    assert held(db, made.id).sku == "A1-2"
    assert (raw(db, made.id)["version"], raw(db, made.id)["image"]) == (1, None)


def test_an_older_image_does_not_go_back(db: Database, new_id: IdSource) -> None:
    """After a bootstrap the stream may bring a version older than the row: it is skipped."""
    made = product(new_id)
    pull(db, PulledGroup(1, new_id(), 1, rows=(row_of(made, 5, name="New"),)))
    pull(db, PulledGroup(2, new_id(), 2, rows=(row_of(made, 4, name="Old"),)))
    assert held(db, made.id).name == "New"


def test_facts_arrive_once(db: Database, new_id: IdSource, identity: TillIdentity) -> None:
    """A sale that comes again is not doubled, nor is its stock; lines may precede the sale."""
    sold = product(new_id)
    made = sale_records(identity, new_id, new_id(), sold.id, 3000, 1)
    store, facts = identity.store_id, facts_of(*reversed(made))
    for number in (1, 2):
        pull(db, PulledGroup(number, new_id(), number, facts=facts), stream=store)
    with db.read() as conn:
        assert rows.find(conn, Sale) == [made[0]]
        assert len(rows.find(conn, SaleLine, sale_id=made[0].id)) == 1
        assert stock_levels.level(conn, store, sold.id) == -3000


def test_movements_in_the_checkpoint_do_not_count_again(
    db: Database, new_id: IdSource, identity: TillIdentity
) -> None:
    """Entries up to the stock checkpoint bring their facts but no stock; later ones do."""
    sold, store = product(new_id), identity.store_id
    db.write(lambda uow: sync_state.put_stock_number(uow.connection, store, 1))
    for number in (1, 2):
        made = sale_records(identity, new_id, new_id(), sold.id, 1000, 1)
        pull(db, PulledGroup(number, new_id(), number, facts=facts_of(*made)), stream=store)
    with db.read() as conn:
        assert len(rows.find(conn, Sale)) == 2
        assert stock_levels.level(conn, store, sold.id) == -1000


def test_a_sale_counted_in_a_checkpoint_while_its_reply_was_lost(
    db: Database, new_id: IdSource, identity: TillIdentity
) -> None:
    """Its verdict names a number inside the checkpoint: the movement is taken out again."""
    sold, store = product(new_id), identity.store_id
    db.write(lambda uow: sell(uow, sold.id))
    db.write(lambda uow: sync_state.put_stock_number(uow.connection, store, 9))
    for _ in range(2):
        db.write(lambda uow: record_verdict(uow, 1, "duplicate", "", "", {store: 9}))
    with db.read() as conn:
        assert stock_levels.level(conn, store, sold.id) == 0


def test_unknown_fields_and_types_survive(db: Database, new_id: IdSource) -> None:
    """What only a newer program knows is kept, also through an edit and an older image."""
    made, gift = product(new_id), new_id()
    pull(
        db,
        PulledGroup(
            1,
            new_id(),
            1,
            rows=(row_of(made, 1, brand="Acme"), Row("gift_card", gift, 1, {"id": gift, "x": 1})),
            facts=(FactOf("loyalty_event", {"id": gift, "points": 3}),),
        ),
    )
    db.write(lambda uow: uow.edit(Product, made.id, price_minor=250))
    assert json.loads(raw(db, made.id)["extra"]) == {"brand": "Acme"}
    assert json.loads(raw(db, made.id)["image"])["values"]["brand"] == "Acme"
    with db.read() as conn:
        kept = conn.exec_driver_sql("SELECT type, body FROM unknown_record ORDER BY type").all()
    assert [row.type for row in kept] == ["gift_card", "loyalty_event"]
    assert json.loads(kept[0].body)["values"] == {"id": gift, "x": 1}


def test_a_field_an_older_server_does_not_send_gets_its_default(
    db: Database, new_id: IdSource
) -> None:
    """A row without an optional field still arrives."""
    made = product(new_id)
    values = {name: value for name, value in made.values().items() if name != "note"}
    pull(db, PulledGroup(1, new_id(), 1, rows=(Row("product", made.id, 1, values),)))
    assert held(db, made.id) == made


def test_a_pulled_barcode_and_a_deleted_product_move_the_search(
    db: Database, new_id: IdSource
) -> None:
    """A barcode that arrives later finds its product; a deleted product is found no more."""
    made = product(new_id)
    code = Barcode(id=new_id(), code="4006381333931", product_id=made.id)
    pull(db, PulledGroup(1, new_id(), 1, rows=(row_of(made),)))
    pull(db, PulledGroup(2, new_id(), 2, rows=(row_of(code),)))
    with db.read() as conn:
        assert search(conn, "400638") == [made.id]
    pull(db, PulledGroup(3, new_id(), 3, rows=(row_of(made, 2, deleted=True),)))
    with db.read() as conn:
        assert search(conn, "400638") == []


def aside_ids(db: Database, record_type: str) -> set[str]:
    with db.read() as conn:
        sql = "SELECT id FROM unknown_record WHERE type = ?"
        return {row[0] for row in conn.exec_driver_sql(sql, (record_type,))}


def there(db: Database, record: type[Record]) -> set[str]:
    with db.read() as conn:
        return {found.id for found in rows.find(conn, record)}


BROKEN: tuple[tuple[str, Any], ...] = (
    ("missing", None),
    ("null", None),
    ("fraction", 1.5),
    ("text", "much"),
    ("list", [1]),
    ("huge", 2**70),
)


@pytest.mark.parametrize(("what", "value"), BROKEN, ids=[what for what, _ in BROKEN])
def test_a_row_that_cannot_be_stored_holds_up_nothing(
    db: Database, new_id: IdSource, what: str, value: Any
) -> None:
    """A field that is missing or odd puts its row aside as it came; all others arrive."""
    odd, *good = (product(new_id, sku=str(n)) for n in range(3))
    values = {**odd.values(), "price_minor": value}
    if what == "missing":
        del values["price_minor"]
    pulled = (row_of(good[0]), Row("product", odd.id, 1, values), row_of(good[1]))
    pull(db, PulledGroup(1, new_id(), 1, rows=pulled))
    assert there(db, Product) == {one.id for one in good}
    assert aside_ids(db, "product") == {odd.id}
    with db.read() as conn:
        assert sync_state.cursor(conn, ORG).number == 1
        body = conn.exec_driver_sql("SELECT body FROM unknown_record").scalar_one()
    assert json.loads(body)["values"] == values


def test_a_sale_that_cannot_be_stored_takes_its_lines_aside(
    db: Database, new_id: IdSource, identity: TillIdentity
) -> None:
    """No line is left without its sale; the other sale and all stock movements arrive."""
    other = new_id()
    odd, good = (sale_records(identity, new_id, new_id(), other, 1_000, 0) for _ in range(2))
    facts = [FactOf(f.type, dict(f.values)) for f in (*facts_of(*odd), *facts_of(*good))]
    missing = next(fact for fact in facts if fact.values["id"] == odd[0].id)
    del missing.values["total_minor"]  # type: ignore[attr-defined]
    pull(db, PulledGroup(1, new_id(), 1, facts=tuple(facts)), stream=identity.store_id)
    assert there(db, Sale) == {good[0].id}
    assert there(db, SaleLine) == {good[1].id}
    assert (aside_ids(db, "sale"), aside_ids(db, "sale_line")) == ({odd[0].id}, {odd[1].id})
    with db.read() as conn:
        assert stock_levels.level(conn, identity.store_id, other) == -2_000


def test_a_part_of_a_large_group_may_be_applied_again(
    db: Database, new_id: IdSource, identity: TillIdentity
) -> None:
    """Broken off between two parts, the group begins anew: each fact once, stock once."""
    sold = new_id()
    records = [
        record
        for _ in range(50)
        for record in sale_records(identity, new_id, new_id(), sold, 1_000, 0)
    ]
    group = PulledGroup(1, new_id(), 1, rows=(row_of(product(new_id)),), facts=facts_of(*records))
    store = identity.store_id
    for starts in ((0, 60), range(0, replica.size_of(group), 60)):
        for start in starts:
            db.write(
                lambda uow, start=start: replica.apply_ahead(uow, store, "e1", group, start, 60)  # type: ignore[misc]
            )
        with db.read() as conn:
            assert sync_state.cursor(conn, store).number == 0
    db.write(lambda uow: replica.apply_entries(uow, store, "e1", [group], rows_are_there=True))
    assert len(there(db, Sale)) == len(there(db, SaleLine)) == 50
    assert len(there(db, Product)) == 1
    with db.read() as conn:
        assert stock_levels.level(conn, store, sold) == -50_000
        assert sync_state.cursor(conn, store).number == 1


def test_nobody_reads_a_receipt_that_is_only_partly_here(
    db: Database, new_id: IdSource, identity: TillIdentity
) -> None:
    """Between the parts of a large group its sales are refused, and only they."""
    store = identity.store_id
    sales = [sale_records(identity, new_id, new_id(), new_id(), 1_000, 0) for _ in range(2)]
    early, large = (
        PulledGroup(number, new_id(), 1, facts=facts_of(*sale))
        for number, sale in enumerate(sales, 1)
    )
    ids = [group.facts[0].values["id"] for group in (early, large)]
    db.write(lambda uow: uow.insert(Store(id=store, code="S01", name="Shop")))
    pull(db, early, stream=store)

    def lines(sale_id: str) -> int:
        with db.read() as conn:
            return len(receipts.load(conn, sale_id).lines)

    for start in range(replica.size_of(large)):
        db.write(lambda uow, at=start: replica.apply_ahead(uow, store, "e1", large, at, 1))  # type: ignore[misc]
        with pytest.raises(Refusal, match="just arriving"):
            lines(ids[1])
        assert lines(ids[0]) == 1
    db.write(lambda uow: replica.apply_entries(uow, store, "e1", [large], rows_are_there=True))
    assert [lines(id_) for id_ in ids] == [1, 1]


def test_slices_keep_groups_whole(new_id: IdSource) -> None:
    """A page is cut between groups near the row limit; a larger group travels alone."""
    made = row_of(product(new_id))
    sizes = [50, 100, 60, 500, 10]
    entries = [PulledGroup(n, "d", n, rows=(made,) * size) for n, size in enumerate(sizes)]
    cut = [[entry.number for entry in batch] for batch in replica.slices(entries)]
    assert cut == [[0, 1], [2], [3], [4]]


EDITS = st.lists(
    st.tuples(st.sampled_from(["local", "remote", "echo"]), st.integers(0, 9)), max_size=12
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=EDITS)
def test_any_order_of_edits_and_pulls_converges(
    db: Database, new_id: IdSource, identity: TillIdentity, steps: list[tuple[str, int]]
) -> None:
    """The row is always the server's with the unsent edits on top; all sent, it is the server's."""
    made = product(new_id)
    stream = {"number": sync_cursor(db), "version": 1}
    server = made.values()
    unsent: list[tuple[int, int]] = []
    pull_next(db, stream, new_id(), 1, server)
    for step, amount in [*steps, *[("echo", 0)] * len(steps)]:
        if step == "local":
            before = last_dseq(db)
            db.write(lambda uow: uow.edit(Product, made.id, price_minor=amount))  # noqa: B023
            if last_dseq(db) > before:
                unsent.append((last_dseq(db), amount))
        elif step == "remote":
            server = {**server, "price_minor": 100 + amount, "name": f"N{amount}"}
            pull_next(db, stream, new_id(), 1, server)
        elif unsent:
            dseq, sent = unsent.pop(0)
            server = {**server, "price_minor": sent}
            pull_next(db, stream, identity.device_id, dseq, server)
        now = held(db, made.id)
        assert now.price_minor == (unsent[-1][1] if unsent else server["price_minor"])
        assert now.name == server["name"]
        assert (raw(db, made.id)["image"] is not None) == bool(unsent)


def sync_cursor(db: Database) -> int:
    with db.read() as conn:
        return sync_state.cursor(conn, ORG).number


def last_dseq(db: Database) -> int:
    with db.read() as conn:
        return int(conn.exec_driver_sql("SELECT max(dseq) FROM outbox_group").scalar() or 0)


def pull_next(
    db: Database, stream: dict[str, int], device: str, dseq: int, values: dict[str, Any]
) -> None:
    stream["number"] += 1
    stream["version"] += 1
    row = Row("product", values["id"], stream["version"], values)
    pull(db, PulledGroup(stream["number"], device, dseq, rows=(row,)))

"""What a job writes with: rows, one outbox group, journal, stock and counters."""

import json

import pytest
from sqlalchemy.exc import IntegrityError

from localdb.domain import journal, ops
from localdb.domain.ids import IdSource
from localdb.domain.records import Customer, JournalEntry, Product, StockMovement
from localdb.errors import Refusal, ValidationRefusal
from localdb.store import outbox, rows, stock_levels
from localdb.store.database import Database
from localdb.store.identity import TillIdentity
from localdb.store.unit_of_work import UnitOfWork
from tests.localdb.store.samples import product, sell


def groups(db: Database) -> list[ops.Group]:
    with db.read() as conn:
        return [ops.decode(row.body) for row in outbox.next_batch(conn, 1000, 2**30)]


def test_one_transaction_is_one_group(
    db: Database, new_id: IdSource, identity: TillIdentity
) -> None:
    """All ops of a job travel in one group whose numbers have no gaps; a read makes none."""
    user = new_id()
    db.write(lambda uow: uow.insert(product(new_id), product(new_id, sku="A2")), user_id=user)
    db.write(lambda uow: uow.find(Product))
    db.write(lambda uow: sell(uow, new_id()))
    first, second = groups(db)
    assert [first.dseq, second.dseq] == [1, 2]
    assert (first.device_id, first.store_id) == (identity.device_id, identity.store_id)
    assert (first.user_id, second.user_id) == (user, None)
    assert [op.type for op in first.ops] == ["product", "product"]
    assert {op.type for op in second.ops} == {
        "sale",
        "sale_line",
        "payment",
        "stock_movement",
        "journal_entry",
    }


def test_the_group_says_what_the_rows_say(db: Database, new_id: IdSource) -> None:
    """The queued body carries the record's values, under the hash that is sent with it."""
    made = product(new_id, name="Größe \U0001f34e")
    db.write(lambda uow: uow.insert(made))
    with db.read() as conn:
        (row,) = outbox.next_batch(conn, 1, 1)
    assert row.hash == ops.body_hash(row.body)
    assert ops.encode(ops.decode(row.body)) == row.body
    assert ops.decode(row.body).ops[0].values == made.values()


def test_an_edit_sends_only_what_changed(
    db: Database, new_id: IdSource, identity: TillIdentity
) -> None:
    """An edit op has before and after of the changed fields and the vector that was seen."""
    made = product(new_id)
    db.write(lambda uow: uow.insert(made))
    edited = db.write(lambda uow: uow.edit(Product, made.id, name=made.name, price_minor=250))
    assert edited.price_minor == 250
    op = groups(db)[1].ops[0]
    assert (op.kind, op.before, op.after) == ("edit", {"price_minor": 199}, {"price_minor": 250})
    assert op.seen == {identity.device_id: 1}
    with db.read() as conn:
        assert rows.get(conn, Product, made.id) == edited


def test_an_edit_that_changes_nothing_sends_nothing(db: Database, new_id: IdSource) -> None:
    """Setting the values that are there makes no op and no group."""
    made = product(new_id)
    db.write(lambda uow: uow.insert(made))
    assert db.write(lambda uow: uow.edit(Product, made.id, price_minor=199)) == made
    assert len(groups(db)) == 1


def test_editing_what_was_just_inserted(db: Database, new_id: IdSource) -> None:
    """An edit in the same transaction finds the row and both ops travel together."""
    made = product(new_id)

    def job(uow: UnitOfWork) -> Product:
        uow.insert(made)
        return uow.edit(Product, made.id, price_minor=5)

    assert db.write(job).price_minor == 5
    (group,) = groups(db)
    assert [op.kind for op in group.ops] == ["insert", "edit"]


def test_a_missing_row_cannot_be_edited(db: Database, new_id: IdSource) -> None:
    """Editing a record that is not here is refused in words."""
    with pytest.raises(Refusal, match="no longer exists"):
        db.write(lambda uow: uow.edit(Product, new_id(), price_minor=1))


def test_wrong_values_are_refused_before_they_are_stored(db: Database, new_id: IdSource) -> None:
    """Insert and edit check the declaration and name the field."""
    made = product(new_id)
    with pytest.raises(ValidationRefusal) as refused:
        db.write(lambda uow: uow.insert(product(new_id, name="", price_minor=-1)))
    assert refused.value.errors.keys() == {"name", "price_minor"}
    db.write(lambda uow: uow.insert(made))
    with pytest.raises(ValidationRefusal, match="price_minor"):
        db.write(lambda uow: uow.edit(Product, made.id, price_minor=-1))


def test_the_database_checks_types_and_signs_itself(db: Database, new_id: IdSource) -> None:
    """Past the unit of work, STRICT and CHECK still refuse a text price and a negative one."""
    made = product(new_id)
    db.write(lambda uow: uow.insert(made))
    for value in ("'much'", "-1"):
        sql = f"UPDATE product SET price_minor = {value}"
        with pytest.raises(IntegrityError):
            db.write(lambda uow, sql=sql: uow.connection.exec_driver_sql(sql))  # type: ignore[misc]


def test_a_line_needs_its_sale(db: Database, new_id: IdSource) -> None:
    """Inside a sale foreign keys hold: a line without its sale is not committed."""

    def job(uow: UnitOfWork) -> None:
        sell(uow, new_id())
        uow.connection.exec_driver_sql("DELETE FROM sale")

    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        db.write(job)


def test_flags_and_nulls_survive(db: Database, new_id: IdSource) -> None:
    """Booleans come back as booleans and absent ids as None."""
    made = Customer(id=new_id(), name="Ada", tax_exempt=True)
    db.write(lambda uow: uow.insert(made))
    found = db.write(lambda uow: uow.find(Customer, tax_exempt=True, deleted=False))
    assert found == [made]
    assert found[0].tax_exempt is True
    assert db.write(lambda uow: uow.find(Product, category_id=None)) == []


def test_the_journal_is_a_chain(db: Database, identity: TillIdentity) -> None:
    """Entries of one or several transactions follow each other without a gap and verify."""

    def job(uow: UnitOfWork) -> None:
        for n in range(2):
            uow.journal("drawer", {"n": n})

    db.write(job)
    db.write(job)
    with db.read() as conn:
        stored = sorted(rows.find(conn, JournalEntry), key=lambda entry: entry.seq)
    assert [entry.seq for entry in stored] == [1, 2, 3, 4]
    assert journal.verify(stored) is None
    assert json.loads(stored[1].payload) == {"n": 1}
    assert {entry.device_id for entry in stored} == {identity.device_id}


def test_counters_have_no_gaps(db: Database) -> None:
    """Each series counts from 1 by itself."""
    got = [db.write(lambda uow: uow.next_number("receipt")) for _ in range(3)]
    assert got == [1, 2, 3]
    assert db.write(lambda uow: uow.next_number("z")) == 1


def test_movements_move_the_stock(db: Database, new_id: IdSource, identity: TillIdentity) -> None:
    """Stock on hand is the sum of the movements, below zero too."""
    made = product(new_id)

    def receive(uow: UnitOfWork) -> None:
        uow.insert(
            StockMovement(
                id=uow.new_id(),
                store_id=uow.identity.store_id,
                product_id=made.id,
                quantity_milli=1500,
                reason="receive",
                at_us=uow.now_us,
            )
        )

    db.write(receive)
    db.write(lambda uow: sell(uow, made.id, 2000))
    with db.read() as conn:
        assert stock_levels.level(conn, identity.store_id, made.id) == -500
        assert stock_levels.level(conn, identity.store_id, new_id()) == 0


def test_a_group_too_large_to_travel_is_refused(db: Database, new_id: IdSource) -> None:
    """A transaction above the limit of a group is refused whole."""
    many = [product(new_id, sku=str(n)) for n in range(ops.GROUP_OPS_MAX + 1)]
    with pytest.raises(Refusal, match="too much"):
        db.write(lambda uow: uow.insert(*many))
    with db.read() as conn:
        assert rows.find(conn, Product) == []


def test_time_stands_still_within_a_transaction(db: Database) -> None:
    """All of one transaction happened at one time."""
    assert len(db.write(lambda uow: {uow.now_us, uow.now_us})) == 1

"""The queue: batches, verdicts, parking, retry, discard and a restored server."""

import json

import pytest

from localdb.domain import ops
from localdb.domain.ids import IdSource
from localdb.domain.records import Product, Sale
from localdb.errors import Refusal
from localdb.store import outbox, replica, rows
from localdb.store.database import Database
from localdb.store.search import search
from localdb.store.unit_of_work import UnitOfWork
from sync.protocol.messages import Verdict
from tests.localdb.store.samples import Clock, PulledGroup, product, row_of, sell
from tests.support.verdicts import record_verdict

ORG = replica.ORG_STREAM


def states(db: Database) -> dict[int, str]:
    with db.read() as conn:
        found = conn.exec_driver_sql("SELECT dseq, state FROM outbox_group ORDER BY dseq")
        return {row.dseq: row.state for row in found}


def price(db: Database, product_id: str) -> int:
    with db.read() as conn:
        found = rows.get(conn, Product, product_id)
    assert found is not None
    return found.price_minor


def synced_product(db: Database, new_id: IdSource) -> Product:
    """A product that came from the server, as entry 1 of the organisation's stream."""
    made = product(new_id)
    entry = PulledGroup(1, new_id(), 7, rows=(row_of(made),))
    db.write(lambda uow: replica.apply_entries(uow, ORG, "e1", [entry]))
    return made


def reject(db: Database, dseq: int) -> None:
    db.write(lambda uow: record_verdict(uow, dseq, "rejected", "bad", "No.", {}))


def test_batches_are_bounded_and_in_order(db: Database, new_id: IdSource) -> None:
    """A batch closes at its limits, but one oversized group still travels alone."""
    for n in range(5):
        db.write(lambda uow, n=n: uow.insert(product(new_id, sku=str(n))))  # type: ignore[misc]
    with db.read() as conn:
        assert [row.dseq for row in outbox.next_batch(conn, 3, 10**9)] == [1, 2, 3]
        assert [row.dseq for row in outbox.next_batch(conn, 3, 1)] == [1]
        one = len(outbox.next_batch(conn, 1, 1)[0].body.encode())
        assert len(outbox.next_batch(conn, 5, 2 * one)) == 2


def test_what_waits_is_counted(db: Database, new_id: IdSource, clock: Clock) -> None:
    """Waiting tells how many groups, since when, and of what kind."""
    with db.read() as conn:
        assert outbox.waiting(conn) == outbox.Waiting(0, None, {})
    oldest = clock.us
    db.write(lambda uow: sell(uow, new_id()))
    clock.us += 1_000_000
    db.write(lambda uow: sell(uow, new_id()))
    db.write(lambda uow: uow.insert(product(new_id)))
    with db.read() as conn:
        assert outbox.waiting(conn) == outbox.Waiting(3, oldest, {"sale": 2, "product": 1})


def test_an_accepted_group_is_kept_until_pulled_back(db: Database, new_id: IdSource) -> None:
    """Acknowledged groups are not sent again; they are done once their numbers were pulled."""
    made = synced_product(db, new_id)
    db.write(lambda uow: uow.edit(Product, made.id, price_minor=250))
    db.write(lambda uow: record_verdict(uow, 1, "applied", "", "", {ORG: 2}))
    assert states(db) == {1: "acknowledged"}
    with db.read() as conn:
        assert outbox.next_batch(conn, 9, 9) == []
    device = db.write(lambda uow: uow.identity.device_id)
    echo = PulledGroup(2, device, 1, rows=(row_of(made, 2, price_minor=250),))
    db.write(lambda uow: replica.apply_entries(uow, ORG, "e1", [echo]))
    assert states(db) == {1: "done"}
    assert price(db, made.id) == 250


def test_a_group_pulled_back_before_its_verdict(db: Database, new_id: IdSource) -> None:
    """When the reply was lost the echo comes first; the verdict of the retry ends the group."""
    made = synced_product(db, new_id)
    db.write(lambda uow: uow.edit(Product, made.id, price_minor=250))
    device = db.write(lambda uow: uow.identity.device_id)
    echo = PulledGroup(2, device, 1, rows=(row_of(made, 2, price_minor=250),))
    db.write(lambda uow: replica.apply_entries(uow, ORG, "e1", [echo]))
    assert states(db) == {1: "pending"}
    db.write(lambda uow: record_verdict(uow, 1, "duplicate", "", "", {ORG: 2}))
    assert states(db) == {1: "done"}


def test_a_held_group_replays_until_it_comes_back(db: Database, new_id: IdSource) -> None:
    """A held verdict has no number yet; the edit stays on top until its entry arrives."""
    made = synced_product(db, new_id)
    db.write(lambda uow: uow.edit(Product, made.id, price_minor=250))
    db.write(lambda uow: record_verdict(uow, 1, "held", "", "", {}))
    other = PulledGroup(2, new_id(), 8, rows=(row_of(made, 2, name="Pear juice"),))
    db.write(lambda uow: replica.apply_entries(uow, ORG, "e1", [other]))
    assert (states(db), price(db, made.id)) == ({1: "acknowledged"}, 250)
    device = db.write(lambda uow: uow.identity.device_id)
    echo = PulledGroup(3, device, 1, rows=(row_of(made, 3, name="Pear juice", price_minor=300),))
    db.write(lambda uow: replica.apply_entries(uow, ORG, "e1", [echo]))
    assert (states(db), price(db, made.id)) == ({1: "done"}, 300)


def test_a_rejected_edit_shows_the_servers_value(db: Database, new_id: IdSource) -> None:
    """A parked group is visible with its reason, and its edit no longer lies on the row."""
    made = synced_product(db, new_id)
    db.write(lambda uow: uow.edit(Product, made.id, price_minor=250, name="Plum juice"))
    reject(db, 1)
    assert price(db, made.id) == 199
    with db.read() as conn:
        (parked,) = outbox.parked(conn)
        assert search(conn, "plum") == []
        assert search(conn, "apple") == [made.id]
        assert json.loads(outbox.export(conn))[0]["detail"] == "No."
    assert (parked.dseq, parked.code, parked.detail) == (1, "bad", "No.")


def test_only_unsettled_groups_take_a_verdict(db: Database, new_id: IdSource) -> None:
    """A verdict that comes again, or late, changes nothing."""
    db.write(lambda uow: sell(uow, new_id()))
    reject(db, 1)
    db.write(lambda uow: record_verdict(uow, 1, "applied", "", "", {}))
    assert states(db) == {1: "parked"}


def test_the_groups_behind_a_parked_one_go_on(db: Database, new_id: IdSource) -> None:
    """Nothing waits behind a rejected group."""
    for _ in range(3):
        db.write(lambda uow: sell(uow, new_id()))
    reject(db, 1)
    with db.read() as conn:
        assert [row.dseq for row in outbox.next_batch(conn, 9, 10**9)] == [2, 3]


def test_retry_issues_a_new_group(db: Database, new_id: IdSource) -> None:
    """A retried edit is a new group naming the old, from the values that stand now."""
    made = synced_product(db, new_id)
    db.write(lambda uow: uow.edit(Product, made.id, price_minor=250))
    reject(db, 1)
    newer = PulledGroup(2, new_id(), 8, rows=(row_of(made, 2, price_minor=210),))
    db.write(lambda uow: replica.apply_entries(uow, ORG, "e1", [newer]))
    db.write(lambda uow: outbox.retry(uow, 1))
    assert (states(db), price(db, made.id)) == ({1: "reissued", 2: "pending"}, 250)
    with db.read() as conn:
        group = ops.decode(outbox.next_batch(conn, 1, 1)[0].body)
    assert group.retry_of == 1
    assert group.ops[0].before == {"price_minor": 210}
    with pytest.raises(Refusal, match="no longer refused"):
        db.write(lambda uow: outbox.retry(uow, 1))


def test_retry_sends_an_edit_whose_row_the_server_does_not_know_yet(
    db: Database, new_id: IdSource
) -> None:
    """The row still holds the wanted value: nothing changes here, yet the edit goes up."""
    made = product(new_id, price_minor=100)
    db.write(lambda uow: uow.insert(made))
    db.write(lambda uow: uow.edit(Product, made.id, price_minor=250))
    reject(db, 2)
    db.write(lambda uow: outbox.retry(uow, 2))
    with db.read() as conn:
        last = ops.decode(outbox.next_batch(conn, 10, 10**9)[-1].body)
    assert last.retry_of == 2
    assert [op.after for op in last.ops] == [{"price_minor": 250}]


def test_retry_sends_facts_as_they_are(db: Database, new_id: IdSource) -> None:
    """A retried sale travels again under its own ids and is not rung twice here."""
    sale_id = db.write(lambda uow: sell(uow, new_id()))
    reject(db, 1)
    db.write(lambda uow: outbox.retry(uow, 1))
    with db.read() as conn:
        group = ops.decode(outbox.next_batch(conn, 1, 1)[0].body)
        assert [sale.id for sale in rows.find(conn, Sale)] == [sale_id]
    assert group.ops[0].id == sale_id


def test_discard_gives_an_edit_up(db: Database, new_id: IdSource) -> None:
    """A discarded edit is never sent; a record only this till knew is marked deleted."""
    made = product(new_id)
    db.write(lambda uow: uow.insert(made))
    reject(db, 1)
    db.write(lambda uow: outbox.discard(uow, 1))
    assert states(db) == {1: "discarded"}
    with db.read() as conn:
        found = rows.get(conn, Product, made.id)
        assert search(conn, "apple") == []
    assert found is not None
    assert found.deleted


def test_sales_are_never_discarded(db: Database, new_id: IdSource) -> None:
    """A parked group with facts can only be retried or exported."""
    db.write(lambda uow: sell(uow, new_id()))
    reject(db, 1)
    with pytest.raises(Refusal, match="cannot be discarded"):
        db.write(lambda uow: outbox.discard(uow, 1))
    assert states(db) == {1: "parked"}


def test_a_restored_server_gets_the_groups_again(db: Database, new_id: IdSource) -> None:
    """Accepted groups above what the server still has go back to the queue, edits included."""
    made = synced_product(db, new_id)
    db.write(lambda uow: sell(uow, made.id))
    db.write(lambda uow: uow.edit(Product, made.id, price_minor=250))

    def accept(uow: UnitOfWork) -> None:
        for dseq in (1, 2):
            record_verdict(uow, dseq, "applied", "", "", {})

    db.write(accept)
    assert states(db) == {1: "done", 2: "done"}
    assert db.write(lambda uow: outbox.resend_after(uow.connection, 1)) == [2]
    assert states(db) == {1: "done", 2: "pending"}
    with db.read() as conn:
        edits = conn.exec_driver_sql("SELECT type, id, dseq FROM outbox_edit").all()
    assert [tuple(edit) for edit in edits] == [("product", made.id, 2)]


def test_a_restored_server_gets_refused_groups_again_too(db: Database, new_id: IdSource) -> None:
    """Refused groups have numbers as well: without them the server would wait at a gap for ever."""
    for _ in range(3):
        db.write(lambda uow: uow.insert(product(new_id)))
    db.write(lambda uow: sell(uow, new_id()))
    for dseq in (1, 2, 3):
        reject(db, dseq)
    db.write(lambda uow: outbox.retry(uow, 2))
    db.write(lambda uow: outbox.discard(uow, 3))
    db.write(lambda uow: record_verdict(uow, 4, "applied", "", "", {}))
    db.write(lambda uow: outbox.resend_after(uow.connection, 0))
    with db.read() as conn:
        assert [row.dseq for row in outbox.next_batch(conn, 9, 10**9)] == [1, 2, 3, 4, 5]


def test_numbers_of_another_epoch_say_nothing_about_what_was_pulled(
    db: Database, new_id: IdSource
) -> None:
    """After a restore the server counts anew: the group is delivered and has not come back."""
    made = synced_product(db, new_id)
    db.write(lambda uow: uow.edit(Product, made.id, price_minor=777))

    def again(uow: UnitOfWork) -> None:
        verdict = Verdict(dseq=1, kind="applied", numbers={ORG: 1})
        outbox.record_verdicts(uow, [verdict], "e2")

    db.write(again)
    assert states(db) == {1: "acknowledged"}
    assert price(db, made.id) == 777
    db.write(lambda uow: outbox.finish(uow, [1], "e1"))
    assert states(db) == {1: "done"}

"""What is kept of the groups that were delivered."""

from localdb.domain.ids import IdSource
from localdb.store import outbox, retention
from localdb.store.database import Database
from tests.localdb.store.samples import Clock, sell
from tests.support.verdicts import record_verdict

DAY = retention.DAY_US


def delivered(db: Database, new_id: IdSource, groups: int) -> None:
    """That many more sales, delivered and pulled back."""
    for _ in range(groups):
        db.write(lambda uow: sell(uow, new_id()))
    with db.read() as conn:
        waiting = [row.dseq for row in outbox.next_batch(conn, groups, 10**9)]
    for dseq in waiting:
        db.write(lambda uow, dseq=dseq: record_verdict(uow, dseq, "applied", "", "", {}))  # type: ignore[misc]


def mark(db: Database, dseq: int, at_us: int) -> None:
    db.write(lambda uow: retention.mark(uow.connection, dseq, at_us))


def prune(db: Database, before_us: int) -> bool:
    return db.write(lambda uow: retention.prune(uow.connection, before_us))


def kept(db: Database) -> list[int]:
    with db.read() as conn:
        return [
            row[0] for row in conn.exec_driver_sql("SELECT dseq FROM outbox_group ORDER BY dseq")
        ]


def test_only_what_was_delivered_long_ago_goes(db: Database, new_id: IdSource) -> None:
    """A group counts from the day it was delivered, not from the day it was rung."""
    delivered(db, new_id, 4)
    mark(db, 2, 10 * DAY)
    mark(db, 3, 11 * DAY)
    mark(db, 4, 11 * DAY + 5)
    assert not prune(db, 10 * DAY)
    assert kept(db) == [1, 2, 3, 4]
    prune(db, 10 * DAY + 1)
    assert kept(db) == [3, 4]
    prune(db, 90 * DAY)
    assert kept(db) == [4]


def test_what_is_not_settled_stays(db: Database, new_id: IdSource) -> None:
    """Waiting, refused and not yet pulled back: nothing of it is ever removed."""
    delivered(db, new_id, 1)
    for _ in range(3):
        db.write(lambda uow: sell(uow, new_id()))
    db.write(lambda uow: record_verdict(uow, 2, "rejected", "bad", "No.", {}))
    db.write(lambda uow: record_verdict(uow, 3, "applied", "", "", {"org": 9}))
    mark(db, 4, DAY)
    prune(db, 99 * DAY)
    assert kept(db) == [2, 3, 4]


def test_it_goes_in_slices(db: Database, new_id: IdSource, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """No transaction removes more than a slice."""
    monkeypatch.setattr(retention, "SLICE_GROUPS", 2)
    delivered(db, new_id, 5)
    mark(db, 5, DAY)
    assert [prune(db, 9 * DAY) for _ in range(3)] == [True, True, False]
    assert kept(db) == []


def test_what_is_sent_again_counts_from_its_new_delivery(db: Database, new_id: IdSource) -> None:
    """Failure 18: after a restore the old dates of what was lost say nothing any more."""
    delivered(db, new_id, 3)
    mark(db, 1, DAY)
    mark(db, 3, 2 * DAY)
    db.write(lambda uow: outbox.resend_after(uow.connection, 1))
    for dseq in (2, 3):
        db.write(lambda uow, dseq=dseq: record_verdict(uow, dseq, "applied", "", "", {}))  # type: ignore[misc]
    mark(db, 3, 40 * DAY)
    prune(db, 30 * DAY)
    assert kept(db) == [2, 3]
    prune(db, 41 * DAY)
    assert kept(db) == []


def test_marks_do_not_pile_up(db: Database, clock: Clock) -> None:
    """A year of days leaves as many marks as the horizon has days."""
    for day in range(365):
        mark(db, day, day * DAY)
        prune(db, (day - 30) * DAY)
    with db.read() as conn:
        assert len(retention._load(conn)) <= 32

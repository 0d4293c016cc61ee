"""The facade: one transaction a job, cashier before sync, snapshots for readers."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from localdb.domain.ids import IdSource
from localdb.domain.records import Product
from localdb.errors import AlreadyRunning, Refusal, SQLiteTooOld
from localdb.store import engine, rows
from localdb.store.changes import Changes
from localdb.store.database import Database
from localdb.store.unit_of_work import UnitOfWork
from localdb.store.writer import Priority
from tests.localdb.store.samples import KEY, Clock, product


def count(conn: Connection, table: str) -> int:
    return int(conn.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def test_a_job_is_durable_when_write_returns(
    db: Database, tmp_path: Path, clock: Clock, new_id: IdSource
) -> None:
    """What a job wrote is there after the database was closed and opened again."""
    made = product(new_id)
    db.write(lambda uow: uow.insert(made))
    db.close()
    again = Database.open(tmp_path / "till", key=KEY, now_us=clock)
    with again.read() as conn:
        assert rows.get(conn, Product, made.id) == made
    again.close()


def test_a_failing_job_leaves_nothing(db: Database, new_id: IdSource) -> None:
    """An exception rolls back rows, counters and group, and reaches the caller as it is."""

    def job(uow: UnitOfWork) -> None:
        uow.insert(product(new_id))
        assert uow.next_number("receipt") == 1
        assert count(uow.connection, "product") == 1
        raise Refusal("no")

    with pytest.raises(Refusal, match="no"):
        db.write(job)
    with db.read() as conn:
        assert (count(conn, "product"), count(conn, "outbox_group")) == (0, 0)
    assert db.write(lambda uow: uow.next_number("receipt")) == 1


def test_a_reader_sees_one_snapshot(db: Database, new_id: IdSource) -> None:
    """A commit during a read does not show in it, and neither waits for the other."""
    with db.read() as conn:
        assert count(conn, "product") == 0
        db.write(lambda uow: uow.insert(product(new_id)))
        assert count(conn, "product") == 0
    with db.read() as conn:
        assert count(conn, "product") == 1


def test_a_reader_cannot_write(db: Database) -> None:
    """Every write goes through the writer: a read connection refuses one."""
    with pytest.raises(OperationalError, match="readonly"), db.read() as conn:
        conn.exec_driver_sql("DELETE FROM product")


def test_the_cashier_goes_before_the_sync(db: Database) -> None:
    """Queued sync jobs wait for cashier jobs that came later; each kind keeps its order."""
    done: list[str] = []
    go = threading.Event()
    first = db.submit(lambda _: go.wait(10))
    jobs = [
        db.submit(lambda _, n=name: done.append(n), priority=priority)  # type: ignore[misc]
        for name, priority in [
            ("sync 1", Priority.SYNC),
            ("sync 2", Priority.SYNC),
            ("sale 1", Priority.CASHIER),
            ("sale 2", Priority.CASHIER),
        ]
    ]
    go.set()
    assert first.result(10)
    for job in jobs:
        job.result(10)
    assert done == ["sale 1", "sale 2", "sync 1", "sync 2"]


def test_sync_waits_while_held(db: Database) -> None:
    """While the payment screen is open, sync jobs wait and sales go on."""
    with db.hold_sync():
        sync = db.submit(lambda _: "synced", priority=Priority.SYNC)
        assert db.write(lambda _: "paid") == "paid"
        assert not sync.done()
    assert sync.result(10) == "synced"


def test_closing_finishes_what_is_queued(db: Database) -> None:
    """Closing while sync is held loses no queued job, and later jobs are refused."""
    with db.hold_sync():
        sync = db.submit(lambda uow: uow.next_number("x"), priority=Priority.SYNC)
        db.close()
    assert sync.result(0) == 1
    with pytest.raises(RuntimeError, match="closed"):
        db.write(lambda _: None)


def test_a_job_waiting_for_a_job_is_a_bug(db: Database) -> None:
    """Writing from inside a job would wait for itself; it raises instead."""
    with pytest.raises(RuntimeError, match="same thread"):
        db.write(lambda _: db.write(lambda _: None))


def test_listeners_learn_what_was_committed(db: Database, new_id: IdSource) -> None:
    """Hooks get the changed rows after a commit, and nothing after a rollback or a mere read."""
    heard: list[Changes] = []
    db.on_commit.append(heard.append)
    made = product(new_id)
    db.write(lambda uow: uow.insert(made))
    db.write(lambda uow: uow.find(Product))

    def fail(uow: UnitOfWork) -> None:
        uow.insert(product(new_id))
        raise Refusal("no")

    with pytest.raises(Refusal):
        db.write(fail)
    expected = Changes(frozenset({"product"}), frozenset({("product", made.id)}))
    assert heard == [expected]


def test_many_changes_are_capped(db: Database, new_id: IdSource) -> None:
    """Above 500 rows only the types are told: a view then loads again."""
    heard: list[Changes] = []
    db.on_commit.append(heard.append)
    db.write(lambda uow: uow.insert(*[product(new_id, sku=str(n)) for n in range(501)]))
    assert heard == [Changes(frozenset({"product"}), frozenset(), capped=True)]


def test_a_broken_listener_does_not_undo_a_commit(
    db: Database, new_id: IdSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listener that raises goes to the crash report; the write returns as committed."""
    reported: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: reported.append(args.exc_value))
    fault = ValueError("listener")

    def broken(_: Changes) -> None:
        raise fault

    db.on_commit.append(broken)
    db.write(lambda uow: uow.insert(product(new_id)))
    assert reported == [fault]


def test_a_second_opening_is_refused(db: Database, tmp_path: Path, clock: Clock) -> None:
    """One data folder has one process; the message names the folder."""
    with pytest.raises(AlreadyRunning, match="till"):
        Database.open(tmp_path / "till", key=KEY, now_us=clock)


def test_old_sqlite_is_refused() -> None:
    """A SQLite with the WAL-reset bug is refused with both versions named."""
    with pytest.raises(SQLiteTooOld, match=r"3\.40\.1.*3\.53\.0"):
        engine.refuse_old_sqlite((3, 40, 1))


def test_the_promised_settings_hold(db: Database) -> None:
    """The writer runs in WAL with full syncs and foreign keys; a quick job only syncs less."""

    def settings(uow: UnitOfWork) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [uow.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert db.write(settings) == ["wal", 2, 1]
    assert db.write(settings, durable=False) == ["wal", 1, 1]
    assert db.write(settings) == ["wal", 2, 1]


def test_the_file_is_encrypted(db: Database, new_id: IdSource) -> None:
    """Neither the file nor its log shows what is in it."""
    db.write(lambda uow: uow.insert(product(new_id, name="Very secret juice")))
    files = [db.file, db.file.with_name("till.db-wal")]
    assert all(b"secret" not in file.read_bytes() for file in files)
    assert not db.file.read_bytes().startswith(b"SQLite format 3")

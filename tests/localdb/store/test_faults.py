"""The machine's faults, by real means: full, damaged, locked, newer, wrong key, killed."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from localdb.domain import journal
from localdb.domain.ids import IdSource
from localdb.domain.records import JournalEntry, Payment, Product, Sale, SaleLine, StockMovement
from localdb.errors import (
    AlreadyRunning,
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseKeyWrong,
    DiskFull,
    NewerSchema,
)
from localdb.store import engine, local, migrate, outbox, rows
from localdb.store.database import Database
from localdb.store.identity import TillIdentity
from localdb.store.unit_of_work import UnitOfWork
from tests.localdb.store.samples import KEY, Clock, product, sell


def reopen(tmp_path: Path, clock: Clock, key: bytes | None = KEY) -> Database:
    return Database.open(tmp_path / "till", key=key, now_us=clock)


def test_a_full_disk_stores_nothing_of_the_sale(db: Database, new_id: IdSource) -> None:
    """When the file cannot grow the sale is refused whole; with space again it goes in."""
    db.write(lambda uow: sell(uow, new_id()))

    def fill(uow: UnitOfWork) -> None:
        many = [product(new_id, sku=str(n), note="x" * 4000) for n in range(200)]
        uow.insert(*many)

    def cap(uow: UnitOfWork, pages: int) -> None:
        uow.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    db.write(lambda uow: cap(uow, 1))
    with pytest.raises(DiskFull, match="full"):
        db.write(fill)
    with db.read() as conn:
        assert rows.find(conn, Product) == []
        assert len(rows.find(conn, Sale)) == 1
    db.write(lambda uow: cap(uow, 2**30))
    db.write(fill)


def test_a_file_locked_by_another_program(db: Database, new_id: IdSource) -> None:
    """A write while another program holds the file says so, and works afterwards."""
    other = engine.connect(db.file, KEY)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusy, match="Another program"):
        db.write(lambda uow: sell(uow, new_id()))
    other.execute("ROLLBACK")
    other.close()
    db.write(lambda uow: sell(uow, new_id()))


def test_a_damaged_first_page(db: Database, tmp_path: Path, clock: Clock) -> None:
    """Garbage for a file is called damaged, with file and newest backup named, and is kept."""
    db.close()
    backup = tmp_path / "till" / "backups" / "till-v1-7.db"
    backup.parent.mkdir()
    backup.write_bytes(b"older")
    garbage = b"\x07" * db.file.stat().st_size
    db.file.write_bytes(garbage)
    with pytest.raises(DatabaseCorrupt, match=r"till\.db is damaged.*till-v1-7\.db"):
        reopen(tmp_path, clock)
    assert db.file.read_bytes() == garbage


def test_damage_found_while_working(
    db: Database, tmp_path: Path, clock: Clock, new_id: IdSource
) -> None:
    """A page damaged deep in the file is reported by the read that meets it."""
    db.write(lambda uow: uow.insert(*[product(new_id, sku=str(n)) for n in range(1500)]))
    db.close()
    content = bytearray(db.file.read_bytes())
    content[len(content) // 4 :] = b"\x00" * (len(content) - len(content) // 4)
    db.file.write_bytes(bytes(content))
    again = reopen(tmp_path, clock)
    with pytest.raises(DatabaseCorrupt, match="There is no backup"), again.read() as conn:
        rows.find(conn, Product)
    again.close()


def test_one_damaged_page_does_not_take_the_others_along(
    db: Database, tmp_path: Path, clock: Clock, new_id: IdSource
) -> None:
    """Who met it reads and writes everything else: the connection is dropped, not kept."""
    db.write(lambda uow: uow.insert(*[product(new_id, sku=str(n)) for n in range(1500)]))
    with db.read_afresh() as connection:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'ix_product_sku'"
        root = connection.execute(sql).fetchone()[0]
    db.close()
    content = bytearray(db.file.read_bytes())
    content[root * 4096 - 2000] ^= 0xFF
    db.file.write_bytes(bytes(content))
    again = reopen(tmp_path, clock)
    damaged = "SELECT count(*) FROM product INDEXED BY ix_product_sku WHERE sku > ''"
    whole = "SELECT count(*) FROM product NOT INDEXED"
    for _ in range(2):
        with pytest.raises(DatabaseCorrupt), again.read() as conn:
            conn.exec_driver_sql(damaged).one()
        with again.read() as conn:
            assert conn.exec_driver_sql(whole).scalar_one() == 1500
        with pytest.raises(DatabaseCorrupt):
            again.write(lambda uow: uow.connection.exec_driver_sql(damaged).one())
        again.write(lambda uow: sell(uow, new_id()))
    again.close()


@pytest.mark.parametrize("key", [bytes(32), None])
def test_a_wrong_key(db: Database, tmp_path: Path, clock: Clock, key: bytes | None) -> None:
    """Another key, or none, is told apart from damage; the right one still opens the file."""
    db.close()
    with pytest.raises(DatabaseKeyWrong, match="recovery sheet"):
        reopen(tmp_path, clock, key)
    reopen(tmp_path, clock).close()


def test_a_wrong_key_without_its_check_file(db: Database, tmp_path: Path, clock: Clock) -> None:
    """Without the check file an unreadable file is taken for a wrong key."""
    db.close()
    (tmp_path / "till" / "till.keycheck").unlink()
    with pytest.raises(DatabaseKeyWrong):
        reopen(tmp_path, clock, bytes(32))


def test_a_newer_schema(db: Database, tmp_path: Path, clock: Clock) -> None:
    """A file of a newer program is refused and stays as it is; the folder is free again."""
    newer = migrate.SCHEMA_VERSION + 1
    db.write(lambda uow: uow.connection.exec_driver_sql(f"PRAGMA user_version = {newer}").close())
    db.close()
    for _ in range(2):
        with pytest.raises(NewerSchema, match="newer Evertill"):
            reopen(tmp_path, clock)


def test_an_empty_file_is_a_new_one(tmp_path: Path, clock: Clock) -> None:
    """A file that was created and never written, as a crash leaves it, becomes a database."""
    (tmp_path / "till").mkdir()
    (tmp_path / "till" / "till.db").touch()
    again = reopen(tmp_path, clock)
    assert again.identity is None
    again.close()


def test_a_bug_is_not_called_a_fault(db: Database) -> None:
    """A wrong statement stays what it is: it goes to the crash report."""
    with pytest.raises(Exception, match="no such table"), db.read() as conn:
        conn.exec_driver_sql("SELECT * FROM missing_table")


def test_an_error_shows_no_values(db: Database) -> None:
    """It goes to the log and the crash report: no customer's name, no PIN."""
    query = "SELECT missing_column WHERE ? <> ''"
    with pytest.raises(Exception, match="missing_column") as raised, db.read() as conn:
        conn.exec_driver_sql(query, ("Ada Lovelace",))
    assert "Lovelace" not in str(raised.value)


CHILD = """
import sys, time
from pathlib import Path
from localdb.domain.ids import IdSource
from localdb.store.database import Database
from tests.localdb.store.samples import KEY, sell

now_us = lambda: time.time_ns() // 1000
db = Database.open(Path(sys.argv[1]), key=KEY, now_us=now_us)
product = IdSource(now_us)()
while True:
    print(db.write(lambda uow: sell(uow, product)), flush=True)
"""


def test_kill_in_mid_write(
    db: Database, tmp_path: Path, clock: Clock, identity: TillIdentity
) -> None:
    """After kill -9 every sale that was told is there, whole, exactly once, in chain and queue."""
    db.close()
    told = sell_until_killed(tmp_path / "till", sales=30)
    again = reopen(tmp_path, clock)
    with again.read() as conn:
        stored = {sale.id for sale in rows.find(conn, Sale)}
        sizes = [len(rows.find(conn, fact)) for fact in (SaleLine, Payment, StockMovement)]
        chain = sorted(rows.find(conn, JournalEntry), key=lambda entry: entry.seq)
        queued = [row.dseq for row in outbox.next_batch(conn, 10_000, 2**40)]
        assert local.counter(conn, "dseq") == len(stored)
        assert conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    # At most the one sale whose id was not printed yet is there besides.
    assert set(told) <= stored
    assert len(stored) - len(told) <= 1
    assert sizes == [len(stored)] * 3
    assert queued == list(range(1, len(stored) + 1))
    assert len(chain) == len(stored)
    assert journal.verify(chain) is None
    again.close()


def sell_until_killed(folder: Path, sales: int) -> list[str]:
    """Let a child process sell, kill it in the middle, and return the sales it told of."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    told = [child.stdout.readline().strip() for _ in range(sales)]
    with pytest.raises(AlreadyRunning):
        Database.open(folder, key=KEY, now_us=lambda: time.time_ns() // 1000)
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read().split("\n")
    child.stdout.close()
    child.wait(10)
    return told + [line for line in rest if len(line) == 36]

"""A backup takes the live file's place: checked first, nothing lost, no printed number twice."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from localdb.domain import journal
from localdb.domain.cart import Cart
from localdb.domain.charge import Charge, Outcome
from localdb.domain.ids import IdSource
from localdb.domain.methods import BUILT_IN
from localdb.domain.records import JournalEntry, Product
from localdb.domain.tender import Tender
from localdb.errors import (
    AlreadyRunning,
    DatabaseCorrupt,
    DatabaseKeyWrong,
    DatabaseMissing,
    EvertillError,
    NewerSchema,
    Refusal,
)
from localdb.queries import lists
from localdb.queries import payments as payment_queries
from localdb.services import payments
from localdb.services.checkout import checkout
from localdb.services.shifts import close_shift, open_shift
from localdb.services.till import Till
from localdb.store import engine, migrate, outbox, rows, succession, sync_state
from localdb.store.database import Database
from localdb.store.restore import Restored, restore, series_after_restore
from localdb.store.unit_of_work import UnitOfWork
from tests.support.clock import MOMENT_US, Clock
from tests.support.shops import KEY, Shop, line_of, opened, small_shop


def ring(shop: Shop) -> str:
    """Sell a milk for cash; the receipt's number."""
    done = shop.till.write(
        checkout, shop.cart(shop.milk), Tender(129, shop.till.currency).pay_cash(None)
    )
    return done.receipt_number


def back_up(database: Database, target: Path) -> Path:
    migrate.back_up(database.file, target, KEY)
    return target


def put_back(folder: Path, backup: Path, us: int = MOMENT_US + 10**12) -> Restored:
    clock = Clock(us)
    return restore(folder, backup, key=KEY, now_us=clock, new_id=IdSource(clock))


def receipts(database: Database) -> list[str]:
    with database.read() as conn:
        sql = "SELECT receipt_number FROM sale ORDER BY 1"
        return [row[0] for row in conn.exec_driver_sql(sql)]


@pytest.fixture
def traded(tmp_path: Path) -> tuple[Path, Path]:
    """A till's folder with two sales, and its backup from after the first."""
    folder, backup = tmp_path / "till", tmp_path / "usb" / "monday.db"
    backup.parent.mkdir()
    with small_shop(folder) as shop:
        ring(shop)
        back_up(shop.database, backup)
        ring(shop)
    return folder, backup


def test_no_printed_number_is_used_again(traded: tuple[Path, Path]) -> None:
    """Failure 17: a till on its own goes on as another device, in a receipt series of its own."""
    folder, backup = traded
    restored = put_back(folder, backup)
    assert restored.identity.till_code == "T01R2610030400"
    assert not restored.is_enrolled
    with opened(folder) as database:
        assert database.identity == restored.identity
        assert receipts(database) == ["S01-T01-000001"]
        till = Till(database)
        till.sign_in(till.ask(lists.people)[0])
        till.write(close_shift, 0)
        till.write(open_shift, 10_000)
        (milk,) = till.write(lambda uow: uow.find(Product, sku="MILK"))
        tender = Tender(129, till.currency).pay_cash(None)
        till.write(checkout, Cart().add(line_of(till, milk)), tender)
        assert receipts(database) == ["S01-T01-000001", "S01-T01R2610030400-000001"]
        with database.read() as conn:
            assert not succession.asked(conn)
            assert succession.under_way(conn) is None
            series = {row[0] for row in conn.exec_driver_sql("SELECT series FROM counter")}
            bodies = [row[0] for row in conn.exec_driver_sql("SELECT body FROM outbox_group")]
        # Whenever it joins a server, all of it is one device's.
        assert all(restored.identity.device_id in body for body in bodies)
        assert "z:T01R2610030400" in series
        with database.read() as conn:
            found = rows.find(conn, JournalEntry, device_id=restored.identity.device_id)
        entries = sorted(found, key=lambda entry: entry.seq)
        assert journal.verify(entries) is None
        assert entries[0].kind == "identity"


def test_one_backup_restored_twice_makes_two_series(traded: tuple[Path, Path]) -> None:
    """Whatever was printed in between, and wherever that is now, has numbers of its own."""
    folder, backup = traded
    first = put_back(folder, backup).identity
    second = put_back(folder, backup, MOMENT_US + 2 * 10**12).identity
    assert len({"T01", first.till_code, second.till_code}) == 3
    assert first.device_id != second.device_id
    with opened(folder) as database:
        assert database.identity == second


def test_a_series_is_replaced_and_does_not_grow() -> None:
    """A till that was restored before gets the minute in the place of the former one."""
    once = series_after_restore("T03B", MOMENT_US)
    assert once == "T03BR2609211413"
    assert series_after_restore(once, MOMENT_US + 60_000_000) == "T03BR2609211414"


def test_what_was_there_is_kept(traded: tuple[Path, Path]) -> None:
    """The replaced file can be put back in the same way, with all that it held."""
    folder, backup = traded
    before = backup.read_bytes()
    kept = put_back(folder, backup).replaced
    assert kept is not None
    assert backup.read_bytes() == before
    put_back(folder, kept, MOMENT_US + 2 * 10**12)
    with opened(folder) as database:
        assert receipts(database) == ["S01-T01-000001", "S01-T01-000002"]


def test_commits_in_the_log_are_neither_lost_nor_mixed(tmp_path: Path) -> None:
    """After a power cut the newest sales are in the write-ahead log, of the backup and of the live
    file: each stays with its own file."""
    live, cut, usb = tmp_path / "live", tmp_path / "cut", tmp_path / "usb"
    with small_shop(live) as shop:
        ring(shop)
        shutil.copytree(live, usb)
        ring(shop)
        ring(shop)
        shutil.copytree(live, cut)
    assert (usb / "till.db-wal").stat().st_size
    assert (cut / "till.db-wal").stat().st_size
    kept = put_back(cut, usb / "till.db").replaced
    assert kept is not None
    with opened(cut) as database:
        assert len(receipts(database)) == 1
    put_back(cut, kept, MOMENT_US + 2 * 10**12)
    with opened(cut) as database:
        assert len(receipts(database)) == 3


def test_a_damaged_live_file_does_not_stand_in_the_way(traded: tuple[Path, Path]) -> None:
    """It is what backups are for; the damaged file is kept as it was, with its log."""
    folder, backup = traded
    (folder / "till.db").write_bytes(b"burnt" * 1000)
    (folder / "till.db-wal").write_bytes(b"burnt log")
    kept = put_back(folder, backup).replaced
    assert kept is not None
    assert kept.read_bytes() == b"burnt" * 1000
    with opened(folder) as database:
        assert receipts(database) == ["S01-T01-000001"]


def test_a_new_disk_needs_only_the_key(traded: tuple[Path, Path], tmp_path: Path) -> None:
    """A folder without a database takes the backup; nothing was replaced."""
    _, backup = traded
    assert put_back(tmp_path / "new", backup).replaced is None
    with opened(tmp_path / "new") as database:
        assert receipts(database) == ["S01-T01-000001"]


def test_a_till_of_a_server_asks_it_for_an_identity(traded: tuple[Path, Path]) -> None:
    """Its device id stays until the server answers; meanwhile it prints in a series of its own."""
    folder, backup = traded
    with opened(folder) as database:
        was = database.identity
        database.write(lambda uow: sync_state.put_server_epoch(uow.connection, "e1"))
        back_up(database, backup.with_name("tuesday.db"))
        with database.read() as conn:
            waiting = outbox.waiting(conn).groups
    restored = put_back(folder, backup.with_name("tuesday.db"))
    assert was is not None
    assert (restored.is_enrolled, restored.waiting) == (True, waiting)
    assert restored.identity.device_id == was.device_id
    assert restored.identity.till_code == "T01R2610030400"
    with opened(folder) as database, database.read() as conn:
        assert succession.asked(conn) == "restored"
        assert outbox.waiting(conn).groups == waiting


def garbage(backup: Path) -> None:
    backup.write_bytes(os.urandom(8192))


def text(backup: Path) -> None:
    backup.write_text("Dear Sir,")


def nothing(backup: Path) -> None:
    backup.unlink()


def empty(backup: Path) -> None:
    backup.write_bytes(b"")


def damaged(backup: Path) -> None:
    bytes_ = bytearray(backup.read_bytes())
    middle = len(bytes_) // 2
    bytes_[middle : middle + 4096] = bytes(4096)
    backup.write_bytes(bytes_)


def cut_short(backup: Path) -> None:
    os.truncate(backup, backup.stat().st_size // 2 // 4096 * 4096)


def newer(backup: Path) -> None:
    connection = engine.connect(backup, KEY)
    connection.execute(f"PRAGMA user_version = {migrate.SCHEMA_VERSION + 1}")
    connection.close()


def never_set_up(backup: Path) -> None:
    backup.unlink()
    migrate.upgrade(backup, KEY)


def not_a_till(backup: Path) -> None:
    backup.unlink()
    connection = engine.connect(backup, KEY)
    connection.execute("CREATE TABLE diary (day TEXT)")
    connection.close()


def unencrypted(backup: Path) -> None:
    backup.unlink()
    connection = engine.connect(backup, None)
    connection.execute("CREATE TABLE diary (day TEXT)")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "fault", "said"),
    [
        (garbage, DatabaseKeyWrong, "--recovery-key"),
        (text, Refusal, "no backup of an Evertill till"),
        (nothing, Refusal, "no file"),
        (empty, Refusal, "no backup of an Evertill till"),
        (damaged, DatabaseCorrupt, "older backup"),
        (cut_short, DatabaseCorrupt, "older backup"),
        (newer, NewerSchema, "newer Evertill"),
        (never_set_up, Refusal, "never set up"),
        (not_a_till, Refusal, "no backup of an Evertill till"),
        (unencrypted, Refusal, "no backup of an Evertill till"),
    ],
)
def test_what_cannot_be_restored_changes_nothing(
    traded: tuple[Path, Path], spoil: Callable[[Path], None], fault: type[EvertillError], said: str
) -> None:
    """The message says what is wrong with the file; the till sells on with what it has."""
    folder, backup = traded
    spoil(backup)
    here = sorted(file.name for file in folder.iterdir())
    with pytest.raises(fault, match=said):
        put_back(folder, backup)
    assert sorted(file.name for file in folder.iterdir()) == here
    with opened(folder) as database:
        assert receipts(database) == ["S01-T01-000001", "S01-T01-000002"]


def test_a_running_till_is_not_replaced(tmp_path: Path) -> None:
    """While a process has the data folder, its file stays."""
    with small_shop(tmp_path / "till") as shop:
        backup = back_up(shop.database, tmp_path / "monday.db")
        with pytest.raises(AlreadyRunning):
            put_back(tmp_path / "till", backup)
        ring(shop)


def test_the_live_file_is_no_backup(traded: tuple[Path, Path]) -> None:
    """Whoever names it has made a slip: nothing would be restored."""
    folder, _ = traded
    with pytest.raises(Refusal, match="works with"):
        put_back(folder, folder / "till.db")


def test_what_was_being_paid_then_is_not_paid_again(tmp_path: Path) -> None:
    """A card was taken as the backup was made, and the sale stored after it: once is enough.

    What the terminal may still have taken by mistake is asked after: that can be done twice.
    """
    folder, backup = tmp_path / "till", tmp_path / "monday.db"
    with small_shop(folder) as shop:
        given_up = asked(shop)
        shop.till.write(payments.abandon, given_up)
        charge = asked(shop)
        assert charge.request is not None
        taken = charge.answered(charge.request.id, Outcome.TAKEN)
        shop.till.write(payments.keep, taken)
        back_up(shop.database, backup)
        shop.till.write(checkout, shop.cart(shop.milk), taken.tender)
    put_back(folder, backup)
    with opened(folder) as database:
        till = Till(database)
        assert till.ask(payment_queries.open_charge) is None
        assert till.ask(payment_queries.abandoned) == (given_up.request,)


def asked(shop: Shop) -> Charge:
    """A milk for which the card terminal was asked."""
    sale_id, payment_id = (shop.till.write(UnitOfWork.new_id) for _ in range(2))
    tender = Tender(129, shop.till.currency, id=sale_id)
    charge = Charge("sale", "", tender).ask_payment(BUILT_IN["card"], None, payment_id)
    shop.till.write(payments.keep, charge)
    return charge


# ---------------------------------------------------------------- the file is gone or empty


def lose(folder: Path, how: str) -> Path:
    """Let the database be gone, or empty, beside a log with the newest commits; that log."""
    log = folder / "till.db-wal"
    log.write_bytes(b"the newest commits" * 100)
    (folder / "till.db").unlink() if how == "gone" else os.truncate(folder / "till.db", 0)
    return log


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_a_till_whose_file_is_gone_does_not_begin_anew(traded: tuple[Path, Path], how: str) -> None:
    """It says so, keeps everything and names the backups; one of them brings the till back."""
    folder, backup = traded
    kept = folder / "backups" / "till-v1-5.db"
    kept.parent.mkdir(exist_ok=True)
    shutil.copyfile(backup, kept)
    log = lose(folder, how)
    before = log.read_bytes()
    with pytest.raises(DatabaseMissing, match=f"is {how}") as said, opened(folder):
        pass
    assert "evertill restore FILE" in str(said.value)
    assert str(kept) in str(said.value)
    assert log.read_bytes() == before
    put_back(folder, kept)
    assert not log.exists()
    (aside,) = (folder / "backups").glob("*-wal")
    assert aside.read_bytes() == before
    with opened(folder) as database:
        assert len(receipts(database)) == 1


@pytest.mark.parametrize("left", ["key check", "log", "backup"])
def test_whatever_a_till_left_stops_a_new_one(tmp_path: Path, left: str) -> None:
    """Each by itself; without a backup it says that there is none."""
    if left == "key check":
        (tmp_path / "till.keycheck").write_text("x")
    elif left == "log":
        (tmp_path / "till.db-wal").write_bytes(b"x")
    else:
        (tmp_path / "backups").mkdir()
        (tmp_path / "backups" / "till-v1-5.db").write_bytes(b"x")
    words = "evertill restore FILE" if left == "backup" else "There is no backup"
    with pytest.raises(DatabaseMissing, match=words), opened(tmp_path):
        pass


def test_a_first_start_that_broke_off_is_begun_again(tmp_path: Path) -> None:
    """An empty file alone, or an empty log, was never a till's."""
    (tmp_path / "till.db").touch()
    (tmp_path / "till.db-wal").touch()
    with opened(tmp_path) as database:
        assert database.identity is None
    assert (tmp_path / "till.keycheck").exists()

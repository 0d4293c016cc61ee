"""Puts a backup in the live file's place, as a till that is not the one the backup was taken of.

Everything is done to a copy: the backup is only read, and the file that is replaced is kept. What
the till printed after the backup was taken is not in it, so that whatever it prints next belongs
to a new series, and it asks the server for an identity of its own. A till without a server becomes
another device at once.
"""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlcipher3.dbapi2 as driver
from sqlalchemy import Engine

from localdb.domain.ids import IdSource
from localdb.domain.records import Till
from localdb.errors import DatabaseCorrupt, DatabaseKeyWrong, NewerSchema, Refusal
from localdb.store import charges, engine, faults, migrate, outbox, succession, sync_state
from localdb.store.bulk import DRAFT_NAME
from localdb.store.folder import SIDE_FILES, DataFolder
from localdb.store.identity import TillIdentity, load_identity, save_identity
from localdb.store.unit_of_work import UnitOfWork

T = TypeVar("T")

REASON = "restored"
COPY_NAME = "till.restored.db"
_PLAIN = b"SQLite format 3\0"
_SERIES = re.compile(r"R\d{10}$")


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restore."""

    identity: TillIdentity
    """The till's identity now; a till of a server keeps it until the server names it anew."""
    is_enrolled: bool
    waiting: int
    """Groups that were not delivered when the backup was taken."""
    replaced: Path | None
    """Where the file that was in its place is kept; None when there was none."""


def restore(
    folder: Path, backup: Path, *, key: bytes | None, now_us: Callable[[], int], new_id: IdSource
) -> Restored:
    """Make the backup the till's database; nothing was changed when it raises.

    Raises AlreadyRunning, Refusal for what is no backup of a till, DatabaseKeyWrong, NewerSchema,
    DatabaseCorrupt, DiskFull or another EnvironmentFault.
    """
    engine.refuse_old_sqlite()
    if not backup.is_file():
        raise Refusal(f"There is no file {backup}.")
    with faults.usable(folder):
        data = DataFolder.lock(folder)
        copy = folder / COPY_NAME
        try:
            if data.database.exists() and backup.samefile(data.database):
                raise Refusal(f"{backup} is what this till works with, not a backup.")
            _remove(copy)
            _copy(backup, copy)
            _check(copy, backup, key)
            restored = _prepare(copy, key, now_us, new_id)
            kept = _swap(data, copy, key, now_us())
            return replace(restored, replaced=kept)
        except Exception as error:
            fault = faults.translate(error, copy, None)
            if fault is error:
                raise
            raise fault from error
        finally:
            _remove(copy)
            data.release()


def backups_in(folder: Path) -> str:
    """Which backups a data folder holds, in words; raises AlreadyRunning."""
    with faults.usable(folder):
        data = DataFolder.lock(folder)
        try:
            return faults.backups_words(data)
        finally:
            data.release()


def check_key(folder: Path, key: bytes) -> None:
    """Raise DatabaseKeyWrong unless the key opens the till's database; nothing is changed.

    Raises AlreadyRunning, Refusal where there is no database, DatabaseCorrupt.
    """
    with faults.usable(folder):
        data = DataFolder.lock(folder)
        try:
            if not data.holds_data():
                raise Refusal(f"There is no data of a till in {folder}. Say which backup to use.")
            migrate.schema_version(data, key)
        finally:
            data.release()


def series_after_restore(till_code: str, now_us: int) -> str:
    """A till code that no receipt was printed under: the old one with the minute of the restore.

    A letter would not do: whoever restores one backup twice would get the same letter twice.
    """
    minute = datetime.fromtimestamp(now_us / 1_000_000, UTC).strftime("%y%m%d%H%M")
    return f"{_SERIES.sub('', till_code)}R{minute}"


# ---------------------------------------------------------------- the copy


def _copy(backup: Path, copy: Path) -> None:
    shutil.copyfile(backup, copy)
    # Of a file that was copied while, or just after, a till worked with it: its newest commits.
    log = backup.with_name(backup.name + "-wal")
    if log.exists():
        shutil.copyfile(log, copy.with_name(copy.name + "-wal"))


def _remove(copy: Path) -> None:
    for ending in ("", *SIDE_FILES):
        copy.with_name(copy.name + ending).unlink(missing_ok=True)


def _check(copy: Path, backup: Path, key: bytes | None) -> None:
    connection = engine.connect(copy, key)
    try:
        # What is wrong with the file is said once, in our own words.
        connection.execute("PRAGMA cipher_log_level = NONE")
        version = _version(connection, backup, key)
        if version > migrate.SCHEMA_VERSION:
            raise NewerSchema(
                f"{backup} was written by a newer Evertill. Install that version, then restore it."
            )
        found = connection.execute("PRAGMA integrity_check(1)").fetchall()
        damaged = connection.execute("PRAGMA cipher_integrity_check").fetchall() if key else []
        if found != [("ok",)] or damaged:
            raise _damaged(backup)
    except driver.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in (driver.SQLITE_CORRUPT, driver.SQLITE_NOTADB):
            raise _damaged(backup) from error
        raise
    finally:
        connection.close()


def _version(connection: Any, backup: Path, key: bytes | None) -> int:
    try:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    except driver.DatabaseError as error:
        if error.sqlite_errorcode != driver.SQLITE_NOTADB:
            raise
        raise _not_opened(backup, key) from error
    if not version or "outbox_group" not in tables:
        raise _no_backup(backup)
    return version


def _not_opened(backup: Path, key: bytes | None) -> Exception:
    with backup.open("rb") as file:
        is_plain = file.read(len(_PLAIN)) == _PLAIN
    # An encrypted file has whole pages and looks like noise; a document does neither.
    if is_plain or key is None or backup.stat().st_size % 512:
        return _no_backup(backup)
    return DatabaseKeyWrong(
        f"The key of this data folder does not open {backup}. If that is a backup of this till,"
        " try again with --recovery-key and the key of its recovery sheet."
    )


def _no_backup(backup: Path) -> Refusal:
    return Refusal(f"{backup} is no backup of an Evertill till.")


def _damaged(backup: Path) -> DatabaseCorrupt:
    return DatabaseCorrupt(f"{backup} is damaged. Nothing was changed: take an older backup.")


# ---------------------------------------------------------------- another till


def _prepare(
    copy: Path, key: bytes | None, now_us: Callable[[], int], new_id: IdSource
) -> Restored:
    migrate.upgrade(copy, key)
    writers = engine.writer_engine(copy, key)
    try:
        restored = _transact(writers, now_us, new_id, _become_another)
        while not restored.is_enrolled and _transact(writers, now_us, new_id, succession.readdress):
            pass
        return restored
    finally:
        # The last connection to close empties the write-ahead log into the file.
        writers.dispose()


def _transact(
    writers: Engine, now_us: Callable[[], int], new_id: IdSource, job: Callable[[UnitOfWork], T]
) -> T:
    with writers.begin() as conn:
        uow = UnitOfWork(conn, now_us=now_us(), new_id=new_id, user_id=None)
        result = job(uow)
        uow.complete()
    return result


def _become_another(uow: UnitOfWork) -> Restored:
    conn = uow.connection
    old = load_identity(conn)
    if old is None:
        raise Refusal("This backup is of a till that was never set up: there is nothing in it.")
    # That payment ended long ago; its sale would be stored a second time.
    charges.clear(conn)
    new = replace(old, till_code=series_after_restore(old.till_code, uow.now_us))
    is_enrolled = bool(sync_state.server_epoch(conn))
    waiting = outbox.waiting(conn).groups if is_enrolled else 0
    if is_enrolled:
        # Waiting groups go up under the old name first; the server may have them already.
        save_identity(conn, new)
        succession.ask(conn, REASON)
    else:
        new = replace(new, device_id=uow.new_id())
        succession.take(uow, new, after=0, reason=REASON, note={})
        name = f"Till {new.till_code}"
        uow.insert(Till(id=new.device_id, store_id=new.store_id, code=new.till_code, name=name))
    return Restored(new, is_enrolled, waiting, None)


# ---------------------------------------------------------------- in its place


def _swap(data: DataFolder, copy: Path, key: bytes | None, now_us: int) -> Path | None:
    # A load under way copied from the replaced file; it is begun anew.
    _remove(data.path / DRAFT_NAME)
    kept = None
    label = f"replaced-{now_us}"
    if data.holds_data():
        _empty_log(data.database, key)
        kept = data.set_aside(label)
    else:
        # Not opened: SQLite would throw the log of an empty file away.
        data.set_log_aside(label)
    copy.replace(data.database)
    migrate.note_key(data, key)
    return kept


def _empty_log(file: Path, key: bytes | None) -> None:
    """Bring the newest commits into the file; one that does not open is kept with its log."""
    connection = engine.connect(file, key)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except driver.DatabaseError:
        pass
    finally:
        connection.close()

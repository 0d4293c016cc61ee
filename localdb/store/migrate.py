"""Creates the database file or brings an older one up to date; never deletes one."""

import hashlib
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as driver

from localdb.errors import NewerSchema
from localdb.store import after_migration, engine, faults
from localdb.store.folder import DataFolder

SCHEMA_VERSION = 4
"""The newest migration; kept in ``PRAGMA user_version``, so that a start need not ask Alembic."""


def prepare_file(folder: DataFolder, key: bytes | None, now_us: int) -> None:
    """Make sure the file opens with the key and has this program's schema.

    An existing file is backed up before it is migrated. Raises NewerSchema, DatabaseKeyWrong,
    DatabaseCorrupt, DatabaseBusy or DiskFull.
    """
    version = schema_version(folder, key)
    if version > SCHEMA_VERSION:
        raise NewerSchema(
            f"{folder.database} was written by a newer Evertill. Install that version again."
        )
    try:
        if 0 < version < SCHEMA_VERSION:
            back_up(folder.database, folder.backup_file(f"v{version}-{now_us}"), key)
        if version < SCHEMA_VERSION:
            upgrade(folder.database, key)
    except Exception as error:
        raise faults.translate(error, folder.database, folder.newest_backup()) from error
    if not folder.key_check.exists():
        note_key(folder, key)


def schema_version(folder: DataFolder, key: bytes | None) -> int:
    """The version of the schema, 0 for a new file.

    Raises DatabaseKeyWrong, DatabaseCorrupt, or DatabaseMissing where a till has been.
    """
    file = folder.database
    if not folder.holds_data():
        if folder.remains():
            # Opening it would make a new till, and SQLite would throw its log away.
            raise faults.missing(folder)
        return 0
    connection = engine.connect(file, key)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except driver.DatabaseError as error:
        raise _unreadable(folder, key, error) from error
    finally:
        connection.close()


def back_up(file: Path, target: Path, key: bytes | None) -> None:
    """Copy a database as one snapshot, under the same key."""
    source, copy = engine.connect(file, key), engine.connect(target, key)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()


def upgrade(file: Path, key: bytes | None) -> None:
    """Run the migrations that are due in one transaction."""
    # Alembic takes a tenth of a second to import; a start that has nothing to do never does.
    from alembic import command
    from alembic.config import Config

    writers = engine.writer_engine(file, key)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        with writers.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            after_migration.take_over(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
    finally:
        writers.dispose()


def note_key(folder: DataFolder, key: bytes | None) -> None:
    """Keep what tells a wrong key of this folder's database from a damaged file."""
    folder.key_check.write_text(_key_check(key))


def _unreadable(folder: DataFolder, key: bytes | None, error: Any) -> BaseException:
    same_key = folder.key_check.exists() and folder.key_check.read_text() == _key_check(key)
    if not same_key and error.sqlite_errorcode == driver.SQLITE_NOTADB:
        return faults.key_wrong(folder.database)
    return faults.translate(error, folder.database, folder.newest_backup())


def _key_check(key: bytes | None) -> str:
    # A wrong key and a damaged first page look the same to SQLCipher. A hash of 32 random bytes
    # tells them apart and gives nothing away.
    return hashlib.sha256(b"evertill key check\0" + (key or b"")).hexdigest()

"""Opens SQLite through SQLCipher and SQLAlchemy with the settings the till relies on."""

from pathlib import Path
from typing import Any, NamedTuple

import sqlcipher3.dbapi2 as driver
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.pool import QueuePool

from localdb.errors import SQLiteTooOld

SQLITE_MIN = (3, 53, 0)
"""Older releases can corrupt a WAL that two connections reset at once."""
READERS_MAX = 8
BUSY_TIMEOUT_MS = 250
"""Only another program can hold the lock: our own writes come from one thread."""

_DAMAGE = (driver.SQLITE_CORRUPT, driver.SQLITE_NOTADB, driver.SQLITE_IOERR)

# To bind a None or a bool the driver looks for a way to adapt it, and catches the exception that
# there is none: a third of what an INSERT costs. Told what they are, it does not look.
driver.register_adapter(type(None), lambda none: none)
driver.register_adapter(bool, int)

_SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA cache_size = -16000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 67108864",
)


def refuse_old_sqlite(version: tuple[int, ...] = driver.sqlite_version_info) -> None:
    """Raise SQLiteTooOld when this SQLite may corrupt a WAL."""
    if version < SQLITE_MIN:
        have, need = (".".join(map(str, v)) for v in (version, SQLITE_MIN))
        raise SQLiteTooOld(f"SQLite {have} can damage the database; {need} or newer is needed.")


def connect(file: Path, key: bytes | None) -> Any:
    """A bare driver connection with its key given, in autocommit mode, without our settings."""
    connection = driver.connect(
        str(file), isolation_level=None, check_same_thread=False, cached_statements=256
    )
    if key is not None:
        connection.execute(f"PRAGMA key = {key_literal(key)}")
    return connection


def is_damage(error: BaseException | None) -> bool:
    """Whether the driver met a page that is damaged or that the disk does not give."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF in _DAMAGE


def key_literal(key: bytes | None) -> str:
    """The key as SQL takes it; None is no encryption.

    A raw key opens in half a millisecond; a passphrase would be stretched for a tenth of a second.
    """
    return "''" if key is None else f"\"x'{key.hex()}'\""


def writer_engine(file: Path, key: bytes | None) -> Engine:
    """The engine of the one writer connection; its transactions begin immediately."""
    return _engine(file, key, _SETTINGS, begin="BEGIN IMMEDIATE", size=1)


def reader_engine(file: Path, key: bytes | None) -> Engine:
    """The engine of the readers: snapshots that cannot write."""
    settings = (*_SETTINGS, "PRAGMA query_only = ON")
    return _engine(file, key, settings, begin="BEGIN", size=READERS_MAX)


class Engines(NamedTuple):
    """The two ways into a database that is in use."""

    readers: Engine
    writers: Engine


def engines(file: Path, key: bytes | None) -> Engines:
    """The engines of a file; disposed of, they open it anew when they are next asked."""
    return Engines(reader_engine(file, key), writer_engine(file, key))


def bulk_engine(file: Path, key: bytes | None) -> Engine:
    """The engine that fills a file nobody uses yet.

    It syncs only at its few checkpoints: power failing loses pages that are fetched again, and
    never damages the file.
    """
    settings = (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = NORMAL",
        "PRAGMA wal_autocheckpoint = 10000",
        "PRAGMA cache_size = -128000",
        "PRAGMA temp_store = MEMORY",
    )
    return _engine(file, key, settings, begin="BEGIN IMMEDIATE", size=1)


def _engine(
    file: Path, key: bytes | None, settings: tuple[str, ...], *, begin: str, size: int
) -> Engine:
    def create() -> Any:
        connection = connect(file, key)
        try:
            for setting in settings:
                connection.execute(setting)
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite://",
        module=driver,
        creator=create,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        # Errors go to the log and the crash report, without what people typed.
        hide_parameters=True,
    )

    # The driver's own transaction handling is off (isolation_level=None): it would begin late
    # and commit behind our back.
    @event.listens_for(engine, "begin")
    def do_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    # SQLCipher refuses every page to a connection that once met a damaged one: the pool opens
    # another, so that only what is damaged fails.
    @event.listens_for(engine, "handle_error")
    def do_give_up(context: ExceptionContext) -> None:
        if is_damage(context.original_exception):
            context.is_disconnect = True
            context.invalidate_pool_on_disconnect = False

    return engine

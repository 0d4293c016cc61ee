"""Turns database errors into the error tree of ``localdb``: faults of the machine, or bugs."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError

from localdb.errors import (
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseKeyWrong,
    DatabaseMissing,
    DiskFull,
    EnvironmentFault,
)
from localdb.store.folder import DataFolder
from localdb.store.keys import TYPE_IT

BACKUPS_LISTED = 5

# Primary result codes of sqlite3.h; the extended ones carry these in their low byte.
_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 6, 8, 10, 11, 13, 14, 26


def translate(
    error: BaseException, file: Path, newest_backup: Path | None, *, reading: bool = False
) -> BaseException:
    """The environment fault behind a database error, or the error itself when it is a bug.

    A write that was refused is one of these in a job, and the other where we only read.
    """
    origin = error.orig if isinstance(error, DBAPIError) else error
    code: Any = getattr(origin, "sqlite_errorcode", None)
    if not isinstance(code, int) or (reading and code & 0xFF == _READONLY):
        return error
    fault = _fault(code & 0xFF, file, newest_backup)
    if fault is None:
        return error
    fault.__cause__ = error
    return fault


@contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Raise what the system has against a data folder as the environment fault it is."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(f"The disk of {folder} is full. Free space and try again.") from error
        raise EnvironmentFault(
            f"Evertill cannot use {folder} ({error.strerror}). Check the disk and who may write."
        ) from error


def corrupt(file: Path, newest_backup: Path | None) -> DatabaseCorrupt:
    """The fault of a damaged file: names it and the newest backup; the file stays."""
    backup = f"The newest backup is {newest_backup}." if newest_backup else "There is no backup."
    return DatabaseCorrupt(f"The database {file} is damaged. It was left as it is. {backup}")


def missing(folder: DataFolder) -> DatabaseMissing:
    """The fault of a till whose file is gone or empty: what is left, and what to do."""
    state = "is empty" if folder.database.exists() else "is gone"
    return DatabaseMissing(
        f"The data of this till, {folder.database}, {state}. Nothing was changed: keep the whole"
        f" folder, its newest sales may be in {folder.database.name}-wal. {backups_words(folder)}"
        " For a new till choose another folder with --data-dir."
    )


def backups_words(folder: DataFolder) -> str:
    """Which backups there are, the newest first, and how one is put in place."""
    files = folder.backups()
    if not files:
        return "There is no backup in this folder."
    listed = "".join(f"\n  {_stamp(file)}  {file}" for file in files[:BACKUPS_LISTED])
    more = f"\n  and {len(files) - BACKUPS_LISTED} older" if len(files) > BACKUPS_LISTED else ""
    return f'To put a backup in its place, run "evertill restore FILE" with one of:{listed}{more}\n'


def _stamp(file: Path) -> str:
    made = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return made.strftime("%Y-%m-%d %H:%M UTC")


def key_wrong(file: Path) -> DatabaseKeyWrong:
    """The fault of a file that another key encrypted."""
    return DatabaseKeyWrong(f"The key of this till does not open {file}. {TYPE_IT}")


def _fault(code: int, file: Path, newest_backup: Path | None) -> EnvironmentFault | None:
    match code:
        case _ if code in (_BUSY, _LOCKED):
            return DatabaseBusy(f"Another program is using {file}. Close it and try again.")
        case _ if code == _FULL:
            return DiskFull(f"The disk of {file} is full. Nothing of this was saved: free space.")
        case _ if code in (_CORRUPT, _NOTADB):
            return corrupt(file, newest_backup)
        case _ if code == _READONLY:
            return EnvironmentFault(f"{file} may not be written. Check who may write there.")
        case _ if code in (_IOERR, _CANTOPEN):
            return EnvironmentFault(f"The disk does not let us use {file}. Check it and try again.")
        case _:
            return None

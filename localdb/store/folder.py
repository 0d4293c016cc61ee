"""The data folder: its file names, its backups and the lock that keeps it to one process."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from localdb.errors import AlreadyRunning

LOADED_OVER = "loaded-over-"
COPIES_KEPT = 3
"""Databases that a fresh load replaced and that are kept; what a person restored over stays."""
SIDE_FILES = ("-wal", "-shm")
"""The files that SQLite keeps beside a database file."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """A locked data folder."""

    path: Path
    _lock: FileLock

    @classmethod
    def lock(cls, path: Path) -> "DataFolder":
        """Create the folder if need be and take its lock; raises AlreadyRunning."""
        path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path / "till.lock", is_singleton=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise AlreadyRunning(
                f"Evertill is already running on {path}. Use its window, or close it first."
            ) from None
        return cls(path, lock)

    def release(self) -> None:
        """Give the folder up; the lock also ends with the process."""
        self._lock.release()

    @property
    def database(self) -> Path:
        """The database file."""
        return self.path / "till.db"

    @property
    def key_check(self) -> Path:
        """The file that tells a wrong key from a damaged database."""
        return self.path / "till.keycheck"

    def backup_file(self, label: str) -> Path:
        """Where a backup with this label goes."""
        folder = self.path / "backups"
        folder.mkdir(exist_ok=True)
        return folder / f"till-{label}.db"

    def swap_in(self, draft: Path, label: str) -> None:
        """Make the draft the database; the old file stays among the backups, like the last few.

        All that only this till has was moved over: what is dropped the server has too. Both files
        must be closed. At every moment one whole database has the right name.
        """
        self._keep(self.backup_file(f"{LOADED_OVER}{label}"))
        draft.replace(self.database)
        self._drop_old_copies()

    def set_aside(self, label: str) -> Path:
        """Copy the database, readable or not, to the backups; returns where it is.

        It also stays in its place, to be replaced; its log does not, which would be applied to
        whatever comes there.
        """
        backup = self.backup_file(label)
        self._keep(backup)
        self.set_log_aside(label)
        return backup

    def _drop_old_copies(self) -> None:
        """Keep the newest few: a server that makes a till load again and again fills no disk."""
        kept = sorted(
            self.backup_file("").parent.glob(f"till-{LOADED_OVER}*.db"),
            key=lambda file: file.stat().st_mtime_ns,
        )
        for file in kept[:-COPIES_KEPT]:
            # One that cannot be removed now is tried again after the next load.
            with suppress(OSError):
                file.unlink()

    def _keep(self, backup: Path) -> None:
        try:
            os.link(self.database, backup)
        except OSError:  # a file system without hard links
            shutil.copy2(self.database, backup)

    def holds_data(self) -> bool:
        """Whether there is a database file with anything in it."""
        return self.database.exists() and self.database.stat().st_size > 0

    def remains(self) -> tuple[Path, ...]:
        """The traces of a till beside its database: key check, a log that is not empty, backups.

        The key check is written when the database is, so a first start that broke off leaves none.
        """
        log = self.database.with_name(self.database.name + "-wal")
        found = [self.key_check] if self.key_check.exists() else []
        found += [log] if log.exists() and log.stat().st_size else []
        return (*found, *self.backups())

    def backups(self) -> list[Path]:
        """The backups, the newest first."""
        files = (self.path / "backups").glob("till-*.db")
        return sorted(files, key=lambda file: file.stat().st_mtime_ns, reverse=True)

    def set_log_aside(self, label: str) -> None:
        """Keep the log of a database that is gone among the backups.

        Left where it is, it would be applied to whatever comes in that place.
        """
        backup = self.backup_file(label)
        for ending in SIDE_FILES:
            log = self.database.with_name(self.database.name + ending)
            if log.exists():
                log.replace(backup.with_name(backup.name + ending))

    def newest_backup(self) -> Path | None:
        """The backup written last, or None."""
        return next(iter(self.backups()), None)

"""The data folder: its file names, its backups and the lock that keeps it to one process."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from localdb.errors import AlreadyRunning


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
        """What tells a wrong key from a damaged file."""
        return self.path / "till.keycheck"

    def backup_file(self, label: str) -> Path:
        """Where a backup with this label goes."""
        folder = self.path / "backups"
        folder.mkdir(exist_ok=True)
        return folder / f"till-{label}.db"

    def swap_in(self, draft: Path, label: str) -> None:
        """Make the draft the database; the old file stays among the backups.

        Both files must be closed. At every moment one whole database has the right name.
        """
        backup = self.backup_file(label)
        try:
            os.link(self.database, backup)
        except OSError:  # a file system without hard links
            shutil.copy2(self.database, backup)
        draft.replace(self.database)

    def newest_backup(self) -> Path | None:
        """The backup written last, or None."""
        backups = (self.path / "backups").glob("till-*.db")
        return max(backups, key=lambda file: file.stat().st_mtime_ns, default=None)

"""What the daily check of the data file found."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from localdb.store import page_check

_FILE = "SELECT file FROM pragma_database_list WHERE name = 'main'"


@dataclass(frozen=True, slots=True)
class FileDamage:
    """Which tables and indexes of a file cannot be read whole, and since when that is known."""

    file: Path
    names: tuple[str, ...]
    found_us: int


def file_damage(connection: Connection) -> FileDamage | None:
    """The damage that is known; None when there is none."""
    damaged = page_check.load(connection).damaged
    if not damaged:
        return None
    file = Path(str(connection.exec_driver_sql(_FILE).scalar_one()))
    return FileDamage(file, tuple(sorted(damaged)), min(damaged.values()))

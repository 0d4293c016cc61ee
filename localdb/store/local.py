"""Keeps the till's own small values, settings and gapless counters; they are never synced."""

from sqlalchemy import Connection

_PUT = (
    "INSERT INTO local_setting (key, value) VALUES (?, ?) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_NEXT = (
    "INSERT INTO counter (series, value) VALUES (?, 1) "
    "ON CONFLICT (series) DO UPDATE SET value = value + 1 RETURNING value"
)
_SET = (
    "INSERT INTO counter (series, value) VALUES (?, ?) "
    "ON CONFLICT (series) DO UPDATE SET value = excluded.value"
)


def setting(conn: Connection, key: str) -> str | None:
    """The value kept under ``key``, or None."""
    row = conn.exec_driver_sql("SELECT value FROM local_setting WHERE key = ?", (key,)).first()
    return None if row is None else str(row[0])


def put_setting(conn: Connection, key: str, value: str) -> None:
    """Keep ``value`` under ``key``."""
    conn.exec_driver_sql(_PUT, (key, value))


def counter(conn: Connection, series: str) -> int:
    """The number last given out in ``series``; 0 when none was."""
    row = conn.exec_driver_sql("SELECT value FROM counter WHERE series = ?", (series,)).first()
    return 0 if row is None else int(row[0])


def next_number(conn: Connection, series: str) -> int:
    """The next number of ``series``, from 1, without gaps: a rollback gives it back."""
    return int(conn.exec_driver_sql(_NEXT, (series,)).scalar_one())


def set_counter(conn: Connection, series: str, value: int) -> None:
    """Go on after ``value`` in ``series``."""
    conn.exec_driver_sql(_SET, (series, value))

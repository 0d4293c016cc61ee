"""Keeps how far this till has pulled each stream, and when the server last answered."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from localdb.store import local

_PUT = (
    "INSERT INTO cursor (stream, epoch, number) VALUES (?, ?, ?) ON CONFLICT (stream) "
    "DO UPDATE SET epoch = excluded.epoch, number = excluded.number"
)
_EPOCH = "server_epoch"
_LAST_SUCCESS = "sync_last_success_us"
_STOCK_NUMBER = "stock_checkpoint:"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last entry applied of a stream; numbers mean something only within an epoch."""

    epoch: str
    number: int


def cursor(conn: Connection, stream: str) -> Cursor:
    """The stream's cursor; empty and 0 before the first pull."""
    sql = "SELECT epoch, number FROM cursor WHERE stream = ?"
    row = conn.exec_driver_sql(sql, (stream,)).first()
    return Cursor("", 0) if row is None else Cursor(row.epoch, row.number)


def cursors(conn: Connection) -> dict[str, Cursor]:
    """All cursors, by stream."""
    found = conn.exec_driver_sql("SELECT stream, epoch, number FROM cursor ORDER BY stream")
    return {row.stream: Cursor(row.epoch, row.number) for row in found}


def put_cursor(conn: Connection, stream: str, at: Cursor) -> None:
    """Say that everything up to ``at`` has been applied."""
    conn.exec_driver_sql(_PUT, (stream, at.epoch, at.number))


def server_epoch(conn: Connection) -> str:
    """The server's epoch as last seen; empty before the first contact."""
    return local.setting(conn, _EPOCH) or ""


def put_server_epoch(conn: Connection, epoch: str) -> None:
    """Keep the server's epoch."""
    local.put_setting(conn, _EPOCH, epoch)


def last_success_us(conn: Connection) -> int | None:
    """When the server last answered well, in UTC microseconds."""
    text = local.setting(conn, _LAST_SUCCESS)
    return None if text is None else int(text)


def put_last_success(conn: Connection, at_us: int) -> None:
    """Keep when the server last answered well."""
    local.put_setting(conn, _LAST_SUCCESS, str(at_us))


def stock_number(conn: Connection, stream: str) -> int:
    """The entry of a store's stream up to which the stock checkpoint already counts movements."""
    return int(local.setting(conn, _STOCK_NUMBER + stream) or 0)


def put_stock_number(conn: Connection, stream: str, number: int) -> None:
    """Keep the entry at which the stock checkpoint was taken."""
    local.put_setting(conn, _STOCK_NUMBER + stream, str(number))


def stock_numbers(conn: Connection) -> dict[str, int]:
    """The entry of each store's stream up to which the stock checkpoint counts movements."""
    sql = "SELECT key, value FROM local_setting WHERE key >= ? AND key < ?"
    found = conn.exec_driver_sql(sql, (_STOCK_NUMBER, _STOCK_NUMBER + "\x7f"))
    return {row.key.removeprefix(_STOCK_NUMBER): int(row.value) for row in found}


def covers(counted: Mapping[str, int], numbers: Mapping[str, int]) -> bool:
    """Whether a group with these stream numbers is in the stock checkpoint already.

    ``counted`` is what ``stock_numbers`` says.
    """
    return any(number <= counted.get(stream, 0) for stream, number in numbers.items())

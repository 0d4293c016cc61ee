"""Finds damaged pages before a sale needs them: reads the whole file once a day, in slices.

Every table and every index is read along its key. SQLCipher checks each page that is read against
its HMAC, so any damage shows; a file without a key has none, and only what breaks the structure of
a table or index is seen. Free pages are not read: nothing is in them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import sqlcipher3.dbapi2 as driver
from sqlalchemy import Connection

from localdb.store import local
from localdb.store.engine import is_damage

DAY_US = 24 * 60 * 60 * 1_000_000
SCHEMA = "sqlite_schema"
"""The table that names all others; where it cannot be read, nothing else can."""

_SETTING = "page_check"
_NAMES = (
    "SELECT name FROM sqlite_schema WHERE type IN ('table', 'index') AND rootpage > 0 "
    "AND name >= ? ORDER BY name"
)
_NAMED = "SELECT type, tbl_name, sql FROM sqlite_schema WHERE name = ?"
_KEY = "SELECT name, key FROM pragma_index_xinfo(?) ORDER BY seqno"
"""Of an index, or of a table without row ids; nothing for a table with them."""

Key = tuple[int | str | bytes, ...]


@dataclass(frozen=True, slots=True)
class PageCheck:
    """How far the check is, and what it found."""

    begun_us: int = 0
    is_done: bool = True
    at: str = ""
    """The table or index under way; empty at the beginning."""
    after: Key = ()
    """The key read last in it; empty at its beginning."""
    damaged: Mapping[str, int] = field(default_factory=dict)
    """The damaged tables and indexes and when each was found, until one is read whole again."""

    def due(self, now_us: int) -> "PageCheck":
        """This check, or a new one where the last began a day ago."""
        if self.is_done and not 0 <= now_us - self.begun_us < DAY_US:
            return PageCheck(now_us, False, damaged=self.damaged)
        return self


def load(connection: Connection) -> PageCheck:
    """The check as it was kept last."""
    kept = local.setting(connection, _SETTING)
    if kept is None:
        return PageCheck()
    values = json.loads(kept, object_hook=_bytes)
    return PageCheck(**{**values, "after": tuple(values["after"])})


def save(connection: Connection, check: PageCheck) -> None:
    """Keep the state of the check, so that it continues after a restart."""
    local.put_setting(connection, _SETTING, json.dumps(asdict(check), default=_hex))


def read_slice(
    connection: Any, check: PageCheck, now_us: int, is_over: Callable[[], bool]
) -> PageCheck:
    """Read on from where the check is until it is over, or something damaged is met.

    ``connection`` is a driver connection with an empty cache, and of no use after damage;
    ``is_over`` is asked after each row. Raises what is no damage.
    """
    # Odd text is no reason to stop: damage shows in the page, not in the text.
    connection.text_factory = _text
    names: list[str] = [SCHEMA]
    place = 0
    try:
        names = [name for (name,) in connection.execute(_NAMES, (check.at,))]
        for place, name in enumerate(names):
            if place and is_over():
                return replace(check, at=name, after=())
            after = _read(connection, name, check.after if name == check.at else (), is_over)
            if after:
                return replace(check, at=name, after=after)
            check = _healthy(check, {name})
    except driver.Error as error:
        if not is_damage(error):
            raise
        name = names[place]
        check = replace(check, damaged={**check.damaged, name: check.damaged.get(name, now_us)})
        if place + 1 < len(names):
            return replace(check, at=names[place + 1], after=())
        return replace(check, is_done=True, at="", after=())
    return _ended(connection, check)


def reading(connection: Any, name: str) -> tuple[str, Sequence[str]]:
    """The statement that reads a table or index along its key, and the columns of the key.

    ``{after}`` in it is the place of the condition that continues after a key.
    """
    kind, table, sql = connection.execute(_NAMED, (name,)).fetchone()
    columns = connection.execute(_KEY, (name,)).fetchall()
    if kind == "table":
        key = [f'"{column}"' for column, is_key in columns if is_key] or ["rowid"]
        # All columns: a value that is too long for a page continues in others.
        what, source, only = ", *", "NOT INDEXED", ""
    else:
        key = ["rowid" if column is None else f'"{column}"' for column, _ in columns]
        what, source = "", f'INDEXED BY "{name}"'
        only = (sql or "").partition(" WHERE ")[2]
    keys, only = ", ".join(key), only or "true"
    sql = f'SELECT {keys}{what} FROM "{table}" {source} WHERE {only}{{after}} ORDER BY {keys}'  # noqa: S608 - names of the schema
    return sql, key


def after_key(key: Sequence[str]) -> str:
    """The condition for what comes after a key."""
    return f" AND ({', '.join(key)}) > ({', '.join('?' * len(key))})"


def _read(connection: Any, name: str, after: Key, is_over: Callable[[], bool]) -> Key:
    """Read on; the key read last, or nothing at the end."""
    statement, key = reading(connection, name)
    goes_on = len(after) == len(key)
    sql = statement.format(after=after_key(key) if goes_on else "")
    with closing(connection.execute(sql, after if goes_on else ())) as found:
        last = next((tuple(row[: len(key)]) for row in found if is_over()), ())
    _confirm(connection)
    return last


def _confirm(connection: Any) -> None:
    """Raise the damage that was only noted.

    The last page of a long text reads as zeros where it is damaged; SQLCipher fails the next page
    that is not in the cache.
    """
    connection.execute("PRAGMA shrink_memory")
    connection.execute("PRAGMA schema_version").fetchone()


def _healthy(check: PageCheck, names: set[str]) -> PageCheck:
    left = {name: at_us for name, at_us in check.damaged.items() if name not in names}
    return replace(check, damaged=left)


def _ended(connection: Any, check: PageCheck) -> PageCheck:
    there = {name for (name,) in connection.execute(_NAMES, ("",))}
    gone = set(check.damaged) - there
    return replace(_healthy(check, gone), is_done=True, at="", after=())


def _text(value: bytes) -> str:
    return value.decode(errors="replace")


def _hex(value: bytes) -> dict[str, str]:
    return {"hex": value.hex()}


def _bytes(value: dict[str, Any]) -> Any:
    return bytes.fromhex(value["hex"]) if value.keys() == {"hex"} else value

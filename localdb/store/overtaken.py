"""Keeps which edits of this till came second or were not allowed, until somebody has read it."""

import json
from collections.abc import Iterable

from sqlalchemy import Connection

from localdb.domain.ops import Group, decode
from localdb.store import local

_UNREAD = "overtaken_settlements"
UNREAD_MAX = 100
"""More than anybody reads; the oldest are dropped, their groups and journal entries stay."""


def add(conn: Connection, dseqs: Iterable[int]) -> None:
    """The server answered ``superseded`` for these groups; once told, twice is no news."""
    known = _unread(conn)
    if new := [dseq for dseq in dseqs if dseq not in known]:
        _put(conn, [*known, *new][-UNREAD_MAX:])


def unread(conn: Connection) -> list[tuple[Group, str]]:
    """The groups that nobody was told about yet, oldest first, with the code of the verdict."""
    sql = "SELECT body, code FROM outbox_group WHERE dseq = ?"
    found = (conn.exec_driver_sql(sql, (dseq,)).first() for dseq in _unread(conn))
    return [(decode(row.body), row.code) for row in found if row is not None]


def count(conn: Connection) -> int:
    """How many there are."""
    return len(_unread(conn))


def clear(conn: Connection) -> None:
    """Forget them: all were read."""
    _put(conn, [])


def _unread(conn: Connection) -> list[int]:
    found: list[int] = json.loads(local.setting(conn, _UNREAD) or "[]")
    return found


def _put(conn: Connection, dseqs: list[int]) -> None:
    local.put_setting(conn, _UNREAD, json.dumps(dseqs))

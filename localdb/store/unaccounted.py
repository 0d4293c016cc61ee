"""Keeps which groups another copy of this till's data gave out, which this till never had."""

import json
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection

from localdb.store import local
from localdb.store.rows import to_json

_KEY = "unaccounted"


@dataclass(frozen=True, slots=True)
class Unaccounted:
    """Groups of a former identity from ``first`` on, which this database never held.

    The server holds those up to ``held_to`` (below ``first`` when it holds none). Whatever the
    other copy gave out after these exists only there.
    """

    device_id: str
    till_code: str
    first: int
    held_to: int
    sales: int
    """How many sales of that identity the server holds, and their sum."""
    total_minor: int
    journal_head: str
    """Of that identity's journal, at the server."""
    at_us: int
    given_by: str = ""
    """The till that handed these groups over as this one's, after the server was restored."""


def unaccounted(conn: Connection) -> tuple[Unaccounted, ...]:
    """The entries that nobody has noted yet, oldest first."""
    return tuple(Unaccounted(**one) for one in json.loads(local.setting(conn, _KEY) or "[]"))


def add(conn: Connection, found: Unaccounted) -> None:
    """Keep it in view until ``clear``."""
    _put(conn, (*unaccounted(conn), found))


def add_given(conn: Connection, found: Unaccounted) -> None:
    """The same of groups that another till handed over; what is in view of this till is widened."""
    kept = unaccounted(conn)
    same = [one for one in kept if one.given_by and one.device_id == found.device_id]
    rest = tuple(one for one in kept if one not in same)
    first = min(one.first for one in (*same, found))
    held_to = max(one.held_to for one in (*same, found))
    _put(conn, (*rest, replace(found, first=first, held_to=held_to)))


def clear(conn: Connection) -> None:
    """Somebody has taken note of all of it."""
    _put(conn, ())


def _put(conn: Connection, kept: tuple[Unaccounted, ...]) -> None:
    local.put_setting(conn, _KEY, to_json([asdict(one) for one in kept]))

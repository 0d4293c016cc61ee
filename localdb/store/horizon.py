"""How long delivered groups are kept: as long as the server may be restored to a time before them.

Groups are delivered in order, so a mark (a time, a dseq) says that everything up to that group had
been delivered by then. One a day is kept, in the server's time: a till's clock may jump by years.
"""

import json

from sqlalchemy import Connection

from localdb.store import local
from localdb.store.rows import to_json

SLICE_GROUPS = 100
"""Groups removed by one transaction: longer ones would keep a cashier waiting."""
DAY_US = 86_400_000_000
_MARKS = "delivered_marks"
_PRUNE = (
    "DELETE FROM outbox_group WHERE dseq IN (SELECT dseq FROM outbox_group "
    "WHERE state = 'done' AND dseq <= ? ORDER BY dseq LIMIT ?)"
)

Marks = list[tuple[int, int]]
"""(server's time in UTC microseconds, dseq), oldest first."""


def mark(conn: Connection, dseq: int, at_us: int) -> None:
    """Note that the groups up to ``dseq`` have been delivered at that time."""
    marks = _load(conn)
    if not marks or at_us - marks[-1][0] >= DAY_US:
        _save(conn, [*marks, (at_us, dseq)])


def forget_after(conn: Connection, dseq: int) -> None:
    """The groups above ``dseq`` are to be delivered again."""
    marks = _load(conn)
    kept = [one for one in marks if one[1] <= dseq]
    if kept != marks:
        _save(conn, kept)


def prune(conn: Connection, before_us: int) -> bool:
    """Remove some groups that were delivered, and pulled back, before then; whether more remain.

    Groups that were refused stay: a person may still look at them.
    """
    marks = _load(conn)
    passed = [one for one in marks if one[0] < before_us]
    if not passed:
        return False
    if passed[:-1]:
        _save(conn, [passed[-1], *marks[len(passed) :]])
    removed = conn.exec_driver_sql(_PRUNE, (passed[-1][1], SLICE_GROUPS)).rowcount
    return removed == SLICE_GROUPS


def _load(conn: Connection) -> Marks:
    return [(at_us, dseq) for at_us, dseq in json.loads(local.setting(conn, _MARKS) or "[]")]


def _save(conn: Connection, marks: Marks) -> None:
    local.put_setting(conn, _MARKS, to_json(marks))

"""Keeps delivered groups for as long as a restored server may lack them.

Groups are delivered in order, so a mark (a time, a dseq) says that everything up to that group had
been delivered by then. One a day is kept, in the server's time: a till's clock may jump by years.
"""

import json
from collections.abc import Sequence

from sqlalchemy import Connection

from localdb.domain.ops import Group, body_hash, encode
from localdb.domain.records import JournalEntry
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
_BRING_BACK = (
    "INSERT OR IGNORE INTO outbox_group "
    "(dseq, hash, body, leading_type, at_us, state, verdict, code, detail, numbers) "
    "VALUES (?, ?, ?, ?, ?, 'pending', '', '', '', '{}')"
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


def bring_back(conn: Connection, pruned: Sequence[Group]) -> None:
    """Queue groups again that were removed; those that are still there stay as they are."""
    conn.exec_driver_sql(
        _BRING_BACK,
        [
            (group.dseq, body_hash(body), body, _leading(group), group.at_us)
            for group in pruned
            for body in [encode(group)]
        ],
    )
    forget_after(conn, pruned[0].dseq - 1)


def _leading(group: Group) -> str:
    """The label of a group; a group that only keeps its number is shown as a journal entry."""
    return group.ops[0].type if group.ops else JournalEntry.TYPE


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

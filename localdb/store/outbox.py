"""The queue of op groups on their way to the server, with the state of each.

pending --applied, merged, held ...--> acknowledged --pulled back--> done
pending --rejected, fork--> parked --> reissued (as a new group) | discarded

The edits of pending and acknowledged groups are replayed over what is pulled; those of parked
groups are not: the row shows what the server holds. Nothing leaves the queue by itself.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, RowMapping, select

from localdb.domain.ops import Group, Op, decode, never_discarded
from localdb.domain.records import RECORDS, AuditEntry, Reference, Scope
from localdb.errors import Refusal
from localdb.store import (
    groups,
    images,
    origins,
    overtaken,
    retention,
    search,
    stock_levels,
    sync_state,
)
from localdb.store.identity import load_identity
from localdb.store.rows import load, to_json
from localdb.store.tables import OUTBOX_GROUP, TABLES
from localdb.store.unit_of_work import UnitOfWork

PARKING = frozenset({"rejected", "fork"})
UNDOING = PARKING | {"superseded"}
"""Verdicts after which none of a group's edits will ever be the server's."""
DUPLICATE = "duplicate"
ACCEPTED = frozenset({"acknowledged", "done"})

_NEXT = (
    "SELECT dseq, hash, body FROM outbox_group WHERE state = 'pending' AND dseq > ? "
    "ORDER BY dseq LIMIT ?"
)
_WAITING = (
    "SELECT leading_type, count(*), min(at_us) FROM outbox_group "
    "WHERE state = 'pending' GROUP BY leading_type"
)
# The plus keeps SQLite from walking through all groups of a state to find a few by number.
_UNSETTLED = (
    "SELECT dseq, state FROM outbox_group WHERE dseq IN (SELECT value FROM json_each(?)) "
    "AND +state IN ('pending', 'acknowledged')"
)
_VERDICT = (
    "UPDATE outbox_group SET state = ?, verdict = ?, code = ?, detail = ?, numbers = ? "
    "WHERE dseq = ?"
)
_BODIES = "SELECT body FROM outbox_group WHERE dseq IN (SELECT value FROM json_each(?))"
_ACKNOWLEDGED = (
    "SELECT dseq, numbers FROM outbox_group WHERE dseq IN (SELECT value FROM json_each(?)) "
    "AND +state = 'acknowledged' AND NOT (verdict = 'held' AND numbers = '{}')"
)
_ARE_DONE = "UPDATE outbox_group SET state = 'done' WHERE dseq IN (SELECT value FROM json_each(?))"
_HELD_ARE_DONE = _ARE_DONE + " AND +state = 'acknowledged' AND verdict = 'held'"
_ASK_AGAIN = (
    "UPDATE outbox_group SET state = 'pending' WHERE dseq IN (SELECT dseq FROM outbox_group "
    "WHERE state = 'acknowledged' AND verdict = 'held' AND numbers = '{}' AND dseq > ? "
    "ORDER BY dseq LIMIT ?) RETURNING dseq"
)
_EDITS = "SELECT type, id, dseq FROM outbox_edit WHERE dseq IN (SELECT value FROM json_each(?))"
_DROP_EDIT = "DELETE FROM outbox_edit WHERE type = ? AND id = ? AND dseq = ?"
_DROP_EDITS = (
    "DELETE FROM outbox_edit WHERE dseq IN (SELECT value FROM json_each(?)) RETURNING type, id"
)
_SET_STATE = "UPDATE outbox_group SET state = ? WHERE dseq = ?"
_LOST = (
    "SELECT dseq, body, state, verdict FROM outbox_group WHERE dseq > ? AND +state <> 'pending' "
    "ORDER BY dseq LIMIT ?"
)


class GivenVerdict(Protocol):
    """The server's verdict on one group; ``numbers`` is the group's place in each stream."""

    @property
    def dseq(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def numbers(self) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A group as it is sent."""

    dseq: int
    hash: str
    body: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """The groups that are not delivered: how many, since when, of which kind."""

    groups: int
    oldest_us: int | None
    by_type: dict[str, int]


@dataclass(frozen=True, slots=True)
class ParkedGroup:
    """A group the server refused for good, and why."""

    dseq: int
    verdict: str
    code: str
    detail: str
    group: Group


def next_batch(
    conn: Connection, groups_max: int, bytes_max: int, after: int = 0
) -> list[OutboxRow]:
    """The oldest pending groups above ``after``, in order; at least one, however large, if any."""
    batch: list[OutboxRow] = []
    size = 0
    for row in conn.exec_driver_sql(_NEXT, (after, groups_max)):
        size += len(row.body.encode())
        if batch and size > bytes_max:
            break
        batch.append(OutboxRow(row.dseq, row.hash, row.body))
    return batch


def is_waiting(conn: Connection) -> bool:
    """Whether anything has not been delivered yet; cheap, however long the queue is."""
    sql = "SELECT EXISTS (SELECT 1 FROM outbox_group WHERE state = 'pending')"
    return bool(conn.exec_driver_sql(sql).scalar())


def waiting(conn: Connection) -> Waiting:
    """Count what has not been delivered yet."""
    counted = conn.exec_driver_sql(_WAITING).all()
    return Waiting(
        groups=sum(count for _, count, _ in counted),
        oldest_us=min((oldest for _, _, oldest in counted), default=None),
        by_type={leading: count for leading, count, _ in counted},
    )


def record_verdicts(
    uow: UnitOfWork, verdicts: Sequence[GivenVerdict], epoch: str | None = None
) -> None:
    """Keep the server's verdicts; a second one for a group that is settled changes nothing.

    An accepted group keeps its edits until its numbers are pulled; one that was refused or came
    second loses them at once, and its rows show the server's values. ``epoch`` is the server's
    when it gave them: after a restore the numbers say nothing about what was pulled, or loaded,
    before it. None where there is but one.
    """
    conn = uow.connection
    asked = _json_list(verdict.dseq for verdict in verdicts)
    states = {row.dseq: row.state for row in conn.exec_driver_sql(_UNSETTLED, (asked,))}
    new = [verdict for verdict in verdicts if verdict.dseq in states]
    if not new:
        return
    conn.exec_driver_sql(_VERDICT, [_verdict_row(verdict) for verdict in new])
    counted = _counted_by_bootstrap(conn, epoch)
    # Their answers were lost before a bootstrap, which then counted their movements twice.
    twice = [
        verdict.dseq for verdict in new if states[verdict.dseq] == "pending" and counted(verdict)
    ]
    for row in conn.exec_driver_sql(_BODIES, (_json_list(twice),)).all() if twice else ():
        stock_levels.add(conn, groups.movements(row.body), sign=-1)
    known = [verdict.dseq for verdict in new if verdict.kind == DUPLICATE]
    if known:
        bodies = conn.exec_driver_sql(_BODIES, (_json_list(known),)).scalars().all()
        origins.delivered_by_a_copy(conn, bodies)
    overtaken.add(conn, [verdict.dseq for verdict in new if verdict.kind == "superseded"])
    _drop_edits(uow, [verdict.dseq for verdict in new if verdict.kind in UNDOING])
    finish(uow, [verdict.dseq for verdict in new if verdict.kind not in PARKING], epoch)


def _counted_by_bootstrap(conn: Connection, epoch: str | None) -> Callable[[GivenVerdict], bool]:
    """Whether a group's movements were in the stock that this till last loaded.

    So were those of a duplicate: another identity of this till had delivered them by then.
    """
    reached = _reached(conn, epoch)
    numbers = sync_state.stock_numbers(conn).items()
    counted = {stream: at for stream, at in numbers if epoch is None or stream in reached}
    loaded = bool(reached)

    def was(verdict: GivenVerdict) -> bool:
        again = verdict.kind == DUPLICATE and loaded
        return again or sync_state.covers(counted, verdict.numbers)

    return was


def _reached(conn: Connection, epoch: str | None) -> dict[str, int]:
    """How far each stream was pulled, where that was in this epoch."""
    cursors = sync_state.cursors(conn)
    return {s: at.number for s, at in cursors.items() if epoch in (None, at.epoch)}


def finish(uow: UnitOfWork, dseqs: Iterable[int], epoch: str | None = None) -> None:
    """End those of these acknowledged groups whose numbers have all been pulled back.

    The numbers are those of ``epoch``; None where there is but one.
    """
    conn = uow.connection
    asked = _json_list(dseqs)
    reached = _reached(conn, epoch)
    done = [
        row.dseq
        for row in conn.exec_driver_sql(_ACKNOWLEDGED, (asked,))
        if all(reached.get(stream, 0) >= at for stream, at in json.loads(row.numbers).items())
    ]
    if done:
        conn.exec_driver_sql(_ARE_DONE, (_json_list(done),))
        _drop_edits(uow, done)


def acknowledged(conn: Connection) -> list[int]:
    """The groups that the server has and that have not been pulled back."""
    sql = "SELECT dseq FROM outbox_group WHERE state = 'acknowledged' ORDER BY dseq"
    return [row[0] for row in conn.exec_driver_sql(sql)]


def arrived(uow: UnitOfWork, dseqs: Iterable[int], scope: Scope) -> set[tuple[str, str]]:
    """These groups came back in a stream of ``scope``: drop their edits there, return the rows."""
    conn = uow.connection
    came = list(dseqs)
    if not came:
        return set()
    found = conn.exec_driver_sql(_EDITS, (_json_list(came),)).all()
    ended = [edit for edit in found if RECORDS[edit.type].SCOPE is scope]
    if ended:
        conn.exec_driver_sql(_DROP_EDIT, [tuple(edit) for edit in ended])
    left = {edit.dseq for edit in found if RECORDS[edit.type].SCOPE is not scope}
    conn.exec_driver_sql(_HELD_ARE_DONE, (_json_list(set(came) - left),))
    return {(edit.type, edit.id) for edit in ended}


def resend_after(conn: Connection, dseq: int, groups_max: int = -1) -> list[int]:
    """Queue again what the server no longer has after it was restored; returns which groups.

    The first ``groups_max`` groups above ``dseq`` that were accepted go back to pending, with
    their edits. Those that were refused go back without: they fill their numbers, or the server
    would wait there for ever.
    """
    lost = conn.exec_driver_sql(_LOST, (dseq, groups_max)).all()
    accepted = [row for row in lost if row.state in ACCEPTED]
    conn.exec_driver_sql(_DROP_EDITS, (_json_list(row.dseq for row in accepted),))
    for row in accepted:
        groups.add_edits(conn, decode(row.body))
    origins.delivered_from_here(conn, (row.body for row in lost if row.verdict == DUPLICATE))
    if lost:
        retention.forget_after(conn, dseq)
        conn.exec_driver_sql(_SET_STATE, [("pending", row.dseq) for row in lost])
    return [row.dseq for row in lost]


def ask_about_held(conn: Connection, after: int, groups_max: int) -> list[int]:
    """Queue again the next held groups above a number; returns which.

    The verdicts say how they ended: one that came second, or was refused in the end, enters no
    stream, and its edits would stay on top here for ever.
    """
    found = conn.exec_driver_sql(_ASK_AGAIN, (after, groups_max)).all()
    return sorted(row.dseq for row in found)


def hash_of(conn: Connection, dseq: int) -> str:
    """The hash of a group; empty when it is not kept here."""
    sql = "SELECT hash FROM outbox_group WHERE dseq = ?"
    return conn.exec_driver_sql(sql, (dseq,)).scalar() or ""


def parked(conn: Connection) -> list[ParkedGroup]:
    """The groups the server refused, oldest first."""
    query = select(OUTBOX_GROUP).where(OUTBOX_GROUP.c.state == "parked")
    found = conn.execute(query.order_by(OUTBOX_GROUP.c.dseq)).mappings()
    return [_parked(row) for row in found]


def retry(uow: UnitOfWork, dseq: int) -> None:
    """Issue a parked group again as this transaction's group; raises Refusal if not parked.

    Its edits start from what the rows hold now: that is what whoever retries it looks at. A row
    that still holds the wanted values (the server does not know it yet) sends its edit as it was.
    """
    old = _one_parked(uow.connection, dseq)
    uow.retry_of(dseq)
    for op in old.group.ops:
        if op.kind == "insert" or _holds(uow, op):
            uow.add_op(op)
        else:
            uow.edit(_reference(op.type), op.id, **(op.after or {}))
    uow.connection.exec_driver_sql(_SET_STATE, ("reissued", dseq))


def discard(uow: UnitOfWork, dseq: int) -> None:
    """Give a parked group up; its rows already show what the server holds.

    Records that only this till knows are marked deleted. Raises Refusal when the group holds
    sales or other facts: those are exported, never thrown away.
    """
    old = _one_parked(uow.connection, dseq)
    if any(never_discarded(op) for op in old.group.ops):
        raise Refusal(
            "Sales and cash events cannot be discarded. Save a support file, then ask for help."
        )
    uow.connection.exec_driver_sql(_SET_STATE, ("discarded", dseq))
    for op in old.group.ops:
        if op.type == AuditEntry.TYPE:
            # The try stays in the log, and goes up with this group.
            uow.add_op(op)
        elif op.kind == "insert":
            _bury(uow, op.type, op.id)


def _holds(uow: UnitOfWork, op: Op) -> bool:
    row = load(uow.connection, op.type, [op.id]).get(op.id)
    return row is not None and all(row[name] == value for name, value in (op.after or {}).items())


def _reference(record_type: str) -> type[Reference]:
    record = RECORDS[record_type]
    assert issubclass(record, Reference), "only reference records are edited"
    return record


def export(conn: Connection) -> str:
    """Every group that is not delivered, as JSON text for support."""
    query = select(OUTBOX_GROUP).where(OUTBOX_GROUP.c.state.in_(("pending", "parked")))
    found = conn.execute(query.order_by(OUTBOX_GROUP.c.dseq)).mappings()
    return json.dumps(
        [{**row, "body": json.loads(row["body"])} for row in found], ensure_ascii=False, indent=1
    )


def _verdict_row(verdict: GivenVerdict) -> tuple[Any, ...]:
    state = "parked" if verdict.kind in PARKING else "acknowledged"
    numbers = to_json(dict(verdict.numbers))
    return state, verdict.kind, verdict.code, verdict.detail, numbers, verdict.dseq


def _json_list(dseqs: Iterable[int]) -> str:
    return to_json(list(dseqs))


def _drop_edits(uow: UnitOfWork, dseqs: Sequence[int]) -> None:
    if dseqs:
        dropped = uow.connection.exec_driver_sql(_DROP_EDITS, (_json_list(dseqs),)).all()
        rebuild(uow, {(record_type, record_id) for record_type, record_id in dropped})


def rebuild(uow: UnitOfWork, touched: set[tuple[str, str]]) -> None:
    """Show these rows as server image plus what is still unsent."""
    identity = load_identity(uow.connection)
    device_id = identity.device_id if identity else ""
    for record_type, record_id in images.rebuild(uow.connection, touched, device_id):
        uow.changed.add(record_type, record_id)
        uow.changed.search |= search.product_of(uow.connection, record_type, record_id)


def _bury(uow: UnitOfWork, record_type: str, record_id: str) -> None:
    row = load(uow.connection, record_type, [record_id])[record_id]
    if row["version"]:
        return
    table = TABLES[record_type]
    uow.connection.execute(table.update().where(table.c.id == record_id), {"deleted": True})
    uow.changed.add(record_type, record_id)
    uow.changed.search |= search.product_of(uow.connection, record_type, record_id)


def _one_parked(conn: Connection, dseq: int) -> ParkedGroup:
    query = select(OUTBOX_GROUP).where(OUTBOX_GROUP.c.state == "parked")
    row = conn.execute(query.where(OUTBOX_GROUP.c.dseq == dseq)).mappings().first()
    if row is None:
        raise Refusal("This change is no longer refused. Reload the list.")
    return _parked(row)


def _parked(row: RowMapping) -> ParkedGroup:
    return ParkedGroup(row["dseq"], row["verdict"], row["code"], row["detail"], decode(row["body"]))

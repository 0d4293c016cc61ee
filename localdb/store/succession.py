"""Gives a till another identity: it was restored or copied, or it joins a server with its history.

``take`` is one short transaction, and all that is rung after it belongs to the new identity. What
was not delivered by then is readdressed by ``readdress``, slice by slice while the till sells,
and goes up only when no slice is left. After a crash in between the next slice follows.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection

from localdb.domain.ops import Group, body_hash, decode, encode
from localdb.domain.readdress import Readdressing
from localdb.domain.records import Kind, Store
from localdb.store import groups, local, outbox, rows, stock_levels
from localdb.store.identity import TillIdentity, load_identity, save_identity
from localdb.store.unit_of_work import UnitOfWork

SLICE_OPS = 100
"""Ops of the groups in one slice; a group is never cut."""
JOURNAL_KIND = "identity"
JOINED = "joined"
"""The reason of a stand-alone till that joins a server: its history comes with it."""
_KEY = "succession"
_ASKED = "reenrolment_asked"
_HISTORY = "history_to"
_FORKED = (
    "SELECT min(dseq) FROM outbox_group "
    "WHERE state = 'parked' AND (verdict = 'fork' OR code = 'wrong_device')"
)
_PENDING = "SELECT min(dseq) FROM outbox_group WHERE state = 'pending'"
_GIVEN_UP = (
    "SELECT dseq, body FROM outbox_group WHERE dseq > ? AND state IN ('discarded', 'reissued')"
)
_PEND = (
    "UPDATE outbox_group SET state = 'pending', verdict = '', code = '', detail = '', "
    "numbers = '{}' WHERE dseq > ?"
)
_HELD = (
    "UPDATE outbox_group SET state = 'done' "
    "WHERE dseq <= ? AND state = 'acknowledged' AND verdict = 'held' RETURNING dseq"
)
_DROP_EDITS = "DELETE FROM outbox_edit WHERE dseq = ? RETURNING type, id"
_LAST_WITHOUT = (
    "SELECT max(dseq - 1) FROM outbox_group WHERE dseq - 1 NOT IN (SELECT dseq FROM outbox_group)"
)
_JOURNAL_HEAD = (
    "SELECT seq, hash FROM journal_entry WHERE device_id = ? AND origin_device = ? "
    "ORDER BY seq DESC LIMIT 1"
)
_NEXT = "SELECT dseq, body FROM outbox_group WHERE dseq > ? ORDER BY dseq LIMIT ?"
_STORE_BODY = "UPDATE outbox_group SET body = ?, hash = ? WHERE dseq = ?"
_STOCK = "SELECT product_id, quantity_milli FROM stock_level WHERE store_id = ? LIMIT ?"
_FACT = 'UPDATE "{}" SET origin_device = ?, store_id = ? WHERE id = ?'
_REFERENCE = 'UPDATE "{}" SET vector = ? WHERE id = ?'
_STORE_ID = 'UPDATE "{}" SET store_id = ? WHERE id = ?'


@dataclass(frozen=True, slots=True)
class Succession:
    """A change of identity under way: groups up to ``done_to`` are readdressed."""

    change: Readdressing
    done_to: int


@dataclass(frozen=True, slots=True)
class JournalHead:
    """The last entry of a device's journal; 0 and empty for none."""

    seq: int = 0
    hash: str = ""


def forked_at(conn: Connection) -> int | None:
    """The first group that another copy of this till's data stands in the way of; None for none.

    That copy used its number, or its token is the one that this till found after a restore.
    """
    found: int | None = conn.exec_driver_sql(_FORKED).scalar()
    return found


def ask(conn: Connection, reason: str) -> None:
    """Say that this till needs an identity of its own: its data was restored or copied."""
    local.put_setting(conn, _ASKED, reason)


def notice(conn: Connection, device_id: str, dseq_acknowledged: int) -> bool:
    """Ask for an identity if what the server holds cannot be this till's; whether it is.

    It knows the token as another device's, or more groups than this till ever gave out.
    """
    identity = load_identity(conn)
    same = identity is not None and identity.device_id == device_id
    if same and dseq_acknowledged <= local.counter(conn, groups.DSEQ):
        return False
    ask(conn, "restored")
    return True


def asked(conn: Connection) -> str:
    """The reason why this till needs an identity of its own; empty when it does not."""
    return "fork" if forked_at(conn) is not None else local.setting(conn, _ASKED) or ""


def delivered_to(conn: Connection) -> int:
    """The group up to which this till's run is settled: what comes after goes up anew."""
    open_ones = (conn.exec_driver_sql(sql).scalar() for sql in (_FORKED, _PENDING))
    first = min((dseq for dseq in open_ones if dseq is not None), default=None)
    return local.counter(conn, groups.DSEQ) if first is None else first - 1


def kept_after(conn: Connection) -> int:
    """This till still has every group above this one: older ones may have been dropped."""
    last: int | None = conn.exec_driver_sql(_LAST_WITHOUT).scalar()
    return local.counter(conn, groups.DSEQ) if last is None else last


def own_after(conn: Connection) -> int:
    """Every group above this one is kept, and is this identity's own to deliver."""
    identity = load_identity(conn)
    former: int | None = conn.exec_driver_sql(
        "SELECT max(dseq) FROM outbox_group WHERE body ->> 'device_id' <> ?",
        (identity.device_id if identity else "",),
    ).scalar()
    return max(kept_after(conn), former or 0)


def history_to(conn: Connection) -> int:
    """The last group of what this till did before it joined a server; 0 if it never was alone."""
    return int(local.setting(conn, _HISTORY) or 0)


def history_left(conn: Connection) -> int:
    """How many groups of that the server does not have yet; they go up in order."""
    last = history_to(conn)
    first: int | None = conn.exec_driver_sql(_PENDING).scalar() if last else None
    return 0 if first is None else max(0, last + 1 - first)


def journal_head(conn: Connection, device_id: str) -> JournalHead:
    """The last journal entry of a device that this till wrote."""
    row = conn.exec_driver_sql(_JOURNAL_HEAD, (device_id, device_id)).first()
    return JournalHead() if row is None else JournalHead(row.seq, row.hash)


def under_way(conn: Connection) -> Succession | None:
    """The change whose groups are still being readdressed, if any."""
    text = local.setting(conn, _KEY)
    if not text:
        return None
    kept = json.loads(text)
    return Succession(Readdressing(**kept["change"]), kept["done_to"])


def take(
    uow: UnitOfWork, new: TillIdentity, *, after: int, reason: str, note: Mapping[str, Any]
) -> None:
    """Become ``new`` from this transaction on; groups above ``after`` are its own to deliver.

    The new journal begins by naming the head of the old one; ``note`` goes into that entry. The
    cursors are dropped, so that everything is loaded afresh. The store of all that was done
    follows when ``reason`` is ``JOINED``.
    """
    conn = uow.connection
    old = load_identity(conn)
    assert old is not None, "a till without an identity has nothing to give up"
    head = journal_head(conn, old.device_id)
    save_identity(conn, new)
    _end_held(uow, after)
    _pend_again(conn, after)
    if reason == JOINED:
        local.put_setting(conn, _HISTORY, str(local.counter(conn, groups.DSEQ)))
    conn.exec_driver_sql("DELETE FROM cursor")
    ask(conn, "")
    # A till that moves leaves the sales of its former store, and their stock, where they are.
    from_store = old.store_id if reason == JOINED else new.store_id
    change = Readdressing(old.device_id, new.device_id, from_store, new.store_id, after)
    if change.moves_store:
        _stand_in(conn, change, new.store_code)
    _keep(conn, Succession(change, after))
    previous = {"device": old.device_id, "till": old.till_code, "seq": head.seq, "hash": head.hash}
    uow.journal(JOURNAL_KIND, {"reason": reason, "previous": previous, "after": after, **note})


def readdress(uow: UnitOfWork, ops_max: int = SLICE_OPS) -> bool:
    """Do one slice of the change under way; whether another one is needed.

    The last slice is the one that reaches the newest group, so no row is left behind whose
    version vector names a group that the old device never delivered.
    """
    conn = uow.connection
    found = under_way(conn)
    if found is None:
        return False
    change = found.change
    if change.moves_store and _move_stock(conn, change, ops_max):
        return True
    done_to = found.done_to
    for group in _slice(conn, done_to, ops_max):
        _readdress_group(uow, change, group)
        done_to = group.dseq
    if done_to < local.counter(conn, groups.DSEQ):
        _keep(conn, Succession(change, done_to))
        return True
    if change.moves_store:
        conn.exec_driver_sql("DELETE FROM store WHERE id = ? AND version = 0", (change.old_store,))
    local.put_setting(conn, _KEY, "")
    return False


def _keep(conn: Connection, succession: Succession) -> None:
    local.put_setting(conn, _KEY, rows.to_json(asdict(succession)))


def _end_held(uow: UnitOfWork, after: int) -> None:
    """The server applies these when it can, and they come back as the old device's."""
    conn = uow.connection
    held = conn.exec_driver_sql(_HELD, (after,)).scalars().all()
    dropped = {
        (row.type, row.id)
        for dseq in held
        for row in conn.exec_driver_sql(_DROP_EDITS, (dseq,)).all()
    }
    outbox.rebuild(uow, dropped)


def _pend_again(conn: Connection, after: int) -> None:
    """Queue everything above ``after``; what was given up only keeps its number."""
    for row in conn.exec_driver_sql(_GIVEN_UP, (after,)).all():
        body = encode(replace(decode(row.body), ops=()))
        conn.exec_driver_sql(_STORE_BODY, (body, body_hash(body), row.dseq))
    conn.exec_driver_sql(_PEND, (after,))


def _stand_in(conn: Connection, change: Readdressing, code: str) -> None:
    """Copy the old store's record to the new store until that one's own record comes down.

    Sales go on, in the currency and the time zone that they had. It is never sent.
    """
    held = rows.load(conn, Store.TYPE, [change.old_store, change.new_store])
    if change.old_store not in held or change.new_store in held:
        return
    values = {**held[change.old_store], "id": change.new_store, "code": code}
    rows.insert_rows(
        conn, Store.TYPE, [(*rows.field_values(Store.TYPE, values), 0, "{}", None, None)]
    )


def _move_stock(conn: Connection, change: Readdressing, rows_max: int) -> bool:
    """Carry some stock levels over to the new store; whether there were any left."""
    levels = conn.exec_driver_sql(_STOCK, (change.old_store, rows_max)).all()
    for row in levels:
        moved = {"product_id": row.product_id, "quantity_milli": row.quantity_milli}
        stock_levels.add(conn, [{**moved, "store_id": change.new_store}])
    gone = [(change.old_store, row.product_id) for row in levels]
    if gone:
        conn.exec_driver_sql("DELETE FROM stock_level WHERE store_id = ? AND product_id = ?", gone)
    return bool(gone)


def _slice(conn: Connection, after: int, ops_max: int) -> list[Group]:
    """The next groups in order, at least one, with about ``ops_max`` ops together."""
    found: list[Group] = []
    size = 0
    for row in conn.exec_driver_sql(_NEXT, (after, ops_max)):
        group = decode(row.body)
        size += len(group.ops)
        if found and size > ops_max:
            break
        found.append(group)
    return found


def _readdress_group(uow: UnitOfWork, change: Readdressing, group: Group) -> None:
    conn = uow.connection
    said = change.group(group)
    body = encode(said)
    conn.exec_driver_sql(_STORE_BODY, (body, body_hash(body), group.dseq))
    conn.exec_driver_sql("DELETE FROM outbox_edit WHERE dseq = ?", (group.dseq,))
    groups.add_edits(conn, said)
    ids: dict[str, list[str]] = {}
    for op in said.ops:
        ids.setdefault(op.type, []).append(op.id)
    for record_type, touched in ids.items():
        if rows.kind(record_type) is Kind.FACT:
            origins = [(change.new_device, said.store_id, fact_id) for fact_id in touched]
            conn.exec_driver_sql(_FACT.format(record_type), origins)
        else:
            _readdress_rows(uow, change, record_type, touched)


def _readdress_rows(
    uow: UnitOfWork, change: Readdressing, record_type: str, ids: list[str]
) -> None:
    """Put the reference rows of a group right: those the server knows follow from its image."""
    conn = uow.connection
    held = rows.load(conn, record_type, ids).values()
    vectors, moved = [], []
    for row in held:
        if row["version"]:
            continue
        vector = change.vector(json.loads(row["vector"]))
        vectors.append((rows.to_json(vector), row["id"]))
        if change.moves_store and row.get("store_id") == change.old_store:
            moved.append((change.new_store, row["id"]))
    if vectors:
        conn.exec_driver_sql(_REFERENCE.format(record_type), vectors)
    if moved:
        conn.exec_driver_sql(_STORE_ID.format(record_type), moved)
    outbox.rebuild(uow, {(record_type, row["id"]) for row in held if row["version"]})

"""Writes a finished op group into the outbox, with the edits a pull must replay."""

from typing import Any

from sqlalchemy import Connection

from localdb.domain.ops import GROUP_BYTES_MAX, GROUP_OPS_MAX, Group, Op, body_hash, decode, encode
from localdb.domain.records import RECORDS, Kind
from localdb.errors import Refusal
from localdb.store import local
from localdb.store.rows import to_json

DSEQ = "dseq"
"""The counter of this device's groups."""

_ADD_GROUP = (
    "INSERT INTO outbox_group "
    "(dseq, hash, body, leading_type, at_us, state, verdict, code, detail, numbers) "
    "VALUES (?, ?, ?, ?, ?, 'pending', '', '', '', '{}')"
)
_ADD_EDIT = "INSERT INTO outbox_edit (type, id, dseq, after) VALUES (?, ?, ?, ?)"


def add_group(conn: Connection, group: Group) -> None:
    """Queue a group under the next dseq; raises Refusal when it is too large to travel."""
    body = encode(group)
    if len(group.ops) > GROUP_OPS_MAX or len(body.encode()) > GROUP_BYTES_MAX:
        raise Refusal("This is too much to save at once. Split it and try again.")
    local.set_counter(conn, DSEQ, group.dseq)
    row = (group.dseq, body_hash(body), body, group.ops[0].type, group.at_us)
    conn.exec_driver_sql(_ADD_GROUP, row)
    add_edits(conn, group)


def add_edits(conn: Connection, group: Group) -> None:
    """Keep what the group changed in reference rows, until it has been pulled back."""
    edits = [(*key, group.dseq, to_json(after)) for key, after in _touched(group.ops).items()]
    if edits:
        conn.exec_driver_sql(_ADD_EDIT, edits)


def movements(body: str) -> list[dict[str, Any]]:
    """The stock movements in a group's body, as values."""
    return [op.values for op in decode(body).ops if op.type == "stock_movement" and op.values]


def _touched(ops: tuple[Op, ...]) -> dict[tuple[str, str], dict[str, Any]]:
    touched: dict[tuple[str, str], dict[str, Any]] = {}
    for op in ops:
        if RECORDS[op.type].KIND is Kind.REFERENCE:
            touched.setdefault((op.type, op.id), {}).update(op.after or op.values or {})
    return touched

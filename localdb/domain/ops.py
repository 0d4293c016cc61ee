"""Op groups: what one local transaction did, in the form that travels."""

import hashlib
import json
from dataclasses import dataclass, fields
from typing import Any, Literal

from localdb.domain.records import RECORDS, AuditEntry, Kind

GROUP_OPS_MAX = 4_096
"""Rows in one group. A sale is one group: an invoice of 1,114 lines exists in real trade."""
GROUP_BYTES_MAX = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Op:
    """One row's change.

    ``insert`` carries all ``values`` (with the id). ``edit`` carries only the touched fields:
    what they were (``before``), what they became (``after``), and ``seen``, the version vector
    (device id -> dseq) of the row the editor looked at.
    """

    kind: Literal["insert", "edit"]
    type: str
    id: str
    values: dict[str, Any] | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    seen: dict[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """One local transaction: applied as a whole or not at all, exactly once."""

    id: str
    device_id: str
    dseq: int
    """Gapless per device, from 1."""
    store_id: str
    user_id: str | None
    at_us: int
    ops: tuple[Op, ...]
    retry_of: int | None = None
    """The dseq of the parked group that this one issues again."""
    approved_by: str | None = None
    """Who allowed it with a PIN or a badge, where the user alone may not."""


def never_discarded(op: Op) -> bool:
    """Whether it is a sale, a cash event or another fact; an entry of the audit log goes along."""
    return RECORDS[op.type].KIND is Kind.FACT and op.type != AuditEntry.TYPE


def encode(group: Group) -> str:
    """The group's body as it is stored, hashed and sent; the same group gives the same text."""
    body = {**_plain(group), "ops": [_sent(op) for op in group.ops]}
    if group.approved_by is None:
        # As it was written before there was such a field: the same group gives the same text.
        del body["approved_by"]
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _sent(op: Op) -> dict[str, Any]:
    return {name: value for name, value in _plain(op).items() if value is not None}


def _plain(value: Op | Group) -> dict[str, Any]:
    # Not asdict: it copies every value of every row, a third of a checkout's time.
    return {field.name: getattr(value, field.name) for field in fields(value)}


def decode(body: str) -> Group:
    """The group in a body that this program wrote; raises ValueError or TypeError otherwise."""
    fields = json.loads(body)
    return Group(**{**fields, "ops": tuple(Op(**op) for op in fields["ops"])})


def body_hash(body: str) -> str:
    """SHA-256 of a body, in hex: tells a retry from a clone that reuses a dseq."""
    return hashlib.sha256(body.encode()).hexdigest()

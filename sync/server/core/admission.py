"""Checks a sent group before it is judged: well formed, of this device, with valid values."""

from dataclasses import dataclass

from localdb.domain.ops import Group, body_hash
from localdb.domain.records import RECORDS, BalanceCheckpoint, Conflict, Scope
from sync.protocol.messages import SentGroup
from sync.protocol.validation import FieldError, described, read_group
from sync.server.core.authority import Sender
from sync.server.core.decisions import Decision

SERVER_ONLY = (Conflict, BalanceCheckpoint)
"""Types that tills read and never write, except to settle."""
SETTLING = frozenset({"state", "resolution_json", "settled_by", "settled_at_us"})
"""What a till may change about a conflict."""


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled till, or the organisation's own device for edits that come through the API."""

    org_id: str
    device_id: str
    store_id: str | None
    till_code: str = ""
    revoked_at: int | None = None
    active_at: int | None = None
    """When it was last seen, or given a token."""
    promised: bool = False
    """It came with the token that was promised to it, for the first time."""
    manages: bool = True
    """Whether it was enrolled as a till at which people, settings and the like are changed."""

    @property
    def sender(self) -> Sender:
        """What this device may change, as far as these values say."""
        return Sender(self.manages, self.revoked_at)


def admit(sent: SentGroup, device: Device) -> Group | Decision:
    """The group, or the rejection that says everything that is wrong with it."""
    if body_hash(sent.body) != sent.hash:
        return Decision("rejected", "hash_mismatch", "the body is not the one that was hashed")
    group, errors = read_group(sent.body)
    if group is None or errors:
        return Decision("rejected", "invalid", described(errors))
    errors = _belonging(group, sent.dseq, device)
    if errors:
        return Decision("rejected", errors[0].code, described(errors))
    return group


def _belonging(group: Group, dseq: int, device: Device) -> list[FieldError]:
    """The faults of a well-formed group: what this device may not say."""
    errors = []
    if group.device_id != device.device_id:
        errors.append(FieldError("device_id", "wrong_device", "is not the sending device"))
    if group.dseq != dseq:
        errors.append(FieldError("dseq", "wrong_dseq", "is not the number it was sent under"))
    if group.store_id != device.store_id:
        errors.append(FieldError("store_id", "wrong_store", "is not the store of the device"))
    for index, op in enumerate(group.ops):
        record = RECORDS.get(op.type)
        stated = {**(op.values or {}), **(op.after or {})}.get("store_id", device.store_id)
        if record and record.SCOPE is Scope.STORE and stated != device.store_id:
            where = f"ops.{index}.{op.type}.store_id"
            errors.append(FieldError(where, "wrong_store", "is not the store of the device"))
        allowed = SETTLING if record is Conflict else frozenset()
        if record in SERVER_ONLY and (op.kind == "insert" or (op.after or {}).keys() - allowed):
            errors.append(FieldError(f"ops.{index}", "server_only", "only the server writes this"))
    return errors

"""People at the till: who may sign in, who may do what, and what a manager allowed."""

import json
import uuid
from dataclasses import dataclass, replace

from localdb.domain import pin
from localdb.domain.permissions import Approval, Permission, Request
from localdb.domain.records import AuditEntry, User
from localdb.errors import Refusal
from localdb.queries import people as people_queries
from localdb.services.till import Till
from localdb.store import local
from localdb.store.unit_of_work import UnitOfWork

DETAIL_MAX = 1000


def create(uow: UnitOfWork, name: str, role: str, pin_digits: str) -> User:
    """Add a person with a PIN; raises Refusal or ValidationRefusal."""
    # A salt must be unique, not secret: a fresh id is 16 bytes that were never used before.
    salt = uuid.UUID(uow.new_id()).bytes
    user = User(id=uow.new_id(), name=name, role=role, pin_hash=pin.hash_pin(pin_digits, salt))
    uow.insert(user)
    return user


def sign_in(till: Till, user_id: str, pin_digits: str) -> User:
    """Sign a person in at this till.

    Raises Refusal for a wrong PIN and, after five in a row, for as long as the growing delay asks;
    the count of wrong tries outlives a restart.
    """
    answer = till.write(try_pin, user_id, pin_digits)
    if answer.user is None:
        raise Refusal(answer.message)
    till.sign_in(answer.user)
    return answer.user


@dataclass(frozen=True, slots=True)
class PinAnswer:
    """The person, or what to say to whoever typed the PIN."""

    user: User | None
    message: str = ""


def try_pin(uow: UnitOfWork, user_id: str, pin_digits: str) -> PinAnswer:
    """Check a PIN and count a wrong one; the count must be stored, so nothing is raised."""
    key = f"wrong_pins:{user_id}"
    wrong, last_us = json.loads(local.setting(uow.connection, key) or "[0, 0]")
    wait_s = -(-pin.wait_us(wrong, last_us, uow.now_us) // 1_000_000)
    if wait_s:
        return PinAnswer(None, f"Too many wrong PINs. Try again in {wait_s} s.")
    user = uow.get(User, user_id)
    right = user is not None and user.active and not user.deleted
    if user is None or not right or not pin.verify_pin(pin_digits, user.pin_hash):
        local.put_setting(uow.connection, key, json.dumps([wrong + 1, uow.now_us]))
        return PinAnswer(None, "Wrong PIN. Try again.")
    local.put_setting(uow.connection, key, "[0, 0]")
    return PinAnswer(user)


def require(uow: UnitOfWork, permission: Permission, approval: Approval | None = None) -> None:
    """Raises Refusal unless who is signed in may do this, or was given leave for it."""
    if _approved(uow, permission, approval):
        return
    user = uow.get(User, uow.user_id) if uow.user_id else None
    if not people_queries.authority(uow.connection, user).may(permission):
        raise Refusal("Only a manager may do this. Ask a manager to sign in.")


@dataclass(frozen=True, slots=True)
class ApprovalAnswer:
    """The leave that was given, or what to say to whoever typed the PIN."""

    approval: Approval | None
    message: str = ""


def approve(uow: UnitOfWork, request: Request, approver_id: str, pin_digits: str) -> ApprovalAnswer:
    """Let somebody allow what the person signed in is about to do; they stay signed in.

    A wrong PIN counts towards the approver's growing delay, so nothing is raised. The audit entry
    is durable before the action begins: an override leaves its trace also where the power goes
    right after it.
    """
    tried = try_pin(uow, approver_id, pin_digits)
    if tried.user is None:
        return ApprovalAnswer(None, tried.message)
    return _given(uow, request, tried.user)


def audit(
    uow: UnitOfWork,
    action: str,
    *,
    approval: Approval | None = None,
    sale_id: str | None = None,
    amount_minor: int = 0,
    detail: str = "",
) -> AuditEntry:
    """Write into the audit log what somebody will ask about later; amounts in minor units.

    An override is in the log already (see ``approve``): this is for what needs no leave, or for
    naming the sale that came of it.
    """
    if uow.user_id is None:
        raise Refusal("Nobody is signed in.")
    entry = AuditEntry(
        id=uow.new_id(),
        store_id=uow.identity.store_id,
        action=action,
        user_id=uow.user_id,
        approved_by=approval.approved_by if approval else None,
        sale_id=sale_id,
        amount_minor=amount_minor,
        detail=detail.strip()[:DETAIL_MAX],
        at_us=uow.now_us,
    )
    uow.insert(entry)
    return entry


def _given(uow: UnitOfWork, request: Request, approver: User) -> ApprovalAnswer:
    if not request.allowed_by(people_queries.authority(uow.connection, approver)):
        return ApprovalAnswer(None, f"{approver.name} may not allow this. Ask somebody else.")
    if uow.user_id is None:
        return ApprovalAnswer(None, "Nobody is signed in.")
    given = Approval(permission=request.permission, user_id=uow.user_id, approved_by=approver.id)
    entry = audit(
        uow,
        request.permission,
        approval=given,
        amount_minor=request.amount_minor,
        detail=request.words,
    )
    return ApprovalAnswer(replace(given, audit_id=entry.id))


def _approved(uow: UnitOfWork, permission: Permission, approval: Approval | None) -> bool:
    """Whether an override of exactly this, for exactly this person, is in the audit log."""
    if approval is None or approval.audit_id is None:
        return False
    entry = uow.get(AuditEntry, approval.audit_id)
    return entry is not None and (entry.action, entry.user_id, entry.approved_by) == (
        permission,
        uow.user_id,
        approval.approved_by,
    )

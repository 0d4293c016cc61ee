"""People at the till: who may sign in, who may do what, and what a manager allowed."""

import json
import uuid
from dataclasses import dataclass, replace

from localdb.domain import pin
from localdb.domain.permissions import Approval, Permission, Request
from localdb.domain.records import AuditEntry, User
from localdb.errors import Refusal
from localdb.queries import carts as cart_queries
from localdb.queries import names, products, settings, training
from localdb.queries import people as people_queries
from localdb.services.shift_totals import count_override
from localdb.services.till import Till, also_in_training
from localdb.store import local
from localdb.store.unit_of_work import UnitOfWork

DETAIL_MAX = 1000
LAST_AT_TILL = "last_at_till"
CHOOSE_FIRST = "Sign in first to choose your own PIN."
_ANY_BADGE = "badge"


def create(uow: UnitOfWork, name: str, role: str, pin_digits: str, *, badge: str = "") -> User:
    """Add a person with a PIN, and the code of a badge; raises Refusal or ValidationRefusal.

    Asks nobody: for a set-up. At a till at work it is ``staff.hire``.
    """
    # A salt must be unique, not secret: a fresh id is 16 bytes that were never used before.
    salt = uuid.UUID(uow.new_id()).bytes
    user = User(
        id=uow.new_id(),
        name=name,
        role=role,
        pin_hash=pin.hash_pin(pin_digits, salt),
        badge=pin.badge_digest(badge) if badge else "",
    )
    uow.insert(user)
    _note_length(uow, user, len(pin_digits))
    return user


def sign_in(till: Till, user_id: str, pin_digits: str) -> User:
    """Sign a person in at this till.

    Raises Refusal for a wrong PIN and, after five in a row, for as long as the growing delay asks;
    the count of wrong tries outlives a restart. Raises NewPinNeeded for a one-time PIN.
    """
    answer = till.write(_sign_in, user_id, pin_digits)
    if answer.must_choose:
        raise NewPinNeeded
    if answer.user is None:
        raise Refusal(answer.message)
    till.sign_in(answer.user)
    return answer.user


class NewPinNeeded(Refusal):
    """The PIN was right and is good for one thing: choosing another, see ``choose_pin``."""

    def __init__(self) -> None:
        super().__init__(CHOOSE_FIRST)


def whose_pin(till: Till, pin_digits: str) -> User:
    """Whose PIN this is, where the shop lets a PIN alone say so; nobody is signed in yet.

    Raises Refusal for a PIN of nobody or of two people, and after five wrong ones in a row for as
    long as the growing delay asks.
    """
    found = till.ask(people_queries.with_pin, pin_digits)
    answer = till.write(_only_one, tuple(found))
    if answer.user is None:
        raise Refusal(answer.message)
    return answer.user


def choose_pin(till: Till, user_id: str, one_time: str, chosen: str) -> User:
    """Sign a person in with the PIN that they choose in place of a one-time one; raises Refusal."""
    pin.check_pin(chosen)
    if chosen == one_time:
        raise Refusal("Choose a PIN other than the one you were given.")
    answer = till.write(_check_one_time, user_id, one_time)
    if answer.user is None:
        raise Refusal(answer.message)
    before, till.user = till.user, answer.user
    try:
        user = till.write(_choose_pin, chosen)
    except BaseException:
        till.user = before
        raise
    till.sign_in(user)
    return user


def sign_in_by_badge(till: Till, code: str) -> "BadgeAnswer":
    """Sign the bearer of a badge in, unless the shop wants the PIN too; raises Refusal."""
    answer = till.write(read_badge, code)
    if answer.user is None:
        raise Refusal(answer.message)
    if not answer.needs_pin:
        till.write(arrive, answer.user)
        till.sign_in(answer.user)
    return answer


@dataclass(frozen=True, slots=True)
class PinAnswer:
    """The person, or what to say to whoever typed the PIN."""

    user: User | None
    message: str = ""
    must_choose: bool = False
    """Right, but a one-time PIN."""


@dataclass(frozen=True, slots=True)
class BadgeAnswer(PinAnswer):
    """The bearer of a badge, or what to say to whoever scanned it."""

    needs_pin: bool = False


def try_pin(uow: UnitOfWork, user_id: str, pin_digits: str) -> PinAnswer:
    """Check a PIN and count a wrong one; the count must be stored, so nothing is raised."""
    tries = _Tries(uow, user_id)
    if tries.wait_s:
        return PinAnswer(None, f"Too many attempts. Wait {tries.wait_s} s.")
    user = uow.get(User, user_id)
    right = user is not None and user.active and not user.deleted
    if user is None or not right or not pin.verify_pin(pin_digits, user.pin_hash):
        tries.count_wrong()
        return PinAnswer(None, "Wrong PIN. Try again.")
    tries.forget()
    _note_length(uow, user, len(pin_digits))
    return PinAnswer(user)


def _note_length(uow: UnitOfWork, user: User, digits: int) -> None:
    """Keep how long somebody's PIN is, see ``people_queries.pin_length``."""
    if digits != people_queries.pin_length(uow.connection, user.id):
        kept = f"{digits} {pin.pin_mark(user.pin_hash)}"
        local.put_setting(uow.connection, f"{people_queries.PIN_LENGTH}{user.id}", kept)


@also_in_training
def read_badge(uow: UnitOfWork, code: str) -> BadgeAnswer:
    """Whose badge this is; an unknown one counts towards a delay like a wrong PIN.

    Goods scanned on the locked screen are no attempt.
    """
    tries = _Tries(uow, _ANY_BADGE)
    if tries.wait_s:
        return BadgeAnswer(None, f"Too many attempts. Wait {tries.wait_s} s.")
    bearers = people_queries.bearers(uow.connection, code)
    if len(bearers) > 1:
        # Two tills gave it away while offline.
        return BadgeAnswer(None, "This badge was given to two people. Type your PIN instead.")
    if not bearers and products.by_code(uow.connection, code) is not None:
        return BadgeAnswer(None, "Sign in first, then scan the goods.")
    if not bearers:
        tries.count_wrong()
        return BadgeAnswer(None, "Unknown badge.")
    tries.forget()
    asked = settings.in_force(uow.connection).badge_needs_pin
    return BadgeAnswer(bearers[0], needs_pin=bool(asked))


@also_in_training
def _only_one(uow: UnitOfWork, found: tuple[User, ...]) -> PinAnswer:
    """The one who has a PIN; a PIN of nobody counts towards a delay for all of them together."""
    tries = _Tries(uow, people_queries.ANY_PIN)
    if tries.wait_s:
        return PinAnswer(None, f"Too many attempts. Wait {tries.wait_s} s.")
    if not settings.in_force(uow.connection).pin_alone:
        return PinAnswer(None, "Select your name first, then enter your PIN.")
    if len(found) > 1:
        return PinAnswer(None, "Two people have this PIN. Select your name, then enter it.")
    if not found:
        tries.count_wrong()
        return PinAnswer(None, "Wrong PIN. Try again.")
    tries.forget()
    return PinAnswer(found[0])


def require_own_pin(uow: UnitOfWork, user_id: str, pin_digits: str) -> None:
    """Raises Refusal where a PIN alone signs in and somebody else has this one."""
    if not settings.in_force(uow.connection).pin_alone:
        return
    others = people_queries.with_pin(uow.connection, pin_digits)
    if any(other.id != user_id for other in others):
        raise Refusal("This PIN cannot be used. Choose another.")


class _Tries:
    """Wrong tries in a row, of one person's PIN or of badges at this till."""

    def __init__(self, uow: UnitOfWork, who: str) -> None:
        self._uow, self._key = uow, f"{people_queries.WRONG_TRIES}{who}"
        self._wrong, _ = people_queries.wrong_tries(uow.connection, who)
        self.wait_s = people_queries.pin_wait_s(uow.connection, who, uow.now_us)
        """Seconds until the next try is looked at."""

    def count_wrong(self) -> None:
        tried = json.dumps([self._wrong + 1, self._uow.now_us])
        local.put_setting(self._uow.connection, self._key, tried)

    def forget(self) -> None:
        if self._wrong:
            local.put_setting(self._uow.connection, self._key, "[0, 0]")


@also_in_training
def _sign_in(uow: UnitOfWork, user_id: str, pin_digits: str) -> PinAnswer:
    tried = _lasting(try_pin(uow, user_id, pin_digits))
    if tried.user is not None:
        arrive(uow, tried.user)
    return tried


def _lasting(tried: PinAnswer) -> PinAnswer:
    """An answer that lets nobody in, or allow anything, with a one-time PIN."""
    if tried.user is None or not pin.is_one_time(tried.user.pin_hash):
        return tried
    return PinAnswer(None, CHOOSE_FIRST, must_choose=True)


def _check_one_time(uow: UnitOfWork, user_id: str, pin_digits: str) -> PinAnswer:
    tried = try_pin(uow, user_id, pin_digits)
    if tried.user is None or pin.is_one_time(tried.user.pin_hash):
        return tried
    return PinAnswer(None, "Your PIN has changed. Use the new one.")


def _choose_pin(uow: UnitOfWork, chosen: str) -> User:
    assert uow.user_id is not None, "whoever chooses a PIN has shown the one-time one"
    require_own_pin(uow, uow.user_id, chosen)
    salt = uuid.UUID(uow.new_id()).bytes
    user = uow.edit(User, uow.user_id, pin_hash=pin.hash_pin(chosen, salt))
    audit(uow, "pin_set", detail=user.name)
    _note_length(uow, user, len(chosen))
    arrive(uow, user)
    return user


@also_in_training
def arrive(uow: UnitOfWork, user: User) -> None:
    """Note who is at the till, and that somebody takes over a cart that another one rang.

    The cart belongs to the till: who charges it is the cashier of its sale. The log says who rang
    its lines until then, so that nobody is blamed for another's. In training it waits untouched.
    """
    if training.is_on(uow.connection):
        return
    before = local.setting(uow.connection, LAST_AT_TILL)
    local.put_setting(uow.connection, LAST_AT_TILL, user.id)
    cart = cart_queries.open_cart(uow.connection)
    if before in (None, user.id) or cart.is_empty:
        return
    whose = names.name_of(uow.connection, User.TYPE, before)
    lines = "1 line" if len(cart.lines) == 1 else f"{len(cart.lines)} lines"
    _log(uow, user.id, "cart_taken_over", detail=f"{lines} from {whose}")


def require(uow: UnitOfWork, permission: Permission, approval: Approval | None = None) -> None:
    """Raises Refusal unless who is signed in may do this, or was given leave for it."""
    if approval is not None and _approved(uow, permission, approval):
        uow.approved_by(approval.approved_by)
        return
    user = uow.get(User, uow.user_id) if uow.user_id else None
    if not people_queries.authority(uow.connection, user).may(permission):
        raise Refusal("Only a manager may do this. Ask a manager to sign in.")


@dataclass(frozen=True, slots=True)
class ApprovalAnswer:
    """The leave that was given, or what to say to whoever typed the PIN."""

    approval: Approval | None
    message: str = ""


@also_in_training
def approve(uow: UnitOfWork, request: Request, approver_id: str, pin_digits: str) -> ApprovalAnswer:
    """Let somebody allow what the person signed in is about to do; they stay signed in.

    A wrong PIN counts towards the approver's growing delay, so nothing is raised. The audit entry
    is durable before the action begins: an override leaves its trace also where the power goes
    right after it.
    """
    tried = _lasting(try_pin(uow, approver_id, pin_digits))
    if tried.user is None:
        return ApprovalAnswer(None, tried.message)
    return _given(uow, request, tried.user)


@also_in_training
def approve_by_badge(uow: UnitOfWork, request: Request, code: str) -> "BadgeApproval":
    """Like ``approve``, by scanning a badge; where the shop wants the PIN too, it says whose."""
    read = read_badge(uow, code)
    if read.user is None:
        return BadgeApproval(None, read.message)
    if read.needs_pin:
        return BadgeApproval(None, needs_pin_of=read.user.id)
    given = _given(uow, request, read.user)
    return BadgeApproval(given.approval, given.message)


@dataclass(frozen=True, slots=True)
class BadgeApproval(ApprovalAnswer):
    """The leave that a badge gave, or whose PIN is wanted beside it."""

    needs_pin_of: str | None = None


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
        raise Refusal("No one is signed in. Sign in first.")
    return _log(
        uow,
        uow.user_id,
        action,
        approved_by=approval.approved_by if approval else None,
        sale_id=sale_id,
        amount_minor=amount_minor,
        detail=detail,
    )


def _log(
    uow: UnitOfWork,
    user_id: str,
    action: str,
    *,
    approved_by: str | None = None,
    sale_id: str | None = None,
    amount_minor: int = 0,
    detail: str = "",
) -> AuditEntry:
    entry = AuditEntry(
        id=uow.new_id(),
        store_id=uow.identity.store_id,
        action=action,
        user_id=user_id,
        approved_by=approved_by,
        sale_id=sale_id,
        amount_minor=amount_minor,
        detail=detail.strip()[:DETAIL_MAX],
        at_us=uow.now_us,
    )
    uow.insert(entry)
    return entry


def _given(uow: UnitOfWork, request: Request, approver: User) -> ApprovalAnswer:
    if not request.allowed_by(people_queries.authority(uow.connection, approver)):
        return ApprovalAnswer(None, f"{approver.name} can't approve this. Ask someone else.")
    if uow.user_id is None:
        return ApprovalAnswer(None, "No one is signed in. Sign in first.")
    given = Approval(permission=request.permission, user_id=uow.user_id, approved_by=approver.id)
    if training.is_on(uow.connection):
        # Nothing real comes of it, so it is no entry of the log, and opens no service.
        return ApprovalAnswer(given)
    entry = audit(
        uow,
        request.permission,
        approval=given,
        amount_minor=request.amount_minor,
        detail=request.words,
    )
    count_override(uow)
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

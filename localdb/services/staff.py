"""Managing people: who works here, their PINs, badges and roles.

Nobody gives what they do not have: whoever manages people hands out no right beyond their own,
and changes nobody who holds more. One manager always remains.
"""

import itertools
import uuid
from collections.abc import Iterable

from localdb.domain import pin
from localdb.domain.permissions import (
    BUILT_IN,
    CASHIER,
    MANAGER,
    Authority,
    Permission,
    authority_of,
    role_of,
    write_permissions,
)
from localdb.domain.records import Role, User
from localdb.errors import Refusal, ValidationRefusal
from localdb.queries import lists
from localdb.queries import people as people_queries
from localdb.services import people
from localdb.services.editing import code_of, require_unchanged
from localdb.store.unit_of_work import UnitOfWork

CODE_MAX = 56
"""Characters of a role's code made of its name; a number may follow."""


def hire(uow: UnitOfWork, name: str, role: str, pin_digits: str) -> User:
    """Add a person; raises Refusal or ValidationRefusal."""
    _require_within(uow, _rights(uow, role))
    people.require_own_pin(uow, "", pin_digits)
    return people.create(uow, name.strip(), role, pin_digits)


def save(
    uow: UnitOfWork,
    seen: User | None,
    /,
    *,
    pin_digits: str = "",
    badge: str = "",
    name: str | None = None,
    role: str | None = None,
    active: bool = True,
) -> User:
    """Add a person, or change what is given of the one that was ``seen``.

    A new person needs a name, a role and a PIN. Raises Refusal or ValidationRefusal; then nothing
    of it is done.
    """
    if seen is None:
        if not pin_digits:
            raise ValidationRefusal({"pin": "is missing"})
        user = hire(uow, name or "", role or CASHIER, pin_digits)
    else:
        require_unchanged(uow, seen)
        user = seen
        if name is not None:
            user = rename(uow, user.id, name)
        if role is not None:
            user = give_role(uow, user.id, role)
        if pin_digits:
            user = set_pin(uow, user.id, pin_digits)
    if badge:
        user = set_badge(uow, user.id, badge)
    if user.active and not active:
        user = let_go(uow, user.id)
    elif active and not user.active:
        user = take_back(uow, user.id)
    return user


def rename(uow: UnitOfWork, user_id: str, name: str) -> User:
    """Call a person otherwise, also on receipts printed again."""
    user, name = _managed(uow, user_id), name.strip()
    return uow.edit(User, user.id, name=name)


def give_role(uow: UnitOfWork, user_id: str, role: str) -> User:
    """Put a person in another role; the last manager stays one."""
    user = _managed(uow, user_id)
    _require_within(uow, _rights(uow, role))
    if role != MANAGER:
        _require_another_manager(uow, user)
    return uow.edit(User, user.id, role=role)


def set_pin(uow: UnitOfWork, user_id: str, pin_digits: str) -> User:
    """Give a person a new PIN; the old one is good for nothing from then on."""
    user = _managed(uow, user_id)
    people.require_own_pin(uow, user_id, pin_digits)
    salt = uuid.UUID(uow.new_id()).bytes
    return uow.edit(User, user.id, pin_hash=pin.hash_pin(pin_digits, salt))


def set_badge(uow: UnitOfWork, user_id: str, code: str) -> User:
    """Give a person a badge by scanning it, or with an empty code take it away."""
    user = _managed(uow, user_id)
    if not code:
        return uow.edit(User, user.id, badge="")
    digest = pin.badge_digest(code)
    for other in uow.find(User, badge=digest, deleted=False):
        if other.id != user_id:
            raise Refusal(f"This badge already belongs to {other.name}.")
    return uow.edit(User, user.id, badge=digest)


def let_go(uow: UnitOfWork, user_id: str) -> User:
    """Somebody no longer works here; what they did keeps their name."""
    user = _managed(uow, user_id)
    _require_another_manager(uow, user)
    return uow.edit(User, user.id, active=False, badge="")


def take_back(uow: UnitOfWork, user_id: str) -> User:
    """Somebody works here again, with the PIN they had."""
    user = _managed(uow, user_id)
    return uow.edit(User, user.id, active=True)


def save_role(
    uow: UnitOfWork,
    code: str,
    name: str,
    permissions: Iterable[Permission],
    discount_max_ppm: int,
) -> Role:
    """Add a role, or change what one may do; a built-in role other than manager included.

    Without a ``code`` it is a new one, called by its name. ``discount_max_ppm`` is 0 to 1,000,000.
    Raises Refusal or ValidationRefusal.
    """
    chosen, name = frozenset(permissions), name.strip()
    code = code or _code_of(uow, name)
    if code == MANAGER:
        raise Refusal("A manager can do everything. Make another role instead.")
    _require_within(uow, _rights(uow, code))
    _require_within(uow, Authority(chosen, discount_max_ppm))
    held = role_of(code, uow.find(Role))
    role = Role(
        id=held.id if held else uow.new_id(),
        code=code,
        name=name,
        permissions=write_permissions(chosen),
        discount_max_ppm=discount_max_ppm,
    )
    if held is None:
        uow.insert(role)
        return role
    changes = {"name": role.name, "permissions": role.permissions}
    return uow.edit(Role, held.id, discount_max_ppm=discount_max_ppm, **changes)


def drop_role(uow: UnitOfWork, code: str) -> None:
    """Forget a role of the shop's own; a built-in one is as it came again.

    Raises Refusal while somebody has a role that nothing would be left of.
    """
    _require_within(uow, _rights(uow, code))
    is_built_in = any(role.code == code for role in BUILT_IN)
    if not is_built_in and any(user.role == code for user in lists.people(uow.connection)):
        raise Refusal("This role is in use. Give those people another role first.")
    held = role_of(code, uow.find(Role))
    if held is None:
        raise Refusal("This role is as it was at first: there is nothing to delete.")
    uow.edit(Role, held.id, deleted=True)


def _code_of(uow: UnitOfWork, name: str) -> str:
    """A code for a new role that no other has."""
    wanted = code_of(name, CODE_MAX, "role")
    taken = {role.code for role in people_queries.all_roles(uow.connection)}
    others = (f"{wanted}_{number}" for number in itertools.count(2))
    return next(code for code in itertools.chain((wanted,), others) if code not in taken)


def _managed(uow: UnitOfWork, user_id: str) -> User:
    """A person whom the one signed in may change."""
    user = uow.get(User, user_id)
    if user is None or user.deleted:
        raise Refusal("This person was removed. Reload the list.")
    _require_within(uow, _rights(uow, user.role))
    return user


def _rights(uow: UnitOfWork, role: str) -> Authority:
    return authority_of(role, people_queries.roles(uow.connection))


def _require_within(uow: UnitOfWork, wanted: Authority) -> None:
    """Raises Refusal unless whoever is signed in manages people and holds all of these rights."""
    people.require(uow, Permission.PEOPLE)
    own = people_queries.authority(uow.connection, uow.get(User, uow.user_id or ""))
    if not (wanted.permissions <= own.permissions and own.may_give(wanted.discount_max_ppm)):
        raise Refusal("You cannot give or change rights that you do not have yourself.")


def _require_another_manager(uow: UnitOfWork, user: User) -> None:
    here = lists.people(uow.connection)
    if user.role == MANAGER and not any(p.role == MANAGER and p.id != user.id for p in here):
        raise Refusal("This is the only manager. Make someone else a manager first.")

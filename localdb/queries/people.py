"""People at the till: what each may do, and who may allow what."""

import json
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection, select

from localdb.domain.permissions import (
    BUILT_IN,
    Authority,
    Request,
    authority_of,
    role_name,
    write_permissions,
)
from localdb.domain.pin import badge_digest, pin_mark, verify_pin, wait_us
from localdb.domain.records import Role, User
from localdb.errors import Refusal
from localdb.queries import lists
from localdb.store import local, rows
from localdb.store.tables import TABLES

_ROLE = TABLES["role"]
PIN_LENGTH = "pin_length:"
WRONG_TRIES = "wrong_pins:"
"""Both before a person's id: the keys of values of the till."""
ANY_PIN = "pin"
"""In place of a person's id: wrong PINs of nobody in particular."""


def authority(connection: Connection, user: User | None) -> Authority:
    """What somebody may do now, whatever was true when they signed in; nobody may nothing."""
    if user is None:
        return Authority()
    now = rows.get(connection, User, user.id)
    if now is None or not is_here(now):
        return Authority()
    return authority_of(now.role, roles(connection))


def roles(connection: Connection) -> list[Role]:
    """The shop's own roles, by name."""
    wanted = select(_ROLE).where(_ROLE.c.deleted.is_(False)).order_by(_ROLE.c.name, _ROLE.c.id)
    return [Role.from_values(dict(row)) for row in connection.execute(wanted).mappings()]


def all_roles(connection: Connection) -> list[Role]:
    """Every role with what it may do now, by name; its code stands for the id.

    The built-in ones are there without a record; of two records of one code the older one counts.
    """
    known = roles(connection)
    codes = dict.fromkeys([*(role.code for role in BUILT_IN), *(role.code for role in known)])
    found = [_as_it_is(code, known) for code in codes]
    return sorted(found, key=lambda role: role.name)


def _as_it_is(code: str, known: list[Role]) -> Role:
    authority = authority_of(code, known)
    return Role(
        id=code,
        code=code,
        name=role_name(code, known),
        permissions=write_permissions(authority.permissions),
        discount_max_ppm=authority.discount_max_ppm,
    )


def role_names(connection: Connection) -> tuple[tuple[str, str], ...]:
    """Code and name of every role, by name."""
    return tuple((role.code, role.name) for role in all_roles(connection))


def bearers_of(connection: Connection, role: str) -> int:
    """How many people have a role."""
    return sum(user.role == role for user in lists.people(connection))


def bearers(connection: Connection, code: str) -> list[User]:
    """Everybody here whose badge this is: nobody, one, or two after an accident."""
    try:
        digest = badge_digest(code)
    except Refusal:
        return []
    return [user for user in rows.find(connection, User, badge=digest) if is_here(user)]


def with_pin(connection: Connection, pin_digits: str) -> list[User]:
    """Everybody here whose PIN this is: nobody, one, or two after an accident.

    Takes about 50 ms a person, on as many processors as there are: each PIN has a salt of its own.
    """
    here = lists.people(connection)
    with ThreadPoolExecutor() as pool:
        right = pool.map(lambda user: verify_pin(pin_digits, user.pin_hash), here)
        return [user for user, is_right in zip(here, right, strict=True) if is_right]


def common_length(connection: Connection) -> int:
    """How many digits everybody's PIN has, where it is one number for all; else 0."""
    lengths = {pin_length(connection, user.id) for user in lists.people(connection)}
    return lengths.pop() if len(lengths) == 1 else 0


def pin_length(connection: Connection, user_id: str) -> int:
    """How many digits somebody's PIN has, as far as this till has seen it typed; 0 if it has not.

    It is kept on the till only, so that a complete PIN goes through by itself; of a PIN that was
    changed since, nothing is known.
    """
    length, _, mark = (local.setting(connection, f"{PIN_LENGTH}{user_id}") or "0 ").partition(" ")
    user = rows.get(connection, User, user_id)
    return int(length) if user is not None and mark == pin_mark(user.pin_hash) else 0


def wrong_tries(connection: Connection, who: str) -> tuple[int, int]:
    """How many wrong PINs were typed in a row for somebody, and the microsecond of the last."""
    wrong, last_us = json.loads(local.setting(connection, f"{WRONG_TRIES}{who}") or "[0, 0]")
    return wrong, last_us


def pin_wait_s(connection: Connection, who: str, now_us: int) -> int:
    """Seconds until another PIN of somebody is looked at, rounded up; 0 when it is now."""
    return -(-wait_us(*wrong_tries(connection, who), now_us) // 1_000_000)


def is_here(user: User) -> bool:
    """Whether somebody still works here."""
    return user.active and not user.deleted


def approvers(connection: Connection, request: Request) -> list[User]:
    """Everybody here who may allow something, by name."""
    known = roles(connection)
    return [
        user
        for user in lists.people(connection)
        if request.allowed_by(authority_of(user.role, known))
    ]

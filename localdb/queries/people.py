"""People at the till: what each may do, and who may allow what."""

from sqlalchemy import Connection, select

from localdb.domain.permissions import Authority, Request, authority_of
from localdb.domain.pin import badge_digest
from localdb.domain.records import Role, User
from localdb.errors import Refusal
from localdb.queries import lists
from localdb.store import rows
from localdb.store.tables import TABLES

_ROLE = TABLES["role"]


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


def bearers(connection: Connection, code: str) -> list[User]:
    """Everybody here whose badge this is: nobody, one, or two after an accident."""
    try:
        digest = badge_digest(code)
    except Refusal:
        return []
    return [user for user in rows.find(connection, User, badge=digest) if is_here(user)]


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

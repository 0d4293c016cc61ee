"""People at the till: what each may do, and who may allow what."""

from sqlalchemy import Connection, select

from localdb.domain.permissions import Authority, Request, authority_of
from localdb.domain.records import Role, User
from localdb.queries import lists
from localdb.store import rows
from localdb.store.tables import TABLES

_ROLE = TABLES["role"]


def authority(connection: Connection, user: User | None) -> Authority:
    """What somebody may do now, whatever was true when they signed in; nobody may nothing."""
    if user is None:
        return Authority()
    now = rows.get(connection, User, user.id)
    if now is None or now.deleted or not now.active:
        return Authority()
    return authority_of(now.role, roles(connection))


def roles(connection: Connection) -> list[Role]:
    """The shop's own roles, by name."""
    wanted = select(_ROLE).where(_ROLE.c.deleted.is_(False)).order_by(_ROLE.c.name, _ROLE.c.id)
    return [Role.from_values(dict(row)) for row in connection.execute(wanted).mappings()]


def approvers(connection: Connection, request: Request) -> list[User]:
    """Everybody here who may allow something, by name."""
    known = roles(connection)
    return [
        user
        for user in lists.people(connection)
        if request.allowed_by(authority_of(user.role, known))
    ]

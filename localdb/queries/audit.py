"""The audit log: who did what, who allowed it, and when; the newest first."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from localdb.domain.fields import INT64_MAX
from localdb.domain.records import AuditEntry
from localdb.domain.validate import is_unicode
from localdb.queries.names import names
from localdb.store.tables import TABLES

_ENTRY, _USER = TABLES["audit_entry"], TABLES["user"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """What to show: everything that each given field lets through."""

    from_us: int = 0
    until_us: int = INT64_MAX
    """Not included."""
    user_id: str | None = None
    """Who did it or allowed it."""
    action: str | None = None
    only_approved: bool = False
    """Only what somebody else had to allow."""
    text: str = ""
    """Found in what was done, or in a name."""


@dataclass(frozen=True, slots=True)
class AuditView:
    """An entry with the names in it."""

    entry: AuditEntry
    user_name: str
    approver_name: str
    """Empty where nobody had to allow it."""
    receipt_number: str
    """Of the sale it is about, if that is here."""


def entries(connection: Connection, wanted: AuditFilter, limit: int = 200) -> list[AuditView]:
    """The newest entries that a filter lets through, of all tills whose facts are here."""
    text = wanted.text.strip()
    if not is_unicode(text):
        return []
    query = select(_ENTRY).where(_ENTRY.c.at_us >= wanted.from_us, _ENTRY.c.at_us < wanted.until_us)
    if wanted.user_id is not None:
        query = query.where(
            or_(_ENTRY.c.user_id == wanted.user_id, _ENTRY.c.approved_by == wanted.user_id)
        )
    if wanted.action is not None:
        query = query.where(_ENTRY.c.action == wanted.action)
    if wanted.only_approved:
        query = query.where(_ENTRY.c.approved_by.is_not(None))
    if text:
        people = select(_USER.c.id).where(_USER.c.name.icontains(text, autoescape=True))
        query = query.where(
            or_(
                _ENTRY.c.detail.icontains(text, autoescape=True),
                _ENTRY.c.user_id.in_(people),
                _ENTRY.c.approved_by.in_(people),
            )
        )
    newest = query.order_by(_ENTRY.c.at_us.desc(), _ENTRY.c.id.desc()).limit(limit)
    rows = connection.execute(newest).mappings().all()
    return _named(connection, [AuditEntry.from_values(dict(row)) for row in rows])


def actions(connection: Connection) -> list[str]:
    """Every action that the log holds, to choose from."""
    query = select(_ENTRY.c.action).distinct().order_by(_ENTRY.c.action)
    return list(connection.execute(query).scalars())


def _named(connection: Connection, found: list[AuditEntry]) -> list[AuditView]:
    people = {one.user_id for one in found} | {one.approved_by or one.user_id for one in found}
    users = names(connection, "user", people)
    sales = names(connection, "sale", {one.sale_id for one in found if one.sale_id})
    return [_view(one, users, sales) for one in found]


def _view(one: AuditEntry, users: Mapping[str, str], sales: Mapping[str, str]) -> AuditView:
    return AuditView(
        entry=one,
        user_name=users.get(one.user_id, "Unknown user"),
        approver_name=users.get(one.approved_by, "Unknown user") if one.approved_by else "",
        receipt_number=sales.get(one.sale_id, "") if one.sale_id else "",
    )

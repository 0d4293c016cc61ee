"""Judges who may change what: by the till's enrolment and by the person whom the edit names.

A till itself says who was signed in, so a person's role keeps only honest people to what they may
do. A thief is held by what the till was enrolled for, and by its revocation.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from localdb.domain.guards import chooses_own_pin, guard_of, rights_of_role
from localdb.domain.ops import Group, Op
from localdb.domain.permissions import Authority, Permission, authority_of
from localdb.domain.records import RECORDS, Conflict, Kind, Role, User
from sync.server.core.rows import Key, Row

WAITING_MAX = 200
"""Changes of one till that wait for a manager at a time; beyond it they are refused."""
ROLES_MAX = 1_000
_FIRST_ID = "00000000-0000-0000-0000-000000000000"
PLAIN_TILL, REVOKED, NO_PERMISSION = "plain_till", "revoked", "no_permission"
"""Why a change waits for a manager (``Conflict.reason``)."""
SAID = {
    PLAIN_TILL: "this till may not change it: settle it at a till that manages",
    REVOKED: "this till was revoked",
    NO_PERMISSION: "the person named may not change it",
}


@dataclass(frozen=True, slots=True)
class Sender:
    """What a device was enrolled for, by its row in the transaction that judges."""

    manages: bool = False
    """Whether people, roles, settings, taxes and stores may be changed at it."""
    revoked_at: int | None = None
    is_server: bool = False
    """The organisation's own device: an operator, or another program with the API's token."""


THE_SERVER = Sender(manages=True, is_server=True)


@dataclass(slots=True)
class People:
    """The people whom a batch names, the shop's roles, and how many changes wait already."""

    users: Mapping[str, Row] = field(default_factory=dict)
    roles: Mapping[str, Row] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    """Device -> its changes that wait for a manager."""


class PeoplePort(Protocol):
    """The questions to the database that judging needs."""

    async def reference(self, type_name: str, id_: str) -> Row | None: ...
    async def references(
        self, type_name: str, store_id: str | None, after: str, limit: int, bucket: str = ""
    ) -> list[Row]: ...
    async def waiting_for_manager(self, device_ids: Collection[str]) -> dict[str, int]: ...


async def load_people(tx: PeoplePort, groups: Iterable[tuple[Group, Sender]]) -> People:
    """Load what judging these groups needs; asks nothing where nothing needs a permission."""
    asked = [g for g, sender in groups if not sender.is_server and _needs_leave(g, sender)]
    if not asked:
        return People()
    named = {id_ for g in asked for id_ in (g.user_id, g.approved_by) if id_ is not None}
    found = {id_: await tx.reference(User.TYPE, id_) for id_ in sorted(named)}
    roles = await tx.references(Role.TYPE, None, _FIRST_ID, ROLES_MAX)
    waiting = await tx.waiting_for_manager(sorted({g.device_id for g in asked}))
    return People(
        {id_: row for id_, row in found.items() if row is not None},
        {str(row.values["id"]): row for row in roles},
        waiting,
    )


def _needs_leave(group: Group, sender: Sender) -> bool:
    for op in group.ops:
        record = RECORDS.get(op.type)
        if record is None or record.KIND is Kind.FACT:
            continue
        if sender.revoked_at is not None or op.type == Conflict.TYPE:
            return True
        named, is_new = op.values or op.after or {}, op.kind == "insert"
        if guard_of(op.type).guarded(op.type, named, is_new=is_new):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Denied:
    """Fields of an edit that are not taken, and why."""

    fields: frozenset[str] = frozenset()
    reason: str = ""


NOTHING = Denied()


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges one group's ops by what held before it: nobody gives themselves rights."""

    sender: Sender
    group: Group
    people: People
    rows: Mapping[Key, Row]
    """The rows, as the groups before this one left them."""

    def denied(self, op: Op, row: Row | None, settled: frozenset[str]) -> Denied:
        """The fields of an op on a reference that this group may not change.

        ``settled``: the fields of this record that the group decides a conflict about, which is a
        right of its own.
        """
        if self.sender.is_server:
            return NOTHING
        named, is_new = op.values or op.after or {}, row is None
        if self.sender.revoked_at is not None:
            return Denied(frozenset(named), REVOKED)
        guard = guard_of(op.type)
        guarded = guard.guarded(op.type, named, is_new=is_new)
        if not guarded or (row and self._is_own_pin(op, row)):
            return NOTHING
        if guard.at_managing_till and not self.sender.manages:
            return Denied(guarded, PLAIN_TILL)
        if self._is_program:
            return NOTHING
        own = self._authority()
        needs = ((Permission.CONFLICTS, guarded & settled), (guard.permission, guarded - settled))
        barred = [names for needed, names in needs if needed is not None and not own.may(needed)]
        if fields := frozenset[str]().union(*barred):
            return Denied(fields, NO_PERMISSION)
        if any(not _within(wanted, own) for wanted in self._rights_given(op, row)):
            return Denied(guarded, NO_PERMISSION)
        return NOTHING

    def may_settle(self, conflict: Row) -> str:
        """The reason why this group may not decide a conflict; empty where it may."""
        if self.sender.is_server:
            return ""
        if self.sender.revoked_at is not None:
            return REVOKED
        guard = guard_of(str(conflict.values["record_type"]))
        # A notice about facts changes nothing: every reader may tick it off.
        changes_it = conflict.values["kind"] != "flag"
        if changes_it and guard.at_managing_till and not self.sender.manages:
            return PLAIN_TILL
        allowed = self._is_program or self._authority().may(Permission.CONFLICTS)
        return "" if allowed else NO_PERMISSION

    def has_room(self, raised: int) -> bool:
        """Whether one more change of this device may wait for a manager."""
        return self.people.waiting.get(self.group.device_id, 0) + raised < WAITING_MAX

    @property
    def _is_program(self) -> bool:
        """A set-up or a history that joins names nobody; only a till that manages has such."""
        return self.group.user_id is None and self.sender.manages

    def _is_own_pin(self, op: Op, row: Row) -> bool:
        return op.type == User.TYPE and chooses_own_pin(
            self.group.user_id, op.id, row.values, op.after or {}
        )

    def _authority(self) -> Authority:
        """What the person named may do, together with who approved it."""
        own = self._authority_of(self.group.user_id)
        other = self._authority_of(self.group.approved_by)
        return Authority(
            own.permissions | other.permissions, max(own.discount_max_ppm, other.discount_max_ppm)
        )

    def _authority_of(self, user_id: str | None) -> Authority:
        row = self.rows.get((User.TYPE, user_id or "")) or self.people.users.get(user_id or "")
        if row is None or row.values["deleted"] or not row.values["active"]:
            return Authority()
        return authority_of(str(row.values["role"]), self._roles())

    def _roles(self) -> list[Role]:
        changed = {key[1]: row for key, row in self.rows.items() if key[0] == Role.TYPE}
        return [Role.from_values(row.values) for row in {**self.people.roles, **changed}.values()]

    def _rights_given(self, op: Op, row: Row | None) -> list[Authority]:
        """The rights that an op gives or takes: nobody hands out what they do not have."""
        held: Mapping[str, Any] = row.values if row else {}
        after = {**held, **(op.values or op.after or {})}
        if op.type == Role.TYPE:
            return [rights_of_role(values) for values in (held, after) if values]
        if op.type == User.TYPE:
            codes = {str(values["role"]) for values in (held, after) if "role" in values}
            roles = self._roles()
            return [authority_of(code, roles) for code in sorted(codes)]
        return []


def _within(wanted: Authority, own: Authority) -> bool:
    return wanted.permissions <= own.permissions and own.may_give(wanted.discount_max_ppm)

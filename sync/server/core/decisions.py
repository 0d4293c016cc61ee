"""Decides a group: a pure function of the rows it touches and the open conflicts on them.

No database, no clock, no randomness: the store loads a ``Snapshot``, ``decide`` returns what to
write, and ``Snapshot.apply`` shows it to the groups after it in the same batch.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from localdb.domain.fields import Policy, fields_of
from localdb.domain.merge import FieldClash, Merged, advance, dominates, merge_edit
from localdb.domain.ops import Group, Op
from localdb.domain.records import RECORDS, Conflict, HeldCart, Kind, Scope
from sync.protocol.messages import VerdictKind
from sync.protocol.validation import shortened
from sync.server.core import conflicts
from sync.server.core.authority import SAID, THE_SERVER, Denied, Judge, Sender
from sync.server.core.rows import Key, Row, Stamp, complete, natural_key
from sync.server.core.verdicts import Decision, FactWrite, Snapshot
from sync.server.schema import NATURAL_KEYS

__all__ = ["Decision", "FactWrite", "Snapshot", "decide"]


def decide(
    group: Group,
    snapshot: Snapshot,
    new_id: Callable[[], str],
    now_us: int,
    sender: Sender = THE_SERVER,
) -> Decision:
    """Apply a valid group to the rows of ``snapshot`` (which stays as it is)."""
    unknown = sorted({op.type for op in group.ops} - RECORDS.keys())
    if unknown:
        names = shortened(", ".join(unknown))
        return Decision("held", "unknown_type", f"this server does not know yet: {names}")
    judge = Judge(sender, group, snapshot.people, snapshot.rows)
    if (late := _overtaken(group, snapshot, judge)) is not None:
        return late
    work = _Work(group, snapshot, judge, new_id, now_us)
    # A settlement frees the fields that the other ops of its group then set.
    for op in sorted(group.ops, key=lambda op: op.type != Conflict.TYPE):
        stopped = work.take(op)
        if stopped is not None:
            return stopped
    return work.decision()


def _overtaken(group: Group, snapshot: Snapshot, judge: Judge) -> Decision | None:
    """Refuse a settlement that is too late or not allowed; facts beside it are still taken.

    A conflict moves (open to settled, back, merged to open) only from where the manager saw it.
    """
    for op in group.ops:
        if op.type != Conflict.TYPE or op.kind != "edit":
            continue
        row = snapshot.rows.get((op.type, op.id))
        if row is None:
            continue
        if reason := judge.may_settle(row):
            return _superseded(group, "not_permitted", SAID[reason])
        if "state" not in (op.after or {}) or op.before is None:
            continue
        if row.values["state"] != op.before["state"]:
            if row.values["state"] == "settled":
                return _superseded(group, "already_settled", "somebody settled this first")
            return _superseded(group, "conflict_changed", "somebody reopened this meanwhile")
        # A restored server raises a flag anew, under a number that nobody has seen.
        is_flag = row.values["kind"] == "flag"
        if op.seen and not is_flag and not dominates(op.seen, row.vector):
            return _superseded(group, "conflict_changed", "the conflict changed meanwhile")
    return None


def _superseded(group: Group, code: str, detail: str) -> Decision:
    facts = tuple(
        FactWrite(op.type, op.values or {})
        for op in group.ops
        if RECORDS[op.type].KIND is Kind.FACT
    )
    return Decision("superseded", code, detail, facts=facts)


@dataclass(slots=True)
class _Listed:
    """The merges of one record that nobody was asked about, for a manager to look at."""

    met: Row
    seen: dict[str, int]
    fields: conflicts.Clashes


@dataclass(slots=True)
class _Work:
    """One group while it is decided; its writes so far lie over the snapshot."""

    group: Group
    snapshot: Snapshot
    judge: Judge
    new_id: Callable[[], str]
    now_us: int
    writes: dict[Key, Row] = field(default_factory=dict)
    raised: dict[str, Row] = field(default_factory=dict)
    """The conflicts among the writes, by id."""
    touched: set[Key] = field(default_factory=set)
    facts: list[FactWrite] = field(default_factory=list)
    overruled: list[dict[str, Any]] = field(default_factory=list)
    listed: dict[Key, _Listed] = field(default_factory=dict)
    merged: bool = False
    contradicted: bool = False

    def take(self, op: Op) -> Decision | None:
        """Apply one op; a decision comes back only when the whole group ends with it."""
        record = RECORDS[op.type]
        if record.KIND is Kind.FACT:
            self.facts.append(FactWrite(op.type, op.values or {}))
            return None
        key = (op.type, op.id)
        row = self._row(key)
        if row is None and record is Conflict and op.kind == "edit":
            # Only the server writes these: a restore lost it, and it will never arrive.
            return None
        if row is None and op.kind == "edit":
            detail = f"the {op.type} {op.id} has not arrived"
            return Decision("held", "parent_missing", detail, waits_for=op.id)
        self.touched.add(key)
        denied = self.judge.denied(op, row, self._settled_fields(key))
        if denied.fields:
            return self._let_wait(key, row, op, denied)
        self._do(key, row, op)
        return None

    def _do(self, key: Key, row: Row | None, op: Op) -> None:
        if row is None or op.kind == "insert":
            self._insert(key, row, op.values or {})
        else:
            self._edit(key, row, op.before or {}, op.after or {}, op.seen or {})

    def _let_wait(self, key: Key, row: Row | None, op: Op, denied: Denied) -> Decision | None:
        """Take what may be taken of an op, and let a manager decide the rest.

        A new record that may not be made is stored as deleted: what refers to it stays whole, and
        it can be let in. A decision comes back when too much waits: the facts alone are taken.
        """
        raised = sum(bool(one.values.get("reason")) for one in self.raised.values())
        if not self.judge.has_room(raised):
            return _superseded(self.group, "not_permitted", SAID[denied.reason])
        wanted = dict(op.values or op.after or {})
        before, seen = dict(op.before or {}), dict(op.seen or {})
        asked = {name: wanted[name] for name in denied.fields}
        if row is None:
            usual = complete(RECORDS[key[0]], {})
            if denied.fields == wanted.keys():
                asked, before = {"deleted": bool(wanted.get("deleted"))}, {"deleted": True}
            else:
                before = {name: usual[name] for name in asked}
            self._insert(key, None, {**wanted, **before})
        elif rest := {name: v for name, v in wanted.items() if name not in denied.fields}:
            self._edit(key, row, before, rest, seen)
        stands = self._row(key)
        assert stands is not None, "it was there, or was just made"
        clashes = {
            name: FieldClash(before.get(name), value, stands.values.get(name))
            for name, value in asked.items()
            if stands.values.get(name) != value
        }
        if clashes:
            kind = "delete" if "deleted" in clashes else "field"
            self._raise(clashes, kind, key, stands, seen, reason=denied.reason)
        return None

    def decision(self) -> Decision:
        """The verdict over all ops taken."""
        self._list_merges()
        kind: VerdictKind = "applied"
        if self.contradicted:
            kind = "conflict"
        elif self.merged:
            kind = "merged"
        return Decision(
            kind,
            writes=self.writes,
            touched=frozenset(self.touched),
            facts=tuple(self.facts),
            overruled=tuple(self.overruled),
        )

    # ------------------------------------------------------------ ops on references

    def _insert(self, key: Key, row: Row | None, values: dict[str, Any]) -> None:
        if row is None:
            full = complete(RECORDS[key[0]], values)
            self._put(key, Row(full, 1, self._vector({}), self._stamp()))
            self._claim_natural_key(key, None, {})
            self._settle_what_agrees(key)
            return
        changes = {name: value for name, value in values.items() if row.values.get(name) != value}
        if row.values["deleted"]:
            # A record that is sent again is not revived: a manager is asked about differences.
            changes.pop("deleted", None)
        if changes:
            self._edit(key, row, {}, changes, {})

    def _edit(
        self,
        key: Key,
        row: Row,
        before: dict[str, Any],
        after: dict[str, Any],
        seen: dict[str, int],
    ) -> None:
        if self._meets_deletion(row, after, seen):
            self._raise(conflicts.against_deletion(row, before, after), "delete", key, row, seen)
            return
        if key[0] == HeldCart.TYPE:
            self._look_for_second_recall(key, row, before, after, seen)
        if not self._decides(key):
            after = self._update_own_conflict(key, row, after)
        result = merge_edit(row.values, before, after, _policies(key[0]))
        self._note_merge(key, row, before, seen, result)
        if result.clashes:
            self._raise(result.clashes, "field", key, row, seen)
        if any(row.values.get(name) != value for name, value in result.taken.items()):
            self._put(key, row.moved(result.taken, self._vector(row.vector), self._stamp()))
            held = natural_key(key, row)
            self._claim_natural_key(key, held, seen)
            self._settle_what_agrees(key)
            if held not in (None, natural_key(key, self.writes[key])):
                self._pass_on(key, held)

    def _meets_deletion(self, row: Row, after: dict[str, Any], seen: dict[str, int]) -> bool:
        """Whether one side deletes what the other edits, unseen by each other."""
        met = "deleted" not in after if row.values["deleted"] else after.get("deleted") is True
        return met and not dominates(self._seen_by_now(row, seen), row.vector)

    def _seen_by_now(self, row: Row, seen: dict[str, int]) -> dict[str, int]:
        """The versions that the editor had seen, its own edits included."""
        mine = self.group.device_id
        return {**seen, mine: row.vector.get(mine, 0)}

    def _update_own_conflict(self, key: Key, row: Row, after: dict[str, Any]) -> dict[str, Any]:
        """Move an open conflict of this device to its new values; returns the fields to merge."""
        rest = dict(after)
        for open_row in self._open_conflicts():
            if not conflicts.is_same(open_row, "field", key, self.group.device_id):
                continue
            moved, taken = conflicts.rewanted(open_row, rest, row, self.group.at_us)
            if taken:
                self._write_conflict(open_row, moved)
                self.contradicted = True
                rest = {name: value for name, value in rest.items() if name not in taken}
        return rest

    # ------------------------------------------------------------ what merges without asking

    def _note_merge(
        self, key: Key, row: Row, before: dict[str, Any], seen: dict[str, int], result: Merged
    ) -> None:
        self.merged |= result.merged
        self.overruled += conflicts.overruled(key, result.overruled)
        met = self.snapshot.rows.get(key, row)
        together = self._is_concurrent(met, seen)
        self.merged |= together
        earlier = self.listed[key].fields if key in self.listed else {}
        fields = dict(result.overruled)
        # A conflict about this record already shows what was merged beside it.
        new = together and not result.clashes
        for name, wanted in result.taken.items():
            if name not in fields and (new or name in earlier):
                fields[name] = FieldClash(before.get(name), wanted, row.values.get(name))
        added = conflicts.joined(earlier, fields)
        # Records of one store alone (a held cart) are no manager's work.
        if added and key[0] != Conflict.TYPE and RECORDS[key[0]].SCOPE is Scope.ORG:
            self.listed[key] = _Listed(met, seen, added)

    def _is_concurrent(self, met: Row, seen: dict[str, int]) -> bool:
        """Whether another device changed the row unseen; own edits in a row are one change."""
        if not seen or met.stamp.device_id == self.group.device_id:
            return False
        return not dominates(self._seen_by_now(met, seen), met.vector)

    def _list_merges(self) -> None:
        for key, one in self.listed.items():
            id_, stands = self.new_id(), self._row(key) or one.met
            values = conflicts.merged(id_, key, one.met, stands, one.fields, self.group, one.seen)
            self._write_new_conflict(values)

    # ------------------------------------------------------------ conflicts

    def _raise(
        self,
        clashes: conflicts.Clashes,
        kind: str,
        key: Key,
        row: Row,
        seen: dict[str, int],
        other: Row | None = None,
        reason: str = "",
    ) -> None:
        """Ask about a record; the other side moved it last, or is in ``other``."""
        self.contradicted = True
        for standing in self._open_conflicts():
            if conflicts.is_same(standing, kind, key, self.group.device_id):
                changes = conflicts.widened(standing, clashes, self.group.at_us)
                self._write_conflict(standing, changes)
                return
        id_ = self.new_id()
        opened = conflicts.opened(id_, kind, key, row, clashes, self.group, seen, other)
        self._write_new_conflict(opened.values() | {"reason": reason})

    def _write_new_conflict(self, values: dict[str, Any]) -> None:
        stamp = Stamp(self.group.device_id, self.group.user_id, self.now_us)
        self._put((Conflict.TYPE, values["id"]), Row(values, 1, self._vector({}), stamp))

    def _write_conflict(self, row: Row, changes: dict[str, Any]) -> None:
        key = (Conflict.TYPE, str(row.values["id"]))
        self._put(key, row.moved(changes, self._vector(row.vector), self._stamp()))

    def _decides(self, key: Key) -> bool:
        """Whether this group settles a conflict about the record, or takes a settlement back.

        Its edits are then what the manager decided, not what the till wants.
        """
        named = (self._row((op.type, op.id)) for op in self.group.ops if op.type == Conflict.TYPE)
        about = [(row.values["record_type"], row.values["record_id"]) for row in named if row]
        return key in about

    def _settled_fields(self, key: Key) -> frozenset[str]:
        """The fields of a record about which this group moves a conflict."""
        moved = [
            o for o in self.group.ops if o.type == Conflict.TYPE and "state" in (o.after or {})
        ]
        rows = (self._row((op.type, op.id)) for op in moved)
        return frozenset[str]().union(*(conflicts.in_dispute(row, key) for row in rows if row))

    def _settle_what_agrees(self, key: Key) -> None:
        """End the conflicts that this edit of their record left nothing of."""
        row = self.writes[key]
        for standing in self._open_conflicts():
            if conflicts.is_over(standing, key, row):
                self._write_conflict(standing, conflicts.agreed(standing, row, self.group.at_us))

    def _pass_on(self, key: Key, name: tuple[str, str]) -> None:
        """The record that kept a code gave it up: the next has it, any other disputes with that."""
        waiting = [c for c in self._open_conflicts() if conflicts.loses_to(c, key, name[1])]
        for number, conflict in enumerate(waiting):
            owner = str(waiting[0].values["record_id"])
            changes = conflicts.against(conflict, owner)
            if number == 0:
                changes = conflicts.agreed(conflict, self.writes[key], self.group.at_us)
            self._write_conflict(conflict, changes)

    def _look_for_second_recall(
        self,
        key: Key,
        row: Row,
        before: dict[str, Any],
        after: dict[str, Any],
        seen: dict[str, int],
    ) -> None:
        """Keep both sales of a cart that two tills recalled, and tell a manager."""
        wanted = after.get("state")
        again = (before.get("state"), wanted, row.values["state"]) == ("held", *["recalled"] * 2)
        if again and row.stamp.device_id != self.group.device_id:
            self._raise(conflicts.recalled_again(str(wanted), row), "flag", key, row, seen)

    def _claim_natural_key(
        self, key: Key, held: tuple[str, str] | None, seen: dict[str, int]
    ) -> None:
        row = self.writes[key]
        name = natural_key(key, row)
        if name is None or name == held:
            return
        owner = self._owner(name)
        if owner in (None, key[1]) or self._disputed(key, name[1]):
            return
        clashes = conflicts.key_taken(NATURAL_KEYS[key[0]], name[1], key[1], str(owner))
        self._raise(clashes, "unique", key, row, seen, self._row((key[0], str(owner))))

    def _owner(self, name: tuple[str, str]) -> str | None:
        """The record that has a natural key, by the earlier ops of this group too.

        Of several it is the first that was accepted: about each later one there is a conflict.
        """
        owners = [id_ for id_ in self.snapshot.owners.get(name, ()) if self._has(id_, name)]
        if owners:
            first = (id_ for id_ in owners if not self._disputed((name[0], id_), name[1]))
            return next(first, owners[0])
        claims = (key[1] for key, row in self.writes.items() if natural_key(key, row) == name)
        return next(claims, None)

    def _has(self, id_: str, name: tuple[str, str]) -> bool:
        held = self._row((name[0], id_))
        return held is None or natural_key((name[0], id_), held) == name

    def _disputed(self, key: Key, value: str) -> bool:
        return any(conflicts.disputes(row, key, value) for row in self._open_conflicts())

    # ------------------------------------------------------------ what holds right now

    def _row(self, key: Key) -> Row | None:
        return self.writes.get(key) or self.snapshot.rows.get(key)

    def _put(self, key: Key, row: Row) -> None:
        self.writes[key] = row
        if key[0] == Conflict.TYPE:
            self.raised[key[1]] = row

    def _open_conflicts(self) -> list[Row]:
        standing = {**self.snapshot.conflicts, **self.raised}
        rows = (row for _, row in sorted(standing.items()))
        return [row for row in rows if row.values["state"] == "open"]

    def _vector(self, vector: dict[str, int]) -> dict[str, int]:
        return advance(vector, self.group.device_id, self.group.dseq)

    def _stamp(self) -> Stamp:
        return Stamp(self.group.device_id, self.group.user_id, self.group.at_us)


def _policies(type_name: str) -> dict[str, Policy]:
    return {f.name: f.spec.policy for f in fields_of(RECORDS[type_name])}

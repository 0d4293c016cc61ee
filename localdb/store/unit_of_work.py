"""One transaction: rows, stock levels, search entries and one outbox group, all or nothing."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, select, update

from localdb.domain import journal
from localdb.domain.ids import IdSource
from localdb.domain.merge import advance
from localdb.domain.ops import Group, Op
from localdb.domain.records import AuditEntry, JournalEntry, Kind, Record, Reference
from localdb.domain.validate import problems
from localdb.errors import Refusal, ValidationRefusal
from localdb.store import audit_trail, groups, images, local, rows, search, stock_levels
from localdb.store.changes import ChangeLog, Changes
from localdb.store.identity import TillIdentity, load_identity
from localdb.store.tables import TABLES

R = TypeVar("R", bound=Record)
E = TypeVar("E", bound=Reference)

_JOURNAL = TABLES["journal_entry"]
# Built once: every checkout asks.
_JOURNAL_HEAD = (
    select(_JOURNAL)
    # A copy of this till may have gone on with the same journal under a name of its own since.
    .where(_JOURNAL.c.device_id == bindparam("device"))
    .where(_JOURNAL.c.origin_device == bindparam("device"))
    .order_by(_JOURNAL.c.seq.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Origin:
    """The writer: the till and the number of the group under way."""

    device_id: str
    dseq: int


class UnitOfWork:
    """The transaction that a job writes with. Others see nothing before the job returns."""

    def __init__(
        self, connection: Connection, *, now_us: int, new_id: IdSource, user_id: str | None
    ) -> None:
        self.now_us = now_us
        """UTC microseconds, the same for the whole transaction."""
        self.user_id = user_id
        self._connection = connection
        self._new_id = new_id
        self._identity: TillIdentity | None = None
        self._origin: Origin | None = None
        self._unwritten: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._ops: list[Op] = []
        self._watched: list[Op] = []
        self._told: list[tuple[str, dict[str, Any]]] = []
        self._retry_of: int | None = None
        self._approved_by: str | None = None
        self.changed = ChangeLog()

    @property
    def connection(self) -> Connection:
        """The transaction's connection, with everything inserted so far in the database."""
        self._flush()
        return self._connection

    @property
    def identity(self) -> TillIdentity:
        """This till's identity; asking before the set-up is a bug."""
        if self._identity is None:
            self._identity = load_identity(self._connection)
        if self._identity is None:
            raise RuntimeError("the till has no identity yet")
        return self._identity

    def new_id(self) -> str:
        """A new UUIDv7."""
        return self._new_id()

    def next_number(self, series: str) -> int:
        """The next gapless number of a device-local series, from 1."""
        return local.next_number(self._connection, series)

    def get(self, record: type[R], record_id: str) -> R | None:
        """The record with this id, or None."""
        return rows.get(self.connection, record, record_id)

    def find(self, record: type[R], **equals: Any) -> list[R]:
        """The records whose fields equal these values, in id order."""
        return rows.find(self.connection, record, **equals)

    def insert(self, *records: Record) -> None:
        """Add new records; raises ValidationRefusal before anything of the record is stored."""
        for record in records:
            values = record.values()
            if errors := problems(type(record), values):
                raise ValidationRefusal(errors)
            self._unwritten[record.TYPE].append(values)
            self._add(Op("insert", record.TYPE, record.id, values=values))
            self.changed.add(record.TYPE, record.id)
            self.changed.search |= search.affected(record.TYPE, {}, values)

    def edit(self, record: type[E], record_id: str, **changes: Any) -> E:
        """Change fields of a reference record and return it as it now is.

        Fields that already hold the wanted value are not touched; when all do, nothing is sent.
        Raises Refusal when there is no such record, ValidationRefusal for a wrong value.
        """
        if errors := problems(record, changes):
            raise ValidationRefusal(errors)
        held = rows.load(self.connection, record.TYPE, [record_id]).get(record_id)
        if held is None:
            raise Refusal(f"This {record.LABEL.lower()} no longer exists here. Reload the list.")
        after = {name: value for name, value in changes.items() if held[name] != value}
        if not after:
            return record.from_values(held)
        self._write_edit(record.TYPE, held, after)
        return record.from_values({**held, **after})

    def journal(self, kind: str, payload: dict[str, Any]) -> None:
        """Add the next link of this till's hash-chained journal, when the job returns.

        The last one of a transaction also holds the hash of all facts that were written with it.
        """
        self._told.append((kind, payload))

    def add_op(self, op: Op) -> None:
        """Send an op whose effect is already in the rows: how a parked group is issued again."""
        self._ops.append(op)

    def retry_of(self, dseq: int) -> None:
        """Say that this transaction's group issues the parked group ``dseq`` again."""
        self._retry_of = dseq

    def approved_by(self, user_id: str | None) -> None:
        """Say who allowed what this transaction changes; None for nobody but the user."""
        self._approved_by = user_id or self._approved_by

    def complete(self) -> Changes:
        """Write what is left and queue the group; the caller commits. Returns what changed.

        What somebody signed in changed is written into the audit log, in the same group.
        """
        self._flush()
        self._write_trail()
        self._chain()
        self._flush()
        if self._ops:
            self._queue_group()
        search.refresh(self._connection, self.changed.search)
        return self.changed.freeze()

    @property
    def origin(self) -> Origin:
        """The till and the dseq that this transaction's group will have."""
        if self._origin is None:
            dseq = local.counter(self._connection, groups.DSEQ) + 1
            self._origin = Origin(self.identity.device_id, dseq)
        return self._origin

    def _add(self, op: Op) -> None:
        self._ops.append(op)
        if self.user_id is not None and audit_trail.is_watched(op):
            self._watched.append(op)

    def _write_trail(self) -> None:
        if self.user_id is None or not self._watched:
            return
        said = list(audit_trail.entries(self._connection, self.identity, self._watched))
        self.insert(*(self._entry(action, detail) for action, detail in said))

    def _entry(self, action: str, detail: str) -> AuditEntry:
        assert self.user_id is not None, "nobody did it"
        return AuditEntry(
            id=self.new_id(),
            store_id=self.identity.store_id,
            action=action,
            user_id=self.user_id,
            detail=detail,
            at_us=self.now_us,
        )

    def _flush(self) -> None:
        if not self._unwritten:
            return
        batches, self._unwritten = self._unwritten, defaultdict(list)
        for record_type, batch in batches.items():
            tail = self._bookkeeping(record_type)
            rows.insert_rows(
                self._connection,
                record_type,
                [(*rows.field_values(record_type, values), *tail) for values in batch],
            )
            if record_type == "stock_movement":
                stock_levels.add(self._connection, batch)

    def _bookkeeping(self, record_type: str) -> tuple[Any, ...]:
        device, dseq = self.origin.device_id, self.origin.dseq
        if rows.kind(record_type) is Kind.FACT:
            return device, dseq, None
        return 0, rows.to_json({device: dseq}), None, None

    def _write_edit(self, record_type: str, held: Mapping[str, Any], after: dict[str, Any]) -> None:
        seen = json.loads(held["vector"])
        vector = advance(seen, self.origin.device_id, self.origin.dseq)
        table = TABLES[record_type]
        self._connection.execute(
            update(table).where(table.c.id == held["id"]),
            {**after, "vector": rows.to_json(vector), "image": images.image_of(record_type, held)},
        )
        before = {name: held[name] for name in after}
        edit = Op("edit", record_type, held["id"], before=before, after=after, seen=seen)
        self._add(edit)
        self.changed.add(record_type, held["id"])
        self.changed.search |= search.affected(record_type, held, {**held, **after})

    def _chain(self) -> None:
        """Write the journal entries, now that all facts are known."""
        if not self._told:
            return
        facts = [
            (op.type, op.values or {})
            for op in self._ops
            if op.kind == "insert" and rows.kind(op.type) is Kind.FACT
        ]
        if facts:
            kind, payload = self._told[-1]
            self._told[-1] = (kind, {**payload, journal.FACTS: journal.told_of_facts(facts)})
        head = self._journal_head()
        for kind, payload in self._told:
            head = journal.link(
                head,
                entry_id=self.new_id(),
                store_id=self.identity.store_id,
                device_id=self.identity.device_id,
                kind=kind,
                payload=payload,
                at_us=self.now_us,
            )
            self.insert(head)

    def _journal_head(self) -> JournalEntry | None:
        device = {"device": self.identity.device_id}
        row = self.connection.execute(_JOURNAL_HEAD, device).mappings().first()
        return None if row is None else JournalEntry.from_values(dict(row))

    def _queue_group(self) -> None:
        group = Group(
            id=self.new_id(),
            device_id=self.origin.device_id,
            dseq=self.origin.dseq,
            store_id=self.identity.store_id,
            user_id=self.user_id,
            at_us=self.now_us,
            ops=tuple(self._ops),
            retry_of=self._retry_of,
            approved_by=self._approved_by,
        )
        groups.add_group(self._connection, group)

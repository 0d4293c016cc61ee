"""A server in memory that decides with the real rules, and sees that no wish gets lost in it."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from localdb.domain.ops import Group, Op, decode
from localdb.domain.records import RECORDS, Kind, Record, Scope
from localdb.store.outbox import OutboxRow
from localdb.store.replica import ORG_STREAM
from sync.protocol.messages import Entry, FactRow, RowImage, Verdict
from sync.server.core.decisions import Decision, Snapshot, decide
from sync.server.core.rows import Key, Row

EPOCH = "epoch-1"
Address = tuple[str, int]
"""(device id, dseq)."""


def stream_of(record_type: str, store_id: str) -> str:
    """The stream that carries records of this type."""
    return ORG_STREAM if RECORDS[record_type].SCOPE is Scope.ORG else store_id


@dataclass(slots=True)
class ModelServer:
    """One store's server: each group once, a verdict a group, gapless numbers a stream."""

    store_id: str
    new_id: Callable[[], str]
    now_us: Callable[[], int]
    snapshot: Snapshot = field(default_factory=Snapshot)
    facts: dict[Key, dict[str, Any]] = field(default_factory=dict)
    bodies: dict[Address, str] = field(default_factory=dict)
    verdicts: dict[Address, Verdict] = field(default_factory=dict)
    held: list[Group] = field(default_factory=list)
    streams: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    refused: set[Address] = field(default_factory=set)
    """The groups that are rejected when they come."""

    def begin(self, device_id: str, *records: Record) -> None:
        """What a device that is none of the tills under test brought."""
        ops = tuple(Op("insert", record.TYPE, record.id, record.values()) for record in records)
        at_us = self.now_us()
        self._take(Group(self.new_id(), device_id, 1, self.store_id, None, at_us, ops))

    def push(self, device_id: str, batch: Sequence[OutboxRow]) -> list[Verdict]:
        """A verdict for each group; one that was here before gets its first one again."""
        for sent in batch:
            address = (device_id, sent.dseq)
            if address in self.bodies:
                assert self.bodies[address] == sent.body, "another group under a known number"
                continue
            assert sent.dseq == 1 or (device_id, sent.dseq - 1) in self.bodies, "a gap"
            self.bodies[address] = sent.body
            self._take(decode(sent.body))
            self._release()
        return [self.verdicts[device_id, sent.dseq] for sent in batch]

    def image(self, key: Key, number: int) -> RowImage | None:
        """The row as its stream showed it at ``number``."""
        entries = self.streams[stream_of(key[0], self.store_id)][:number]
        shown = (row for entry in reversed(entries) for row in entry.rows)
        return next((row for row in shown if (row.type, row.id) == key), None)

    # ------------------------------------------------------------ judging

    def _take(self, group: Group) -> None:
        address = (group.device_id, group.dseq)
        if address in self.refused:
            self.verdicts[address] = Verdict(dseq=group.dseq, kind="rejected", code="invalid")
            return
        decision = decide(group, self.snapshot, self.new_id, self.now_us())
        self.snapshot.apply(decision)
        self._refuse_loss(group, decision)
        if decision.kind == "held":
            self.held.append(group)
        new = {(fact.type, fact.values["id"]): fact.values for fact in decision.facts}
        self.facts |= new
        numbers = self._log(group, decision) if decision.enters_streams else {}
        self.verdicts[address] = Verdict(
            dseq=group.dseq,
            kind=decision.kind,
            code=decision.code,
            detail=decision.detail,
            numbers=numbers,
        )

    def _release(self) -> None:
        """Judge the held groups again until none of them can move."""
        waiting, self.held = self.held, []
        for group in waiting:
            self._take(group)
        if len(self.held) < len(waiting):
            self._release()

    def _log(self, group: Group, decision: Decision) -> dict[str, int]:
        rows: dict[str, list[RowImage]] = defaultdict(list)
        facts: dict[str, list[FactRow]] = defaultdict(list)
        for key in sorted(decision.writes.keys() | decision.touched):
            image = _image(key, self.snapshot.rows[key])
            rows[stream_of(key[0], self.store_id)].append(image)
        for fact in decision.facts:
            row = FactRow(type=fact.type, values=fact.values)
            facts[stream_of(fact.type, self.store_id)].append(row)
        numbers = {}
        for stream in sorted(rows.keys() | facts.keys()):
            numbers[stream] = len(self.streams[stream]) + 1
            self.streams[stream].append(
                Entry(
                    number=numbers[stream],
                    device_id=group.device_id,
                    dseq=group.dseq,
                    at_us=group.at_us,
                    rows=rows[stream],
                    facts=facts[stream],
                )
            )
        return numbers

    # ------------------------------------------------------------ the oracle

    def _refuse_loss(self, group: Group, decision: Decision) -> None:
        """Each wish of a group that was taken stands, is in a conflict, or was overruled."""
        if decision.kind in ("held", "superseded"):
            assert not decision.writes
            return
        for key, wish in wishes(group).items():
            for name, wanted in wish.items():
                assert (
                    self.snapshot.rows[key].values.get(name) == wanted
                    or self._is_asked(group.device_id, key, name, wanted)
                    or _is_recorded(decision, key, name, wanted)
                ), f"{key} {name} = {wanted!r} of group {group.dseq} vanished"

    def _is_asked(self, device_id: str, key: Key, name: str, wanted: Any) -> bool:
        about = (*key, device_id)
        return any(
            json.loads(values["fields_json"]).get(name, {}).get("local") == wanted
            for values in (row.values for row in self.snapshot.conflicts.values())
            if values["state"] == "open"
            and (values["record_type"], values["record_id"], values["device_id"]) == about
        )


def wishes(group: Group) -> dict[Key, dict[str, Any]]:
    """What a group wants in the end of each reference row that it names."""
    wanted: dict[Key, dict[str, Any]] = defaultdict(dict)
    for op in group.ops:
        if RECORDS[op.type].KIND is Kind.REFERENCE:
            wanted[op.type, op.id] |= op.values or op.after or {}
    return wanted


def as_seen_by(device_id: str, entry: Entry) -> Entry:
    """The entry as the server sends it: a till's own facts are left out."""
    own = entry.device_id == device_id
    return entry.model_copy(update={"facts": [], "stub": True}) if own else entry


def _image(key: Key, row: Row) -> RowImage:
    return RowImage(
        type=key[0], id=key[1], version=row.version, vector=row.vector, values=row.values
    )


def _is_recorded(decision: Decision, key: Key, name: str, wanted: Any) -> bool:
    lost = {"type": key[0], "id": key[1], "field": name}
    return any(row.items() >= lost.items() and row["local"] == wanted for row in decision.overruled)

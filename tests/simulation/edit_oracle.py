"""No edit vanishes: what a person typed is applied, merged, superseded, overruled or disputed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from localdb.domain.ops import body_hash, decode
from localdb.domain.records import RECORDS, Conflict, Kind
from tests.simulation.till import group_id
from tests.simulation.views import ServerView, Sight

NOT_TAKEN = ("superseded", "rejected", "fork", "held")
Place = tuple[str, str, str]
"""(record type, id, field)."""


@dataclass(slots=True)
class Whereabouts:
    """Every value that each field ever had, was denied, or is disputed to have."""

    values: dict[Place, list[Any]] = field(default_factory=dict)

    def add(self, record_type: str, record_id: str, name: str, value: Any) -> None:
        """This value is accounted for."""
        self.values.setdefault((record_type, record_id, name), []).append(value)

    def knows(self, record_type: str, record_id: str, name: str, value: Any) -> bool:
        """Whether it can be found anywhere."""
        return value in self.values.get((record_type, record_id, name), [])


def edits_survive(sight: Sight) -> Iterator[str]:
    """Every value of every edit that was committed on a till can be found."""
    known = _whereabouts(sight)
    excused = groups_not_taken(sight)
    for till, body in sight.made:
        group = decode(body)
        if group.id in excused or group.id in sight.losses.ids:
            continue
        if _was_not_taken(sight.server, group.device_id, group.dseq, body):
            continue
        for op in group.ops:
            if op.type not in RECORDS or RECORDS[op.type].KIND is Kind.FACT:
                continue
            if op.type == Conflict.TYPE and op.id not in sight.server.references[Conflict.TYPE]:
                # A restore took the question; the answer is an ordinary edit in the same group.
                continue
            for name, value in (op.after or op.values or {}).items():
                if value is not None and not known.knows(op.type, op.id, name, value):
                    where = f"{op.type} {op.id} {name}={value!r}"
                    yield f"{till}: the edit {where} of group {group.dseq} vanished"


def _was_not_taken(server: ServerView, device_id: str, dseq: int, body: str) -> bool:
    row = server.ledger.get((device_id, dseq))
    known = row is not None and row.hash == body_hash(body)
    return known and row is not None and row.verdict["kind"] in NOT_TAKEN


def _whereabouts(sight: Sight) -> Whereabouts:
    known = Whereabouts()
    for entry in (*sight.history, *(e for entries in sight.server.log.values() for e in entries)):
        for row in entry.rows:
            for name, value in row["values"].items():
                known.add(row["type"], row["id"], name, value)
            if row["type"] == "conflict":
                _add_sides(known, row["values"])
    for record_type, rows in sight.server.references.items():
        for record_id, one in rows.items():
            for name, value in one.values.items():
                known.add(record_type, record_id, name, value)
    for recorded in sight.server.ledger.values():
        for lost in recorded.verdict.get("overruled", ()):
            known.add(lost["type"], lost["id"], lost["field"], lost["local"])
    return known


def _add_sides(known: Whereabouts, conflict: dict[str, Any]) -> None:
    key = (conflict["record_type"], conflict["record_id"])
    for name, sides in json.loads(conflict["fields_json"]).items():
        known.add(*key, name, sides["local"])
        known.add(*key, name, sides["remote"])


def groups_not_taken(sight: Sight) -> set[str]:
    """Groups that their till shows as refused, overtaken or held: that is known, not lost."""
    return {
        group_id(row["body"])
        for till in (*sight.tills, *sight.shut_out)
        for row in till.outbox
        if row["state"] in ("parked", "discarded", "reissued") or row["verdict"] in NOT_TAKEN
    }

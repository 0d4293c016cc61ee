"""Types of a decision: the rows it reads, and what it says is to be written."""

from dataclasses import dataclass, field
from typing import Any

from localdb.domain.records import Conflict
from sync.protocol.messages import VerdictKind
from sync.server.core.authority import People
from sync.server.core.rows import Key, Row, natural_key


@dataclass(slots=True)
class Snapshot:
    """The rows a batch touches, locked: references by key, and who owns which natural key."""

    rows: dict[Key, Row] = field(default_factory=dict)
    owners: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """(record type, natural key) -> ids of the live records that have it, in id order."""
    conflicts: dict[str, Row] = field(default_factory=dict)
    """The conflicts among the rows, by id."""
    people: People = field(default_factory=People)

    def add_conflicts(self, rows: dict[Key, Row]) -> None:
        """Take conflicts in."""
        self.rows |= rows
        self.conflicts |= {key[1]: row for key, row in rows.items()}

    def apply(self, decision: "Decision") -> None:
        """Show this group's writes to the groups after it."""
        for key, row in decision.writes.items():
            self._release(key)
            self.rows[key] = row
            if key[0] == Conflict.TYPE:
                self._count_waiting(key[1], row)
                self.conflicts[key[1]] = row
            if (name := natural_key(key, row)) is not None:
                self.owners.setdefault(name, []).append(key[1])

    def _count_waiting(self, conflict_id: str, row: Row) -> None:
        if conflict_id not in self.conflicts and row.values.get("reason"):
            device_id = str(row.values["device_id"])
            waiting = self.people.waiting
            waiting[device_id] = waiting.get(device_id, 0) + 1

    def _release(self, key: Key) -> None:
        old = self.rows.get(key)
        name = natural_key(key, old) if old else None
        if name is not None and key[1] in self.owners.get(name, ()):
            self.owners[name].remove(key[1])


@dataclass(frozen=True, slots=True)
class FactWrite:
    """A fact to store, once."""

    type: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Decision:
    """A group's verdict and effects.

    ``writes`` are the new rows, conflicts among them; ``touched`` are rows that an op named and
    left as they were: their images go into the stream too, so that a till drops its pending edit.
    """

    kind: VerdictKind
    code: str = ""
    detail: str = ""
    writes: dict[Key, Row] = field(default_factory=dict)
    touched: frozenset[Key] = frozenset()
    facts: tuple[FactWrite, ...] = ()
    waits_for: str | None = None
    """The id of the record a held group waits for."""
    overruled: tuple[dict[str, Any], ...] = ()
    """Values that lost to a policy, kept in the ledger."""

    @property
    def enters_streams(self) -> bool:
        return self.kind in ("applied", "merged", "conflict", "duplicate") or bool(self.facts)

    @property
    def is_new_only_by_facts(self) -> bool:
        """Whether the group changes something only if one of its facts is new."""
        return self.kind == "applied" and not self.writes and bool(self.facts)

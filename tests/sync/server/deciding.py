"""A server without a database, for tests of what it decides."""

import json
from typing import Any

from localdb.domain.ids import IdSource
from localdb.domain.ops import Group, Op
from localdb.domain.records import Conflict, Product, Record
from sync.server.core.decisions import Decision, Snapshot, decide
from sync.server.core.rows import Row
from tests.sync.server.tills import edit

NOW_US = 1_700_000_000_000_000
NEW_ID = IdSource(lambda: NOW_US)
HERE, THERE, STORE = NEW_ID(), NEW_ID(), NEW_ID()


class World:
    """A server without a database: a snapshot that every decision is applied to."""

    def __init__(self) -> None:
        self.snapshot = Snapshot()
        self.dseqs: dict[str, int] = {}

    def do(self, device: str, *ops: Op) -> Decision:
        """A device's next group."""
        dseq = self.dseqs[device] = self.dseqs.get(device, 0) + 1
        group = Group(NEW_ID(), device, dseq, STORE, None, NOW_US, ops)
        decision = decide(group, self.snapshot, NEW_ID, NOW_US)
        self.snapshot.apply(decision)
        return decision

    def row(self, record: Record) -> Row:
        return self.snapshot.rows[record.TYPE, record.id]

    def value(self, record: Record, name: str) -> Any:
        return self.row(record).values[name]

    def conflicts(self, state: str = "open") -> list[dict[str, Any]]:
        """The conflicts in a state, oldest first, their fields unpacked."""
        rows = [row.values for key, row in self.snapshot.rows.items() if key[0] == Conflict.TYPE]
        found = sorted((v for v in rows if v["state"] == state), key=lambda v: str(v["id"]))
        return [{**values, "fields": json.loads(values["fields_json"])} for values in found]


def reprice(made: Product, before: int, after: int, seen: dict[str, int] | None = None) -> Op:
    return edit(Product, made.id, {"price_minor": before}, {"price_minor": after}, seen)


def contradict(world: World, beans: Product) -> dict[str, Any]:
    """Two tills price the beans differently; the open conflict of the second one."""
    world.do(HERE, reprice(beans, 400, 450))
    assert world.do(THERE, reprice(beans, 400, 500)).kind == "conflict"
    (conflict,) = world.conflicts()
    return conflict


def delete(record: Record, world: World, seen: dict[str, int] | None = None) -> Op:
    """The deletion of a record by one who saw its vector ``seen``: all of it by default."""
    seen = dict(world.row(record).vector) if seen is None else seen
    return edit(type(record), record.id, {"deleted": False}, {"deleted": True}, seen)


def settle(conflict: dict[str, Any], seen: dict[str, int] | None = None) -> Op:
    return edit(Conflict, conflict["id"], {"state": "open"}, {"state": "settled"}, seen)

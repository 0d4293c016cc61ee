"""What must hold in every state at rest, and at every step on the way; findings are sentences."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from localdb.domain.fields import Policy
from localdb.domain.ops import Group, Op, body_hash, decode
from localdb.domain.records import RECORDS, Conflict, Product
from localdb.store import images, rows
from tests.exhaustive.scripts import DELETE, SETTLE
from tests.exhaustive.world import Desk, Small

Values = dict[str, Any]
GROUPS = "SELECT dseq, state, verdict, hash, body FROM outbox_group ORDER BY dseq"
_EDITS = "SELECT after FROM outbox_edit WHERE id = '{}' ORDER BY dseq"
TYPES = (Product.TYPE, Conflict.TYPE)


@dataclass(frozen=True, slots=True)
class Edit:
    """One field of one edit, as it was made."""

    device_id: str
    dseq: int
    field: str
    value: Any
    seen: dict[str, int]

    def saw(self, other: "Edit") -> bool:
        """Whether whoever made it knew of the other one."""
        return self.seen.get(other.device_id, 0) >= other.dseq


class Rest:
    """A state in which nothing is left to do."""

    def __init__(self, world: Small) -> None:
        self.world = world
        self.tables = world.store.memory.tables
        self.conflicts: list[Values] = [
            row.values for row in self.tables.get(Conflict.TYPE, {}).values()
        ]

    @cached_property
    def groups(self) -> list[tuple[int, Any, Group]]:
        """The till's number, the row and the group of everything that was made in the history."""
        return [
            (number, row, decode(row[4]))
            for number, desk in enumerate(self.world.desks)
            for row in desk.rows(GROUPS)
        ]

    @cached_property
    def edits(self) -> list[Edit]:
        """Every field of every edit of the record by a person; settlements are not among them."""
        return [
            Edit(group.device_id, group.dseq, name, value, dict(op.seen or {}))
            for _, _, group in self.groups
            if not _settles(group)
            for op in _of(group, self.world.product_id)
            for name, value in (op.after or {}).items()
        ]

    def is_contradictory(self, field: str) -> bool:
        """Whether two tills gave a field different values, and neither knew of the other's."""
        made = [edit for edit in self.edits if edit.field == field]
        return any(
            one.device_id != other.device_id
            and one.value != other.value
            and not (one.saw(other) or other.saw(one))
            for one, other in product(made, repeat=2)
        )


def both_sides_agree(rest: Rest) -> Iterator[str]:
    """Record and conflicts are the same, with their versions, on the server and on both tills."""
    for number, desk in enumerate(rest.world.desks):
        for name in TYPES:
            there = {
                key[1]: (row.version, row.values) for key, row in rest.tables.get(name, {}).items()
            }
            here = _held(desk, name)
            if here != there:
                yield f"T{number + 1} and the server differ in {name}: {here} and {there}"


def queues_are_settled(rest: Rest) -> Iterator[str]:
    """Every group came back or was overtaken, and the ledger has it once, as it was made."""
    ledger = rest.tables["ledger"]
    for number, row, group in rest.groups:
        state, verdict = row[1], row[2]
        if state != "done" and not (state == "acknowledged" and verdict == "superseded"):
            yield f"T{number + 1}: group {group.dseq} is {state} ({verdict})"
        kept = ledger.get((rest.world.org_id, group.device_id, group.dseq))
        if kept is None or kept.hash != body_hash(row[4]):
            yield f"T{number + 1}: group {group.dseq} is not in the ledger as it was made"


def no_edit_is_lost(rest: Rest) -> Iterator[str]:
    """Every value that somebody gave is in a stream, in a conflict or in a verdict."""
    known = _accounted_for(rest)
    for number, row, group in rest.groups:
        if row[2] == "superseded" and _settles(group):
            continue
        for op in _of(group, rest.world.product_id):
            for name, value in (op.after or {}).items():
                if (name, repr(value)) not in known:
                    yield f"T{number + 1}: {name}={value!r} of group {group.dseq} vanished"


def contradictions_are_asked_once(rest: Rest) -> Iterator[str]:
    """A contradicted field is in one conflict, another in none; no question is open twice."""
    asked = Counter(
        name
        for values in rest.conflicts
        if values["kind"] in ("field", "delete") and values["state"] == "open"
        for name in json.loads(values["fields_json"])
        if name != DELETE
    )
    for name, times in asked.items():
        if times > 1:
            yield f"{name} is asked for {times} times"
    if any({SETTLE, DELETE} & set(script) for script in rest.world.case.scripts):
        return
    for name in sorted({edit.field for edit in rest.edits}):
        wanted = int(rest.is_contradictory(name) and _asks(name))
        if asked[name] != wanted:
            yield f"{name} should be asked for {wanted} times, and is {asked[name]} times"


def streams_are_whole(rest: Rest) -> Iterator[str]:
    """No number is missing, and no group is twice in a stream."""
    for (_, name), state in rest.tables["stream"].items():
        entries = [one for key, one in rest.tables["change_log"].items() if key[1] == name]
        if sorted(one.number for one in entries) != list(range(1, state.head + 1)):
            yield f"stream {name} has a gap"
        origins = Counter((one.device_id, one.dseq) for one in entries)
        yield from (f"{one} is {n} times in {name}" for one, n in origins.items() if n > 1)


def versions(world: Small) -> tuple[int, ...]:
    """The version of the record on the server and on each till: none may ever go down."""
    row = world.store.memory.tables[Product.TYPE][world.org_id, world.product_id]
    sql = f"SELECT version FROM product WHERE id = '{world.product_id}'"
    return (row.version, *(desk.rows(sql)[0][0] for desk in world.desks))


def hidden_edits(world: Small, desk: Desk) -> Iterator[str]:
    """Edits that did not come back yet and that the record here does not show."""
    wanted: Values = {}
    for (after,) in desk.rows(_EDITS.format(world.product_id)):
        wanted.update(json.loads(after))
    if wanted:
        names = ", ".join(wanted)
        sql = f"SELECT {names} FROM product WHERE id = '{world.product_id}'"
        shown = dict(zip(wanted, desk.rows(sql)[0], strict=True))
        if shown != wanted:
            yield f"an unsent edit is hidden: {wanted}, where {shown} shows"


ORACLES: tuple[Callable[[Rest], Iterator[str]], ...] = (
    both_sides_agree,
    queues_are_settled,
    no_edit_is_lost,
    contradictions_are_asked_once,
    streams_are_whole,
)


def _held(desk: Desk, name: str) -> dict[str, tuple[int, Values | None]]:
    with desk.database.read() as conn:
        ids = [row[0] for row in desk.rows(f'SELECT id FROM "{name}"')]
        found = rows.load(conn, name, ids)
    return {id_: (row["version"], images.server_values(name, row)) for id_, row in found.items()}


def _accounted_for(rest: Rest) -> set[tuple[str, str]]:
    """(field, value) of all that the record ever held, was denied, or is asked about."""
    known: set[tuple[str, str]] = set()
    for entry in rest.tables["change_log"].values():
        for row in entry.rows:
            if row["id"] == rest.world.product_id:
                known |= {(name, repr(value)) for name, value in row["values"].items()}
            if row["type"] == Conflict.TYPE:
                known |= _sides(row["values"])
    for kept in rest.tables["ledger"].values():
        known |= {
            (lost["field"], repr(lost["local"])) for lost in kept.verdict.get("overruled", ())
        }
    return known


def _settles(group: Group) -> bool:
    return any(op.type == Conflict.TYPE for op in group.ops)


def _of(group: Group, record_id: str) -> list[Op]:
    return [op for op in group.ops if op.id == record_id and op.kind == "edit"]


def _sides(conflict: Values) -> set[tuple[str, str]]:
    return {
        (name, repr(sides[side]))
        for name, sides in json.loads(conflict["fields_json"]).items()
        for side in ("local", "remote")
    }


def _asks(name: str) -> bool:
    fields = {field.name: field.spec.policy for field in RECORDS[Product.TYPE].fields()}
    return fields[name] is Policy.ASK

"""Loads what a batch touches, natural keys and rows, locked in one fixed order."""

from collections.abc import Iterable, Sequence

from localdb.domain.ops import Group, Op
from localdb.domain.records import RECORDS, Conflict, Kind
from sync.server.core.decisions import Snapshot
from sync.server.core.ports import GroupPort
from sync.server.schema import NATURAL_KEYS


async def load_snapshot(tx: GroupPort, groups: Iterable[Group]) -> Snapshot:
    """The references that the groups touch, the open conflicts on them, the owners of keys."""
    ops = [op for group in groups for op in group.ops if _is_reference(op)]
    snapshot = Snapshot()
    if not ops:
        return snapshot
    claiming = [op for op in ops if _claims(op)]
    if claiming:
        await tx.lock_natural_keys()
    keys = {(op.type, op.id) for op in ops}
    named = sorted(key[1] for key in keys if key[0] == Conflict.TYPE)
    about = {key for key in keys if key[0] != Conflict.TYPE}
    snapshot.rows = await tx.lock_rows(about)
    for name in sorted({op.type for op in claiming}):
        wanted = _keys_named(snapshot, name, [op for op in claiming if op.type == name])
        owners = await tx.owners(name, sorted(wanted))
        snapshot.owners |= {(name, value): ids for value, ids in owners.items()}
    # A conflict names the other owner of a key, and tells which of several was first.
    others = {(name, id_) for (name, _), ids in snapshot.owners.items() for id_ in ids} - about
    if others:
        snapshot.rows |= await tx.lock_rows(others)
    wanted_about = sorted({key[1] for key in about | others})
    snapshot.add_conflicts(await tx.lock_conflicts(named, wanted_about))
    return snapshot


def _is_reference(op: Op) -> bool:
    return op.type in RECORDS and RECORDS[op.type].KIND is Kind.REFERENCE


def _claims(op: Op) -> bool:
    """Whether an op may give a live record a natural key it did not have."""
    named = (op.values or {}).keys() | (op.after or {}).keys()
    return op.type in NATURAL_KEYS and bool(named & {NATURAL_KEYS[op.type], "deleted"})


def _keys_named(snapshot: Snapshot, name: str, ops: Sequence[Op]) -> set[str]:
    """The natural keys that these ops name, and those that their rows have."""
    field = NATURAL_KEYS[name]
    rows = (snapshot.rows.get((name, op.id)) for op in ops)
    wanted = {str(row.values[field]) for row in rows if row is not None}
    for op in ops:
        named = {**(op.values or {}), **(op.after or {})}
        wanted |= {str(named[field])} if field in named else set()
    return wanted

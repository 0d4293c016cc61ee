"""Loading what a batch touches: natural keys and rows, locked in one fixed order."""

from collections.abc import Iterable, Sequence

from psycopg import sql

from localdb.domain.ops import Group, Op
from localdb.domain.records import RECORDS, Conflict, Kind
from sync.server.bulk import Cursor, lock_rows, row_of
from sync.server.decisions import Snapshot
from sync.server.rows import Key, Row
from sync.server.schema import NATURAL_KEYS


async def load_snapshot(cursor: Cursor, org_id: str, groups: Iterable[Group]) -> Snapshot:
    """The references that the groups touch, the open conflicts on them, the owners of keys."""
    ops = [op for group in groups for op in group.ops if _is_reference(op)]
    snapshot = Snapshot()
    if not ops:
        return snapshot
    claiming = [op for op in ops if _claims(op)]
    if claiming:
        await _lock_natural_keys(cursor, org_id)
    keys = {(op.type, op.id) for op in ops}
    snapshot.rows = await lock_rows(cursor, org_id, {k for k in keys if k[0] != Conflict.TYPE})
    snapshot.rows |= await _lock_conflicts(cursor, org_id, keys)
    for name in sorted({op.type for op in claiming}):
        await _load_owners(cursor, org_id, snapshot, name, [o for o in claiming if o.type == name])
    return snapshot


def _is_reference(op: Op) -> bool:
    return op.type in RECORDS and RECORDS[op.type].KIND is Kind.REFERENCE


def _claims(op: Op) -> bool:
    """Whether an op may give a live record a natural key it did not have."""
    named = (op.values or {}).keys() | (op.after or {}).keys()
    return op.type in NATURAL_KEYS and bool(named & {NATURAL_KEYS[op.type], "deleted"})


async def _lock_natural_keys(cursor: Cursor, org_id: str) -> None:
    # No row exists yet that two tills creating the same barcode could meet on. One lock per
    # organisation: one per key would overflow the lock table in an import.
    await cursor.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('natural key ' || %s, 0))", (org_id,)
    )


async def _lock_conflicts(cursor: Cursor, org_id: str, keys: set[Key]) -> dict[Key, Row]:
    named = sorted(key[1] for key in keys if key[0] == Conflict.TYPE)
    about = sorted(key[1] for key in keys if key[0] != Conflict.TYPE)
    await cursor.execute(
        "SELECT * FROM conflict WHERE org_id = %s AND (id = ANY(%s::uuid[])"
        " OR (state = 'open' AND record_id = ANY(%s::uuid[]))) ORDER BY id FOR UPDATE",
        (org_id, named, about),
    )
    return {(Conflict.TYPE, row["id"]): row_of(Conflict.TYPE, row) async for row in cursor}


async def _load_owners(
    cursor: Cursor, org_id: str, snapshot: Snapshot, name: str, ops: Sequence[Op]
) -> None:
    field = NATURAL_KEYS[name]
    rows = (snapshot.rows.get((name, op.id)) for op in ops)
    wanted = {str(row.values[field]) for row in rows if row is not None}
    for op in ops:
        named = {**(op.values or {}), **(op.after or {})}
        wanted |= {str(named[field])} if field in named else set()
    query = sql.SQL(
        "SELECT {field} AS key, array_agg(id::text ORDER BY id) AS ids FROM {table}"
        " WHERE org_id = %s AND {field} = ANY(%s::text[]) AND NOT deleted GROUP BY {field}"
    ).format(field=sql.Identifier(field), table=sql.Identifier(name))
    await cursor.execute(query, (org_id, sorted(wanted)))
    snapshot.owners |= {(name, row["key"]): row["ids"] async for row in cursor}

"""Writing what was decided: rows, facts, held bodies; then, last of all, the streams."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg.types.json import Jsonb

from localdb.domain.ops import Group
from localdb.domain.records import RECORDS, Scope, Store
from sync.server import bulk
from sync.server.bulk import Cursor, Values
from sync.server.decisions import Decision, Snapshot
from sync.server.rows import Key, Row, complete
from sync.server.schema import ORG_STREAM


class FactContradicts(Exception):
    """A fact arrived under the id of a stored one that says something else."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One group with its decision; ``group`` is None when the body could not be read."""

    device_id: str
    dseq: int
    hash: str
    body: str
    group: Group | None
    decision: Decision


@dataclass(frozen=True, slots=True)
class _LogEntry:
    judged: Judged
    group: Group
    stream: str
    rows: list[dict[str, Any]]
    fact_types: dict[str, int]


async def write_rows(
    cursor: Cursor, org_id: str, known: Iterable[Key], snapshot: Snapshot, judged: Sequence[Judged]
) -> set[str]:
    """Store the final image of every row the batch wrote; the ids of the new ones.

    ``known`` are the rows that existed before the batch.
    """
    before = set(known)
    written = {key for one in judged for key in one.decision.writes}
    for name in sorted({key[0] for key in written}):
        rows = [(key, snapshot.rows[key]) for key in sorted(written) if key[0] == name]
        new = [row for key, row in rows if key not in before]
        old = [row for key, row in rows if key in before]
        if new:
            await bulk.insert_rows(cursor, org_id, name, new)
        if old:
            await bulk.update_rows(cursor, org_id, name, old)
    stores = sorted(key[1] for key in written - before if key[0] == Store.TYPE)
    if stores:
        await create_streams(cursor, org_id, stores)
    return {key[1] for key in written - before}


async def create_streams(cursor: Cursor, org_id: str, names: list[str]) -> None:
    """Begin streams at number 0."""
    await cursor.execute(
        "INSERT INTO stream (org_id, stream, head, pruned_to)"
        " SELECT %s::uuid, name, 0, 0 FROM unnest(%s::text[]) AS name ON CONFLICT DO NOTHING",
        (org_id, names),
    )


async def write_facts(cursor: Cursor, org_id: str, judged: Sequence[Judged]) -> list[Judged]:
    """Store the facts of a batch, each once by its id; raises FactContradicts.

    Returns the batch with those groups marked as duplicates that brought nothing new.
    """
    known: set[str] = set()
    by_type: dict[str, list[tuple[Values, str, int]]] = defaultdict(list)
    for one in judged:
        for fact in one.decision.facts:
            by_type[fact.type].append((fact.values, one.device_id, one.dseq))
    for name in RECORDS:
        if name in by_type:
            again = await bulk.insert_facts(cursor, org_id, name, by_type[name])
            if again:
                await _check_known(cursor, org_id, name, by_type[name], again)
                known |= again
    return [_as_duplicate(one, known) for one in judged]


def _as_duplicate(one: Judged, known: set[str]) -> Judged:
    decision = one.decision
    if decision.is_news_only_by_facts and {f.values["id"] for f in decision.facts} <= known:
        return replace(one, decision=replace(decision, kind="duplicate"))
    return one


async def _check_known(
    cursor: Cursor,
    org_id: str,
    name: str,
    facts: Sequence[tuple[Values, str, int]],
    known: set[str],
) -> None:
    stored = {row["id"]: row for row in await bulk.stored_facts(cursor, org_id, name, known)}
    for values, _, _ in facts:
        if values["id"] in known and stored[values["id"]] != complete(RECORDS[name], values):
            raise FactContradicts(f"the {name} {values['id']} is stored with other values")


async def write_held(cursor: Cursor, org_id: str, judged: Sequence[Judged], now_us: int) -> None:
    """Keep the bodies of held groups until they can be applied."""
    held = [one for one in judged if one.decision.kind == "held"]
    for one in held:
        decision = one.decision
        await cursor.execute(
            "INSERT INTO held_group"
            " (org_id, device_id, dseq, hash, body, code, detail, waits_for, at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (org_id, device_id, dseq) DO UPDATE"
            " SET code = EXCLUDED.code, detail = EXCLUDED.detail, waits_for = EXCLUDED.waits_for",
            (
                org_id,
                one.device_id,
                one.dseq,
                one.hash,
                one.body,
                decision.code,
                decision.detail,
                decision.waits_for,
                now_us,
            ),
        )


async def write_streams(
    cursor: Cursor, org_id: str, snapshot: Snapshot, judged: Sequence[Judged], now_us: int
) -> tuple[dict[str, int], dict[tuple[str, int], dict[str, int]]]:
    """Take numbers and write the log: nothing but the ledger comes after this.

    Returns the new heads, and for each ``(device, dseq)`` its number in each stream. The
    streams are taken in the order of their names, by every transaction alike.
    """
    entries = [entry for one in judged for entry in _entries(one, snapshot)]
    heads: dict[str, int] = {}
    numbers: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    placed: list[tuple[int, _LogEntry]] = []
    for stream in sorted({entry.stream for entry in entries}):
        own = [entry for entry in entries if entry.stream == stream]
        heads[stream] = await _advance(cursor, org_id, stream, len(own))
        first = heads[stream] - len(own) + 1
        for number, entry in enumerate(own, first):
            numbers[entry.judged.device_id, entry.judged.dseq][stream] = number
            placed.append((number, entry))
    if placed:
        await _write_log(cursor, org_id, placed, now_us)
    return heads, numbers


async def _advance(cursor: Cursor, org_id: str, stream: str, count: int) -> int:
    await cursor.execute(
        "UPDATE stream SET head = head + %s WHERE org_id = %s AND stream = %s RETURNING head",
        (count, org_id, stream),
    )
    row = await cursor.fetchone()
    assert row is not None, f"stream {stream} was never begun"
    return int(row["head"])


def _entries(judged: Judged, snapshot: Snapshot) -> list[_LogEntry]:
    """The group's entry in each stream it enters, with the images it left there."""
    group, decision = judged.group, judged.decision
    if group is None or not decision.enters_streams:
        return []
    streams: dict[str, list[dict[str, Any]]] = {}
    for key in sorted(decision.writes.keys() | decision.touched):
        row = decision.writes.get(key) or snapshot.rows[key]
        streams.setdefault(_stream_of(key[0], group), []).append(image(key, row))
    counts: dict[str, int] = defaultdict(int)
    for fact in decision.facts:
        counts[fact.type] += 1
        streams.setdefault(_stream_of(fact.type, group), [])
    return [
        _LogEntry(judged, group, stream, rows, {} if stream == ORG_STREAM else dict(counts))
        for stream, rows in streams.items()
    ]


def _stream_of(type_name: str, group: Group) -> str:
    return ORG_STREAM if RECORDS[type_name].SCOPE is Scope.ORG else group.store_id


def image(key: Key, row: Row) -> dict[str, Any]:
    """A row as the wire shows it (``RowImage``)."""
    return {
        "type": key[0],
        "id": key[1],
        "version": row.version,
        "vector": row.vector,
        "values": row.values,
    }


async def _write_log(
    cursor: Cursor, org_id: str, placed: Sequence[tuple[int, _LogEntry]], now_us: int
) -> None:
    await cursor.execute(
        "INSERT INTO change_log (org_id, stream, number, device_id, dseq, user_id, store_id, at,"
        " row_count, fact_types, rows, applied_at)"
        " SELECT %s::uuid, *, %s::bigint FROM unnest(%s::text[], %s::bigint[], %s::uuid[],"
        " %s::bigint[], %s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[], %s::jsonb[],"
        " %s::jsonb[])",
        (
            org_id,
            now_us,
            [entry.stream for _, entry in placed],
            [number for number, _ in placed],
            [entry.judged.device_id for _, entry in placed],
            [entry.judged.dseq for _, entry in placed],
            [entry.group.user_id for _, entry in placed],
            [entry.group.store_id or None for _, entry in placed],
            [entry.group.at_us for _, entry in placed],
            [len(entry.rows) + sum(entry.fact_types.values()) for _, entry in placed],
            [Jsonb(entry.fact_types) for _, entry in placed],
            [Jsonb(entry.rows) for _, entry in placed],
        ),
    )

"""Pulling: whole groups after a cursor, in number order, without a gap."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from psycopg import sql

from localdb.domain.records import FACTS, RECORDS
from sync.protocol import limits
from sync.protocol.messages import Entry, FactRow, PullReply, RowImage
from sync.server.admission import Device
from sync.server.bulk import Cursor, values_of
from sync.server.devices import epoch_of
from sync.server.schema import ORG_STREAM
from sync.server.store import PostgresStore, Services

Origin = tuple[str, int]
"""(device id, dseq)."""


class ExpiredCursor(Exception):
    """The stream no longer holds what follows the cursor, or never held the cursor."""


class ForeignStream(Exception):
    """The stream is not one of the asking device's."""


async def pull(
    store: PostgresStore, services: Services, device: Device, stream: str, epoch: str, after: int
) -> PullReply:
    """One page of a stream; raises ExpiredCursor or ForeignStream.

    An empty ``epoch`` is a cursor that never was, good only at 0.
    """
    if stream not in streams_of(device):
        raise ForeignStream
    async with store.transaction(device.org_id) as cursor:
        current = await epoch_of(cursor)
        head = await _check_cursor(cursor, device.org_id, stream, after)
        if epoch != current and (epoch or after):
            raise ExpiredCursor
        rows = await _page(cursor, device.org_id, stream, after)
        facts = await _facts(cursor, device, rows)
    entries = [_entry(row, device, facts) for row in rows]
    return PullReply(
        epoch=current,
        stream=stream,
        head=max(head, entries[-1].number if entries else 0),
        entries=entries,
        server_time_us=services.now_us(),
    )


def streams_of(device: Device) -> tuple[str, ...]:
    """The streams a device follows: its organisation's and its store's."""
    return (ORG_STREAM, device.store_id) if device.store_id else (ORG_STREAM,)


async def _check_cursor(cursor: Cursor, org_id: str, stream: str, after: int) -> int:
    await cursor.execute(
        "SELECT head, pruned_to FROM stream WHERE org_id = %s AND stream = %s", (org_id, stream)
    )
    row = await cursor.fetchone()
    if row is None:
        raise ForeignStream
    if not row["pruned_to"] <= after <= row["head"]:
        raise ExpiredCursor
    return int(row["head"])


async def _page(cursor: Cursor, org_id: str, stream: str, after: int) -> list[dict[str, Any]]:
    """The next entries: as many as fit the limits, at least one."""
    await cursor.execute(
        "SELECT * FROM (SELECT number, device_id, dseq, user_id, at, fact_types, rows,"
        " sum(row_count) OVER (ORDER BY number) - row_count AS rows_before FROM change_log"
        " WHERE org_id = %s AND stream = %s AND number > %s ORDER BY number LIMIT %s) page"
        " WHERE rows_before < %s ORDER BY number",
        (org_id, stream, after, limits.PAGE_ENTRIES_MAX, limits.PAGE_ROWS_MAX),
    )
    return await cursor.fetchall()


async def _facts(
    cursor: Cursor, device: Device, rows: Sequence[dict[str, Any]]
) -> dict[Origin, list[FactRow]]:
    """The facts of other devices' groups, by the group that brought them, parents first."""
    found: dict[Origin, list[FactRow]] = defaultdict(list)
    for record in FACTS:
        origins = [
            (row["device_id"], row["dseq"])
            for row in rows
            if record.TYPE in row["fact_types"] and row["device_id"] != device.device_id
        ]
        if origins:
            async for row in _brought_by(cursor, device.org_id, record.TYPE, origins):
                fact = FactRow(type=record.TYPE, values=values_of(RECORDS[record.TYPE], row))
                found[row["origin_device"], row["origin_dseq"]].append(fact)
    return found


async def _brought_by(
    cursor: Cursor, org_id: str, type_name: str, origins: Iterable[Origin]
) -> AsyncIterator[dict[str, Any]]:
    devices, dseqs = zip(*origins, strict=True)
    query = sql.SQL(
        "SELECT t.* FROM {table} t JOIN unnest(%s::uuid[], %s::bigint[]) AS o (device, dseq)"
        " ON t.origin_device = o.device AND t.origin_dseq = o.dseq"
        " WHERE t.org_id = %s ORDER BY t.id"
    ).format(table=sql.Identifier(type_name))
    await cursor.execute(query, (list(devices), list(dseqs), org_id))
    async for row in cursor:
        yield row


def _entry(row: dict[str, Any], device: Device, facts: dict[Origin, list[FactRow]]) -> Entry:
    return Entry(
        number=row["number"],
        device_id=row["device_id"],
        dseq=row["dseq"],
        user_id=row["user_id"],
        at_us=row["at"],
        stub=row["device_id"] == device.device_id,
        rows=[RowImage.model_validate(image) for image in row["rows"]],
        facts=facts.get((row["device_id"], row["dseq"]), []),
    )

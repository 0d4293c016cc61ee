"""Answers bootstrap and proof: heads, pages by key, stock, digests, and ``/v1/me``.

A till notes the heads first and pulls from them at the end, so that a page may show more than the
heads say and never less. Stock is a sum, not a row: it is that of exactly the number the heads
named, and each movement the till pulls later is added to it exactly once.
"""

import itertools
from collections.abc import Iterable
from typing import Any

from localdb.domain.records import FACTS, RECORDS, Kind, Record, Scope
from sync.protocol import limits
from sync.protocol.digest import DAY_MS, id_at, ids_of_day, is_bucket, whole_digest
from sync.protocol.folded import fields_of, folded_fact, folded_reference
from sync.protocol.messages import (
    Digest,
    FactRow,
    Me,
    OriginsPage,
    RowImage,
    SalesProof,
    SnapshotHeads,
    SnapshotPage,
    StockPage,
    TableHeld,
)
from sync.server.core.admission import Device
from sync.server.core.checkpoints import declared
from sync.server.core.effects import image
from sync.server.core.ports import LAST_ID, Services, Store, Values
from sync.server.core.rows import Row
from sync.server.core.streams import stream_state, streams_of

STOCK_ENTRIES_MAX = 20_000
"""How many entries' movements are added up for each page of stock."""
DAY_US = 86_400_000_000
NIL = "00000000-0000-0000-0000-000000000000"


class UnknownType(Exception):
    """A fresh till is given no record type of this name, or no such bucket of it."""


class NoCheckpoint(Exception):
    """The stock was asked for before the heads, or too long after them."""


class Snapshots:
    """What a till reads to start afresh, and what it compares itself with."""

    def __init__(self, store: Store, services: Services, backup_days: int) -> None:
        self._store = store
        self._services = services
        self._backup_days = backup_days

    async def heads(self, device: Device) -> SnapshotHeads:
        """The last numbers of the device's streams; the stock will be that of its store's."""
        async with self._store.transaction(device.org_id) as tx:
            if device.store_id is not None:
                await tx.keep_stock(device.store_id, STOCK_ENTRIES_MAX)
            heads = {name: (await stream_state(tx, name)).head for name in streams_of(device)}
            if device.store_id is not None:
                await tx.note_stock_number(device.device_id, heads[device.store_id])
            rows = {
                name: await tx.count(name, _store_of(device, name), self._from(name))
                for name in _given()
            }
            origins = {
                name: rows[name]
                if name in rows
                else await tx.count(name, device.store_id, self._from(name))
                for name in (fact.TYPE for fact in FACTS if device.store_id is not None)
            }
            return SnapshotHeads(epoch=await tx.epoch(), heads=heads, rows=rows, origins=origins)

    async def page(
        self,
        device: Device,
        type_name: str,
        after: str,
        limit: int,
        bucket: str = "",
        *,
        cells: bool = False,
    ) -> SnapshotPage:
        """Rows of one type, or of one bucket of it, with ids above ``after``; raises UnknownType.

        A day's bucket is given whole, also when a fresh till would get only a part of that day.
        ``cells`` asks for the rows folded into one list.
        """
        if type_name not in _given() or not is_bucket(RECORDS[type_name].KIND, bucket or "00"):
            raise UnknownType
        limit = max(1, min(limit, limits.SNAPSHOT_ROWS_MAX))
        where = (type_name, _store_of(device, type_name))
        async with self._store.transaction(device.org_id) as tx:
            if RECORDS[type_name].KIND is Kind.FACT:
                from_id, below = ids_of_day(bucket) if bucket else (self._from(type_name), LAST_ID)
                values = await tx.recent_facts(*where, from_id, after or NIL, limit, below)
                if cells:
                    return _folded_facts(RECORDS[type_name], values, limit)
                return SnapshotPage(
                    type=type_name,
                    facts=[FactRow(type=type_name, values=one) for one in values],
                    next_after=_next_after([one["id"] for one in values], limit),
                )
            rows = await tx.references(*where, after or NIL, limit, bucket)
        if cells:
            return _folded_references(RECORDS[type_name], rows, limit)
        images = [image((type_name, row.values["id"]), row) for row in rows]
        return SnapshotPage(
            type=type_name,
            rows=[RowImage.model_validate(one) for one in images],
            next_after=_next_after([row.values["id"] for row in rows], limit),
        )

    async def origins(
        self, device: Device, type_name: str, after: str, limit: int = limits.SNAPSHOT_ROWS_MAX
    ) -> OriginsPage:
        """Which groups of other tills brought what a restore could take; raises UnknownType.

        So that the device can hand it over should their disks be gone by then.
        """
        if type_name not in {fact.TYPE for fact in FACTS} or device.store_id is None:
            raise UnknownType
        limit = max(1, min(limit, limits.SNAPSHOT_ROWS_MAX))
        # A day more: the backup may have been begun before the hour at which it is counted.
        since_us = self._services.now_us() - (self._backup_days + 1) * DAY_US
        first = max(after, self._from(type_name))
        given = type_name in limits.FACT_DAYS
        async with self._store.transaction(device.org_id) as tx:
            where = (type_name, device.store_id, since_us, device.device_id)
            facts = await tx.facts_since(*where, first, limit)
        return OriginsPage.model_construct(
            type=type_name,
            facts=[
                (f.values["id"], f.device_id, f.dseq, None if given else f.values) for f in facts
            ],
            next_after=_next_after([fact.values["id"] for fact in facts], limit),
        )

    async def stock(
        self, device: Device, after: str, limit: int = limits.SNAPSHOT_ROWS_MAX
    ) -> StockPage:
        """Stock of the device's store as its heads found it; raises NoCheckpoint."""
        async with self._store.transaction(device.org_id) as tx:
            number = await tx.stock_number(device.device_id)
            if number is None or device.store_id is None:
                raise NoCheckpoint
            levels = await tx.stock(device.store_id, number, after or NIL, limit)
            if levels is None:
                raise NoCheckpoint
        next_after = _next_after([product for product, _ in levels], limit)
        return StockPage(number=number, levels=levels, next_after=next_after)

    async def digests(self, device: Device) -> list[Digest]:
        """Count and digest of each type within the device's sight, all at one moment."""
        async with self._store.transaction(device.org_id, repeatable=True) as tx:
            found = {
                name: whole_digest(await tx.bucket_digests(name, _store_of(device, name), NIL))
                for name in RECORDS
            }
        return [
            Digest(type=name, count=n, digest=digest, fields=declared(name))
            for name, (n, digest) in found.items()
        ]

    async def me(self, device: Device, sent: int = 0) -> Me:
        """What the server holds of the device; the hash of its group ``sent``, or of its last."""
        async with self._store.transaction(device.org_id, repeatable=True) as tx:
            epoch = await tx.epoch()
            held = await tx.holdings(device.device_id)
            origin = (device.device_id, min(sent, held.dseq_acknowledged))
            known = await tx.recorded([origin]) if origin[1] else {}
        return Me(
            org_id=device.org_id,
            store_id=device.store_id or device.org_id,
            device_id=device.device_id,
            dseq_acknowledged=held.dseq_acknowledged,
            epoch=epoch,
            sales=SalesProof(count=held.sales, total_minor=held.sales_minor),
            journal_head=held.journal_head,
            hash=known[origin].hash if origin in known else "",
        )

    async def tables(self, device: Device) -> list[TableHeld]:
        """Count and sum of each fact type that the device brought, all at one moment."""
        async with self._store.transaction(device.org_id, repeatable=True) as tx:
            found = [(one.TYPE, await tx.delivered_by(one.TYPE, device.device_id)) for one in FACTS]
        return [TableHeld(type=name, count=count, total=total) for name, (count, total) in found]

    def _from(self, type_name: str) -> str:
        """The lowest id that a fresh till is given: of facts only the recent ones."""
        if RECORDS[type_name].KIND is Kind.REFERENCE:
            return NIL
        days = limits.FACT_DAYS.get(type_name, max(limits.FACT_DAYS.values()))
        return id_at(self._services.now_us() // 1000 - days * DAY_MS)


def _given() -> tuple[str, ...]:
    given = limits.FACT_DAYS
    return tuple(n for n, r in RECORDS.items() if r.KIND is Kind.REFERENCE or n in given)


def _store_of(device: Device, type_name: str) -> str | None:
    """The store whose rows of a type the device sees; None for all of the organisation."""
    return device.store_id if RECORDS[type_name].SCOPE is Scope.STORE else None


def _folded_references(record: type[Record], rows: list[Row], limit: int) -> SnapshotPage:
    fields = fields_of(record)
    return SnapshotPage.model_construct(
        type=record.TYPE,
        fields=fields,
        cells=_joined(folded_reference(fields, r.values, r.version, r.vector) for r in rows),
        next_after=_next_after([row.values["id"] for row in rows], limit),
    )


def _folded_facts(record: type[Record], facts: list[Values], limit: int) -> SnapshotPage:
    fields = fields_of(record)
    return SnapshotPage.model_construct(
        type=record.TYPE,
        fields=fields,
        cells=_joined(folded_fact(fields, values) for values in facts),
        next_after=_next_after([values["id"] for values in facts], limit),
    )


def _joined(folded: Iterable[list[Any]]) -> list[Any]:
    return list(itertools.chain.from_iterable(folded))


def _next_after(ids: list[str], limit: int) -> str:
    return ids[-1] if len(ids) == limit else ""

"""Bootstrap and proof: the heads, the pages by key, the stock, the digests, and ``/v1/me``.

A till notes the heads first and pulls from them at the end, so that a page may show more than the
heads say and never less. Stock is a sum, not a row: it is taken at the very moment of the heads,
and each movement the till pulls later is added to it exactly once.
"""

from localdb.domain.records import FACTS, RECORDS, Kind, Scope
from sync.protocol import limits
from sync.protocol.messages import (
    Digest,
    FactRow,
    Me,
    RowImage,
    SalesProof,
    SnapshotHeads,
    SnapshotPage,
    StockPage,
    TableHeld,
)
from sync.server.admission import Device
from sync.server.effects import image
from sync.server.ports import Services, Store
from sync.server.streams import streams_of

FACT_DAYS = {"sale": 90, "sale_line": 90, "sale_tax": 90, "payment": 90, "shift_event": 90}
"""How many days of a fact type a fresh till is given; a type that is missing is not given."""
DAY_MS = 86_400_000
NIL = "00000000-0000-0000-0000-000000000000"


class UnknownType(Exception):
    """No record type of this name is given to a fresh till."""


class NoCheckpoint(Exception):
    """The stock was asked for before the heads."""


class Snapshots:
    """What a till reads to start afresh, and what it compares itself with."""

    def __init__(self, store: Store, services: Services) -> None:
        self._store = store
        self._services = services

    async def heads(self, device: Device) -> SnapshotHeads:
        """Where the device's streams stand; keeps the stock of its store at that very moment."""
        async with self._store.transaction(device.org_id) as tx:
            if device.store_id is not None:
                await tx.lock_checkpoints(device.store_id)
            heads = await tx.take_heads(streams_of(device), device.store_id)
            if device.store_id is not None:
                number = heads[device.store_id]
                await tx.tie_checkpoint(device.device_id, device.store_id, number)
            rows = {
                name: await tx.count(name, _store_of(device, name), self._from(name))
                for name in _given()
            }
            return SnapshotHeads(epoch=await tx.epoch(), heads=heads, rows=rows)

    async def page(self, device: Device, type_name: str, after: str, limit: int) -> SnapshotPage:
        """Rows of one type with ids above ``after``; raises UnknownType."""
        if type_name not in _given():
            raise UnknownType
        limit = max(1, min(limit, limits.SNAPSHOT_ROWS_MAX))
        where = (type_name, _store_of(device, type_name))
        async with self._store.transaction(device.org_id) as tx:
            if RECORDS[type_name].KIND is Kind.FACT:
                values = await tx.recent_facts(*where, self._from(type_name), after or NIL, limit)
                return SnapshotPage(
                    type=type_name,
                    facts=[FactRow(type=type_name, values=one) for one in values],
                    next_after=_next_after([one["id"] for one in values], limit),
                )
            rows = await tx.references(*where, after or NIL, limit)
        images = [image((type_name, row.values["id"]), row) for row in rows]
        return SnapshotPage(
            type=type_name,
            rows=[RowImage.model_validate(one) for one in images],
            next_after=_next_after([row.values["id"] for row in rows], limit),
        )

    async def stock(self, device: Device, after: str) -> StockPage:
        """Stock of the device's store as its heads found it; raises NoCheckpoint."""
        limit = limits.SNAPSHOT_ROWS_MAX
        async with self._store.transaction(device.org_id) as tx:
            number = await tx.checkpoint_of(device.device_id)
            if number is None or device.store_id is None:
                raise NoCheckpoint
            levels = await tx.stock(device.store_id, number, after or NIL, limit)
        next_after = _next_after([product for product, _ in levels], limit)
        return StockPage(number=number, levels=levels, next_after=next_after)

    async def digests(self, device: Device) -> list[Digest]:
        """Count and digest of each type within the device's sight, all at one moment."""
        async with self._store.transaction(device.org_id, repeatable=True) as tx:
            found = [(name, await tx.digest(name, _store_of(device, name))) for name in RECORDS]
        return [Digest(type=name, count=count, digest=digest) for name, (count, digest) in found]

    async def me(self, device: Device) -> Me:
        """What the server holds of the device."""
        async with self._store.transaction(device.org_id, repeatable=True) as tx:
            epoch = await tx.epoch()
            held = await tx.holdings(device.device_id)
        return Me(
            org_id=device.org_id,
            store_id=device.store_id or device.org_id,
            device_id=device.device_id,
            dseq_acknowledged=held.dseq_acknowledged,
            epoch=epoch,
            sales=SalesProof(count=held.sales, total_minor=held.sales_minor),
            journal_head=held.journal_head,
        )

    async def tables(self, device: Device) -> list[TableHeld]:
        """Count and sum of each fact type that the device brought, all at one moment."""
        async with self._store.transaction(device.org_id, repeatable=True) as tx:
            found = [(one.TYPE, await tx.brought(one.TYPE, device.device_id)) for one in FACTS]
        return [TableHeld(type=name, count=count, total=total) for name, (count, total) in found]

    def _from(self, type_name: str) -> str:
        """The lowest id that a fresh till is given: of facts only the recent ones."""
        if type_name not in FACT_DAYS:
            return NIL
        return _id_at(self._services.now_us() // 1000 - FACT_DAYS[type_name] * DAY_MS)


def _given() -> tuple[str, ...]:
    return tuple(n for n, r in RECORDS.items() if r.KIND is Kind.REFERENCE or n in FACT_DAYS)


def _store_of(device: Device, type_name: str) -> str | None:
    """The store whose rows of a type the device sees; None for all of the organisation."""
    return device.store_id if RECORDS[type_name].SCOPE is Scope.STORE else None


def _next_after(ids: list[str], limit: int) -> str:
    return ids[-1] if len(ids) == limit else ""


def _id_at(time_ms: int) -> str:
    """The lowest id of a moment: ids begin with their time."""
    digits = f"{max(time_ms, 0):012x}"
    return f"{digits[:8]}-{digits[8:]}-0000-0000-000000000000"

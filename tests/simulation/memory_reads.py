"""The reading ports in memory: snapshots, stock, and the digests of streams."""

from dataclasses import replace

from localdb.domain.records import RECORDS, Kind, Scope
from sync.protocol.digest import BucketDigests, Tally, bucket_of
from sync.protocol.sums import SUMMED
from sync.server.core.ports import LAST_ID, Checkpoint, Holdings, LogEntry, NewFact, Values
from sync.server.core.rows import Row
from tests.simulation.memory_groups import Transacted

CHECKPOINTS_KEPT = 2
STOCK_KEPT = 3


class MemorySnapshots(Transacted):
    """``sync.server.core.ports.SnapshotPort`` and ``CheckpointPort``."""

    # ------------------------------------------------------------ stock

    async def note_stock_number(self, device_id: str, number: int) -> None:
        row = replace(self._device(device_id), stock_number=number)
        self._put("device", row, device_id)

    async def stock_number(self, device_id: str) -> int | None:
        return self._device(device_id).stock_number

    async def stock(
        self, store_id: str, number: int, after: str, limit: int
    ) -> list[tuple[str, int]] | None:
        base = self._stock_base(store_id, number)
        if base is None:
            moved = any(f.values["store_id"] == store_id for f in self._rows("stock_movement"))
            return None if moved else []
        levels = dict(self._get("stock_checkpoint", store_id, base) or {})
        for entry in self._entries(store_id, base, number):
            for id_ in self._get("fact_of", "stock_movement", entry.device_id, entry.dseq) or ():
                if entry.holds("stock_movement", id_):
                    _count(levels, self._get("stock_movement", id_).values)
        return sorted((p, level) for p, level in levels.items() if p > after)[:limit]

    async def keep_stock(self, store_id: str, entries_max: int) -> None:
        head = self._get("stream", store_id).head
        base = self._stock_base(store_id, head)
        if base is not None and head - base <= entries_max:
            return
        levels: dict[str, int] = {}
        for fact in self._rows("stock_movement"):
            if fact.values["store_id"] == store_id:
                _count(levels, fact.values)
        if levels:
            self._put("stock_checkpoint", levels, store_id, head)
        for number in self._kept("stock_checkpoint", store_id)[:-STOCK_KEPT]:
            self._drop("stock_checkpoint", store_id, number)

    def _stock_base(self, store_id: str, number: int) -> int | None:
        kept = [at for at in self._kept("stock_checkpoint", store_id) if at <= number]
        base = max(kept, default=0)
        return base if base >= self._get("stream", store_id).pruned_to else None

    def _kept(self, table: str, stream: str) -> list[int]:
        return sorted(key[2] for key, _ in self._work[table].items(self._org) if key[1] == stream)

    def _entries(self, stream: str, after: int, to: int) -> list[LogEntry]:
        found = (self._get("change_log", stream, number) for number in range(after + 1, to + 1))
        return [entry for entry in found if entry is not None]

    # ------------------------------------------------------------ rows

    async def count(self, type_name: str, store_id: str | None, from_id: str) -> int:
        return len([v for v in self._values(type_name, store_id) if v["id"] >= from_id])

    async def references(
        self, type_name: str, store_id: str | None, after: str, limit: int, bucket: str = ""
    ) -> list[Row]:
        wanted = sorted(
            values["id"]
            for values in self._values(type_name, store_id)
            if values["id"] > after and values["id"].endswith(bucket)
        )
        return [self._get(type_name, id_) for id_ in wanted[:limit]]

    async def recent_facts(
        self,
        type_name: str,
        store_id: str | None,
        from_id: str,
        after: str,
        limit: int,
        below: str = LAST_ID,
    ) -> list[Values]:
        found = [
            dict(values)
            for values in self._values(type_name, store_id)
            if values["id"] >= from_id and after < values["id"] < below
        ]
        return sorted(found, key=lambda values: str(values["id"]))[:limit]

    async def facts_since(
        self,
        type_name: str,
        store_id: str,
        since_us: int,
        but_device: str,
        after: str,
        limit: int,
    ) -> list[NewFact]:
        found = [
            fact
            for fact in self._rows(type_name)
            if fact.values["store_id"] == store_id
            and fact.values["id"] > after
            and fact.device_id != but_device
            and (self._get("recorded_at", fact.device_id, fact.dseq) or since_us) >= since_us
        ]
        return sorted(found, key=lambda fact: str(fact.values["id"]))[:limit]

    async def holdings(self, device_id: str) -> Holdings:
        sales = [f.values["total_minor"] for f in self._rows("sale") if f.device_id == device_id]
        acknowledged = self._device(device_id).dseq_acknowledged
        journal = [
            fact.values
            for fact in self._rows("journal_entry")
            if fact.device_id == device_id == fact.values["device_id"] and fact.dseq <= acknowledged
        ]
        head = max(journal, key=lambda entry: (entry["seq"], entry["id"]), default={"hash": ""})
        return Holdings(acknowledged, len(sales), sum(sales), head["hash"])

    async def delivered_by(self, type_name: str, device_id: str) -> tuple[int, int]:
        facts = [fact for fact in self._rows(type_name) if fact.device_id == device_id]
        summed = SUMMED.get(type_name)
        return len(facts), sum(fact.values[summed] for fact in facts) if summed else 0

    def _values(self, type_name: str, store_id: str | None) -> list[Values]:
        rows = [row.values for row in self._rows(type_name)]
        if store_id is None or RECORDS[type_name].SCOPE is not Scope.STORE:
            return rows
        return [values for values in rows if values["store_id"] == store_id]

    # ------------------------------------------------------------ digests

    async def try_lock(self, name: str) -> bool:
        return True

    async def bucket_digests(
        self, type_name: str, store_id: str | None, from_id: str
    ) -> BucketDigests:
        kind = RECORDS[type_name].KIND
        tally = Tally()
        for row in self._rows(type_name):
            values = row.values
            if values["id"] >= from_id and store_id in (None, values.get("store_id")):
                version = row.version if kind is Kind.REFERENCE else 0
                tally.add(bucket_of(kind, values["id"]), values, version)
        return tally.digests()

    async def keep_checkpoint(self, stream: str, checkpoint: Checkpoint) -> None:
        self._put("digests", checkpoint, stream, checkpoint.number)
        for number in self._kept("digests", stream)[:-CHECKPOINTS_KEPT]:
            self._drop("digests", stream, number)

    async def checkpoint(self, stream: str, number: int) -> Checkpoint | None:
        found: Checkpoint | None = self._get("digests", stream, number)
        return found

    async def touched_since(self, stream: str, number: int) -> set[tuple[str, str]]:
        touched = set()
        for entry in self._entries(stream, number, self._get("stream", stream).head):
            for row in entry.rows:
                touched.add((row["type"], row["id"][-2:]))
            for name in entry.fact_types:
                ids = self._get("fact_of", name, entry.device_id, entry.dseq) or ()
                touched |= {(name, bucket_of(Kind.FACT, id_)) for id_ in ids}
        return touched


def _count(levels: dict[str, int], movement: Values) -> None:
    product = movement["product_id"]
    levels[product] = levels.get(product, 0) + movement["quantity_milli"]

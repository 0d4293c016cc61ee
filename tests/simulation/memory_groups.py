"""The group port in memory: the ledger, rows, facts, held bodies, numbers and the log."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from localdb.domain.records import RECORDS, Conflict
from sync.server.core.admission import Device
from sync.server.core.authority import THE_SERVER, Sender
from sync.server.core.ports import (
    DeviceRun,
    HeldGroup,
    LedgerRow,
    LogEntry,
    NewFact,
    Origin,
    Race,
    Recorded,
    Restore,
    StoreError,
    StreamState,
    Values,
    Wait,
)
from sync.server.core.rows import Key, Row
from sync.server.schema import NATURAL_KEYS
from tests.simulation.memory_tables import Work

_ORDER = {name: position for position, name in enumerate(RECORDS)}


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device with what the server notes of it."""

    device: Device
    name: str
    token_hash: str | None
    enrolled_at: int
    dseq_acknowledged: int = 0
    last_seen: int | None = None
    stock_number: int | None = None
    replaces: str | None = None
    request_id: str | None = None
    token_next_hash: str | None = None
    token_at: int | None = None


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A held group and when it came."""

    group: HeldGroup
    at: int


class Transacted:
    """What the parts of a memory transaction share."""

    def __init__(self, work: Work, org_id: str) -> None:
        self._work = work
        self._org = org_id

    def _get(self, table: str, *key: Any) -> Any:
        return self._work[table].get((self._org, *key))

    def _put(self, table: str, row: Any, *key: Any) -> None:
        self._work[table].put((self._org, *key), row)

    def _drop(self, table: str, *key: Any) -> None:
        self._work[table].drop((self._org, *key))

    def _rows(self, table: str) -> list[Any]:
        return [row for _, row in self._work[table].items(self._org)]

    def _sender(self, device_id: str) -> Sender:
        device = self._device(device_id).device
        return THE_SERVER if device.store_id is None else device.sender

    def _device(self, device_id: str) -> DeviceRow:
        found: DeviceRow | None = self._get("device", device_id)
        assert found is not None, "a device that was authenticated exists"
        return found


class MemoryGroups(Transacted):
    """``sync.server.core.ports.GroupPort``; locks mean nothing where one thread does everything."""

    # ------------------------------------------------------------ the ledger

    async def lock_devices(self, device_ids: Collection[str]) -> dict[str, DeviceRun]:
        epoch = self._work["server_state"].get(("epoch",))
        return {
            id_: DeviceRun(
                self._device(id_).dseq_acknowledged + 1, epoch, self._given(id_), self._sender(id_)
            )
            for id_ in sorted(device_ids)
            if self._get("device", id_) is not None
        }

    def _given(self, device_id: str) -> bool:
        after = self._device(device_id).dseq_acknowledged
        found = self._work["fact_of"].items(self._org)
        return any(k[1:3] == ("stock_movement", device_id) and k[3] > after for k, _ in found)

    async def recorded(self, origins: Collection[Origin]) -> dict[Origin, Recorded]:
        found = {origin: self._get("ledger", *origin) for origin in origins}
        return {
            origin: Recorded(row.hash, row.verdict)
            for origin, row in found.items()
            if row is not None
        }

    async def record(self, rows: Sequence[LedgerRow], now_us: int) -> None:
        for row in rows:
            known = self._get("ledger", row.device_id, row.dseq)
            kept = replace(known, verdict=row.verdict) if known else row
            self._put("ledger", kept, row.device_id, row.dseq)
            self._put("recorded_at", now_us, row.device_id, row.dseq)

    async def acknowledge(self, delivered: Mapping[str, int], now_us: int) -> None:
        for device_id, dseq in delivered.items():
            row = replace(self._device(device_id), dseq_acknowledged=dseq, last_seen=now_us)
            self._put("device", row, device_id)

    # ------------------------------------------------------------ references

    async def lock_natural_keys(self) -> None:
        pass

    async def lock_rows(self, keys: Iterable[Key]) -> dict[Key, Row]:
        wanted = sorted(set(keys), key=lambda key: (_ORDER.get(key[0], -1), key[1]))
        found = {key: self._get(*key) for key in wanted}
        return {key: row for key, row in found.items() if row is not None}

    async def lock_conflicts(self, ids: Sequence[str], about: Sequence[str]) -> dict[Key, Row]:
        found = {}
        for row in sorted(self._rows(Conflict.TYPE), key=_id_of):
            is_open = row.values["state"] == "open"
            if row.values["id"] in ids or (is_open and row.values["record_id"] in about):
                found[Conflict.TYPE, row.values["id"]] = row
        return found

    async def waiting_for_manager(self, device_ids: Collection[str]) -> dict[str, int]:
        values = (row.values for row in self._rows(Conflict.TYPE))
        waiting = (v for v in values if v["state"] == "open" and v["reason"])
        return dict(Counter(v["device_id"] for v in waiting if v["device_id"] in device_ids))

    async def owners(self, type_name: str, values: Sequence[str]) -> dict[str, list[str]]:
        name = NATURAL_KEYS[type_name]
        found: dict[str, list[str]] = {}
        for row in sorted(self._rows(type_name), key=_id_of):
            if not row.values["deleted"] and row.values[name] in values:
                found.setdefault(row.values[name], []).append(row.values["id"])
        return found

    async def insert_rows(self, type_name: str, rows: Sequence[Row]) -> None:
        for row in rows:
            _refuse_unstorable(type_name, row.values)
            if self._get(type_name, row.values["id"]) is not None:
                raise Race(f"the {type_name} {row.values['id']} is there already")
            self._put(type_name, row, row.values["id"])

    async def update_rows(self, type_name: str, rows: Sequence[Row]) -> None:
        for row in rows:
            _refuse_unstorable(type_name, row.values)
            if self._get(type_name, row.values["id"]) is not None:
                self._put(type_name, row, row.values["id"])

    # ------------------------------------------------------------ facts

    async def insert_facts(self, facts: Mapping[str, Sequence[NewFact]]) -> set[Key]:
        return {
            (name, id_) for name, batch in facts.items() for id_ in self._insert_facts(name, batch)
        }

    def _insert_facts(self, type_name: str, facts: Sequence[NewFact]) -> set[str]:
        sent = Counter(fact.values["id"] for fact in facts)
        again = {id_ for id_, times in sent.items() if times > 1}
        for fact in facts:
            _refuse_unstorable(type_name, fact.values)
            id_ = fact.values["id"]
            if self._get(type_name, id_) is not None:
                again.add(id_)
                continue
            self._put(type_name, fact, id_)
            origin = (type_name, fact.device_id, fact.dseq)
            self._put("fact_of", (*(self._get("fact_of", *origin) or ()), id_), *origin)
        return again

    async def facts(self, type_name: str, ids: Iterable[str]) -> list[Values]:
        found = (self._get(type_name, id_) for id_ in sorted(set(ids)))
        return [dict(fact.values) for fact in found if fact is not None]

    # ------------------------------------------------------------ held groups

    async def hold(self, groups: Sequence[HeldGroup], now_us: int) -> None:
        for group in groups:
            known = self._get("held_group", group.device_id, group.dseq)
            row = HeldRow(group, known.at if known else now_us)
            self._put("held_group", row, group.device_id, group.dseq)

    async def next_held(
        self, arrived: Iterable[str], tried: Collection[Wait]
    ) -> tuple[Device, HeldGroup] | None:
        ids = set(arrived)
        waiting = sorted(self._rows("held_group"), key=lambda row: (row.at, row.group.dseq))
        for row in waiting:
            group: HeldGroup = row.group
            wait = (group.device_id, group.dseq, group.waits_for)
            if group.waits_for in ids and wait not in tried:
                return self._device(group.device_id).device, group
        return None

    async def held_longest(self, groups_max: int) -> list[Origin]:
        waiting = sorted(self._rows("held_group"), key=lambda row: (row.at, row.group.dseq))
        return [(row.group.device_id, row.group.dseq) for row in waiting[:groups_max]]

    async def lock_held(self, device_id: str, dseq: int) -> tuple[Device, HeldGroup] | None:
        row = self._get("held_group", device_id, dseq)
        return None if row is None else (self._device(device_id).device, row.group)

    async def forget_held(self, device_id: str, dseq: int) -> None:
        self._drop("held_group", device_id, dseq)

    # ------------------------------------------------------------ streams

    async def begin_streams(self, names: Sequence[str]) -> None:
        for name in names:
            if self._get("stream", name) is None:
                self._put("stream", StreamState(0, 0), name)

    async def advance(self, counts: Mapping[str, int]) -> dict[str, int]:
        return {name: self._advance(name, count) for name, count in sorted(counts.items())}

    def _advance(self, stream: str, count: int) -> int:
        state = self._get("stream", stream)
        assert state is not None, f"stream {stream} was never begun"
        self._put("stream", replace(state, head=state.head + count), stream)
        head: int = state.head + count
        return head

    async def write_log(self, entries: Sequence[LogEntry], now_us: int) -> None:
        for entry in entries:
            if self._get("change_log", entry.stream, entry.number) is not None:
                raise Race(f"number {entry.number} of {entry.stream} is taken")
            self._put("change_log", entry, entry.stream, entry.number)
            self._put("applied_at", now_us, entry.stream, entry.number)


class MemoryStreams(Transacted):
    """``sync.server.core.ports.StreamPort``."""

    async def epoch(self) -> str:
        found: str = self._work["server_state"].get(("epoch",))
        return found

    async def restore(self) -> Restore | None:
        found: Restore | None = self._work["server_state"].get(("restore",))
        return found

    async def stream(self, name: str) -> StreamState | None:
        found: StreamState | None = self._get("stream", name)
        if found is None:
            return None
        kept = [row for key, row in self._work["digests"].items(self._org) if key[1] == name]
        newest = max(kept, key=lambda row: int(row.number), default=None)
        if newest is None:
            return found
        return replace(found, checkpoint=newest.number, checkpoint_at=newest.at_us)

    async def log(self, stream: str, after: int, entries_max: int, rows_max: int) -> list[LogEntry]:
        page: list[LogEntry] = []
        rows = 0
        for number in range(after + 1, after + 1 + entries_max):
            entry = self._get("change_log", stream, number)
            if entry is None or rows >= rows_max:
                break
            page.append(entry)
            rows += entry.row_count
        return page

    async def entered(self, stream: str, origins: Collection[Origin]) -> dict[Origin, int]:
        wanted = set(origins)
        found: dict[Origin, tuple[bool, int]] = {}
        for key, entry in self._work["change_log"].items(self._org):
            origin = (entry.device_id, entry.dseq)
            if key[1] == stream and origin in wanted:
                place = ("stock_movement" in entry.fact_types, entry.number)
                found[origin] = max(place, found.get(origin, (False, 0)))
        return {origin: number for origin, (_, number) in found.items()}

    async def facts_of(
        self, type_name: str, origins: Collection[Origin]
    ) -> list[tuple[Origin, Values]]:
        found = [
            (origin, dict(self._get(type_name, id_).values))
            for origin in origins
            for id_ in self._get("fact_of", type_name, *origin) or ()
        ]
        return sorted(found, key=lambda pair: str(pair[1]["id"]))


def _id_of(row: Row) -> str:
    return str(row.values["id"])


def _refuse_unstorable(type_name: str, values: Values) -> None:
    """What no column takes: a missing value, and the null character."""
    for field in RECORDS[type_name].fields():
        value = values[field.name]
        if value is None and not field.nullable:
            raise StoreError(f"{type_name}.{field.name} must not be null")
        if isinstance(value, str) and "\x00" in value:
            raise StoreError(f"{type_name}.{field.name} holds a null character")

"""The server's store in memory, for the simulation: the same ports, the same promises."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, get_args

from sync.server.core.admission import Device
from sync.server.core.ports import (
    EnrolmentCode,
    KnownRun,
    LogEntry,
    Look,
    Race,
    Registered,
    Restore,
    StreamState,
    Successor,
)
from sync.server.schema import ORG_STREAM
from tests.simulation.memory_balances import MemoryBalances
from tests.simulation.memory_claims import MemoryClaims
from tests.simulation.memory_flags import MemoryFlags
from tests.simulation.memory_groups import DeviceRow, MemoryGroups, MemoryStreams, Transacted
from tests.simulation.memory_reads import MemorySnapshots
from tests.simulation.memory_tables import Backup, Memory


class MemoryDevices(Transacted):
    """``sync.server.core.ports.DevicePort``."""

    async def device_by_token(self, token_hash: str) -> Device | None:
        row: DeviceRow
        for row in self._rows("device"):
            if token_hash in (row.token_hash, row.token_next_hash):
                active_at = max(row.last_seen or 0, row.token_at or 0, row.enrolled_at)
                promised = row.token_hash != token_hash
                return replace(row.device, active_at=active_at, promised=promised)
        return None

    async def use_promised(self, device_id: str, token_hash: str, now_us: int) -> None:
        row = self._device(device_id)
        if row.token_next_hash == token_hash:
            self._put_token(row, token_hash, now_us)

    def _put_token(self, row: DeviceRow, token_hash: str, now_us: int) -> None:
        token = replace(row, token_hash=token_hash, token_next_hash=None, token_at=now_us)
        self._put("device", token, row.device.device_id)

    async def promise_token(self, device_id: str, token_hash: str) -> None:
        row = self._device(device_id)
        if row.token_hash != token_hash:
            self._put("device", replace(row, token_next_hash=token_hash), device_id)

    async def seen(
        self, device_id: str, now_us: int, unless_since_us: int, protocol: int | None = None
    ) -> None:
        row = self._device(device_id)
        if (row.last_seen or 0) < unless_since_us:
            self._put("device", replace(row, last_seen=now_us), device_id)

    async def revoke(self, device_id: str, now_us: int) -> bool:
        row: DeviceRow | None = self._get("device", device_id)
        if row is None:
            return False
        if row.device.revoked_at is None:
            gone = replace(row.device, revoked_at=now_us)
            self._put("device", replace(row, device=gone), device_id)
        return True

    async def create_organisation(self, name: str, own_device_id: str, now_us: int) -> None:
        self._put("organisation", own_device_id)

    async def organisations(self) -> list[str]:
        return sorted(key[0] for key in self._work["organisation"].every_key())

    async def own_device(self) -> Device | None:
        own = self._get("organisation")
        row: DeviceRow | None = self._get("device", own) if own else None
        return row.device if row else None

    async def insert_device(
        self,
        device: Device,
        name: str,
        token_hash: str | None,
        now_us: int,
        successor: Successor | None = None,
    ) -> None:
        came = successor or Successor()
        row = DeviceRow(
            device,
            name,
            token_hash,
            now_us,
            dseq_acknowledged=came.dseq_after,
            token_at=now_us,
            replaces=came.replaces,
            request_id=came.request_id,
        )
        self._put("device", row, device.device_id)

    async def registered(self, device_id: str) -> Registered | None:
        row: DeviceRow | None = self._get("device", device_id)
        return None if row is None else _registered(row)

    async def runs_in(self, store_id: str) -> dict[str, KnownRun]:
        return {
            row.device.device_id: KnownRun(row.dseq_acknowledged, row.enrolled_at, row.replaces)
            for row in self._rows("device")
            if row.device.store_id == store_id
        }

    async def managing_tills(self) -> int:
        devices = [row.device for row in self._rows("device") if row.device.store_id is not None]
        return sum(device.manages and device.revoked_at is None for device in devices)

    async def set_manages(self, device_id: str, *, manages: bool) -> None:
        row = self._device(device_id)
        self._put("device", replace(row, device=replace(row.device, manages=manages)), device_id)

    async def was_reenrolled_since(self, device_id: str, at_us: int) -> bool:
        return any(
            row.request_id is not None and row.enrolled_at >= at_us
            for row in self._rows("device")
            if device_id in (row.device.device_id, row.replaces)
        )

    async def registered_by(self, request_id: str) -> Registered | None:
        rows = (row for row in self._rows("device") if row.request_id == request_id)
        return next(map(_registered, rows), None)

    async def replace_token(self, device_id: str, token_hash: str, now_us: int) -> None:
        self._put_token(self._device(device_id), token_hash, now_us)

    async def set_own_token(self, token_hash: str) -> None:
        row = self._device(self._get("organisation"))
        self._put("device", replace(row, token_hash=token_hash), row.device.device_id)

    async def create_code(
        self,
        code_hash: str,
        store_id: str,
        till_code: str,
        expires_at: int,
        replaces: str | None = None,
        renews: str | None = None,
        manages: bool | None = None,
    ) -> bool:
        store = self._get("store", store_id)
        if store is None or store.values["deleted"]:
            return False
        owners = self._work["code_owner"]
        if owners.get(("", code_hash)) is not None:
            raise Race("there is such a code")
        owners.put(("", code_hash), self._org)
        at = (store.values["code"], store.values["currency"], till_code)
        code = EnrolmentCode(store_id, *at, expires_at, None, replaces, None, None, renews, manages)
        self._put("enrolment_code", code, code_hash)
        return True

    async def code_owner(self, code_hash: str) -> str | None:
        found: str | None = self._work["code_owner"].get(("", code_hash))
        return found

    async def lock_code(self, code_hash: str) -> EnrolmentCode | None:
        code: EnrolmentCode | None = self._get("enrolment_code", code_hash)
        return code

    async def use_code(
        self, code_hash: str, now_us: int, device_id: str, request_id: str | None
    ) -> None:
        code = self._get("enrolment_code", code_hash)
        used = replace(code, used_at=now_us, device_id=device_id, request_id=request_id)
        self._put("enrolment_code", used, code_hash)

    async def lock_till_codes(self, store_id: str) -> set[str]:
        devices = [row.device for row in self._rows("device")]
        return {device.till_code for device in devices if device.store_id == store_id}


def _registered(row: DeviceRow) -> Registered:
    return Registered(row.device, row.name, row.replaces, row.dseq_acknowledged)


class MemoryTransaction(
    MemoryGroups,
    MemoryStreams,
    MemoryDevices,
    MemorySnapshots,
    MemoryFlags,
    MemoryBalances,
    MemoryClaims,
):
    """One transaction of one organisation."""

    @property
    def org_id(self) -> str:
        """Whose it is."""
        return self._org

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What is done inside is taken back when it fails."""
        with self._work.savepoint():
            yield


class MemoryStore:
    """``sync.server.core.ports.Store``."""

    def __init__(self, epoch: str) -> None:
        self.memory = Memory()
        self.memory.tables["server_state"] = {("epoch",): epoch}

    @asynccontextmanager
    async def transaction(
        self, org_id: str | None = None, *, repeatable: bool = False
    ) -> AsyncIterator[MemoryTransaction]:
        """One transaction; commits at the end, rolls back on any exception."""
        work = self.memory.begin(frozen=repeatable)
        yield MemoryTransaction(work, org_id or "")
        self.memory.commit(work)

    def backup(self) -> Backup:
        """What a restore goes back to."""
        return self.memory.backup()

    def restore(self, backup: Backup, epoch: str, declared: Restore) -> None:
        """Come back from a backup, under the new epoch that the operator gives it."""
        self.memory.restore(backup)
        self.memory.tables["server_state"] = {("epoch",): epoch, ("restore",): declared}

    def add_fields(self, added: Mapping[str, tuple[str, Any]]) -> None:
        """What a migration does: each row of a type has the new field, or gets its default."""
        for name, (field, default) in added.items():
            table = self.memory.tables.setdefault(name, {})
            for key, row in table.items():
                if field not in row.values:
                    table[key] = replace(row, values={**row.values, field: default})

    def prune(self, org_id: str, stream: str, part: float) -> list[LogEntry]:
        """Forget that part of a stream's log, as retention does; what was forgotten.

        Of a store nothing goes whose facts were not looked at yet.
        """
        work = self.memory.begin()
        state: StreamState = work["stream"].get((org_id, stream))
        to = state.pruned_to + int((state.head - state.pruned_to) * part)
        if stream != ORG_STREAM:
            looked = (work[f"{look}_to"].get((org_id, stream)) or 0 for look in get_args(Look))
            to = max(state.pruned_to, min(to, *looked))
        numbers = range(state.pruned_to + 1, to + 1)
        gone = [work["change_log"].get((org_id, stream, number)) for number in numbers]
        for number in numbers:
            work["change_log"].drop((org_id, stream, number))
        for table in ("digests", "stock_checkpoint"):
            for key, _ in work[table].items(org_id):
                if key[1] == stream and key[2] < to:
                    work[table].drop(key)
        work["stream"].put((org_id, stream), replace(state, pruned_to=to))
        self.memory.commit(work)
        return gone

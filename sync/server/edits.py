"""Edits that no till made: they enter the streams as groups of the organisation's own device."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from localdb.domain.ops import Group, Op, body_hash, encode
from sync.protocol.messages import SentGroup
from sync.server import ledger
from sync.server.admission import Device
from sync.server.bulk import Cursor
from sync.server.loading import load_snapshot
from sync.server.push import Pushed, Pusher, retried
from sync.server.rows import Row
from sync.server.store import PostgresStore, Services


class NotThere(Exception):
    """No record with this id."""


class Stale(Exception):
    """The record is not at the version the writer looked at; ``current`` is what stands."""

    def __init__(self, current: Row) -> None:
        super().__init__(f"the record is at version {current.version}")
        self.current = current


class Editor:
    """Writes references on behalf of the API and the commands."""

    def __init__(self, store: PostgresStore, services: Services, pusher: Pusher) -> None:
        self._store = store
        self._services = services
        self._pusher = pusher

    async def create(self, org_id: str, type_name: str, values: dict[str, Any]) -> None:
        """Create one record; raises Stale when its id is taken."""
        op = Op("insert", type_name, values["id"], values=values)

        async def attempt() -> Pushed:
            async with self._store.transaction(org_id) as cursor:
                device = await _lock_own_device(cursor, org_id)
                snapshot = await load_snapshot(cursor, org_id, [self._group(device, 1, [op])])
                if (row := snapshot.rows.get((type_name, op.id))) is not None:
                    raise Stale(row)
                return await self.within(cursor, org_id, [op])

        await self._pusher.announce(org_id, await retried(attempt))

    async def change(
        self, org_id: str, type_name: str, id_: str, version: int, changes: dict[str, Any]
    ) -> Row:
        """Change fields of a record that is still at ``version``; raises Stale or NotThere."""
        op = Op("edit", type_name, id_, after=changes)

        async def attempt() -> tuple[Pushed, Row]:
            async with self._store.transaction(org_id) as cursor:
                device = await _lock_own_device(cursor, org_id)
                probe = self._group(device, 1, [op])
                snapshot = await load_snapshot(cursor, org_id, [probe])
                row = snapshot.rows.get((type_name, id_))
                if row is None:
                    raise NotThere
                if row.version != version:
                    raise Stale(row)
                before = {name: row.values.get(name) for name in changes}
                full = replace(op, before=before, seen=row.vector)
                pushed = await self.within(cursor, org_id, [full])
                stored = await load_snapshot(cursor, org_id, [probe])
                return pushed, stored.rows[type_name, id_]

        pushed, row = await retried(attempt)
        await self._pusher.announce(org_id, pushed)
        return row

    async def within(self, cursor: Cursor, org_id: str, ops: Sequence[Op]) -> Pushed:
        """Write one group inside a transaction of the caller, who announces it after the commit."""
        device = await _lock_own_device(cursor, org_id)
        dseq = await _next_dseq(cursor, device)
        group = self._group(device, dseq, ops)
        body = encode(group)
        pushed = Pushed()
        sent = SentGroup(dseq=dseq, hash=body_hash(body), body=body)
        await self._pusher.apply(cursor, device, [(sent, group)], pushed)
        await ledger.acknowledge(cursor, device, dseq, self._services.now_us())
        return pushed

    def _group(self, device: Device, dseq: int, ops: Sequence[Op]) -> Group:
        now_us = self._services.now_us()
        return Group(self._services.new_id(), device.device_id, dseq, "", None, now_us, tuple(ops))


async def _lock_own_device(cursor: Cursor, org_id: str) -> Device:
    await cursor.execute(
        "SELECT d.device_id FROM device d JOIN organisation o"
        " ON o.org_id = d.org_id AND o.api_device_id = d.device_id"
        " WHERE d.org_id = %s FOR UPDATE OF d",
        (org_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotThere
    return Device(org_id, row["device_id"], None)


async def _next_dseq(cursor: Cursor, device: Device) -> int:
    await cursor.execute(
        "SELECT dseq_acknowledged + 1 AS dseq FROM device WHERE org_id = %s AND device_id = %s",
        (device.org_id, device.device_id),
    )
    row = await cursor.fetchone()
    assert row is not None, "its row is locked"
    return int(row["dseq"])

"""Writes edits that no till made, as groups of the organisation's own device."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from localdb.domain.ops import Group, Op, body_hash, encode
from sync.protocol.messages import SentGroup
from sync.server.core.admission import Device
from sync.server.core.authority import THE_SERVER
from sync.server.core.loading import load_snapshot
from sync.server.core.ports import Services, Store, Transaction
from sync.server.core.push import Pusher
from sync.server.core.rows import Row
from sync.server.core.taking import Admitted, Pushed, retried
from sync.server.schema import NATURAL_KEYS


class NotThere(Exception):
    """No record with this id."""


class KeyTaken(Exception):
    """Another live record has the natural key, which is in ``field``."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Stale(Exception):
    """The record is not at the version the writer looked at; ``current`` is what it holds now."""

    def __init__(self, current: Row) -> None:
        super().__init__(f"the record is at version {current.version}")
        self.current = current


class Editor:
    """Writes references on behalf of the API and the commands."""

    def __init__(self, store: Store, services: Services, pusher: Pusher) -> None:
        self._store = store
        self._services = services
        self._pusher = pusher

    async def create(
        self, org_id: str, type_name: str, values: dict[str, Any], *, alone: bool = False
    ) -> None:
        """Create one record; raises Stale when its id is taken.

        A natural key that another record has makes a conflict for a manager, or with ``alone``
        raises KeyTaken.
        """
        op = Op("insert", type_name, values["id"], values=values)

        async def attempt() -> Pushed:
            async with self._store.transaction(org_id) as tx:
                device = await _own_device(tx)
                snapshot = await load_snapshot(tx, [self._group(device, 1, [op])])
                if (row := snapshot.rows.get((type_name, op.id))) is not None:
                    raise Stale(row)
                if alone and any(snapshot.owners.values()):
                    field = NATURAL_KEYS[type_name]
                    raise KeyTaken(field, f"another {type_name} has {values[field]}")
                return await self.within(tx, [op])

        await self._pusher.announce(org_id, await retried(attempt))

    async def change(
        self, org_id: str, type_name: str, id_: str, version: int, changes: dict[str, Any]
    ) -> Row:
        """Change fields of a record that is still at ``version``; raises Stale or NotThere."""
        op = Op("edit", type_name, id_, after=changes)

        async def attempt() -> tuple[Pushed, Row]:
            async with self._store.transaction(org_id) as tx:
                device = await _own_device(tx)
                probe = self._group(device, 1, [op])
                snapshot = await load_snapshot(tx, [probe])
                row = snapshot.rows.get((type_name, id_))
                if row is None:
                    raise NotThere
                if row.version != version:
                    raise Stale(row)
                before = {name: row.values.get(name) for name in changes}
                full = replace(op, before=before, seen=row.vector)
                pushed = await self.within(tx, [full])
                stored = await load_snapshot(tx, [probe])
                return pushed, stored.rows[type_name, id_]

        pushed, row = await retried(attempt)
        await self._pusher.announce(org_id, pushed)
        return row

    async def within(self, tx: Transaction, ops: Sequence[Op]) -> Pushed:
        """Write one group inside a transaction of the caller, who announces it after the commit."""
        device = await _own_device(tx)
        run = (await tx.lock_devices([device.device_id]))[device.device_id]
        group = self._group(device, run.expected, ops)
        body = encode(group)
        sent = SentGroup(dseq=group.dseq, hash=body_hash(body), body=body)
        applied = await self._pusher.apply(
            tx, [Admitted(device.device_id, sent, group, THE_SERVER)]
        )
        await tx.acknowledge({device.device_id: group.dseq}, self._services.now_us())
        return applied[device.device_id]

    def _group(self, device: Device, dseq: int, ops: Sequence[Op]) -> Group:
        now_us = self._services.now_us()
        return Group(self._services.new_id(), device.device_id, dseq, "", None, now_us, tuple(ops))


async def _own_device(tx: Transaction) -> Device:
    device = await tx.own_device()
    if device is None:
        raise NotThere
    return device

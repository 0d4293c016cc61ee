"""Tills whose pushes meet: what they send at one moment shares a transaction."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from localdb.domain.ops import Group, Op, body_hash, encode
from localdb.domain.records import Sale, Store
from sync.protocol.messages import EnrolRequest, SentGroup
from sync.server.backend import Backend
from sync.server.core.admission import Device
from sync.server.core.ports import Transaction
from sync.server.core.push import RUNS_MAX, Pusher
from sync.server.core.taking import Pushed
from sync.server.hints import NoHints
from sync.server.postgres.store import PostgresStore
from tests.sync.server.tills import NEW_ID, insert

Outcome = Pushed | BaseException


class GatedStore:
    """The real store, whose transactions begin when the gate opens."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self.gate = asyncio.Event()

    @asynccontextmanager
    async def transaction(
        self, org_id: str | None = None, *, repeatable: bool = False
    ) -> AsyncIterator[Transaction]:
        """As the store's."""
        await self.gate.wait()
        async with self._store.transaction(org_id, repeatable=repeatable) as tx:
            yield tx


@dataclass
class Sender:
    """A till, and the number of its last group."""

    device: Device
    dseq: int = 0

    def group(self, *ops: Op, dseq: int | None = None, at_us: int = 0) -> SentGroup:
        """Its next group, or another one under ``dseq``."""
        if dseq is None:
            self.dseq = dseq = self.dseq + 1
        device = self.device
        group = Group(
            NEW_ID(), device.device_id, dseq, str(device.store_id), None, at_us, ops
        )  # fmt: skip
        body = encode(group)
        return SentGroup(dseq=dseq, hash=body_hash(body), body=body)

    def sale(self, sale_id: str = "", **changes: Any) -> SentGroup:
        """Its next group: a sale."""
        values: dict[str, Any] = {
            "id": sale_id or NEW_ID(),
            "store_id": self.device.store_id,
            "device_id": self.device.device_id,
            "shift_id": self.device.device_id,
            "cashier_id": self.device.device_id,
            "receipt_number": f"{self.dseq + 1}",
            "currency": "EUR",
            "total_minor": 400,
            "tax_minor": 64,
            "line_count": 1,
            "rung_at_us": 0,
            "business_day": 20260101,
        }
        return self.group(insert(Sale(**values | changes)))


@dataclass
class Crowd:
    """The tills of one organisation."""

    backend: Backend
    org_id: str
    stores: list[str]
    senders: list[Sender] = field(default_factory=list)

    async def sender(self, store: int = 0) -> Sender:
        """Enrol another till."""
        devices = self.backend.devices
        code = await devices.create_code(self.org_id, self.stores[store], manages=True)
        reply = await devices.enrol(EnrolRequest(code=code))
        device = await devices.authenticate(reply.token)
        assert device is not None
        self.senders.append(Sender(device))
        return self.senders[-1]

    async def together(self, pushes: Sequence[tuple[Sender, Sequence[SentGroup]]]) -> list[Outcome]:
        """What becomes of pushes that all wait when the lane comes free."""
        gated = GatedStore(self.backend.store)
        pusher = Pusher(gated, self.backend.services, NoHints())
        # As many that bring nothing as may run at once: the others wait for one of them.
        idle = Device(self.org_id, pushes[0][0].device.device_id, self.stores[0])
        fillers = [asyncio.create_task(pusher.push(idle, [])) for _ in range(RUNS_MAX)]
        await asyncio.sleep(0)
        waiting = [
            asyncio.create_task(pusher.push(sender.device, groups)) for sender, groups in pushes
        ]
        await asyncio.sleep(0)
        gated.gate.set()
        await asyncio.gather(*fillers)
        return await asyncio.gather(*waiting, return_exceptions=True)

    async def one_by_one(
        self, pushes: Sequence[tuple[Sender, Sequence[SentGroup]]]
    ) -> list[Outcome]:
        """The same, each after the one before."""
        found: list[Outcome] = []
        for sender, groups in pushes:
            push = self.backend.pusher.push(sender.device, groups)
            found += await asyncio.gather(push, return_exceptions=True)
        return found


async def crowd(backend: Backend, stores: int = 1) -> Crowd:
    """A new organisation."""
    org_id = await backend.devices.create_org("Crowd")
    made = [Store(id=NEW_ID(), code=f"S{n:02}", name=f"Store {n}") for n in range(stores)]
    for store in made:
        await backend.records.create(org_id, store)
    return Crowd(backend, org_id, [store.id for store in made])

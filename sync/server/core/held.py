"""Keeps groups that wait for a record or met a fault, and tries them again."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from sync.protocol.messages import SentGroup
from sync.server.core.admission import Device, admit
from sync.server.core.decisions import Decision
from sync.server.core.ports import HeldGroup, Race, Store, Transaction, Wait
from sync.server.core.rows import Key
from sync.server.core.taking import POISON, Admitted, Pushed, held_by, retried
from sync.server.hints import HintSink

LOG = logging.getLogger(__name__)
Apply = Callable[[Transaction, Sequence[Admitted]], Awaitable[dict[str, Pushed]]]
"""Judges groups of locked devices and writes everything; by device."""


class HeldGroups:
    """Tries held groups again, each in a transaction of its own."""

    def __init__(self, store: Store, hints: HintSink, apply: Apply) -> None:
        self._store = store
        self._hints = hints
        self._apply = apply

    async def release(self, org_id: str, pushed: Pushed) -> None:
        """Apply the held groups whose records are there now, one by one.

        A record may also have arrived after its group was judged and before that was held.
        """
        known = pushed.arrived | await self._there(org_id, pushed.awaited)
        tried: set[Wait] = set()
        while found := await retried(partial(self._release_next, org_id, known, tried)):
            released, wait = found
            tried.add(wait)
            self._hints.publish(org_id, released.heads, released.urgent)
            known |= released.arrived | await self._there(org_id, released.awaited)

    async def _there(self, org_id: str, awaited: set[Key]) -> set[str]:
        if not awaited:
            return set()
        async with self._store.transaction(org_id) as tx:
            return {key[1] for key in await tx.lock_rows(awaited)}

    async def _release_next(
        self, org_id: str, arrived: set[str], tried: set[Wait]
    ) -> tuple[Pushed, Wait] | None:
        async with self._store.transaction(org_id) as tx:
            found = await tx.next_held(arrived, tried)
            if found is None:
                return None
            device, held = found
            wait = (held.device_id, held.dseq, str(held.waits_for))
            return await self.judge_again(tx, device, held), wait

    async def judge_again(self, tx: Transaction, device: Device, held: HeldGroup) -> Pushed:
        """Apply a held group that is locked, or hold it again; the caller announces it."""
        sent = SentGroup(dseq=held.dseq, hash=held.hash, body=held.body)
        await tx.forget_held(held.device_id, held.dseq)
        try:
            async with tx.savepoint():
                return await self._released(tx, device, sent)
        except Race:
            raise
        except POISON as error:
            LOG.exception("group %s of %s stays held", sent.dseq, device.device_id)
            return await self._released(tx, device, sent, held_by(error))

    async def _released(
        self, tx: Transaction, device: Device, sent: SentGroup, decision: Decision | None = None
    ) -> Pushed:
        group = decision or admit(sent, device)
        applied = await self._apply(tx, [Admitted(device.device_id, sent, group, device.sender)])
        return applied[device.device_id]

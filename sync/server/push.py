"""Taking groups in: a batch is one transaction, and what it does becomes visible as a whole.

The order inside a transaction is what keeps the streams whole and the database free of deadlocks:
the device's own row, then natural keys, then rows in (type, id) order, then the effects, and the
stream numbers last. A number is therefore taken by one transaction at a time and committed in
order: no reader can pass one that commits late.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from localdb.domain.ops import Group
from sync.protocol.messages import SentGroup, Verdict
from sync.server import effects, ledger
from sync.server.admission import Device, admit
from sync.server.decisions import Decision, Snapshot, decide
from sync.server.effects import FactContradicts, Judged
from sync.server.hints import HintSink
from sync.server.loading import load_snapshot
from sync.server.ports import (
    GroupPort,
    LedgerRow,
    Race,
    Services,
    Store,
    StoreError,
    Transaction,
    Wait,
)
from sync.server.rows import Key

LOG = logging.getLogger(__name__)
ATTEMPTS_MAX = 5
POISON = (
    Race,
    StoreError,
    FactContradicts,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What a group that cannot be applied may raise; a database that went away is Unavailable."""

T = TypeVar("T")


class DseqGap(Exception):
    """A group came before its predecessor; ``expected`` is the next one the server takes."""

    def __init__(self, expected: int) -> None:
        super().__init__(f"the next group of this device is {expected}")
        self.expected = expected


@dataclass(slots=True)
class Pushed:
    """What a transaction answers, and what the world is to be told after it."""

    epoch: str = ""
    verdicts: list[Verdict] = field(default_factory=list)
    heads: dict[str, int] = field(default_factory=dict)
    urgent: set[str] = field(default_factory=set)
    """The streams among ``heads`` that got more than facts: others should hear of it at once."""
    arrived: set[str] = field(default_factory=set)
    """Ids of new reference records: a held group may have waited for one."""
    awaited: set[Key] = field(default_factory=set)
    """The records that groups held by this transaction wait for."""


class Pusher:
    """Takes groups of devices in, each exactly once."""

    def __init__(self, store: Store, services: Services, hints: HintSink) -> None:
        self._store = store
        self._services = services
        self._hints = hints

    async def push(self, device: Device, sent: Sequence[SentGroup]) -> Pushed:
        """A verdict for each group, in order, up to and including a fork.

        Raises DseqGap, and Unavailable when nothing can be said now.
        """
        try:
            return await self._taken(device, sent)
        except POISON:
            LOG.warning("a batch of %s failed as a whole", device.device_id, exc_info=True)
        whole = Pushed()
        for group in sent:
            pushed = await self._alone(device, group)
            whole.epoch = pushed.epoch
            whole.verdicts += pushed.verdicts
            if whole.verdicts[-1].kind == "fork":
                break
        return whole

    async def _alone(self, device: Device, sent: SentGroup) -> Pushed:
        """One group by itself; what cannot be applied is stored, and the next one goes on."""
        try:
            return await self._taken(device, [sent])
        except FactContradicts as error:
            decision = Decision("rejected", "fact_contradicts", str(error))
        except POISON as error:
            LOG.exception("group %s of %s is held", sent.dseq, device.device_id)
            decision = _held(error)
        return await self._taken(device, [sent], decision)

    async def _taken(
        self, device: Device, sent: Sequence[SentGroup], decision: Decision | None = None
    ) -> Pushed:
        pushed = await retried(lambda: self._transaction(device, sent, decision))
        await self.announce(device.org_id, pushed)
        return pushed

    async def _transaction(
        self, device: Device, sent: Sequence[SentGroup], decision: Decision | None
    ) -> Pushed:
        async with self._store.transaction(device.org_id) as tx:
            standing = await ledger.standing(tx, device, sent)
            pushed = Pushed(standing.run.epoch, standing.verdicts)
            if not standing.new:
                return pushed
            _check_run(standing.run.expected, standing.new)
            admitted = [(one, decision or admit(one, device)) for one in standing.new]
            await self.apply(tx, device, admitted, pushed)
            last = standing.new[-1].dseq
            await tx.acknowledge(device.device_id, last, self._services.now_us())
            return pushed

    async def apply(
        self,
        tx: GroupPort,
        device: Device,
        admitted: Sequence[tuple[SentGroup, Group | Decision]],
        pushed: Pushed,
    ) -> None:
        """Judge admitted groups of a locked device and write everything, the streams last."""
        groups = [group for _, group in admitted if isinstance(group, Group)]
        snapshot = await load_snapshot(tx, groups)
        known = list(snapshot.rows)
        judged = [self._judge(device.device_id, *one, snapshot) for one in admitted]
        now_us = self._services.now_us()
        pushed.arrived |= await effects.write_rows(tx, known, snapshot, judged)
        judged = await effects.write_facts(tx, judged)
        await effects.write_held(tx, judged, now_us)
        pushed.awaited |= {key for one in judged for key in _awaited(one)}
        placed = await effects.write_streams(tx, snapshot, judged, now_us)
        pushed.heads |= placed.heads
        pushed.urgent |= placed.urgent
        verdicts = [
            ledger.verdict_of(one.dseq, one.decision, placed.numbers[one.device_id, one.dseq])
            for one in judged
        ]
        rows = [
            LedgerRow(one.device_id, one.dseq, one.hash, ledger.as_recorded(one.decision, verdict))
            for one, verdict in zip(judged, verdicts, strict=True)
        ]
        await tx.record(rows, now_us)
        pushed.verdicts += verdicts

    def _judge(
        self, device_id: str, sent: SentGroup, group: Group | Decision, snapshot: Snapshot
    ) -> Judged:
        frame = (device_id, sent.dseq, sent.hash, sent.body)
        if isinstance(group, Decision):
            return Judged(*frame, None, group)
        try:
            decision = decide(group, snapshot, self._services.new_id, self._services.now_us())
            snapshot.apply(decision)
        except POISON as error:
            LOG.exception("group %s of %s is held", sent.dseq, device_id)
            decision = _held(error)
        return Judged(*frame, group, decision)

    # ------------------------------------------------------------ after the commit

    async def announce(self, org_id: str, pushed: Pushed) -> None:
        """Tell who waits for what a committed transaction did."""
        if pushed.heads:
            self._hints.publish(org_id, pushed.heads, pushed.urgent)
        if pushed.arrived or pushed.awaited:
            try:
                await self.release(org_id, pushed)
            except Exception:
                # The push is committed; what still waits is released by the next arrival.
                LOG.exception("held groups of %s were not released", org_id)

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
            sent = SentGroup(dseq=held.dseq, hash=held.hash, body=held.body)
            await tx.forget_held(held.device_id, held.dseq)
            try:
                async with tx.savepoint():
                    return await self._released(tx, device, sent, admit(sent, device)), wait
            except Race:
                raise
            except POISON as error:
                LOG.exception("group %s of %s stays held", sent.dseq, device.device_id)
                return await self._released(tx, device, sent, _held(error)), wait

    async def _released(
        self, tx: Transaction, device: Device, sent: SentGroup, group: Group | Decision
    ) -> Pushed:
        pushed = Pushed()
        await self.apply(tx, device, [(sent, group)], pushed)
        return pushed


def _awaited(one: Judged) -> list[Key]:
    ops = one.group.ops if one.group else ()
    return [(op.type, op.id) for op in ops if op.id == one.decision.waits_for]


def _check_run(expected: int, new: Sequence[SentGroup]) -> None:
    for dseq, group in enumerate(new, expected):
        if group.dseq != dseq:
            raise DseqGap(dseq)


def _held(error: Exception) -> Decision:
    return Decision("held", "unexpected_error", f"{type(error).__name__}: {error}")


async def retried(attempt: Callable[[], Awaitable[T]]) -> T:
    """Run a transaction again when another one was in its way."""
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return await attempt()
        except Race:
            continue
    return await attempt()

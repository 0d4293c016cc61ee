"""Takes groups in: a batch is one transaction, and becomes visible as a whole.

The order inside a transaction is what keeps the streams whole and the database free of deadlocks:
the devices' own rows in id order, then natural keys, then rows in (type, id) order, then the
effects, and the stream numbers last. A number is therefore taken by one transaction at a time and
committed in order: no reader can pass one that commits late.

Pushes that arrive while others of their organisation are being taken share the next transaction.
When that fails, each device is tried by itself, and then each of its groups: what one till sends
never costs another till more than that second try.
"""

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from localdb.domain.ops import Group
from sync.protocol import limits
from sync.protocol.messages import SentGroup
from sync.server.core import effects, ledger
from sync.server.core.admission import Device, admit
from sync.server.core.authority import load_people
from sync.server.core.combining import Combiner
from sync.server.core.decisions import Decision, Snapshot, decide
from sync.server.core.effects import FactContradicts, Judged
from sync.server.core.held import HeldGroups
from sync.server.core.journal_facts import Doubt, doubts
from sync.server.core.ledger import Standing
from sync.server.core.loading import load_snapshot
from sync.server.core.ports import (
    LedgerRow,
    Services,
    Store,
    TooSlow,
    Transaction,
)
from sync.server.core.rows import Key
from sync.server.core.taking import POISON, Admitted, Pushed, held_by, retried
from sync.server.hints import HintSink

LOG = logging.getLogger(__name__)
RUNS_MAX = 2
"""Transactions of one organisation that this process has open at once: while one waits for the
disk, the next is made ready."""
GROUPS_MAX = 100
"""Groups in one transaction of several devices: what the last of them waits for the others."""
WAITING_BYTES_MAX = 64 * 1024 * 1024
"""Bodies of an organisation that may wait for their turn; more are told to come back."""


OnDoubt = Callable[[str, Sequence[tuple[Group, list[Doubt]]]], Awaitable[object]]


async def log_doubts(org_id: str, doubtful: Sequence[tuple[Group, list[Doubt]]]) -> None:
    """Log the doubts, where no flagger is set."""
    for group, found in doubtful:
        LOG.warning("group %s of %s: %s", group.dseq, group.device_id, [one.what for one in found])


class DseqGap(Exception):
    """A group came before its predecessor; ``expected`` is the next one the server takes."""

    def __init__(self, expected: int) -> None:
        super().__init__(f"the next group of this device is {expected}")
        self.expected = expected


class Apart(Exception):
    """A transaction of several devices failed; each is to be tried by itself."""


@dataclass(frozen=True, slots=True)
class Push:
    """The groups that a device sent at once."""

    device: Device
    groups: Sequence[SentGroup]
    decision: Decision | None = None
    """The verdicts that are already known."""


class Pusher:
    """Takes groups of devices in, each exactly once."""

    def __init__(self, store: Store, services: Services, hints: HintSink) -> None:
        self._store = store
        self._services = services
        self._hints = hints
        self.on_doubt: OnDoubt = log_doubts
        """Receives the groups that do not agree with their own journal."""
        self.held = HeldGroups(store, hints, self.apply)
        self._combiner: Combiner[Push, Pushed] = Combiner(
            self._together,
            going_together,
            _size,
            self._retry_after_s,
            runs_max=RUNS_MAX,
            room=WAITING_BYTES_MAX,
        )

    async def push(self, device: Device, sent: Sequence[SentGroup]) -> Pushed:
        """A verdict for each group, in order, up to and including a fork.

        Raises DseqGap, and Unavailable when nothing can be said now.
        """
        push = Push(device, sent)
        try:
            return await self._announced(push, self._combiner.ask(device.org_id, push))
        except Apart:
            try:
                return await self._announced(push, self._taken(push))
            except POISON:
                LOG.warning("a batch of %s failed as a whole", device.device_id, exc_info=True)
        except POISON:
            LOG.warning("a batch of %s failed as a whole", device.device_id, exc_info=True)
        return await self._one_by_one(push)

    async def _one_by_one(self, push: Push) -> Pushed:
        whole = Pushed()
        for group in push.groups:
            pushed = await self._alone(push.device, group)
            whole.epoch = pushed.epoch
            whole.verdicts += pushed.verdicts
            if whole.verdicts[-1].kind == "fork":
                break
        return whole

    async def _alone(self, device: Device, sent: SentGroup) -> Pushed:
        """Take one group by itself; one that cannot be applied is held or rejected."""
        push = Push(device, [sent])
        try:
            return await self._announced(push, self._taken(push))
        except FactContradicts as error:
            decision = Decision("rejected", "fact_contradicts", str(error))
        except POISON as error:
            LOG.exception("group %s of %s is held", sent.dseq, device.device_id)
            decision = held_by(error)
        return await self._announced(push, self._taken(replace(push, decision=decision)))

    async def _announced(self, push: Push, taking: Awaitable[Pushed]) -> Pushed:
        pushed = await taking
        await self.announce(push.device.org_id, pushed)
        return pushed

    def _retry_after_s(self) -> float:
        # One to three seconds: those who are sent away together do not come back together.
        return 1 + self._services.random_bytes(1)[0] / 128

    # ------------------------------------------------------------ one transaction

    async def _together(self, org_id: str, pushes: Sequence[Push]) -> list[Pushed | Exception]:
        """The answer to each push; a device that left a gap fails alone."""
        try:
            return await retried(lambda: self._transaction(org_id, pushes))
        except (*POISON, TooSlow):
            if len(pushes) == 1:
                raise
            LOG.warning("a batch of %s devices failed as a whole", len(pushes), exc_info=True)
            return [Apart() for _ in pushes]

    async def _taken(self, push: Push) -> Pushed:
        (pushed,) = await retried(lambda: self._transaction(push.device.org_id, [push]))
        if isinstance(pushed, Exception):
            raise pushed
        return pushed

    async def _transaction(self, org_id: str, pushes: Sequence[Push]) -> list[Pushed | Exception]:
        async with self._store.transaction(org_id) as tx:
            found = await ledger.standings(tx, {p.device.device_id: p.groups for p in pushes})
            standings = [found[push.device.device_id] for push in pushes]
            gaps = [_gap(standing) for standing in standings]
            taken = [
                pair
                for pair, gap in zip(zip(pushes, standings, strict=True), gaps, strict=True)
                if gap is None and pair[1].new
            ]
            admitted = [
                Admitted(
                    p.device.device_id,
                    one,
                    p.decision or admit(one, p.device),
                    standing.run.sender,
                    standing.run.given,
                )
                for p, standing in taken
                for one in standing.new
            ]
            applied: dict[str, Pushed] = {}
            if admitted:
                applied = await self.apply(tx, admitted)
                delivered = {p.device.device_id: standing.new[-1].dseq for p, standing in taken}
                await tx.acknowledge(delivered, self._services.now_us())
        return [
            gap or _answer(standing, applied.get(push.device.device_id, Pushed()))
            for push, standing, gap in zip(pushes, standings, gaps, strict=True)
        ]

    async def apply(self, tx: Transaction, admitted: Sequence[Admitted]) -> dict[str, Pushed]:
        """Judge groups of locked devices and write everything, the streams last; by device."""
        snapshot = await load_snapshot(
            tx, [a.group for a in admitted if isinstance(a.group, Group)]
        )
        snapshot.people = await load_people(
            tx, [(a.group, a.sender) for a in admitted if isinstance(a.group, Group)]
        )
        known = set(snapshot.rows)
        judged = [self._judge(one, snapshot) for one in admitted]
        now_us = self._services.now_us()
        await effects.write_rows(tx, known, snapshot, judged)
        judged = await effects.write_facts(tx, judged)
        await effects.write_held(tx, judged, now_us)
        placed = await effects.write_streams(tx, snapshot, judged, now_us)
        pushed: dict[str, Pushed] = defaultdict(Pushed)
        rows = []
        for one in judged:
            numbers = placed.numbers[one.device_id, one.dseq]
            verdict = ledger.verdict_of(one.dseq, one.decision, numbers)
            recorded = ledger.as_recorded(one.decision, verdict)
            rows.append(LedgerRow(one.device_id, one.dseq, one.hash, recorded))
            own = pushed[one.device_id]
            own.verdicts.append(verdict)
            own.heads |= numbers
            own.urgent |= placed.urgent & numbers.keys()
            own.arrived |= {key[1] for key in one.decision.writes if key not in known}
            own.awaited.update(_awaited(one))
            if one.group is not None and (doubted := doubts(one.group)):
                own.doubtful.append((one.group, doubted))
        await tx.record(rows, now_us)
        return pushed

    def _judge(self, one: Admitted, snapshot: Snapshot) -> Judged:
        frame = (one.device_id, one.sent.dseq, one.sent.hash, one.sent.body)
        group = one.group
        if isinstance(group, Decision):
            return Judged(*frame, None, group)
        try:
            new_id, now_us = self._services.new_id, self._services.now_us()
            decision = decide(group, snapshot, new_id, now_us, one.sender)
            snapshot.apply(decision)
        except POISON as error:
            LOG.exception("group %s of %s is held", one.sent.dseq, one.device_id)
            decision = held_by(error)
        return Judged(*frame, group, decision, in_parts=one.in_parts)

    # ------------------------------------------------------------ after the commit

    async def announce(self, org_id: str, pushed: Pushed) -> None:
        """Tell who waits for what a committed transaction did."""
        if pushed.doubtful:
            try:
                await self.on_doubt(org_id, pushed.doubtful)
            except Exception:
                # The push is committed all the same.
                LOG.exception("doubts about groups of %s were not flagged", org_id)
        if pushed.heads:
            self._hints.publish(org_id, pushed.heads, pushed.urgent)
        if pushed.arrived or pushed.awaited:
            try:
                await self.held.release(org_id, pushed)
            except Exception:
                # The push is committed; what still waits is released by the next arrival.
                LOG.exception("held groups of %s were not released", org_id)


def _awaited(one: Judged) -> list[Key]:
    ops = one.group.ops if one.group else ()
    return [(op.type, op.id) for op in ops if op.id == one.decision.waits_for]


def _gap(standing: Standing) -> DseqGap | None:
    for dseq, group in enumerate(standing.new, standing.run.expected):
        if group.dseq != dseq:
            return DseqGap(dseq)
    return None


def _answer(standing: Standing, applied: Pushed) -> Pushed:
    verdicts = standing.verdicts + applied.verdicts
    return replace(applied, epoch=standing.run.epoch, verdicts=verdicts)


def _size(push: Push) -> int:
    return sum(len(group.body) for group in push.groups)


def going_together(pushes: Sequence[Push]) -> list[int]:
    """Which of the pushes that wait share a transaction: positions, bounded by groups and bytes.

    The stores take turns, so that a busy one does not fill every transaction. One device comes
    in once: what it sends again is judged after the first is recorded.
    """
    by_store: dict[str | None, list[int]] = defaultdict(list)
    devices: set[str] = set()
    for position, push in enumerate(pushes):
        if push.device.device_id not in devices:
            devices.add(push.device.device_id)
            by_store[push.device.store_id].append(position)
    in_turn = [n for turn in zip_longest(*by_store.values()) for n in turn if n is not None]
    chosen: list[int] = []
    groups = size = 0
    for position in in_turn:
        groups += len(pushes[position].groups)
        size += _size(pushes[position])
        if chosen and (groups > GROUPS_MAX or size > limits.BATCH_BYTES_MAX):
            break
        chosen.append(position)
    return chosen

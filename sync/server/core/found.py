"""Takes back what a restored server lost of one device, from other tills that still hold it.

The till that rang a sale sends it again by itself. But its disk may be gone, too: then only the
other tills of the store, which had pulled the sale, hold it. They hand over the facts of such
groups, and these are stored as the first device's, under the group's own number. Should that device
come with the whole group after all, its facts are known, and not stored twice.

Only while a restore that the operator declared is open, and only what it can have lost
(``handed_over``): otherwise a till could say anything of its neighbours.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from localdb.domain.ops import Group
from localdb.domain.records import RECORDS, Kind
from sync.protocol.messages import FoundReply, Runs, RunsRequest, SentGroup
from sync.protocol.validation import read_group
from sync.server.core.admission import Device, admit
from sync.server.core.handed_over import fault, look_up
from sync.server.core.ports import LogEntry, NewFact, Services, Store, Transaction
from sync.server.core.rows import Key, complete
from sync.server.core.taking import retried
from sync.server.hints import HintSink

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """The stream numbers of what was stored, and what spoke against the rest."""

    heads: Sequence[int] = ()
    faults: Sequence[str] = ()


class Found:
    """Says what is missing, and takes it, each fact once; while a declared restore is open."""

    def __init__(self, store: Store, services: Services, hints: HintSink) -> None:
        self._store = store
        self._services = services
        self._hints = hints

    async def runs(self, device: Device, request: RunsRequest) -> Runs:
        """How far these devices of the asking till's store have delivered, where known."""
        if device.store_id is None:
            return Runs(acknowledged={})
        async with self._store.transaction(device.org_id) as tx:
            runs = await tx.runs_in(device.store_id)
        asked = set(request.device_ids)
        return Runs(acknowledged={id_: r.acknowledged for id_, r in runs.items() if id_ in asked})

    async def take(self, device: Device, sent: Sequence[SentGroup]) -> FoundReply:
        """Store the facts of these groups that are not there yet.

        A group that its device has delivered meanwhile is passed over. One that cannot be what a
        till pulled, or against which something speaks, is refused: the till still has it.
        """
        groups = [group for one in sent if (group := _read(one, device)) is not None]
        taken = await retried(lambda: self._taken(device, groups)) if groups else Taken()
        refused = len(sent) - len(groups) + len(taken.faults)
        if taken.heads:
            assert device.store_id is not None, "only tills hold facts"
            self._hints.publish(device.org_id, {device.store_id: taken.heads[-1]}, set())
            LOG.warning("%s lost groups came back from %s", len(taken.heads), device.till_code)
        if taken.faults:
            LOG.warning(
                "refused %s groups that till %s (%s) gave back: %s",
                *(len(taken.faults), device.till_code, device.device_id, taken.faults[0]),
            )
        return FoundReply(taken=len(taken.heads), refused=refused)

    async def _taken(self, device: Device, groups: Sequence[Group]) -> Taken:
        """Judge and store groups of one store."""
        assert device.store_id is not None, "a group of no store is not read"
        async with self._store.transaction(device.org_id) as tx:
            restore = await tx.restore()
            if restore is None or self._services.now_us() >= restore.open_until_us:
                return Taken(faults=["no restore is open"] * len(groups))
            await tx.lock_devices({group.device_id for group in groups})
            runs = await tx.runs_in(device.store_id)
            lost = [
                group
                for group in sorted(groups, key=lambda group: (group.device_id, group.dseq))
                if group.device_id not in runs or group.dseq > runs[group.device_id].acknowledged
            ]
            known = await look_up(tx, restore, runs, lost)
            faults, good = [], []
            for group in lost:
                if reason := fault(group, known):
                    faults.append(f"{group.dseq} of {group.device_id}: {reason}")
                else:
                    good.append(group)
            return Taken(await self._stored(tx, device, good), faults)

    async def _stored(self, tx: Transaction, device: Device, groups: Sequence[Group]) -> list[int]:
        """The numbers that the groups with news took in the store's stream."""
        known = await _insert(tx, groups)
        entries = [
            _entry(group, fresh, device.device_id)
            for group in groups
            if (fresh := _fresh(group, known))
        ]
        if not entries:
            return []
        stream = entries[0].stream
        head = (await tx.advance({stream: len(entries)}))[stream]
        numbers = list(range(head - len(entries) + 1, head + 1))
        placed = [replace(e, number=n) for e, n in zip(entries, numbers, strict=True)]
        await tx.write_log(placed, self._services.now_us())
        return numbers


def _read(sent: SentGroup, device: Device) -> Group | None:
    group, _ = read_group(sent.body)
    if group is None:
        return None
    admitted = admit(sent, replace(device, device_id=group.device_id))
    if not isinstance(admitted, Group) or group.device_id == device.device_id:
        LOG.warning("%s gives back what is no group: %s", device.till_code, admitted)
        return None
    if not all(op.type in RECORDS and RECORDS[op.type].KIND is Kind.FACT for op in group.ops):
        return None
    return group


async def _insert(tx: Transaction, groups: Sequence[Group]) -> set[Key]:
    """Store the facts in the order of every transaction; those that were known."""
    facts: dict[str, list[NewFact]] = {}
    for name in RECORDS:
        batch = [
            NewFact(complete(RECORDS[name], op.values or {}), group.device_id, group.dseq)
            for group in groups
            for op in group.ops
            if op.type == name
        ]
        if batch:
            facts[name] = sorted(batch, key=lambda fact: str(fact.values["id"]))
    return await tx.insert_facts(facts) if facts else set()


def _fresh(group: Group, known: set[Key]) -> dict[str, list[str]]:
    """Which facts of each type a group brought: the rest may come from others, in its own entry."""
    fresh: dict[str, list[str]] = {}
    for op in group.ops:
        if (op.type, op.id) not in known:
            fresh.setdefault(op.type, []).append(op.id)
    return fresh


def _entry(group: Group, fresh: dict[str, list[str]], given_by: str) -> LogEntry:
    return LogEntry(
        stream=group.store_id,
        number=0,
        device_id=group.device_id,
        dseq=group.dseq,
        user_id=group.user_id,
        store_id=group.store_id,
        at_us=group.at_us,
        fact_types=fresh,
        rows=[],
        given_by=given_by,
    )

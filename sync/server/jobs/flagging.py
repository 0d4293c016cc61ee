"""Looks for suspicious facts in the background: a step judges some groups of a store.

A push only reports facts that contradict their journal. Groups are looked at some minutes after
they came, so that what was only late (a product, a link of a journal) has arrived.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace

from localdb.domain.methods import GIFT_CARD, ON_ACCOUNT
from localdb.domain.ops import Group, Op
from localdb.domain.records import Conflict, Customer, GiftCard, Product, SaleLine
from localdb.domain.resolution import ResolutionStep, with_step
from sync.server.core.edits import Editor
from sync.server.core.journal_facts import Doubt
from sync.server.core.ports import LogEntry, Race, Services, Store, Transaction, Unavailable
from sync.server.core.push import Pusher
from sync.server.core.streams import facts_in
from sync.server.core.taking import Pushed, retried
from sync.server.jobs.flags import (
    JUDGED,
    Account,
    FactGroup,
    Flag,
    Known,
    Questions,
    doubts_about,
    judge,
    questions,
)
from sync.server.schema import ORG_STREAM

LOG = logging.getLogger(__name__)
ENTRIES_MAX, ROWS_MAX = 200, 2_000
"""Of one step."""


class Flagger:
    """Raises flags for one organisation at a time; ``grace_s`` is how long a group is left alone.

    The same groups looked at again, or by two processes at once, raise nothing twice.
    """

    def __init__(
        self, store: Store, services: Services, editor: Editor, pusher: Pusher, grace_s: float
    ) -> None:
        self._store = store
        self._services = services
        self._editor = editor
        self._pusher = pusher
        self._grace_us = int(grace_s * 1_000_000)

    async def catch_up(self, org_id: str) -> int:
        """Look at all that is due; returns how many flags were raised."""
        async with self._store.transaction(org_id) as tx:
            streams = [name for name in await tx.unlooked_streams("flagged") if name != ORG_STREAM]
        raised = 0
        for stream in streams:
            while (new := await self.step(org_id, stream)) is not None:
                raised += new
        return raised

    async def step(self, org_id: str, stream: str) -> int | None:
        """Look at the next few groups of a store; how many flags, None when nothing is due."""
        before_us = self._services.now_us() - self._grace_us
        async with self._store.transaction(org_id) as tx:
            entries = await tx.unlooked("flagged", stream, before_us, ENTRIES_MAX, ROWS_MAX)
        if not entries:
            return None
        flags = await self._judged(org_id, entries)
        raised = await self._raise(org_id, flags) if flags else 0
        # By itself: a push waits for this row, and takes the organisation's stream after it.
        async with self._store.transaction(org_id) as tx:
            await tx.looked("flagged", stream, entries[-1].number)
        return raised

    async def doubted(self, org_id: str, doubtful: Sequence[tuple[Group, Sequence[Doubt]]]) -> int:
        """Raise at once what a push found wrong about journals; how many flags."""
        return await self._raise(org_id, doubts_about(doubtful))

    async def _judged(self, org_id: str, entries: list[LogEntry]) -> list[Flag]:
        """The flags of groups together, or where that fails of each by itself."""
        try:
            async with self._store.transaction(org_id) as tx:
                groups = await _fact_groups(tx, entries)
                return judge(groups, await _known(tx, questions(groups)))
        except (Race, Unavailable):
            raise
        except Exception:
            if len(entries) == 1:
                (one,) = entries
                LOG.exception("group %s of %s is not looked at", one.dseq, one.device_id)
                return []
        return [flag for one in entries for flag in await self._judged(org_id, [one])]

    async def _raise(self, org_id: str, flags: list[Flag]) -> int:
        async def attempt() -> tuple[int, Pushed | None]:
            async with self._store.transaction(org_id) as tx:
                # Another process that raises flags waits here, and then finds these.
                await tx.own_device()
                known = await tx.existing(Conflict.TYPE, [flag.id for flag in flags])
                records = [flag.conflict() for flag in flags if flag.id not in known]
                records = await _as_decided(tx, records)
                ops = [Op("insert", one.TYPE, one.id, values=one.values()) for one in records]
                return len(ops), await self._editor.within(tx, ops) if ops else None

        raised, pushed = await retried(attempt)
        if pushed is not None:
            await self._pusher.announce(org_id, pushed)
        return raised


async def _as_decided(tx: Transaction, records: list[Conflict]) -> list[Conflict]:
    """The flags with what managers decided about them before a restore took both.

    The journal came back with the tills' facts, while the answer itself came before its question
    and was left out. Without a declared restore nothing can have been decided yet.
    """
    if not records or await tx.restore() is None:
        return records
    raised = {record.id: record for record in records}
    for entry in sorted(await tx.answers(list(raised)), key=lambda e: (e["at_us"], e["seq"])):
        told = json.loads(entry["payload"])
        step = ResolutionStep(
            entry["kind"].removeprefix("conflict_"),
            entry["at_us"],
            told.get("user"),
            note=told.get("note", ""),
        )
        settled = step.did == "settled"
        record = raised[told["conflict"]]
        raised[record.id] = replace(
            record,
            state="settled" if settled else "open",
            resolution_json=with_step(record.resolution_json, step),
            settled_by=step.user_id if settled else None,
            settled_at_us=step.at_us if settled else None,
        )
    return list(raised.values())


async def _fact_groups(tx: Transaction, entries: list[LogEntry]) -> list[FactGroup]:
    found: dict[int, dict[str, list[dict[str, object]]]] = {e.number: {} for e in entries}
    for name in JUDGED:
        for entry, values in await facts_in(tx, entries, name):
            found[entry.number].setdefault(name, []).append(values)
    return [FactGroup(e.device_id, e.dseq, e.user_id, e.at_us, found[e.number]) for e in entries]


async def _known(tx: Transaction, asked: Questions) -> Known:
    """Look up what the rules ask for, and nothing else."""
    journal = [
        entry
        for device, seqs in asked.journal.items()
        for entry in await tx.journal(device, sorted(seqs))
    ]
    return Known(
        products=frozenset(await tx.existing(Product.TYPE, sorted(asked.products))),
        sold=await tx.facts(SaleLine.TYPE, sorted(asked.refunded)) if asked.refunded else (),
        refunds=await tx.refunds_of(sorted(asked.refunded)) if asked.refunded else (),
        sales=await tx.sales_numbered(sorted(asked.numbers)) if asked.numbers else (),
        journal=journal,
        sold_carts=await tx.sales_of_carts(sorted(asked.held_carts)) if asked.held_carts else (),
        accounts=await _accounts(tx, asked),
        revoked=await _revoked(tx, asked),
    )


async def _revoked(tx: Transaction, asked: Questions) -> dict[str, tuple[int, str]]:
    """Those of the tills that were revoked, since when, and what they are called."""
    found = {}
    for device_id in sorted(asked.devices):
        known = await tx.registered(device_id)
        if known is not None and known.device.revoked_at is not None:
            found[device_id] = (known.device.revoked_at, known.device.till_code)
    return found


async def _accounts(tx: Transaction, asked: Questions) -> dict[tuple[str, str], Account]:
    """What is on the accounts that paid, and whose they are."""
    found: dict[tuple[str, str], Account] = {}
    sums = await tx.balances(sorted({id_ for _, id_ in asked.accounts})) if asked.accounts else ()
    for one in sums:
        if (one.kind, one.account_id) not in asked.accounts:
            continue
        record = GiftCard if one.kind == GIFT_CARD else Customer
        row = await tx.reference(record.TYPE, one.account_id)
        values = row.values if row else {}
        name = str(values.get("code") or values.get("name") or "")
        limit_minor = int(values.get("credit_limit_minor", 0)) if one.kind == ON_ACCOUNT else 0
        found[one.kind, one.account_id] = Account(one.amount, name, limit_minor)
    return found

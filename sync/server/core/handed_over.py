"""Checks facts that one till hands over as another's, after a restore.

Only the other till could prove them, and it may be gone. So they are compared with all that is
known: which devices belong to the store, how much the restore can have lost, and the journal,
whose entries must follow from what the server holds and must say the same as the facts.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from localdb.domain import journal
from localdb.domain.fields import INT64_MAX
from localdb.domain.ops import GROUP_OPS_MAX, Group
from localdb.domain.records import (
    BalanceMovement,
    JournalEntry,
    Payment,
    Sale,
    SaleDiscount,
    SaleLine,
    SaleTax,
    ShiftEvent,
    StockMovement,
)
from sync.server.core import journal_facts
from sync.server.core.ports import KnownRun, Origin, Restore, Transaction, Values

DAY_US = 86_400_000_000
GROUPS_A_DAY_MAX = 100_000
"""More than a till can ring in a day: one a second, all day, and some of an import."""
_OF_A_SALE = frozenset(
    record.TYPE
    for record in (SaleLine, SaleDiscount, SaleTax, Payment, StockMovement, BalanceMovement)
)
"""Types that are never written without a journal entry that names their sale."""


@dataclass(slots=True)
class Known:
    """All that handed-over groups of one store are compared with."""

    restore: Restore
    runs: Mapping[str, KnownRun]
    """The devices of the store."""
    foreign: Collection[str]
    """Devices of other stores among those that are named."""
    came: Mapping[Origin, Sequence[Values]]
    """The journal entries that are stored as these groups'."""
    journal: dict[tuple[str, int], list[Values]] = field(default_factory=lambda: defaultdict(list))
    """(device, number) -> the entries that are stored there, and those accepted since."""


async def look_up(
    tx: Transaction,
    restore: Restore,
    runs: Mapping[str, KnownRun],
    groups: Sequence[Group],
) -> Known:
    """Read what these groups are held against."""
    named = {id_ for group in groups for id_ in (group.device_id, *_rung_by(group))}
    foreign = {id_ for id_ in sorted(named - runs.keys()) if await tx.registered(id_) is not None}
    came: dict[Origin, list[Values]] = defaultdict(list)
    origins = [(group.device_id, group.dseq) for group in groups]
    for origin, entry in await tx.facts_of(JournalEntry.TYPE, origins) if origins else ():
        came[origin].append(entry)
    known = Known(restore, runs, foreign, came)
    around: dict[str, set[int]] = defaultdict(set)
    for group in groups:
        for entry in _facts(group, JournalEntry.TYPE):
            seq = entry["seq"]
            around[entry["device_id"]] |= {seq - 1, seq, min(seq + 1, INT64_MAX)}
    for device, seqs in sorted(around.items()):
        for entry in await tx.journal(device, sorted(seqs)):
            known.journal[device, entry["seq"]].append(entry)
    return known


def fault(group: Group, known: Known) -> str:
    """Why a group cannot be what its device rang and the restore lost; empty when it may be.

    Then what is judged later may follow from it.
    """
    for rule in (_foreign, _beyond, _unchained, _unattested, _other_facts):
        if reason := rule(group, known):
            return reason
    for entry in _facts(group, JournalEntry.TYPE):
        known.journal[entry["device_id"], entry["seq"]].append(entry)
    return ""


def _foreign(group: Group, known: Known) -> str:
    """Each device that is named must be of the store, and have come before the restore."""
    for id_ in (group.device_id, *_rung_by(group)):
        if id_ in known.foreign:
            return f"device {id_} is of another store"
    run = known.runs.get(group.device_id)
    if run is None:
        # Enrolled after the backup: the run that it continues is not known either.
        return ""
    if run.enrolled_at_us > known.restore.declared_at_us:
        return "the device was enrolled after the restore, which lost nothing of it"
    its_line = lineage(group.device_id, known.runs)
    others = {id_ for id_ in _rung_by(group) if id_ in known.runs} - its_line
    return f"it names facts of device {min(others)}" if others else ""


def lineage(device_id: str, runs: Mapping[str, KnownRun]) -> set[str]:
    """A device and those in whose place it came."""
    found: set[str] = set()
    at: str | None = device_id
    while at is not None and at not in found:
        found.add(at)
        at = runs[at].replaces if at in runs else None
    return found


def _beyond(group: Group, known: Known) -> str:
    """A device cannot have delivered more than fits between the backup and the restore."""
    days = max(0, known.restore.declared_at_us - known.restore.backup_at_us) // DAY_US + 2
    run = known.runs.get(group.device_id)
    last = (
        run.acknowledged if run else max((r.acknowledged for r in known.runs.values()), default=0)
    )
    if group.dseq > last + days * GROUPS_A_DAY_MAX:
        return f"number {group.dseq} is more than the restore can have lost"
    if any(e["seq"] > group.dseq * GROUP_OPS_MAX for e in _facts(group, JournalEntry.TYPE)):
        return "its journal has more entries than all groups up to it can hold"
    return ""


def _unchained(group: Group, known: Known) -> str:
    """Each journal entry must be as it was hashed, and fit between its neighbours, if known."""
    entries = _facts(group, JournalEntry.TYPE)
    own = {(entry["device_id"], entry["seq"]): [entry] for entry in entries}

    def at(device: str, seq: int) -> Sequence[Values]:
        return known.journal.get((device, seq)) or own.get((device, seq)) or ()

    for entry in entries:
        if not journal.is_unchanged(JournalEntry.from_values(entry)):
            return f"journal entry {entry['seq']} was changed"
        device, seq, hash_ = entry["device_id"], entry["seq"], entry["hash"]
        before = [one["hash"] for one in at(device, seq - 1)]
        cited = [one["previous_hash"] for one in at(device, seq + 1)]
        if hash_ not in [one["hash"] for one in at(device, seq)]:
            return f"another journal entry {seq} is known"
        if before and entry["previous_hash"] not in before:
            return f"journal entry {seq} does not follow from the one before it"
        if cited and hash_ not in cited:
            return f"the one after it does not follow from journal entry {seq}"
    return ""


def _unattested(group: Group, known: Known) -> str:
    """Compare a sale or a shift with its journal; returns what differs, empty for nothing."""
    entries = [*_facts(group, JournalEntry.TYPE), *known.came[group.device_id, group.dseq]]
    said = [(entry["kind"], _payload(entry)) for entry in entries]
    for values in _facts(group, Sale.TYPE):
        sale = Sale.from_values(values)
        if not _told(said, sale.kind, journal.told_of_sale(sale)):
            return f"the journal does not say this of sale {sale.receipt_number}"
    for values in _facts(group, ShiftEvent.TYPE):
        event = ShiftEvent.from_values(values)
        if not _told(said, f"shift_{event.kind}", journal.told_of_shift(event)):
            return "the journal does not say this of a shift"
    sales = {payload.get("sale") for _, payload in said}
    parts = (op.values for op in group.ops if op.type in _OF_A_SALE and op.values)
    unnamed = {values.get("sale_id") for values in parts} - {None} - sales
    return f"the journal says nothing of sale {min(map(str, unnamed))}" if unnamed else ""


def _other_facts(group: Group, known: Known) -> str:
    """A whole group must hold the facts that its journal entry was written with.

    Of one that comes in parts the rest may be anywhere.
    """
    doubts = journal_facts.doubts(group)
    partial = any(doubt.is_partial for doubt in doubts)
    return "" if partial or not doubts else "its facts are not those its journal was written with"


def _payload(entry: Values) -> Values:
    """The payload of an entry; empty when it is no object."""
    try:
        payload = json.loads(entry["payload"])
    except ValueError:
        return {}
    return payload if isinstance(payload, dict) else {}


def _told(said: Iterable[tuple[str, Values]], kind: str, told: Values) -> bool:
    """Whether one of the entries of this kind says all of it; a later release may say more."""
    return any(k == kind and told.items() <= payload.items() for k, payload in said)


def _rung_by(group: Group) -> Iterable[str]:
    """The devices that its facts name."""
    return {op.values["device_id"] for op in group.ops if op.values and "device_id" in op.values}


def _facts(group: Group, type_name: str) -> list[Values]:
    return [op.values for op in group.ops if op.type == type_name and op.values]

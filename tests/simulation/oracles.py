"""What must hold once everything has healed; each finding is a sentence."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from localdb.domain import journal
from localdb.domain.methods import ON_ACCOUNT
from localdb.domain.ops import decode
from localdb.domain.records import REFERENCES, JournalEntry, Scope
from sync.server.core.ports import LogEntry, Origin
from sync.server.schema import ORG_STREAM
from tests.simulation.edit_oracle import edits_survive, groups_not_taken
from tests.simulation.flag_oracle import oddities_are_flagged
from tests.simulation.views import ServerView, Sight, Values

Oracle = Callable[[Sight], Iterator[str]]
PRINTED_TYPES = ("sale", "sale_line", "sale_tax", "payment")
PULLED_FACTS = ("sale", "sale_line", "sale_tax", "payment", "shift_event", "balance_movement")
REASONS = ("rejected", "fork")


def receipts_arrived(sight: Sight) -> Iterator[str]:
    """Every receipt printed is on the server exactly once, to the last line and payment."""
    stored = {id_: v for name in PRINTED_TYPES for id_, v in sight.server.facts[name].items()}
    for name, receipt in sight.printed:
        if receipt.sale_id in sight.losses.ids:
            continue
        for id_, values in receipt.facts.items():
            if id_ not in stored:
                yield f"{name}: a part of the printed sale {receipt.sale_id} is lost"
            elif not _is_as_printed(stored[id_], _at_its_store(values, sight.moved)):
                yield f"{name}: the printed sale {receipt.sale_id} was changed"
        parts = {id_ for id_, v in stored.items() if receipt.sale_id in (id_, v.get("sale_id"))}
        if parts - receipt.facts.keys():
            yield f"{name}: the sale {receipt.sale_id} grew on the way"


def _is_as_printed(stored: Values, printed: Values) -> bool:
    """Whether every field that was known where it was printed holds what it held, or nothing."""
    return _given({name: stored.get(name) for name in printed}) == _given(printed)


def _at_its_store(values: Mapping[str, Any], moved: Mapping[str, str]) -> Values:
    """The facts of a till that stood alone now name the store that it joined."""
    if values.get("store_id") not in moved:
        return dict(values)
    return {**values, "store_id": moved[values["store_id"]]}


def receipts_are_unique(sight: Sight) -> Iterator[str]:
    """No receipt number stands on two sales."""
    seen: dict[str, str] = {}
    for id_, values in sight.server.facts["sale"].items():
        number = values["receipt_number"]
        if number in seen and not sight.copied:
            yield f"the receipt number {number} is on two sales"
        seen[number] = id_


def balances_are_sums(sight: Sight) -> Iterator[str]:
    """Stock on hand is the sum of the movements, on the server and on every till."""
    sums: dict[tuple[str, str], int] = {}
    for values in sight.server.facts["stock_movement"].values():
        key = (values["store_id"], values["product_id"])
        sums[key] = sums.get(key, 0) + values["quantity_milli"]
    for till in sight.tills:
        wanted = {key: level for key, level in sums.items() if key[0] == till.store_id and level}
        shown = till.stock
        for key in sorted(wanted.keys() | shown.keys()):
            has, should = shown.get(key, 0), wanted.get(key, 0)
            if has != should:
                yield f"{till.name}: stock of {key[1]} is {has}, not {should}"


def accounts_are_sums(sight: Sight) -> Iterator[str]:
    """What is on a card or an account is the sum of its movements of all stores, on every till."""
    wanted = _moved(sight.server)
    for till in sight.tills:
        for key in sorted(wanted.keys() | till.balances.keys()):
            has, should = till.balances.get(key, 0), wanted[key]
            if has != should:
                yield f"{till.name}: the {key[0]} of {key[1]} is {has}, not {should}"


def claims_are_what_is_there(sight: Sight) -> Iterator[str]:
    """When all claims have ended any till may have what is there, and no more."""
    moved = _moved(sight.server)
    customers = sight.server.references["customer"]
    for name, claimable in sight.claimable.items():
        for (kind, account), granted in claimable.items():
            there = moved[kind, account]
            if kind == ON_ACCOUNT:
                there = int(customers[account].values["credit_limit_minor"]) - there
            if granted != max(there, 0):
                yield f"{name}: may have {granted} of the {kind} of {account}, where {there} is"


def _moved(server: ServerView) -> Counter[tuple[str, str]]:
    sums: Counter[tuple[str, str]] = Counter()
    for values in server.facts["balance_movement"].values():
        sums[values["kind"], values["account_id"]] += values["amount"]
    return sums


def replicas_agree(sight: Sight) -> Iterator[str]:
    """Every reference record is the same, with its version, on the server and on every till."""
    for till in sight.tills:
        for record in REFERENCES:
            there = {
                id_: (row.version, row.values)
                for id_, row in sight.server.references[record.TYPE].items()
                if record.SCOPE is Scope.ORG or row.values["store_id"] == till.store_id
            }
            here = till.images[record.TYPE]
            yield from _differences(f"{till.name}: {record.TYPE}", here, there)
            for id_, (_, values) in here.items():
                if _given(till.shown[record.TYPE][id_]) != _given(values):
                    yield f"{till.name}: {record.TYPE} {id_} shows what is not the server's"


def facts_agree(sight: Sight) -> Iterator[str]:
    """A till holds the facts of its store as the server does, and no others."""
    for till in sight.tills:
        for name in (*PULLED_FACTS, "stock_movement", "journal_entry"):
            there = {
                i: v for i, v in sight.server.facts[name].items() if v["store_id"] == till.store_id
            }
            here = till.shown[name]
            for id_ in sorted(here.keys() - there.keys()):
                yield f"{till.name}: the {name} {id_} is not on the server"
            for id_ in sorted(here.keys() & there.keys()):
                if _given(here[id_]) != _given(there[id_]):
                    yield f"{till.name}: the {name} {id_} differs from the server's"
            if name in PULLED_FACTS and not (sight.clocks_were_wrong or sight.slept_for_months):
                for id_ in sorted(there.keys() - here.keys()):
                    yield f"{till.name}: the {name} {id_} never arrived"


def facts_survive(sight: Sight) -> Iterator[str]:
    """Every fact that any till ever committed is on the server as it was written."""
    excused = groups_not_taken(sight)
    for till, body in sight.made:
        group = decode(body)
        if group.id in sight.losses.ids or group.id in excused:
            continue
        for op in group.ops:
            if op.type in sight.server.facts and op.id not in sight.losses.ids:
                stored = sight.server.facts[op.type].get(op.id)
                wanted = _given(_at_its_store(op.values or {}, sight.moved))
                if stored is None:
                    yield f"{till}: the {op.type} {op.id} of group {group.dseq} is lost"
                elif not wanted.items() <= _given(stored).items():
                    yield f"{till}: the {op.type} {op.id} of group {group.dseq} was changed"


def journals_hold(sight: Sight) -> Iterator[str]:
    """Every device's journal verifies from its first entry.

    A journal that two copies of a till went on with is a tree: each branch must hold.
    """
    by_device: dict[str, list[JournalEntry]] = {}
    for values in sight.server.facts["journal_entry"].values():
        by_device.setdefault(values["device_id"], []).append(JournalEntry.from_values(values))
    for device, entries in by_device.items():
        if sight.copied:
            yield from _broken_branches(device, entries)
            continue
        broken = journal.verify(sorted(entries, key=lambda entry: entry.seq))
        if broken:
            yield f"the journal of {device} breaks at {broken.seq}: {broken.reason}"


def _broken_branches(device: str, entries: list[JournalEntry]) -> Iterator[str]:
    links = {(entry.seq, entry.hash) for entry in entries}
    for one in entries:
        hashed = (one.previous_hash, device, one.seq, one.kind, one.at_us, one.payload)
        if journal.entry_hash(*hashed) != one.hash:
            yield f"the journal of {device} was changed at {one.seq}"
        if one.seq > 1 and (one.seq - 1, one.previous_hash) not in links:
            yield f"the journal of {device} has nothing before {one.seq}"


def queues_are_empty(sight: Sight) -> Iterator[str]:
    """Nothing waits; what is parked says why, what is held is held on the sight.server."""
    for till in (*sight.tills, *sight.shut_out):
        rows = till.outbox
        numbers = [row["dseq"] for row in rows]
        if (
            numbers
            and not sight.slept_for_months
            and numbers != list(range(numbers[0], numbers[0] + len(numbers)))
        ):
            yield f"{till.name}: the outbox has a gap"
        for row in rows:
            state, verdict = row["state"], row["verdict"]
            if state == "pending":
                yield f"{till.name}: group {row['dseq']} still waits"
            if state == "acknowledged" and verdict != "held" and till not in sight.shut_out:
                yield f"{till.name}: group {row['dseq']} never came back ({verdict})"
            if state == "acknowledged" and _is_held_in_vain(row, sight.server):
                yield f"{till.name}: group {row['dseq']} is held, and nothing is missing"
            if state == "parked" and not (verdict in REASONS and row["code"]):
                yield f"{till.name}: group {row['dseq']} is parked without a reason"


def _is_held_in_vain(row: Values, server: ServerView) -> bool:
    """Whether the server holds a group although every record that it edits is there."""
    group = decode(row["body"])
    known = server.ledger.get((group.device_id, group.dseq))
    if row["verdict"] != "held" or known is None or known.verdict["kind"] != "held":
        # Of one that was applied or came second meanwhile the till hears within the hour.
        return False
    edited = [op for op in group.ops if op.kind == "edit" and op.type in server.references]
    return row["code"] == "parent_missing" and all(
        op.id in server.references[op.type] for op in edited
    )


def ledger_knows(sight: Sight) -> Iterator[str]:
    """What a till believes to be delivered is in the ledger with the same hash."""
    for till in (*sight.tills, *sight.shut_out):
        for row in till.outbox:
            if row["state"] not in ("acknowledged", "done"):
                continue
            # A till that became another one has delivered some under its former name.
            device = decode(row["body"]).device_id
            known = sight.server.ledger.get((device, row["dseq"]))
            if known is None or known.hash != row["hash"]:
                yield f"{till.name}: group {row['dseq']} is not in the server's ledger"


def streams_are_whole(sight: Sight) -> Iterator[str]:
    """Stream numbers have no gap, and every till stands at the heads."""
    for name, state in sight.server.streams.items():
        numbers = [entry.number for entry in sight.server.log[name]]
        if numbers != list(range(state.pruned_to + 1, state.head + 1)):
            yield f"stream {name} has a gap"
        yield from _repeated(name, sight.server.log[name])
    for till in sight.tills:
        for name in (ORG_STREAM, till.store_id):
            if till.cursors.get(name) != sight.server.streams[name].head:
                yield f"{till.name}: stands at {till.cursors.get(name)} of {name}"


def _repeated(stream: str, log: Sequence[LogEntry]) -> Iterator[str]:
    """Groups that are twice in a stream; where others gave facts back, parts of them may be."""
    came: dict[Origin, list[LogEntry]] = {}
    for entry in log:
        came.setdefault((entry.device_id, entry.dseq), []).append(entry)
    for (device, dseq), entries in came.items():
        facts = [which for entry in entries for which in entry.fact_types.values()]
        named = Counter(id_ for ids in facts if not isinstance(ids, int) for id_ in ids)
        whole = sum(bool(e.rows) or not e.fact_types for e in entries)
        whole = max(whole, len(entries) if any(isinstance(ids, int) for ids in facts) else 0)
        if whole > 1 or max(named.values(), default=0) > 1:
            yield f"group {dseq} of {device} is {len(entries)} times in stream {stream}"


def proofs_agree(sight: Sight) -> Iterator[str]:
    """The till's own proof finds what the oracles find: both sides are one."""
    for name, proof in sight.proofs.items():
        if not proof.agrees:
            yield f"{name}: the proof does not agree: {proof}"


def histories_arrived(sight: Sight) -> Iterator[str]:
    """What a till did before it joined is on both sides: by count and by sum, type by type."""
    for name, report in sight.histories.items():
        # What two copies brought is counted for one of them.
        if report is not None and not report.agrees and not sight.copied:
            differ = [
                *(one for one in report.facts if not one.matches),
                *(one for one in report.references if not one.matches),
            ]
            yield f"{name}: its history differs: {differ}, {report.waiting} groups wait"


def losses_are_named(sight: Sight) -> Iterator[str]:
    """A till that became another one after it lost its disk names what it cannot account for."""
    now = {till.name: till for till in sight.tills}
    for lost in sight.losses.lost:
        till = now.get(lost.till)
        if till is None or till.device_id == lost.device_id:
            # Nobody is left to say so; or the server had seen nothing by which to know.
            continue
        if lost.is_number_taken:
            continue
        named = (one for one in till.unaccounted if one.device_id == lost.device_id)
        if not any(one.first <= lost.dseq for one in named):
            yield f"{till.name}: does not name the lost group {lost.dseq} of {lost.device_id}"


def nothing_unforeseen(sight: Sight) -> Iterator[str]:
    """No bug was reported on either side."""
    yield from (f"unforeseen: {bug}" for bug in sight.bugs)
    for (device, dseq), row in sight.server.ledger.items():
        if row.verdict["code"] in ("unexpected_error", "invalid", "hash_mismatch"):
            yield f"group {dseq} of {device}: {row.verdict['code']}: {row.verdict['detail']}"


ORACLES: tuple[Oracle, ...] = (
    receipts_arrived,
    receipts_are_unique,
    balances_are_sums,
    accounts_are_sums,
    claims_are_what_is_there,
    replicas_agree,
    facts_agree,
    facts_survive,
    journals_hold,
    queues_are_empty,
    ledger_knows,
    streams_are_whole,
    proofs_agree,
    edits_survive,
    histories_arrived,
    oddities_are_flagged,
    losses_are_named,
    nothing_unforeseen,
)


def findings(sight: Sight) -> tuple[str, ...]:
    """Everything that does not hold."""
    return tuple(f"{oracle.__name__}: {found}" for oracle in ORACLES for found in oracle(sight))


def _given(values: Mapping[str, Any]) -> Values:
    return {name: value for name, value in values.items() if value is not None}


def _differences(
    what: str, here: dict[str, tuple[int, Any]], there: dict[str, tuple[int, Any]]
) -> Iterator[str]:
    for id_ in sorted(here.keys() | there.keys()):
        if id_ not in here:
            yield f"{what} {id_} is missing"
        elif id_ not in there:
            yield f"{what} {id_} is not on the server"
        elif here[id_][0] != there[id_][0]:
            yield f"{what} {id_} is at version {here[id_][0]}, not {there[id_][0]}"
        elif _given(here[id_][1]) != _given(there[id_][1]):
            yield f"{what} {id_} differs"

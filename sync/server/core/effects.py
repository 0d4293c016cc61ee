"""Writes what was decided: rows, facts, held bodies; last of all the streams."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from localdb.domain.ops import Group
from localdb.domain.records import RECORDS, Scope, StockMovement, Store
from sync.server.core.decisions import Decision, Snapshot
from sync.server.core.ports import GroupPort, HeldGroup, LogEntry, NewFact, Origin, Transaction
from sync.server.core.rows import Key, Row, complete
from sync.server.schema import ORG_STREAM


class FactContradicts(Exception):
    """A fact arrived under the id of a stored one that says something else."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One group with its decision; ``group`` is None when the body could not be read."""

    device_id: str
    dseq: int
    hash: str
    body: str
    group: Group | None
    decision: Decision
    given_back: bool = False
    """Whether other tills gave facts of it back before it came: they are in the stream already."""
    in_parts: bool = False
    """Whether others gave facts back under its number, even those of another copy's group."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The places that a batch took in the streams."""

    heads: dict[str, int]
    urgent: frozenset[str]
    """The streams that got more than facts."""
    numbers: Mapping[Origin, dict[str, int]]


async def write_rows(
    tx: GroupPort, before: Set[Key], snapshot: Snapshot, judged: Sequence[Judged]
) -> None:
    """Store the final image of every row the batch wrote; some existed ``before``."""
    written = {key for one in judged for key in one.decision.writes}
    for name in sorted({key[0] for key in written}):
        rows = [(key, snapshot.rows[key]) for key in sorted(written) if key[0] == name]
        new = [row for key, row in rows if key not in before]
        old = [row for key, row in rows if key in before]
        if new:
            await tx.insert_rows(name, new)
        if old:
            await tx.update_rows(name, old)
    stores = sorted(key[1] for key in written - before if key[0] == Store.TYPE)
    if stores:
        await tx.begin_streams(stores)


async def write_facts(tx: Transaction, judged: Sequence[Judged]) -> list[Judged]:
    """Store the facts of a batch, each once by its id; raises FactContradicts.

    Returns the batch with those groups marked as duplicates that brought nothing new.
    """
    facts: dict[str, list[NewFact]] = defaultdict(list)
    for one in judged:
        for fact in one.decision.facts:
            values = complete(RECORDS[fact.type], fact.values)
            facts[fact.type].append(NewFact(values, one.device_id, one.dseq))
    if not facts:
        return list(judged)
    # In one order, so that two transactions with the same facts wait and never deadlock.
    ordered = {n: sorted(facts[n], key=_id_of) for n in RECORDS if n in facts}
    known = await tx.insert_facts(ordered)
    for name in sorted({key[0] for key in known}):
        await _check_known(tx, name, facts[name], {key[1] for key in known if key[0] == name})
    if not known:
        return list(judged)
    sent = Counter((name, _id_of(fact)) for name, batch in facts.items() for fact in batch)
    before = {key for key in known if sent[key] == 1}
    return [_as_duplicate(await _without_given(tx, one, before), known) for one in judged]


async def _without_given(tx: Transaction, one: Judged, known: set[Key]) -> Judged:
    """Leave out the facts that are stored as this very group's: other tills gave them back."""
    origin = [(one.device_id, one.dseq)]
    mine = {(fact.type, fact.values["id"]) for fact in one.decision.facts} & known
    given = {
        (name, values["id"])
        for name in sorted({name for name, _ in mine})
        for _, values in await tx.facts_of(name, origin)
    } & mine
    if not given:
        return one
    facts = tuple(f for f in one.decision.facts if (f.type, f.values["id"]) not in given)
    return replace(one, decision=replace(one.decision, facts=facts), given_back=True)


def _id_of(fact: NewFact) -> str:
    return str(fact.values["id"])


def _as_duplicate(one: Judged, known: set[Key]) -> Judged:
    decision = one.decision
    brought = {(fact.type, fact.values["id"]) for fact in decision.facts}
    if decision.is_new_only_by_facts and brought <= known:
        return replace(one, decision=replace(decision, kind="duplicate"))
    return one


async def _check_known(tx: GroupPort, name: str, facts: Sequence[NewFact], known: set[str]) -> None:
    stored = {row["id"]: row for row in await tx.facts(name, known)}
    for fact in facts:
        id_ = fact.values["id"]
        if id_ in known and stored[id_] != fact.values:
            raise FactContradicts(f"the {name} {id_} is stored with other values")


async def write_held(tx: GroupPort, judged: Sequence[Judged], now_us: int) -> None:
    """Keep the bodies of held groups until they can be applied."""
    held = [
        HeldGroup(
            one.device_id,
            one.dseq,
            one.hash,
            one.body,
            one.decision.code,
            one.decision.detail,
            one.decision.waits_for,
        )
        for one in judged
        if one.decision.kind == "held"
    ]
    if held:
        await tx.hold(held, now_us)


async def write_streams(
    tx: Transaction, snapshot: Snapshot, judged: Sequence[Judged], now_us: int
) -> Placed:
    """Take numbers and write the log: nothing but the ledger comes after this.

    The streams are taken in the order of their names, by every transaction alike.
    """
    entries = [entry for one in judged for entry in _entries(one, snapshot)]
    numbers: dict[Origin, dict[str, int]] = defaultdict(dict)
    await _place_given(tx, judged, numbers)
    if not entries:
        return Placed({}, frozenset(), numbers)
    heads = await tx.advance(dict(sorted(Counter(entry.stream for entry in entries).items())))
    placed: list[LogEntry] = []
    for stream, head in sorted(heads.items()):
        own = [entry for entry in entries if entry.stream == stream]
        for number, entry in enumerate(own, head - len(own) + 1):
            numbers[entry.device_id, entry.dseq].setdefault(stream, number)
            placed.append(replace(entry, number=number))
    await tx.write_log(placed, now_us)
    return Placed(heads, frozenset(e.stream for e in placed if e.rows), numbers)


async def _place_given(
    tx: Transaction, judged: Sequence[Judged], numbers: dict[Origin, dict[str, int]]
) -> None:
    """The place of what was given back: by it a till knows whether its load has counted it.

    What counts is the stock: movements that only come now count where the group enters now.
    """
    groups = [
        one.group
        for one in judged
        if one.given_back
        and one.group is not None
        and all(fact.type != StockMovement.TYPE for fact in one.decision.facts)
    ]
    for store_id in sorted({group.store_id for group in groups}):
        origins = [(g.device_id, g.dseq) for g in groups if g.store_id == store_id]
        entered = await tx.entered(store_id, origins)
        state = await tx.stream(store_id)
        for origin in origins:
            # The entry is not kept any more: every till that pulls or loaded is beyond it.
            number = entered.get(origin) or (state.pruned_to if state else 0)
            if number:
                numbers[origin][store_id] = number


def _entries(judged: Judged, snapshot: Snapshot) -> list[LogEntry]:
    """The group's entry in each stream it enters, with the images it left there; unnumbered."""
    group, decision = judged.group, judged.decision
    if group is None or not decision.enters_streams:
        return []
    streams: dict[str, list[dict[str, Any]]] = {}
    for key in sorted(decision.writes.keys() | decision.touched):
        row = decision.writes.get(key) or snapshot.rows[key]
        streams.setdefault(_stream_of(key[0], group), []).append(image(key, row))
    came: dict[str, list[str]] = defaultdict(list)
    for fact in decision.facts:
        came[fact.type].append(fact.values["id"])
        streams.setdefault(_stream_of(fact.type, group), [])
    # Where others gave a part of them back, the stream has that already: this is the rest.
    named = judged.given_back or judged.in_parts
    counts = came if named else {name: len(ids) for name, ids in came.items()}
    return [
        LogEntry(
            stream=stream,
            number=0,
            device_id=judged.device_id,
            dseq=judged.dseq,
            user_id=group.user_id,
            store_id=group.store_id or None,
            at_us=group.at_us,
            fact_types={} if stream == ORG_STREAM else dict(counts),
            rows=rows,
        )
        for stream, rows in streams.items()
    ]


def _stream_of(type_name: str, group: Group) -> str:
    return ORG_STREAM if RECORDS[type_name].SCOPE is Scope.ORG else group.store_id


def image(key: Key, row: Row) -> dict[str, Any]:
    """A row as the wire shows it (``RowImage``)."""
    return {
        "type": key[0],
        "id": key[1],
        "version": row.version,
        "vector": row.vector,
        "values": row.values,
    }

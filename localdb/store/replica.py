"""Applies what the server sends: other tills' rows and facts, and the echo of our own.

Pulling never overwrites unsynced work: a pulled row becomes the server's image, and the edits
that this till has not got back yet are replayed on top. Own facts are never sent back.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from localdb.domain.records import RECORDS, JournalEntry, Sale, Scope
from localdb.store import (
    arriving,
    fact_origins,
    groups,
    images,
    local,
    outbox,
    quarantine,
    rows,
    search,
    stock_levels,
    succession,
    sync_state,
    unaccounted,
)
from localdb.store.quarantine import PulledFact, PulledRow
from localdb.store.sync_state import Cursor
from localdb.store.unaccounted import Unaccounted
from localdb.store.unit_of_work import UnitOfWork

ORG_STREAM = "org"
SLICE_ROWS = 200
"""Rows of one transaction: longer ones would keep a cashier waiting."""


class StreamGap(Exception):
    """The entries do not continue the stream at this till's cursor."""


class PulledEntry(Protocol):
    """One group of a stream, with what it did."""

    @property
    def number(self) -> int: ...
    @property
    def device_id(self) -> str: ...
    @property
    def dseq(self) -> int: ...
    @property
    def given_by(self) -> str | None: ...
    @property
    def rows(self) -> Sequence[PulledRow]: ...
    @property
    def facts(self) -> Sequence[PulledFact]: ...


Entry = TypeVar("Entry", bound=PulledEntry)
Arrived = tuple[PulledEntry, PulledFact]
"""A fact and the group that brought it."""


def slices(entries: Iterable[Entry], rows_max: int = SLICE_ROWS) -> Iterator[list[Entry]]:
    """Cut a page into what one transaction should apply; a group that is larger comes alone."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        rows_in_entry = size_of(entry) + 1
        if batch and size + rows_in_entry > rows_max:
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += rows_in_entry
    if batch:
        yield batch


def size_of(entry: PulledEntry) -> int:
    """How many rows a group brings."""
    return len(entry.rows) + len(entry.facts)


def apply_ahead(
    uow: UnitOfWork, stream: str, epoch: str, entry: PulledEntry, start: int, rows_max: int
) -> None:
    """Apply the rows of a large group from ``start`` on, before the group itself.

    May be repeated: the cursor does not move, a fact is stored once and an image only replaced.
    """
    _refuse_gap(uow, stream, epoch, [entry])
    sales = [str(fact.values.get("id")) for fact in entry.facts if fact.type == Sale.TYPE]
    arriving.note(uow.connection, stream, epoch, entry.number, sales)
    _apply_rows(uow, entry.rows[start : start + rows_max])
    start -= len(entry.rows)
    part = entry.facts[max(0, start) : max(0, start + rows_max)]
    _apply_facts(uow, stream, [(entry, fact) for fact in part])


def apply_entries(
    uow: UnitOfWork,
    stream: str,
    epoch: str,
    entries: Sequence[PulledEntry],
    *,
    rows_are_there: bool = False,
) -> None:
    """Apply whole groups and move the stream's cursor over them, in the caller's transaction.

    ``rows_are_there`` says that ``apply_ahead`` has applied them. Raises StreamGap when the first
    is not the next, numbers skip, or the epoch is another one.
    """
    _refuse_gap(uow, stream, epoch, entries)
    _look_for_a_copy(uow, entries)
    own = [entry.dseq for entry in entries if entry.device_id == uow.identity.device_id]
    scope = Scope.ORG if stream == ORG_STREAM else Scope.STORE
    ended = outbox.arrived(uow, own, scope)
    applied: set[tuple[str, str]] = set()
    if not rows_are_there:
        # Only the last image of a row matters: the groups become visible together.
        last = {(row.type, row.id): row for entry in entries for row in entry.rows}
        _apply_rows(uow, last.values())
        _apply_facts(uow, stream, [(entry, fact) for entry in entries for fact in entry.facts])
        applied = set(last)
    outbox.rebuild(uow, ended - applied)
    sync_state.put_cursor(uow.connection, stream, Cursor(epoch, entries[-1].number))
    if own:
        outbox.finish(uow, own)


def _look_for_a_copy(uow: UnitOfWork, entries: Sequence[PulledEntry]) -> None:
    """Ask for an identity: a group of this till that it never gave out came from a copy of it.

    Not when another till handed it over: that proves nothing, and is only kept in view.
    """
    device, given = uow.identity.device_id, local.counter(uow.connection, groups.DSEQ)
    unknown = [entry for entry in entries if entry.device_id == device and entry.dseq > given]
    if any(entry.given_by is None for entry in unknown):
        succession.ask(uow.connection, "copied")
    elif unknown:
        numbers = [entry.dseq for entry in unknown]
        unaccounted.add_given(
            uow.connection,
            Unaccounted(
                device_id=device,
                till_code=uow.identity.till_code,
                first=min(numbers),
                held_to=max(numbers),
                sales=0,
                total_minor=0,
                journal_head="",
                at_us=uow.now_us,
                given_by=str(unknown[0].given_by),
            ),
        )


def _refuse_gap(uow: UnitOfWork, stream: str, epoch: str, entries: Sequence[PulledEntry]) -> None:
    at = sync_state.cursor(uow.connection, stream)
    if at.epoch not in ("", epoch):
        raise StreamGap(f"stream {stream}: epoch {epoch} follows {at.epoch}")
    expected = list(range(at.number + 1, at.number + 1 + len(entries)))
    numbers = [entry.number for entry in entries]
    if not numbers or numbers != expected:
        raise StreamGap(f"stream {stream}: {numbers[:3]} does not follow {at.number}")


def _apply_rows(uow: UnitOfWork, pulled: Iterable[PulledRow]) -> None:
    by_type: dict[str, list[PulledRow]] = {}
    for row in pulled:
        by_type.setdefault(row.type, []).append(row)
    for record_type, batch in by_type.items():
        if record_type in RECORDS:
            _put_images(uow, record_type, batch)
        else:
            quarantine.keep(uow.connection, record_type, map(quarantine.row_body, batch))


def _put_images(uow: UnitOfWork, record_type: str, batch: list[PulledRow]) -> None:
    held = rows.load(uow.connection, record_type, [row.id for row in batch])
    # A bootstrap may have read a row after the head from which this pull goes on.
    newer = [row for row in batch if held.get(row.id, {}).get("version", 0) <= row.version]
    put_images(uow, record_type, newer, held)


def put_images(
    uow: UnitOfWork,
    record_type: str,
    wanted: Sequence[PulledRow],
    held: Mapping[str, Mapping[str, Any]],
) -> list[PulledRow]:
    """Make these the server's images of the rows ``held``, with the unsent edits on top.

    Returns those that could be stored; the others are quarantined.
    """
    conn, device_id = uow.connection, uow.identity.device_id
    pending = images.pending_edits(conn, record_type, [row.id for row in wanted])

    def standing(row: PulledRow) -> tuple[Any, ...]:
        edits = pending.get(row.id, ())
        return images.standing_row(
            record_type, row.values, row.version, row.vector, device_id, edits
        )

    put = quarantine.put(conn, record_type, wanted, standing, quarantine.row_body)
    for row in put:
        uow.changed.add(record_type, row.id)
        uow.changed.search |= search.affected(record_type, held.get(row.id, {}), row.values)
    return put


def _apply_facts(uow: UnitOfWork, stream: str, pulled: Sequence[Arrived]) -> None:
    by_type: dict[str, list[Arrived]] = {}
    for one in pulled:
        by_type.setdefault(one[1].type, []).append(one)
    for record_type, batch in by_type.items():
        if record_type not in RECORDS:
            quarantine.keep(
                uow.connection, record_type, (quarantine.fact_body(fact) for _, fact in batch)
            )
            continue
        if record_type == JournalEntry.TYPE:
            batch = _journals_of_others(uow, batch)
        new = _insert_new(uow, record_type, batch)
        if record_type == "stock_movement" and new:
            counted = sync_state.stock_number(uow.connection, stream)
            beyond = [fact.values for entry, fact in new if entry.number > counted]
            stock_levels.add(uow.connection, beyond)


def _insert_new(uow: UnitOfWork, record_type: str, batch: list[Arrived]) -> list[Arrived]:
    """Store the facts that are not there yet; returns those.

    What others gave back in this till's name says no number: this till never gave that group out.
    """
    conn, own = uow.connection, uow.identity.device_id
    first: dict[Any, Arrived] = {}
    for place, one in enumerate(batch):
        first.setdefault(one[1].values.get("id", place), one)
    held = rows.held_ids(conn, record_type, map(str, first))
    values = [fact.values for _, fact in first.values()]
    absent = quarantine.absent_parents(conn, record_type, values)

    def whole(one: Arrived) -> tuple[Any, ...]:
        entry, fact = one
        if absent and quarantine.parent_of(record_type, fact.values) in absent:
            raise KeyError("its sale is not here")
        dseq = 0 if entry.device_id == own else entry.dseq
        return images.fact_row(record_type, fact.values, entry.device_id, dseq)

    unknown = [one for record_id, one in first.items() if record_id not in held]
    new = quarantine.put(conn, record_type, unknown, whole, _body)
    for _, fact in new:
        uow.changed.add(record_type, fact.values["id"])
    fact_origins.keep(conn, uow.identity, (_told(one) for one in new if one[0].device_id == own))
    return new


def _journals_of_others(uow: UnitOfWork, batch: list[Arrived]) -> list[Arrived]:
    """Leave out entries in this till's name that it did not write: its own journal continues.

    They are kept beside it.
    """
    conn, own = uow.connection, uow.identity.device_id
    named = [one for one in batch if one[0].device_id == own]
    written = rows.held_ids(conn, JournalEntry.TYPE, (str(f.values.get("id")) for _, f in named))
    lost = [one for one in named if one[1].values.get("id") not in written]
    fact_origins.keep(conn, uow.identity, (_told(one, rows.to_json(one[1].values)) for one in lost))
    return [one for one in batch if one[0].device_id != own]


def _told(one: Arrived, body: str | None = None) -> fact_origins.Told:
    entry, fact = one
    return fact.type, fact.values["id"], entry.device_id, entry.dseq, body


def _body(one: Arrived) -> dict[str, Any]:
    return quarantine.fact_body(one[1])

"""Applies what the server sends: other tills' rows and facts, and the echo of our own.

Pulling never overwrites unsynced work: a pulled row becomes the server's image, and the edits
that this till has not got back yet are replayed on top. Own facts are never sent back.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from localdb.domain.records import RECORDS, Scope
from localdb.store import (
    groups,
    images,
    local,
    outbox,
    rows,
    search,
    stock_levels,
    succession,
    sync_state,
)
from localdb.store.sync_state import Cursor
from localdb.store.unit_of_work import UnitOfWork

ORG_STREAM = "org"
SLICE_ROWS = 200
"""Rows of one transaction: longer ones would keep a cashier waiting."""


class StreamGap(Exception):
    """The entries do not continue the stream where this till stands."""


class PulledRow(Protocol):
    """A reference record as the server holds it."""

    @property
    def type(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def vector(self) -> Mapping[str, int]: ...
    @property
    def values(self) -> Mapping[str, Any]: ...


class PulledFact(Protocol):
    """A fact as some till recorded it."""

    @property
    def type(self) -> str: ...
    @property
    def values(self) -> Mapping[str, Any]: ...


class PulledEntry(Protocol):
    """One group of a stream, with what it did."""

    @property
    def number(self) -> int: ...
    @property
    def device_id(self) -> str: ...
    @property
    def dseq(self) -> int: ...
    @property
    def rows(self) -> Sequence[PulledRow]: ...
    @property
    def facts(self) -> Sequence[PulledFact]: ...


Entry = TypeVar("Entry", bound=PulledEntry)


def slices(entries: Iterable[Entry], rows_max: int = SLICE_ROWS) -> Iterator[list[Entry]]:
    """Cut a page into what one transaction should apply; a group is never cut."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        rows_in_entry = len(entry.rows) + len(entry.facts) + 1
        if batch and size + rows_in_entry > rows_max:
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += rows_in_entry
    if batch:
        yield batch


def apply_entries(uow: UnitOfWork, stream: str, epoch: str, entries: Sequence[PulledEntry]) -> None:
    """Apply whole groups and move the stream's cursor over them, in the caller's transaction.

    Raises StreamGap when the first is not the next, numbers skip, or the epoch is another one.
    """
    _refuse_gap(uow, stream, epoch, entries)
    own = [entry.dseq for entry in entries if entry.device_id == uow.identity.device_id]
    if max(own, default=0) > local.counter(uow.connection, groups.DSEQ):
        succession.ask(uow.connection, "copied")
    scope = Scope.ORG if stream == ORG_STREAM else Scope.STORE
    ended = outbox.arrived(uow, own, scope)
    # Only the last image of a row matters: the groups become visible together.
    last = {(row.type, row.id): row for entry in entries for row in entry.rows}
    _apply_rows(uow, last.values())
    outbox.rebuild(uow, ended - last.keys())
    counted = sync_state.stock_number(uow.connection, stream)
    for entry in entries:
        _apply_facts(uow, entry, moves_stock=entry.number > counted)
    sync_state.put_cursor(uow.connection, stream, Cursor(epoch, entries[-1].number))
    if own:
        outbox.finish(uow, own)


def keep_unknown(uow: UnitOfWork, record_type: str, record_id: str, body: Any) -> None:
    """Keep a row that only a newer program understands."""
    uow.connection.exec_driver_sql(
        "INSERT OR REPLACE INTO unknown_record (type, id, body) VALUES (?, ?, ?)",
        (record_type, record_id, rows.to_json(body)),
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
            for row in batch:
                body = {"version": row.version, "vector": row.vector, "values": row.values}
                keep_unknown(uow, record_type, row.id, body)


def _put_images(uow: UnitOfWork, record_type: str, batch: list[PulledRow]) -> None:
    conn, device_id = uow.connection, uow.identity.device_id
    held = rows.load(conn, record_type, [row.id for row in batch])
    put = []
    for row in batch:
        before = held.get(row.id, {})
        # A bootstrap may have read a row after the head from which this pull goes on.
        if before.get("version", 0) > row.version:
            continue
        put.append(
            images.standing_row(conn, record_type, row.values, row.version, row.vector, device_id)
        )
        uow.changed.add(record_type, row.id)
        uow.changed.search |= search.affected(record_type, before, row.values)
    images.put_rows(conn, record_type, put)


def _apply_facts(uow: UnitOfWork, entry: PulledEntry, *, moves_stock: bool) -> None:
    by_type: dict[str, list[Mapping[str, Any]]] = {}
    for fact in entry.facts:
        if fact.type in RECORDS:
            by_type.setdefault(fact.type, []).append(fact.values)
        else:
            keep_unknown(uow, fact.type, fact.values["id"], {"values": fact.values})
    for record_type, batch in by_type.items():
        new = _insert_new(uow, entry, record_type, batch)
        if record_type == "stock_movement" and moves_stock:
            stock_levels.add(uow.connection, new)


def _insert_new(
    uow: UnitOfWork, entry: PulledEntry, record_type: str, batch: list[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    held = rows.load(uow.connection, record_type, [values["id"] for values in batch])
    new = [values for values in batch if values["id"] not in held]
    if new:
        tuples = [images.fact_row(record_type, v, entry.device_id, entry.dseq) for v in new]
        rows.insert_rows(uow.connection, record_type, tuples)
    for values in new:
        uow.changed.add(record_type, values["id"])
    return new

"""Answers a pull: whole groups after a cursor, in number order, without a gap."""

from collections import defaultdict
from collections.abc import Sequence

from localdb.domain.records import FACTS
from sync.protocol import limits
from sync.protocol.messages import Entry, FactRow, PullReply, RowImage
from sync.server.core.admission import Device
from sync.server.core.ports import (
    LogEntry,
    Origin,
    Services,
    Store,
    StreamPort,
    StreamState,
    Values,
)
from sync.server.schema import ORG_STREAM


class ExpiredCursor(Exception):
    """The stream no longer holds what follows the cursor, or never held the cursor."""


class ForeignStream(Exception):
    """The stream is not one of the asking device's."""


async def pull(
    store: Store,
    services: Services,
    device: Device,
    stream: str,
    epoch: str,
    after: int,
    rows_max: int = limits.PAGE_ROWS_MAX,
) -> PullReply:
    """One page of a stream, of about ``rows_max`` rows; raises ExpiredCursor or ForeignStream.

    An empty ``epoch`` is that of a new cursor, allowed only at 0.
    """
    if stream not in streams_of(device):
        raise ForeignStream
    async with store.transaction(device.org_id) as tx:
        current = await tx.epoch()
        state = await _checked(tx, stream, after)
        if epoch != current and (epoch or after):
            raise ExpiredCursor
        log = await tx.log(stream, after, min(limits.PAGE_ENTRIES_MAX, rows_max), rows_max)
        _check_whole(log, after, state)
        if state.checkpoint is not None and after < state.checkpoint:
            # A till at exactly that number compares itself without waiting for what is beyond.
            log = [one for one in log if one.number <= state.checkpoint]
        facts = await _facts(tx, device, log)
    entries = [_entry(one, device, facts) for one in log]
    return PullReply(
        epoch=current,
        stream=stream,
        head=max(state.head, entries[-1].number if entries else 0),
        entries=entries,
        server_time_us=services.now_us(),
        checkpoint=state.checkpoint,
    )


def streams_of(device: Device) -> tuple[str, ...]:
    """The streams a device follows: its organisation's and its store's."""
    return (ORG_STREAM, device.store_id) if device.store_id else (ORG_STREAM,)


async def stream_state(tx: StreamPort, stream: str) -> StreamState:
    """The numbers of a stream; raises ForeignStream for one that was never begun."""
    state = await tx.stream(stream)
    if state is None:
        raise ForeignStream
    return state


async def _checked(tx: StreamPort, stream: str, after: int) -> StreamState:
    state = await stream_state(tx, stream)
    if not state.pruned_to <= after <= state.head:
        raise ExpiredCursor
    return state


def _check_whole(log: Sequence[LogEntry], after: int, state: StreamState) -> None:
    """The entries after the cursor may have been dropped since it was found to be young enough."""
    first = log[0].number if log else state.head + 1
    if first != after + 1:
        raise ExpiredCursor


async def _facts(
    tx: StreamPort, device: Device, log: Sequence[LogEntry]
) -> dict[int, list[FactRow]]:
    """The facts that the device need not have, by the number of their entry, parents first."""
    others = [one for one in log if not _is_stub(one, device)]
    found: dict[int, list[FactRow]] = defaultdict(list)
    for record in FACTS:
        for entry, values in await facts_in(tx, others, record.TYPE):
            found[entry.number].append(FactRow(type=record.TYPE, values=values))
    return found


async def facts_in(
    tx: StreamPort, log: Sequence[LogEntry], type_name: str
) -> list[tuple[LogEntry, Values]]:
    """The facts of a type that came with these entries of one stream, in id order."""
    by_origin: dict[Origin, list[LogEntry]] = defaultdict(list)
    for one in log:
        if type_name in one.fact_types:
            by_origin[one.device_id, one.dseq].append(one)
    if not by_origin:
        return []
    return [
        (entry, values)
        for origin, values in await tx.facts_of(type_name, list(by_origin))
        for entry in by_origin[origin]
        if entry.holds(type_name, values["id"])
    ]


def _is_stub(one: LogEntry, device: Device) -> bool:
    """Whether the device has these facts: its own, which it brought itself.

    What others gave back in its name may be of a disk that it lost.
    """
    return one.device_id == device.device_id and one.given_by is None


def _entry(one: LogEntry, device: Device, facts: dict[int, list[FactRow]]) -> Entry:
    return Entry(
        number=one.number,
        device_id=one.device_id,
        dseq=one.dseq,
        user_id=one.user_id,
        at_us=one.at_us,
        stub=_is_stub(one, device),
        given_by=one.given_by,
        rows=[RowImage.model_validate(image) for image in one.rows],
        facts=facts.get(one.number, []),
    )

"""Takes digests of the streams in the background, at one moment, for the tills to compare.

Nothing of it is on the way of a push: a checkpoint reads one snapshot of the database, in which
the head of a stream and the rows that it left agree.
"""

from localdb.domain.records import RECORDS, Kind, Scope
from sync.protocol import limits
from sync.protocol.digest import DAY_MS, id_at
from sync.protocol.messages import CheckpointDigests
from sync.server.core.admission import Device
from sync.server.core.ports import Checkpoint, Services, Store, StreamState
from sync.server.core.streams import ForeignStream, stream_state, streams_of
from sync.server.core.taking import retried
from sync.server.schema import ORG_STREAM

DAY_US = DAY_MS * 1000
NIL = "00000000-0000-0000-0000-000000000000"
TOUCHED_ENTRIES_MAX = 100_000
"""A till this many entries after a checkpoint waits for the next one."""


class UnknownCheckpoint(Exception):
    """There are no digests of this number, or they are too old to compare with."""


class Checkpoints:
    """Takes the digests of streams and gives them to the tills."""

    def __init__(self, store: Store, services: Services) -> None:
        self._store = store
        self._services = services

    async def take(self, org_id: str, stream: str, *, anyway: bool = False) -> int | None:
        """Take a stream's digests when they are due, or ``anyway``; their number.

        They are due when the stream moved and the last ones are a day old. None when they are
        not, or when another process takes some of this organisation's now.
        """
        # A till that begins to load may sum the same stock up at this very moment.
        return await retried(lambda: self._take(org_id, stream, anyway=anyway))

    async def _take(self, org_id: str, stream: str, *, anyway: bool) -> int | None:
        async with self._store.transaction(org_id, repeatable=True) as tx:
            state = await tx.stream(stream)
            now_us = self._services.now_us()
            if state is None or not (anyway or _is_due(state, now_us)):
                return None
            if not await tx.try_lock("digests"):
                return None
            store_id = None if stream == ORG_STREAM else stream
            if store_id is not None:
                await tx.keep_stock(store_id, 0)
            from_id = id_at(_first_day(now_us) * DAY_MS)
            digests = {
                name: await tx.bucket_digests(name, store_id, from_id if is_fact else NIL)
                for name, is_fact in _compared_in(stream)
            }
            await tx.keep_checkpoint(stream, Checkpoint(state.head, now_us, digests))
            return state.head

    async def digests(self, device: Device, stream: str, number: int) -> CheckpointDigests:
        """The digests of a checkpoint, and the buckets that moved since.

        Raises ForeignStream or UnknownCheckpoint.
        """
        if stream not in streams_of(device):
            raise ForeignStream
        async with self._store.transaction(device.org_id, repeatable=True) as tx:
            state = await stream_state(tx, stream)
            kept = await tx.checkpoint(stream, number)
            known = state.pruned_to <= number >= state.head - TOUCHED_ENTRIES_MAX
            if kept is None or not known:
                raise UnknownCheckpoint
            touched = await tx.touched_since(stream, number) if state.head > number else set()
            epoch = await tx.epoch()
        return CheckpointDigests(
            epoch=epoch,
            stream=stream,
            number=number,
            first_day=_first_day(kept.at_us),
            buckets={name: dict(kept.digests.get(name, {})) for name, _ in _compared_in(stream)},
            touched=sorted(touched),
            fields={name: declared(name) for name, _ in _compared_in(stream)},
        )


def declared(type_name: str) -> list[str]:
    """The fields that this server knows of a type."""
    return [field.name for field in RECORDS[type_name].fields()]


def _is_due(state: StreamState, now_us: int) -> bool:
    moved = state.head > (state.checkpoint or 0)
    return moved and now_us - state.checkpoint_at >= DAY_US


def _first_day(at_us: int) -> int:
    """The oldest day that every till has been given as a whole."""
    return at_us // DAY_US - min(limits.FACT_DAYS.values()) + 1


def _compared_in(stream: str) -> list[tuple[str, bool]]:
    """The record types that a stream carries to every till, and whether each is of facts."""
    scope = Scope.ORG if stream == ORG_STREAM else Scope.STORE
    return [
        (name, record.KIND is Kind.FACT)
        for name, record in RECORDS.items()
        if record.SCOPE is scope and (record.KIND is Kind.REFERENCE or name in limits.FACT_DAYS)
    ]

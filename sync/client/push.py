"""Upload: the oldest waiting groups, in order, one batch at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from localdb.store import outbox, retention, sync_state
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background
from sync.client.channel import Channel, PendingReply
from sync.protocol.gateway import BodyTooLarge, ProtocolFault, TimedOut
from sync.protocol.limits import BATCH_BYTES_MAX, BATCH_GROUPS_MAX
from sync.protocol.messages import PushReply, PushRequest, SentGroup, Verdict


@dataclass(frozen=True, slots=True)
class Pushed:
    """The result of one batch."""

    verdicts: Sequence[Verdict]
    epoch: str
    """The server's when it gave them."""
    restored: bool
    """Whether the server was restored from a backup since it was last heard of."""
    more: bool
    """Whether the next batch is on its way already."""
    server_time_us: int
    backup_days: int | None
    """How old a backup the server may be restored from; None when it does not say."""


@dataclass(frozen=True, slots=True)
class _Batch:
    request: PushRequest
    epoch: str
    """The server's, as this till knew it when the batch was read."""

    @property
    def dseqs(self) -> list[int]:
        return [group.dseq for group in self.request.groups]


class Pusher:
    """Sends batches and records the verdicts.

    A batch is at most 50 groups or 1 MiB; one that is too large or too slow for the line is
    halved, and grows again as batches get through. Only a verdict settles a group: after any
    fault all of it is sent again, and the server knows what it already has.

    The next batch is read while one is under way, and leaves when that one's verdicts are there,
    before they are recorded: there is never more than one request, and groups keep their order.
    ``unrecorded`` is told how many verdicts wait to be recorded while a payment is under way.
    """

    def __init__(
        self,
        background: Background,
        channel: Channel,
        new_batch_id: Callable[[], str],
        unrecorded: Callable[[int], None] = lambda groups: None,
    ) -> None:
        self._background = background
        self._unrecorded = unrecorded
        self._channel = channel
        self._new_batch_id = new_batch_id
        self._under_way: tuple[_Batch, PendingReply[PushReply]] | None = None
        self.groups_max = BATCH_GROUPS_MAX

    @property
    def is_under_way(self) -> bool:
        """Whether a batch was sent whose verdicts have not been looked at."""
        return self._under_way is not None

    def push(self) -> Pushed | None:
        """Send one batch, record its verdicts; None if nothing waits. Raises any GatewayFault."""
        sent, self._under_way = self._under_way or self._first(), None
        if sent is None:
            return None
        batch, answer = sent
        wider = min(BATCH_GROUPS_MAX, self.groups_max * 2)
        following = self._read(wider, batch.dseqs[-1])
        try:
            reply = answer.result()
        except (BodyTooLarge, TimedOut):
            self.groups_max = max(1, len(batch.dseqs) // 2)
            raise
        _check(reply, batch.dseqs)
        self.groups_max = wider
        if following is not None and _all_is_well(reply, batch):
            self._under_way = self._send(following)
        self._record(reply, batch.epoch)
        return Pushed(
            verdicts=reply.verdicts,
            epoch=reply.epoch,
            restored=reply.epoch != batch.epoch,
            more=self._under_way is not None,
            server_time_us=reply.server_time_us,
            backup_days=reply.backup_days,
        )

    def _record(self, reply: PushReply, epoch: str) -> None:
        self._background.write(
            lambda uow: _record(uow, reply, epoch),
            when_held=lambda: self._unrecorded(len(reply.verdicts)),
        )
        self._unrecorded(0)

    def _first(self) -> tuple[_Batch, PendingReply[PushReply]] | None:
        batch = self._read(self.groups_max)
        return None if batch is None else self._send(batch)

    def _read(self, groups_max: int, after: int = 0) -> _Batch | None:
        with self._background.read() as conn:
            rows = outbox.next_batch(conn, groups_max, BATCH_BYTES_MAX, after)
            epoch = sync_state.server_epoch(conn)
        if not rows:
            return None
        groups = [SentGroup(dseq=row.dseq, hash=row.hash, body=row.body) for row in rows]
        return _Batch(PushRequest(batch_id=self._new_batch_id(), groups=groups), epoch)

    def _send(self, batch: _Batch) -> tuple[_Batch, PendingReply[PushReply]]:
        return batch, self._channel.begin(lambda gateway: gateway.push(batch.request))


def _check(reply: PushReply, sent: Sequence[int]) -> None:
    """Verdicts must be about the first groups of this batch, in order, and at least one."""
    answered = [verdict.dseq for verdict in reply.verdicts]
    if not answered or answered != sent[: len(answered)]:
        raise ProtocolFault("The server's answer is not about the changes that were sent.")


def _all_is_well(reply: PushReply, batch: _Batch) -> bool:
    """Whether the server now expects the group that follows this batch."""
    whole = len(reply.verdicts) == len(batch.dseqs)
    return whole and reply.epoch == batch.epoch and reply.verdicts[-1].kind != "fork"


def _record(uow: UnitOfWork, reply: PushReply, epoch: str) -> None:
    if sync_state.server_epoch(uow.connection) not in (epoch, reply.epoch):
        # The server was restored after its answer: the batch may be lost, and is sent again.
        return
    outbox.record_verdicts(uow, reply.verdicts, reply.epoch)
    retention.mark(uow.connection, reply.verdicts[-1].dseq, reply.server_time_us)
    sync_state.put_last_success(uow.connection, uow.now_us)

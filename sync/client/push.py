"""Upload: the oldest waiting groups, in order, one batch at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from localdb.store import outbox, sync_state
from localdb.store.outbox import OutboxRow
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background
from sync.protocol.gateway import BodyTooLarge, Gateway, ProtocolFault, TimedOut
from sync.protocol.limits import BATCH_BYTES_MAX, BATCH_GROUPS_MAX
from sync.protocol.messages import PushReply, PushRequest, SentGroup


@dataclass(frozen=True, slots=True)
class Pushed:
    """What one batch came to."""

    groups: int
    """How many got a verdict."""
    restored: bool
    """Whether the server was restored from a backup since it was last heard of."""
    server_time_us: int


class Pusher:
    """Sends batches and records the verdicts.

    A batch is at most 50 groups or 1 MiB; one that is too large or too slow for the line is
    halved, and grows again as batches get through. Only a verdict settles a group: after any
    fault all of it is sent again, and the server knows what it already has.
    """

    def __init__(
        self, background: Background, gateway: Gateway, new_batch_id: Callable[[], str]
    ) -> None:
        self._background = background
        self._gateway = gateway
        self._new_batch_id = new_batch_id
        self.groups_max = BATCH_GROUPS_MAX

    def push(self) -> Pushed | None:
        """Send one batch; None when nothing waits. Raises any GatewayFault."""
        with self._background.read() as conn:
            batch = outbox.next_batch(conn, self.groups_max, BATCH_BYTES_MAX)
            epoch = sync_state.server_epoch(conn)
        if not batch:
            return None
        reply = self._send(batch)
        _check(reply, batch)
        self._background.write(lambda uow: _record(uow, reply))
        self.groups_max = min(BATCH_GROUPS_MAX, self.groups_max * 2)
        return Pushed(len(reply.verdicts), reply.epoch != epoch, reply.server_time_us)

    def _send(self, batch: Sequence[OutboxRow]) -> PushReply:
        groups = [SentGroup(dseq=row.dseq, hash=row.hash, body=row.body) for row in batch]
        try:
            return self._gateway.push(PushRequest(batch_id=self._new_batch_id(), groups=groups))
        except (BodyTooLarge, TimedOut):
            self.groups_max = max(1, len(batch) // 2)
            raise


def _check(reply: PushReply, batch: Sequence[OutboxRow]) -> None:
    """Verdicts must be about the first groups of this batch, in order, and at least one."""
    sent = [row.dseq for row in batch]
    answered = [verdict.dseq for verdict in reply.verdicts]
    if not answered or answered != sent[: len(answered)]:
        raise ProtocolFault("The server's verdicts are not about the groups that were sent.")


def _record(uow: UnitOfWork, reply: PushReply) -> None:
    for verdict in reply.verdicts:
        outbox.record_verdict(
            uow, verdict.dseq, verdict.kind, verdict.code, verdict.detail, verdict.numbers
        )
    sync_state.put_last_success(uow.connection, uow.now_us)

"""The upload loop: first what a restored server needs, then batches while anything waits."""

from collections.abc import Callable

from localdb.store import outbox, retention
from sync.client.admission import Admission, Admitted
from sync.client.background import Background
from sync.client.channel import Channel
from sync.client.push import Pushed, Pusher
from sync.client.reenrolment import Reenrolment
from sync.client.restored import send_gap_again, send_lost_again
from sync.client.status_publisher import StatusPublisher
from sync.protocol.gateway import AuthFault, RequestRefused
from sync.protocol.limits import BATCH_GROUPS_MAX, POLL_IDLE_S

PRUNE_EVERY_S = 0.5
ASK_HELD_EVERY_S = 3600.0
"""Most held groups come back by a stream long before; the others are asked about."""


class Uploader:
    """Sends one batch per step; ``on_sent`` is called after each with its result.

    It is called with None when the server took something else of this till.
    """

    def __init__(
        self,
        background: Background,
        channel: Channel,
        pusher: Pusher,
        reenrolment: Reenrolment,
        publisher: StatusPublisher,
        admission: Admission,
        on_sent: Callable[[Pushed | None], None],
    ) -> None:
        self._background = background
        self._channel = channel
        self._pusher = pusher
        self._reenrolment = reenrolment
        self._publisher = publisher
        self._admission = admission
        self._on_sent = on_sent
        self._prune_before_us = 0
        """The server is never restored to a time before this."""
        self._pruned_before_us = 0
        self._ask_held_at = float("-inf")
        self._held_after = 0
        self.draining = False
        """Whether there was more to send than one batch."""
        self.is_sending = False
        """Whether verdicts may be about to come in."""

    def step(self, now: float) -> float:
        """Send one batch; how long to wait before the next look. Raises any GatewayFault."""
        # A batch that was sent is finished before the till takes another identity.
        if not self._pusher.is_under_way and self._reenrolment.step():
            self._on_sent(None)
            return 0.0
        try:
            pushed = self._push()
        except AuthFault as fault:
            self._admission.refused(fault, uploading=True)
            raise
        except RequestRefused as refusal:
            if send_gap_again(self._background, refusal.problem):
                return 0.0
            # A restored server may miss what came before; the next try brings it.
            send_lost_again(self._background, self._channel)
            raise
        self.draining = pushed is not None and pushed.more
        if pushed is None:
            if self._ask_about_held(now) or self._owes():
                return 0.0
            return PRUNE_EVERY_S if self._prune() else POLL_IDLE_S
        if pushed.backup_days is not None:
            self._prune_before_us = pushed.server_time_us - pushed.backup_days * retention.DAY_US
        self._publisher.answered(pushed.server_time_us)
        if pushed.restored:
            send_lost_again(self._background, self._channel, pushed.verdicts[0].dseq)
        self._on_sent(pushed)
        return 0.0

    def _push(self) -> Pushed | None:
        self.is_sending = True
        try:
            return self._pusher.push()
        finally:
            self.is_sending = False

    def _owes(self) -> bool:
        """A revoked till pulls nothing: it asks whether the server was restored and lost groups."""
        if self._admission.state is Admitted.YES:
            return False
        return bool(send_lost_again(self._background, self._channel))

    def _ask_about_held(self, now: float) -> bool:
        """When nothing waits: ask for the verdicts of some groups that the server held."""
        if now < self._ask_held_at:
            return False
        after = self._held_after
        asked = self._background.write(
            lambda uow: outbox.ask_about_held(uow.connection, after, BATCH_GROUPS_MAX)
        )
        self._held_after = asked[-1] if asked else 0
        if not asked:
            self._ask_held_at = now + ASK_HELD_EVERY_S
        return bool(asked)

    def _prune(self) -> bool:
        """When nothing waits: remove some groups that no backup can lack; returns whether more."""
        before_us = self._prune_before_us
        if before_us - self._pruned_before_us < retention.DAY_US:
            return False
        more = self._background.write(lambda uow: retention.prune(uow.connection, before_us))
        if not more:
            self._pruned_before_us = before_us
        return more

"""Asks the server, while a customer waits, whether something may be used up here."""

from collections.abc import Callable

from localdb.domain.claims import NO_WORD, Wish, Word
from localdb.queries.unsent import unsent
from localdb.store.database import Database
from sync.client.background import Background, Stopping
from sync.client.channel import Channel, ThreadChannel
from sync.protocol import limits
from sync.protocol.gateway import Gateway, GatewayFault
from sync.protocol.messages import ClaimReply, ClaimRequest


class Claims:
    """Claims of one till, one at a time; every trouble is no word, never an error.

    ``is_online`` says whether asking is worth the wait.
    """

    def __init__(
        self,
        database: Database,
        channel: Channel,
        is_online: Callable[[], bool] = lambda: True,
    ) -> None:
        self._database = database
        self._channel = channel
        self._is_online = is_online

    def ask(self, wish: Wish) -> Word:
        """What the server says, within the channel's deadline.

        What this till used up already and has not delivered is claimed along: the server counts
        it when it comes, and must not give it to another till before.
        """
        if not self._is_online():
            return NO_WORD
        with self._database.read() as connection:
            mine = unsent(connection, wish.kind, wish.subject_id)
        wanted = wish.amount + mine.used
        if wanted <= 0 < wish.amount:
            # This till put it there, and the server does not know it yet.
            return Word(wish.amount)
        asked = {"kind": wish.kind, "subject_id": wish.subject_id, "after": mine.after}
        request = ClaimRequest.model_validate({**asked, "amount": max(wanted, 0)})
        try:
            reply: ClaimReply = self._channel.ask(lambda gateway: gateway.claim(request))
        except (GatewayFault, Stopping):
            return NO_WORD
        granted = min(max(reply.granted - mine.used, 0), wish.amount)
        return Word(granted, reply.held_by or "")


def claim_line(gateway: Gateway, background: Background) -> ThreadChannel:
    """A channel whose requests are given up while the customer still waits."""
    deadline_s = limits.CLAIM_DEADLINE_S
    return ThreadChannel(gateway, background, "claims", deadline_s=deadline_s, slow_s=deadline_s)

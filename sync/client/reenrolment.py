"""Keeps a till's identity its own: a restored or copied till enrols anew by itself.

Nothing waits for it. The request is noted before it is sent, so that it is sent again after a lost
answer; the token comes first, then the identity; and until every group that was not delivered is
readdressed, nothing goes up or down.
"""

import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from localdb.store import groups, local, outbox, succession, sync_state, unaccounted
from localdb.store.identity import TillIdentity
from localdb.store.unaccounted import Unaccounted
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background
from sync.client.bootstrap import forget_load
from sync.client.channel import Channel
from sync.protocol.gateway import GatewayFault, RequestRefused
from sync.protocol.messages import EnrolReply, ReenrolRequest, Replaced

RESTORED = frozenset({"fork", "restored", "copied"})
"""Reasons that mean: another copy of this till's data is, or was, at work."""
NOT_FOUND = 404
_NOTE = "reenrolment"


class Reenrolment:
    """Asked before each unit of work of either loop; ``save_token`` keeps a new token.

    Without a place for a token nothing is asked: a group that forks stays parked.
    """

    def __init__(
        self,
        background: Background,
        channel: Channel,
        save_token: Callable[[str], None] | None,
    ) -> None:
        self._background = background
        self._channel = channel
        self._save_token = save_token
        self._compared = False
        self.changing = threading.RLock()
        """Locked by each unit of a change and of a download, so that they never overlap."""
        self.changes = 0
        """How often this till became another one since the start; a load from before is void."""

    def step(self) -> bool:
        """Do one unit of what must come before any upload; returns whether there was one.

        Called by the upload only. Raises any GatewayFault.
        """
        with self._background.read() as conn:
            stage = self._stage(conn)
        if stage is None:
            return False
        if stage == self._compare:
            # It changes nothing: no upload waits for it behind a download that hangs.
            return stage()
        with self.changing:
            return stage()

    def holds_downloads(self) -> bool:
        """Whether what this till has not delivered is just being readdressed."""
        with self._background.read() as conn:
            return succession.under_way(conn) is not None

    def _stage(self, conn: Connection) -> Callable[[], bool] | None:
        if succession.under_way(conn) is not None:
            return self._readdress
        if self._save_token is None:
            return None
        reason = succession.asked(conn)
        if local.setting(conn, _NOTE) or reason == "fork":
            return self._reenrol
        if outbox.is_waiting(conn):
            # The server may hold waiting groups: they go up under the old name unless they fork.
            return None
        if reason:
            return self._reenrol
        return None if self._compared else self._compare

    def _compare(self) -> bool:
        """Ask once a start whether the server holds more of this till than it gave out."""
        try:
            me = self._channel.ask(lambda gateway: gateway.me())
        except GatewayFault:
            # Nothing waits for the answer; a fork would be found without it.
            return False
        self._compared = True
        with self._background.read() as conn:
            known = sync_state.server_epoch(conn)
        if known and me.epoch != known:
            # Restored: what it holds may be another copy's. The sync is just finding that out.
            return False
        return self._background.write(
            lambda uow: succession.notice(uow.connection, me.device_id, me.dseq_acknowledged)
        )

    def _readdress(self) -> bool:
        self._background.write(succession.readdress)
        return True

    def _reenrol(self) -> bool:
        request = self._background.write(_noted)
        try:
            reply = self._channel.ask(lambda gateway: gateway.reenrol(request))
        except RequestRefused as refusal:
            if refusal.problem.status == NOT_FOUND:
                # An older server: till the next start the fork is a person's matter, and the
                # rest goes up.
                self._save_token = None
                return False
            if refusal.problem.code == "request_used":
                self._background.write(lambda uow: local.put_setting(uow.connection, _NOTE, ""))
            raise
        assert self._save_token is not None, "nothing is asked without a place for the token"
        # The token first: under the old one the new identity's groups would be refused.
        self._save_token(reply.token)
        self._background.write(lambda uow: take_identity(uow, reply, request.reason))
        self.changes += 1
        return True


def take_identity(uow: UnitOfWork, reply: EnrolReply, reason: str) -> TillIdentity:
    """Take the identity that the server gave; keep in view what cannot be accounted for."""
    conn = uow.connection
    given = local.counter(conn, groups.DSEQ)
    note: dict[str, Any] = {}
    former = reply.replaced
    if former is not None and (reason in RESTORED or former.dseq_acknowledged > given):
        note = keep_in_view(uow, former, reply.dseq_after, given)
    new = identity_of(reply)
    succession.take(uow, new, after=reply.dseq_after, reason=reason, note=note)
    local.put_setting(conn, _NOTE, "")
    forget_load(uow)
    if not sync_state.server_epoch(conn):
        # An entry from before a restore stays until the losses of others were given back.
        sync_state.put_server_epoch(conn, reply.epoch)
    return new


def keep_in_view(uow: UnitOfWork, former: Replaced, after: int, given: int) -> dict[str, Any]:
    """Say which groups of a former identity this till never held; what its journal notes of it.

    ``after`` is the last of them that it has in common with the server, ``given`` its own last.
    """
    held_to = former.dseq_acknowledged
    found = Unaccounted(
        device_id=former.device_id,
        till_code=former.till_code,
        first=after + 1 if held_to > after else given + 1,
        held_to=held_to,
        sales=former.sales.count,
        total_minor=former.sales.total_minor,
        journal_head=former.journal_head,
        at_us=uow.now_us,
    )
    unaccounted.add(uow.connection, found)
    return {"unaccounted": asdict(found)}


def identity_of(reply: EnrolReply) -> TillIdentity:
    """The identity in an answer."""
    return TillIdentity(
        org_id=reply.org_id,
        store_id=reply.store_id,
        device_id=reply.device_id,
        till_code=reply.till_code,
        store_code=reply.store_code,
    )


def _noted(uow: UnitOfWork) -> ReenrolRequest:
    """The request, kept until it is answered, so that it is sent again unchanged."""
    conn = uow.connection
    if text := local.setting(conn, _NOTE):
        return ReenrolRequest.model_validate_json(text)
    request = ReenrolRequest(
        request_id=uow.new_id(),
        reason=succession.asked(conn),
        dseq_after=succession.delivered_to(conn),
        journal_head=succession.journal_head(conn, uow.identity.device_id).hash,
    )
    local.put_setting(conn, _NOTE, request.model_dump_json())
    return request

"""Sends a restored server again what it lost of this till."""

import logging
from functools import partial

from localdb.domain.ops import Group
from localdb.store import fact_origins, outbox, retention, succession, sync_state
from localdb.store.fact_origins import OriginGroup
from localdb.store.identity import load_identity
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background
from sync.client.channel import Channel
from sync.client.giving_back import give_back
from sync.protocol.messages import Problem

LOG = logging.getLogger(__name__)
DSEQ_GAP = "dseq_gap"
SLICE_GROUPS = 100
"""Groups of one transaction: longer ones would keep a cashier waiting."""


def send_lost_again(background: Background, channel: Channel, before: int | None = None) -> int:
    """Queue the groups that the server took once and lost; returns how many.

    Those below ``before`` were taken before it was restored; None for all with a verdict. What it
    holds under the last of their numbers may be another copy's of this till, which was faster:
    then all that is kept goes up, and the first that differs is a fork. Of other tills' groups
    what the server holds no more is given back to it at once.
    Sending too much does no harm: what the server does hold, its ledger recognises.
    """
    with background.read() as conn:
        known = sync_state.server_epoch(conn)
        sent = succession.delivered_to(conn)
    if before is not None:
        sent = min(sent, before - 1)
    me = channel.ask(lambda gateway: gateway.me(sent))
    after = me.dseq_acknowledged
    if known and me.epoch != known:
        with background.read() as conn:
            mine = outbox.hash_of(conn, min(sent, after))
            if mine and me.hash and mine != me.hash:
                LOG.warning("another copy of this till delivered group %s", min(sent, after))
                after = min(after, succession.own_after(conn))
    queued = _queue_after(background, after)
    background.write(
        lambda uow: succession.notice(uow.connection, me.device_id, me.dseq_acknowledged)
    )
    if known and me.epoch != known:
        give_back(background, channel)
    # Last: until then each answer says anew that the server was restored.
    background.write(lambda uow: sync_state.put_server_epoch(uow.connection, me.epoch))
    return queued


def send_gap_again(background: Background, problem: Problem) -> int:
    """Queue the groups from the one that the server expects; returns how many."""
    expected = (problem.current or {}).get("dseq_expected")
    if problem.code != DSEQ_GAP or not isinstance(expected, int):
        return 0
    return _queue_after(background, expected - 1)


def _queue_after(background: Background, dseq: int) -> int:
    """From the lowest on: what goes up between two slices is what the server expects."""
    _bring_back(background, dseq)
    queued = 0
    while again := _queue_slice(background, dseq):
        queued += len(again)
        dseq = again[-1]
    return queued


def _queue_slice(background: Background, after: int) -> list[int]:
    return background.write(lambda uow: outbox.resend_after(uow.connection, after, SLICE_GROUPS))


def _bring_back(background: Background, after: int) -> None:
    """Make groups again that were pruned: the backup is older than the server had declared.

    Of these only what is left in this till's tables can be had: all its facts, and no edits.
    """
    with background.read() as conn:
        last = succession.kept_after(conn)
        identity = load_identity(conn)
        if last <= after or identity is None:
            return
        beyond = fact_origins.groups_beyond(conn, identity, {identity.device_id: after})
    LOG.warning(
        "groups %s to %s were pruned here and lost there: their facts go up", after + 1, last
    )
    known = {group.dseq: group for group in beyond}
    for start in range(after + 1, last + 1, SLICE_GROUPS):
        with background.read() as conn:
            groups = [
                fact_origins.again(
                    conn, identity, known.get(dseq) or OriginGroup(identity.device_id, dseq)
                )
                for dseq in range(start, min(start + SLICE_GROUPS, last + 1))
            ]
        background.write(partial(_queue_again, groups))


def _queue_again(groups: list[Group], uow: UnitOfWork) -> None:
    retention.bring_back(uow.connection, groups)

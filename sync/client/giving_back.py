"""Gives a restored server the facts that it lost of other tills of this store."""

from collections.abc import Iterator

from localdb.domain.ops import body_hash, encode
from localdb.store import fact_origins
from localdb.store.fact_origins import OriginGroup
from localdb.store.identity import load_identity
from sync.client.background import Background
from sync.client.channel import Channel
from sync.protocol.gateway import RequestRefused
from sync.protocol.limits import BATCH_BYTES_MAX, BATCH_GROUPS_MAX, RUNS_MAX
from sync.protocol.messages import FoundRequest, RunsRequest, SentGroup

NOT_FOUND = 404


def give_back(background: Background, channel: Channel) -> int:
    """Hand over other devices' groups that the server lacks; returns how many were new to it.

    Must come before anything is loaded afresh: a load drops other tills' stock movements. The
    server stores once what is given twice. Raises any GatewayFault.
    """
    with background.read() as conn:
        identity = load_identity(conn)
        assert identity is not None, "only an enrolled till syncs"
        known = fact_origins.other_devices(conn, identity)[:RUNS_MAX]
    if not known:
        return 0
    try:
        runs = channel.ask(lambda gateway: gateway.runs(RunsRequest(device_ids=known)))
    except RequestRefused as refusal:
        if refusal.problem.status == NOT_FOUND:
            # An older server: what it lost stays here, and its digests show that it is missing.
            return 0
        raise
    delivered = {device: runs.acknowledged.get(device, 0) for device in known}
    with background.read() as conn:
        lost = fact_origins.groups_beyond(conn, identity, delivered)
    taken = 0
    for batch in _batches(background, lost):
        taken += _send(channel, batch)
    return taken


def _send(channel: Channel, batch: list[SentGroup]) -> int:
    return channel.ask(lambda gateway: gateway.give_back(FoundRequest(groups=batch))).taken


def _batches(background: Background, lost: list[OriginGroup]) -> Iterator[list[SentGroup]]:
    batch: list[SentGroup] = []
    size = 0
    for group in lost:
        sent = _sent(background, group)
        if batch and (len(batch) == BATCH_GROUPS_MAX or size + len(sent.body) > BATCH_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(sent)
        size += len(sent.body)
    if batch:
        yield batch


def _sent(background: Background, group: OriginGroup) -> SentGroup:
    with background.read() as conn:
        identity = load_identity(conn)
        assert identity is not None, "only an enrolled till syncs"
        found = fact_origins.again(conn, identity, group)
    body = encode(found)
    return SentGroup(dseq=group.dseq, hash=body_hash(body), body=body)

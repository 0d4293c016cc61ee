"""After the server was restored from a backup: sending again what it lost."""

from localdb.store import outbox, succession, sync_state
from sync.client.background import Background
from sync.client.giving_back import give_back
from sync.client.line import Line
from sync.protocol.messages import Problem

DSEQ_GAP = "dseq_gap"
SLICE_GROUPS = 100
"""Groups of one transaction: longer ones would keep a cashier waiting."""


def send_lost_again(background: Background, line: Line) -> int:
    """Queue the groups that the server once took and no longer holds; how many there were.

    Of other tills' groups what it holds no more is given back to it at once.
    Sending too much does no harm: what the server does hold, its ledger recognises.
    """
    me = line.ask(lambda gateway: gateway.me())
    with background.read() as conn:
        known = sync_state.server_epoch(conn)
    queued = _queue_after(background, me.dseq_acknowledged)
    background.write(
        lambda uow: succession.notice(uow.connection, me.device_id, me.dseq_acknowledged)
    )
    if known and me.epoch != known:
        give_back(background, line)
    # Last: until then each answer says anew that the server was restored.
    background.write(lambda uow: sync_state.put_server_epoch(uow.connection, me.epoch))
    return queued


def send_gap_again(background: Background, problem: Problem) -> int:
    """Queue the groups from the one on that the server says it expects; how many there were."""
    expected = (problem.current or {}).get("dseq_expected")
    if problem.code != DSEQ_GAP or not isinstance(expected, int):
        return 0
    return _queue_after(background, expected - 1)


def _queue_after(background: Background, dseq: int) -> int:
    """From the lowest on: what goes up between two slices is what the server expects."""
    queued = 0
    while again := _queue_slice(background, dseq):
        queued += len(again)
        dseq = again[-1]
    return queued


def _queue_slice(background: Background, after: int) -> list[int]:
    return background.write(lambda uow: outbox.resend_after(uow.connection, after, SLICE_GROUPS))

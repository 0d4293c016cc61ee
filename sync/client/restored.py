"""After the server was restored from a backup: sending again what it lost."""

from localdb.store import outbox, sync_state
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background
from sync.protocol.gateway import Gateway
from sync.protocol.messages import Me


def send_lost_again(background: Background, gateway: Gateway) -> int:
    """Queue the groups that a restored server no longer holds; how many there were.

    The server's epoch changes when it is restored; in the same epoch there is nothing to do.
    What it does hold is recognised by its ledger, so sending too much does no harm.
    """
    with background.read() as conn:
        known = sync_state.server_epoch(conn)
    me = gateway.me()
    return 0 if me.epoch == known else background.write(lambda uow: _queue_again(uow, me))


def _queue_again(uow: UnitOfWork, me: Me) -> int:
    sync_state.put_server_epoch(uow.connection, me.epoch)
    return outbox.resend_after(uow.connection, me.dseq_acknowledged)

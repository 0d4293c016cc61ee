"""After the server was restored from a backup: sending again what it lost."""

from localdb.store import outbox, sync_state
from localdb.store.unit_of_work import UnitOfWork
from sync.client.background import Background
from sync.protocol.gateway import Gateway
from sync.protocol.messages import Me


def send_lost_again(background: Background, gateway: Gateway) -> int:
    """Queue the groups that the server once took and no longer holds; how many there were.

    Sending too much does no harm: what the server does hold, its ledger recognises.
    """
    me = gateway.me()
    return background.write(lambda uow: _queue_again(uow, me))


def _queue_again(uow: UnitOfWork, me: Me) -> int:
    sync_state.put_server_epoch(uow.connection, me.epoch)
    return outbox.resend_after(uow.connection, me.dseq_acknowledged)

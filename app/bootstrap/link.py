"""A till's link to its server: the gateway, the engine, its thread and the live hints.

Importing this brings in the whole network half; a till shows its first screen without it.
"""

import random
from collections.abc import Callable
from pathlib import Path

from app.bootstrap.server_address import put_server
from localdb.queries.carts import open_cart
from localdb.store import sync_state
from localdb.store.database import Database
from sync.client.background import Background
from sync.client.bootstrap import load_now
from sync.client.claims import Claims, claim_line
from sync.client.engine import SyncEngine
from sync.client.enrol import enrol, server_address
from sync.client.hints import HintListener
from sync.client.history import HistoryReport, history_report
from sync.client.http_gateway import HttpGateway
from sync.client.proof import Proof, prove
from sync.client.status import Connection, Progress
from sync.client.token_store import TokenStore
from sync.client.worker import SyncWorker
from sync.protocol.gateway import Gateway


class SyncLink:
    """Everything that runs in the background for one enrolled till; ``start``, then ``stop``.

    ``through`` stands between the engine and the network: the demonstration pulls the cable there.
    """

    def __init__(
        self,
        database: Database,
        url: str,
        tokens: TokenStore,
        *,
        now_us: Callable[[], int],
        through: Callable[[Gateway], Gateway] = lambda gateway: gateway,
    ) -> None:
        self.url = url
        self.through = through
        jitter = random.SystemRandom().random
        self._http = HttpGateway(url, tokens.load, refused=tokens.refused)
        self._http_up = HttpGateway(url, tokens.load, refused=tokens.refused)
        self.gateway = through(self._http)
        self.engine = SyncEngine(
            database,
            through(self._http_up),
            download_gateway=self.gateway,
            threaded=True,
            now_us=now_us,
            random=jitter,
            cart_is_empty=lambda: _cart_is_empty(database),
            save_token=tokens.save,
            tokens=tokens,
        )
        database.on_commit.append(self.engine.committed)
        self._database = database
        self._claims_end = Background(database)
        self._claims_line = claim_line(self.gateway, self._claims_end)
        self.claims = Claims(database, self._claims_line, self._is_online)
        self._worker = SyncWorker(self.engine)
        self._hints = HintListener(
            url, tokens.load, self.engine.hinted, self.engine.live, random=jitter
        )

    def start(self) -> None:
        """Begin to sync."""
        self._worker.start()
        self._hints.start()

    def stop(self) -> None:
        """Stop in reverse order; what is queued stays queued."""
        self._claims_end.stop()
        self._claims_line.close()
        self._hints.stop()
        self._worker.stop()
        self.engine.close()
        self._database.on_commit.remove(self.engine.committed)
        self._http.close()
        self._http_up.close()

    def _is_online(self) -> bool:
        return self.engine.status.connection is Connection.ONLINE

    def is_level(self) -> bool:
        """Whether this till has pulled all that the server has; asks the server.

        Raises GatewayFault when it does not answer.
        """
        with self._database.read() as connection:
            cursors = sync_state.cursors(connection)
        return bool(cursors) and all(
            self.gateway.pull(stream, at.epoch, at.number).head == at.number
            for stream, at in cursors.items()
        )

    def history(self) -> HistoryReport:
        """What became of what this till did alone; raises GatewayFault. Takes seconds."""
        return history_report(self._database, self._http)

    def prove(self) -> Proof:
        """Compare every record with the server; raises GatewayFault. Takes seconds.

        Records that differ are put right by the next comparison, which is begun at once.
        """
        proof = prove(self._database, self._http)
        if not (proof.records_match or proof.waiting):
            self.engine.compare_now()
        return proof


def enrol_till(
    database: Database,
    tokens: TokenStore,
    address: str,
    code: str,
    till_name: str,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> None:
    """Enrol a till at the server a person named; an empty one loads what the shop has.

    One that has sold takes its history up when it syncs. Raises Refusal for an address or a till
    that cannot be, GatewayFault when the server says no; a load that breaks off goes on when the
    till syncs.
    """
    url = server_address(address)
    is_empty = database.identity is None
    with HttpGateway(url, tokens.load) as gateway:
        enrol(
            database,
            gateway,
            tokens,
            code=code,
            till_name=till_name,
            within=lambda connection: put_server(connection, url),
        )
        if is_empty:
            load_now(database, gateway, on_progress, threaded=True)


def token_store(folder: Path, *, use_keyring: bool = False) -> TokenStore:
    """Where the device token of a data folder is kept: in the keyring, as the key of its database.

    Who reads the disk alone then has neither. Without a keyring that works both are private files.
    """
    if not use_keyring:
        return TokenStore(folder)
    import keyring  # Half a second on some machines, and needed where there is a server alone.

    return TokenStore(folder, keyring)


def _cart_is_empty(database: Database) -> bool:
    with database.read() as connection:
        return open_cart(connection).is_empty

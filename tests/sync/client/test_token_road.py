"""A real till's token over the real server: replaced, forgotten, expired, revoked."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from localdb.domain.records import Customer
from localdb.store import outbox
from localdb.store.database import Database
from localdb.store.unit_of_work import UnitOfWork
from sync.client.bootstrap import load_now
from sync.client.engine import SyncEngine
from sync.client.enrol import enrol
from sync.client.http_gateway import HttpGateway
from sync.client.status import Connection
from sync.client.token_rotation import ROTATE_US
from sync.client.token_store import TokenStore
from sync.protocol.gateway import RequestRefused
from sync.server.backend import wall_clock_us
from tests.support.postgres import PostgresDatabase, database
from tests.support.server import Operator, RunningServer

__all__ = ["database"]
"""Here it is the server's, not a till's as elsewhere in this folder."""


PAUSE_MAX_S = 2.0


@dataclass
class Till:
    """An enrolled till in its folder; ``restart`` is what a new start of the program does."""

    folder: Path
    database: Database
    url: str
    org_id: str
    ahead_us: int = 0
    """How far its clock is ahead."""
    now: float = 0.0
    tokens: TokenStore = field(init=False)
    gateway: HttpGateway = field(init=False)
    engine: SyncEngine = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def restart(self) -> None:
        self.stop()
        self.start()

    def stop(self) -> None:
        self.engine.close()
        self.gateway.close()

    def connection(self) -> Connection:
        return self.engine.status.connection

    def start(self) -> None:
        self.tokens = TokenStore(self.folder)
        self.gateway = HttpGateway(self.url, self.tokens.load, refused=self.tokens.refused)
        self.engine = SyncEngine(
            self.database,
            self.gateway,
            now_us=lambda: wall_clock_us() + self.ahead_us,
            random=lambda: 0.5,
            cart_is_empty=lambda: True,
            tokens=self.tokens,
        )

    def sync(self) -> None:
        """Step until both directions are idle, through the pauses of a long piece of work."""
        self.engine.sync_now()
        for _ in range(400):
            due = self.engine.step(self.now)
            if due > self.now + PAUSE_MAX_S:
                return
            self.now = max(self.now, due)
        raise AssertionError("the engine spins")

    def add_customer(self, name: str) -> None:
        def job(uow: UnitOfWork) -> None:
            uow.insert(Customer(id=uow.new_id(), name=name))

        self.database.write(job)

    def waiting(self) -> int:
        with self.database.read() as conn:
            return outbox.waiting(conn).groups

    @property
    def id(self) -> str:
        identity = self.database.identity
        assert identity is not None
        return identity.device_id


@pytest.fixture
def till(server: RunningServer, operator: Operator, tmp_path: Path) -> Iterator[Till]:
    """A till of a shop of its own, loaded and level."""
    org_id = operator.org()
    code = operator.code(org_id, operator.store(org_id))
    folder = tmp_path / "till"
    store = Database.open(folder, key=bytes(32), now_us=wall_clock_us)
    tokens = TokenStore(folder)
    with HttpGateway(server.url, tokens.load) as gateway:
        enrol(store, gateway, tokens, code=code.lower(), till_name="Front")
        load_now(store, gateway, lambda _: None)
    made = Till(folder, store, server.url, org_id)
    made.sync()
    yield made
    made.stop()
    store.close()


def changed(database: PostgresDatabase, query: str, *params: object) -> None:
    """Change the server's database behind its back."""
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(query.encode(), params)


def names_at_server(database: PostgresDatabase, till: Till) -> list[str]:
    """The customers that the server holds of the till's organisation."""
    query = "SELECT name FROM customer WHERE org_id = %s ORDER BY name"
    with psycopg.connect(database.owner_url) as connection:
        return [name for (name,) in connection.execute(query, (till.org_id,))]


def test_a_till_replaces_its_token_and_goes_on(till: Till, database: PostgresDatabase) -> None:
    """After a month the old token opens nothing; the till notices nothing, nor after a restart."""
    old = till.tokens.load()
    till.ahead_us = ROTATE_US
    till.sync()
    assert till.tokens.load() != old
    till.add_customer("Ada")
    till.sync()
    till.restart()
    till.add_customer("Bob")
    till.sync()
    assert names_at_server(database, till) == ["Ada", "Bob"]
    assert till.connection() is Connection.ONLINE
    with HttpGateway(till.url, lambda: old) as thief, pytest.raises(Exception, match="not known"):
        thief.me()


def test_a_restored_server_that_forgot_the_new_token_is_no_obstacle(
    till: Till, database: PostgresDatabase
) -> None:
    """Failure 18: the token before is used, and replaced in its turn."""
    old = till.tokens.load()
    till.ahead_us = ROTATE_US
    till.sync()
    till.sync()
    backup = hashlib.sha256(old.encode()).hexdigest()
    changed(
        database,
        "UPDATE device SET token_hash = %s, token_next_hash = NULL WHERE device_id = %s",
        backup,
        till.id,
    )
    till.add_customer("Ada")
    till.sync()
    till.sync()
    assert names_at_server(database, till) == ["Ada"]
    assert till.tokens.load() != old
    till.restart()
    till.sync()
    assert till.connection() is Connection.ONLINE


def test_an_expired_till_is_healed_by_a_code_with_its_queue_intact(
    till: Till, database: PostgresDatabase, operator: Operator
) -> None:
    """Failures 8 and 9: it woke after three months; nothing is lost, doubled or renumbered."""
    device_id = till.id
    changed(database, "UPDATE device SET last_seen = 1, token_at = 1, enrolled_at = 1")
    for name in ("Ada", "Bob"):
        till.add_customer(name)
    till.sync()
    assert till.connection() is Connection.AUTH
    assert till.waiting() == 2
    code = operator.run(
        lambda backend: backend.devices.create_code(till.org_id, "", renews=device_id)
    )
    enrol(till.database, till.gateway, till.tokens, code=code, till_name="Front")
    assert till.id == device_id
    till.sync()
    assert (till.waiting(), till.engine.status.parked) == (0, 0)
    assert till.connection() is Connection.ONLINE
    assert names_at_server(database, till) == ["Ada", "Bob"]
    with pytest.raises(RequestRefused, match="used before"):
        enrol(till.database, till.gateway, till.tokens, code=code, till_name="Front")


def test_a_revoked_till_hands_over_what_it_did_and_locks(
    till: Till, database: PostgresDatabase, operator: Operator
) -> None:
    """Also after a restart; within the grace nothing that was done is lost."""
    till.add_customer("Ada")
    operator.run(lambda backend: backend.devices.revoke(till.org_id, till.id))
    till.sync()
    till.sync()
    status = till.engine.status
    assert (status.connection, status.locked, status.waiting) == (Connection.REVOKED, True, 0)
    assert names_at_server(database, till) == ["Ada"]
    till.restart()
    till.sync()
    assert till.engine.status.locked


def test_after_the_grace_the_rest_is_kept_here(
    till: Till, database: PostgresDatabase, operator: Operator
) -> None:
    """Thirty days later the server takes no more; the till locks and its queue can be exported."""
    operator.run(lambda backend: backend.devices.revoke(till.org_id, till.id))
    changed(database, "UPDATE device SET revoked_at = 1 WHERE device_id = %s", till.id)
    till.add_customer("Ada")
    till.sync()
    status = till.engine.status
    assert (status.connection, status.locked, status.waiting) == (Connection.REVOKED, True, 1)
    assert names_at_server(database, till) == []

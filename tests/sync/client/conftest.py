"""A till with a real database, a server in memory, and virtual time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from localdb.domain.records import Customer, StockMovement
from localdb.store import sync_state
from localdb.store.database import Database
from localdb.store.identity import TillIdentity, save_identity
from localdb.store.sync_state import Cursor
from localdb.store.unit_of_work import UnitOfWork
from sync.client.engine import SyncEngine
from sync.client.status import Connection, SyncStatus
from tests.sync.client.fake_server import ORG, STORE, TILL, FakeServer

START_US = 1_750_000_000_000_000
PRODUCT = "01900000-0000-7000-8000-0000000000ee"


@dataclass
class Clock:
    """Virtual time: seconds for the engine, microseconds of the wall for the till."""

    s: float = 0.0

    def now_us(self) -> int:
        return START_US + int(self.s * 1_000_000)


@dataclass
class Road:
    """One till, its engine and its server."""

    clock: Clock
    database: Database
    server: FakeServer
    cart_is_empty: bool = True
    seen: list[SyncStatus] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = self.new_engine()

    def new_engine(self, *, threaded: bool = False, heals: bool = False) -> SyncEngine:
        """A fresh engine over the same database, as after a restart of the program."""
        engine = SyncEngine(
            self.database,
            self.server,
            now_us=self.clock.now_us,
            random=lambda: 0.5,
            cart_is_empty=lambda: self.cart_is_empty,
            threaded=threaded,
            save_token=(lambda _: None) if threaded or heals else None,
        )
        engine.on_status.append(self.seen.append)
        return engine

    def step(self) -> float:
        """One step now; when the next is due."""
        return self.engine.step(self.clock.s)

    def run(self, for_s: float) -> int:
        """Step whenever due until ``for_s`` have passed; how many steps that took."""
        end, steps = self.clock.s + for_s, 0
        while True:
            due = self.step()
            steps += 1
            assert steps < 10_000, "the engine spins"
            if due > end:
                self.clock.s = end
                return steps
            self.clock.s = max(self.clock.s, due)

    def add_customer(self, name: str = "Ada") -> str:
        """A customer written at this till; the id."""

        def job(uow: UnitOfWork) -> str:
            customer = Customer(id=uow.new_id(), name=name)
            uow.insert(customer)
            return customer.id

        return self.database.write(job)

    def move_stock(self, quantity_milli: int) -> str:
        """A stock movement at this till; the id."""

        def job(uow: UnitOfWork) -> str:
            movement = StockMovement(
                id=uow.new_id(), store_id=STORE, product_id=PRODUCT,
                quantity_milli=quantity_milli, reason="adjust", at_us=uow.now_us,
            )  # fmt: skip
            uow.insert(movement)
            return movement.id

        return self.database.write(job)

    def connection(self) -> Connection:
        """How the till and its server stand."""
        return self.engine.status.connection

    def count(self, call: str) -> int:
        """How often the server was asked this."""
        return self.server.calls.count(call)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path, clock: Clock) -> Iterator[Database]:
    database = Database.open(tmp_path / "till", key=None, now_us=clock.now_us)
    yield database
    database.close()


def take_identity(uow: UnitOfWork) -> None:
    """The till's identity as an enrolment leaves it."""
    save_identity(uow.connection, TillIdentity(ORG, STORE, TILL, "T01", "S01"))
    sync_state.put_server_epoch(uow.connection, "epoch-1")


@pytest.fixture
def new_road(clock: Clock, database: Database) -> Road:
    """An enrolled till that has loaded nothing yet."""
    database.write(take_identity)
    return Road(clock, database, FakeServer(clock.now_us))


@pytest.fixture
def road(clock: Clock, database: Database) -> Road:
    """An enrolled till that stands where its (empty) server stands."""

    def at_the_heads(uow: UnitOfWork) -> None:
        take_identity(uow)
        for stream in ("org", STORE):
            sync_state.put_cursor(uow.connection, stream, Cursor("epoch-1", 0))

    database.write(at_the_heads)
    return Road(clock, database, FakeServer(clock.now_us))

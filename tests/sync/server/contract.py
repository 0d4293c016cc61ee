"""A store to be tested: the one on PostgreSQL and the one in memory in turn."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest

from localdb.domain.ids import IdSource
from localdb.domain.records import Product, Record, StockMovement
from localdb.domain.records import Store as StoreRecord
from sync.server.backend import wall_clock_us
from sync.server.core.admission import Device
from sync.server.core.ports import (
    LogEntry,
    NewFact,
    Store,
    Transaction,
)
from sync.server.core.rows import Row, Stamp
from sync.server.postgres.store import PostgresStore
from tests.simulation.memory_store import MemoryStore
from tests.support.postgres import PostgresDatabase
from tests.support.server import server_config

T = TypeVar("T")
Story = Callable[[Store], Awaitable[T]]
NEW_ID = IdSource(wall_clock_us)
DEVICE, OTHER = NEW_ID(), NEW_ID()
STAMP = Stamp(DEVICE, None, 5)
NIL = "00000000-0000-0000-0000-000000000000"
MANY = 1000


class Stop(Exception):
    """Something fails in the middle of a transaction."""


class Contract:
    """A store with one organisation, which has two streams and two devices."""

    def __init__(self, tell: Callable[[Story[Any]], Any]) -> None:
        self.tell = tell
        self.org_id = NEW_ID()
        self.store_id = NEW_ID()
        self.tell(self._begin)

    def within(self, story: Callable[[Transaction], Awaitable[T]]) -> T:
        """One transaction of the organisation."""

        async def one(store: Store) -> T:
            async with store.transaction(self.org_id) as tx:
                return await story(tx)

        found: T = self.tell(one)
        return found

    async def _begin(self, store: Store) -> None:
        async with store.transaction(self.org_id) as tx:
            await tx.create_organisation("Corner Shop", DEVICE, 1)
            own = Device(self.org_id, DEVICE, self.store_id, "T01")
            await tx.insert_device(own, "First", f"token of {self.org_id}", 1)
            await tx.insert_device(
                Device(self.org_id, OTHER, self.store_id, "T02"), "Other", None, 2
            )
            await tx.begin_streams(["org", self.store_id])
            shop = StoreRecord(id=self.store_id, code="S01", name="Corner Shop")
            await tx.insert_rows("store", [row_of(shop)])


@pytest.fixture(params=["memory", "postgres"])
def contract(request: pytest.FixtureRequest) -> Iterator[Contract]:
    """Each store in turn."""
    if request.param == "memory":
        memory = MemoryStore(NEW_ID())
        yield Contract(lambda story: asyncio.run(_as_coroutine(story, memory)))
        return
    database: PostgresDatabase = request.getfixturevalue("database")

    async def told(story: Story[Any]) -> Any:
        store = PostgresStore(server_config(database))
        await store.open()
        try:
            return await story(store)
        finally:
            await store.close()

    yield Contract(lambda story: asyncio.run(told(story)))


async def _as_coroutine(story: Story[T], store: Store) -> T:
    return await story(store)


def row_of(record: Record, version: int = 1, **unknown: Any) -> Row:
    """A reference as the core would store it."""
    return Row({**record.values(), **unknown}, version, {DEVICE: 1}, STAMP)


def product(sku: str = "A", **changes: Any) -> Product:
    """A product."""
    return Product(id=NEW_ID(), sku=sku, name="Beans", price_minor=1, tax_class_id=NIL, **changes)


def movement(contract: Contract, product_id: str, quantity_milli: int, dseq: int = 1) -> NewFact:
    """A stock movement of the first device."""
    fact = StockMovement(
        id=NEW_ID(),
        store_id=contract.store_id,
        product_id=product_id,
        quantity_milli=quantity_milli,
        reason="adjust",
        at_us=1,
    )
    return NewFact(fact.values(), DEVICE, dseq)


def entry(contract: Contract, number: int, dseq: int = 1, rows: int = 0, **types: int) -> LogEntry:
    """An entry in the store's stream."""
    images = [{"type": "held_cart", "id": f"{n}"} for n in range(rows)]
    at = (contract.store_id, number, DEVICE, dseq)
    return LogEntry(*at, None, contract.store_id, 7, types, images)


async def names_of(tx: Transaction, type_name: str = "product") -> list[str]:
    """The SKUs (or names) that a transaction sees."""
    rows = await tx.references(type_name, None, NIL, MANY)
    return [str(row.values.get("sku") or row.values.get("key")) for row in rows]

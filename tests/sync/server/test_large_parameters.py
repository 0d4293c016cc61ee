"""What is large goes both ways through a pipeline, and what hangs is given up from outside."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
import pytest

from localdb.domain.ops import Op
from localdb.domain.records import Product
from sync.server.core.ports import HeldGroup, LedgerRow, LogEntry, TooSlow, Transaction
from sync.server.core.rows import Row
from sync.server.postgres.store import PostgresStore, PostgresTransaction
from tests.support.postgres import PostgresDatabase
from tests.support.server import Operator, RunningServer, server_config
from tests.sync.server.contract import DEVICE, NEW_ID, Contract, movement, product, row_of
from tests.sync.server.tills import Shop, edit, insert
from tests.sync.server.tills import product as beans

T = TypeVar("T")
LARGE = "x" * (2 * 1024 * 1024)
HASH = "0" * 64
SMALL = 4_096
HANG_S = 20.0
"""Far more than anything here takes: what hangs fails instead."""


@pytest.fixture
def books(database: PostgresDatabase) -> Contract:
    """An organisation on PostgreSQL whose transactions are given up when they hang."""

    async def told(story: Callable[[PostgresStore], Awaitable[T]]) -> T:
        store = PostgresStore(server_config(database, transaction_deadline_s=HANG_S))
        await store.open()
        try:
            return await story(store)
        finally:
            await store.close()

    return Contract(lambda story: asyncio.run(told(story)))


Write = Callable[[Transaction, Contract], Awaitable[None]]
Read = Callable[[Transaction, Contract], Awaitable[object]]
PRODUCT = product(sku="large")
UPDATED = product(sku="updated")


def large(record: Product, version: int = 1) -> Row:
    return row_of(record, version, unknown=LARGE)


async def record(tx: Transaction, books: Contract) -> None:
    """The ledger."""
    await tx.record([LedgerRow(DEVICE, 1, HASH, {"kind": "applied", "detail": LARGE})], 1)


async def recorded(tx: Transaction, books: Contract) -> object:
    return (await tx.recorded([(DEVICE, 1)]))[DEVICE, 1].verdict["detail"]


async def hold(tx: Transaction, books: Contract) -> None:
    """The groups that wait."""
    await tx.hold([HeldGroup(DEVICE, 2, HASH, LARGE, "code", "detail", UPDATED.id)], 1)


async def held(tx: Transaction, books: Contract) -> object:
    found = await tx.next_held([UPDATED.id], [])
    assert found is not None
    return found[1].body


async def insert_rows(tx: Transaction, books: Contract) -> None:
    """New references."""
    await tx.insert_rows("product", [large(PRODUCT)])


async def update_rows(tx: Transaction, books: Contract) -> None:
    """References that change."""
    await tx.insert_rows("product", [row_of(UPDATED)])
    await tx.update_rows("product", [large(UPDATED, 2)])


def unknown_of(wanted: Product) -> Read:
    async def read(tx: Transaction, books: Contract) -> object:
        key = ("product", wanted.id)
        return (await tx.lock_rows([key]))[key].values["unknown"]

    return read


async def insert_facts(tx: Transaction, books: Contract) -> None:
    """Facts."""
    fact = movement(books, NEW_ID(), 1)
    fact.values["unknown"] = LARGE
    await tx.insert_facts({"stock_movement": [fact]})


async def facts(tx: Transaction, books: Contract) -> object:
    ((_, values),) = await tx.facts_of("stock_movement", [(DEVICE, 1)])
    return values["unknown"]


async def write_log(tx: Transaction, books: Contract) -> None:
    """The streams' log."""
    rows = [{"type": "held_cart", "id": LARGE}]
    at = (books.store_id, 1, DEVICE, 1)
    await tx.advance({books.store_id: 1})
    await tx.write_log([LogEntry(*at, None, books.store_id, 7, {}, rows)], 1)


async def log(tx: Transaction, books: Contract) -> object:
    (found,) = await tx.log(books.store_id, 0, 1, 1)
    return found.rows[0]["id"]


@pytest.mark.parametrize(
    ("write", "read"),
    [
        (record, recorded),
        (hold, held),
        (insert_rows, unknown_of(PRODUCT)),
        (update_rows, unknown_of(UPDATED)),
        (insert_facts, facts),
        (write_log, log),
    ],
    ids=lambda one: getattr(one, "__name__", "read"),
)
@pytest.mark.parametrize("last", [True, False], ids=["last", "in-the-middle"])
def test_two_mebibytes_pass_through_every_statement(
    books: Contract, write: Write, read: Read, last: bool
) -> None:
    """In a pipeline, before the commit and before other statements, and back again."""

    async def there(tx: Transaction) -> None:
        await tx.lock_devices([DEVICE])
        await write(tx, books)
        if not last:
            await tx.acknowledge({DEVICE: 1}, 1)
            await tx.record([LedgerRow(DEVICE, 9, HASH, {"kind": "applied"})], 1)
            assert await tx.recorded([(DEVICE, 9)])

    async def back(tx: Transaction) -> None:
        await tx.lock_devices([DEVICE])
        assert await read(tx, books) == LARGE

    books.within(there)
    books.within(back)


def test_large_questions_and_large_answers_meet_in_a_pipeline(books: Contract) -> None:
    """Neither side waits for the other to read."""

    async def story(tx: Transaction) -> list[int]:
        assert isinstance(tx, PostgresTransaction)
        await tx.start_pipeline()
        asked = [
            await tx.cursor.connection.execute("SELECT %s::text AS said", (LARGE,))
            for _ in range(8)
        ]
        return [len(row["said"]) for one in asked async for row in one]

    assert books.within(story) == [len(LARGE)] * 8


# ---------------------------------------------------------------- over the road


def test_long_notes_that_two_tills_wrote_offline_are_taken(shop: Shop) -> None:
    """240 products, 4,000 characters on either side: each till gets its verdicts."""
    here, there = shop.till(), shop.till()
    goods = [beans() for _ in range(240)]
    here.send(*[insert(one) for one in goods])
    there.send(*[edit(Product, one.id, {"note": ""}, {"note": "a" * 4000}) for one in goods])
    second = here.send(
        *[edit(Product, one.id, {"note": ""}, {"note": "b" * 4000}) for one in goods]
    )
    assert second.kind in ("merged", "conflict")
    assert here.send(insert(beans())).kind == "applied"


def test_a_verdict_stays_small_whatever_was_wrong(shop: Shop) -> None:
    """60,000 bad values are one short text, and so are 4,000 unknown types that are held."""
    till = shop.till()
    seen: dict[str, Any] = {f"{n}": "x" for n in range(60_000)}
    refused = till.send(edit(Product, NEW_ID(), {"name": "a"}, {"name": "b"}, seen))
    assert (refused.kind, refused.code) == ("rejected", "invalid")
    assert refused.detail.endswith("; and 59,990 more")
    held = till.send(*[Op("insert", f"{n:064d}", NEW_ID(), values={}) for n in range(4_000)])
    assert held.kind == "held"
    for table, column in (("ledger", "verdict"), ("held_group", "detail")):
        ((size,),) = shop.rows(f"SELECT max(length({column}::text)) FROM {table}")
        assert size < SMALL


def test_the_ledger_keeps_what_a_policy_overruled_in_short(shop: Shop) -> None:
    """Long values are cut and many are counted; the whole of them is in the manager's list."""
    here, there = shop.till(), shop.till()
    made = beans(note="before")
    here.send(insert(made))
    there.send(edit(Product, made.id, {"note": "before"}, {"note": "a" * 4000}))
    verdict = here.send(edit(Product, made.id, {"note": "before"}, {"note": "b" * 4000}))
    assert verdict.kind == "merged"
    ((kept,),) = shop.rows("SELECT verdict FROM ledger WHERE verdict ? 'overruled'")
    (lost,) = kept["overruled"]
    assert lost["remote"].startswith("aaa")
    assert len(lost["remote"]) < SMALL
    (listed,) = [row for row in here.pull_all().entries[-1].rows if row.type == "conflict"]
    assert "a" * 4000 in listed.values["fields_json"]


# ---------------------------------------------------------------- what hangs all the same


def test_a_transaction_ends_at_its_deadline_and_its_connection_with_it(
    database: PostgresDatabase,
) -> None:
    """Whatever the database does: TooSlow, and the only connection of the pool is a fresh one."""
    config = server_config(database, pool_size=1, transaction_deadline_s=0.3)

    async def story() -> tuple[int, int]:
        store = PostgresStore(config)
        await store.open()
        try:
            async with store.transaction() as tx:
                first = tx.cursor.connection.info.backend_pid
            with pytest.raises(TooSlow):
                async with store.transaction() as tx, tx.savepoint():
                    await tx.cursor.execute("SELECT pg_sleep(60)")
            async with store.transaction() as tx:
                return first, tx.cursor.connection.info.backend_pid
        finally:
            await store.close()

    before, after = asyncio.run(story())
    assert before != after


def test_a_group_that_hangs_holds_nobody_else_up(
    database: PostgresDatabase, operator: Operator
) -> None:
    """Its till is told to come back, the others are served, and later it is taken once."""
    running = RunningServer(server_config(database, transaction_deadline_s=0.5))
    org_id = operator.org()
    shop = Shop(running, operator, org_id, operator.store(org_id))
    try:
        stuck, other = shop.till(), shop.till()
        group = stuck.sell(NEW_ID())
        with psycopg.connect(database.owner_url) as blocker:
            blocker.execute("SELECT FROM device WHERE device_id = %s FOR UPDATE", (stuck.id,))
            with ThreadPoolExecutor(2) as threads:
                hung = threads.submit(stuck.post, [group])
                served = threads.submit(other.post, [other.sell(NEW_ID())])
                assert served.result().status_code == 200
                assert (hung.result().status_code, hung.result().json()["code"]) == (
                    503,
                    "unavailable",
                )
        assert stuck.push(group)[0].kind == "applied"
        assert shop.rows("SELECT count(*) FROM sale") == [(2,)]
    finally:
        shop.close()
        running.stop()

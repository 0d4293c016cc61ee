"""What is older than it need be goes; what a till still needs stays."""

import asyncio
import threading
from dataclasses import replace
from typing import get_args

import psycopg
import pytest
from psycopg import sql

from sync.server.backend import Backend, wall_clock_us
from sync.server.core.ports import Look, StreamState
from sync.server.jobs.retention import DAY_US, ENTRIES_AT_ONCE, Dropped, retain
from sync.server.postgres.streams import StreamQueries
from tests.support.postgres import PostgresDatabase
from tests.support.server import Operator, server_config
from tests.sync.server.tills import NEW_ID, Shop, Till, insert, product

LOOKED_AT = "UPDATE stream SET flagged_to = head, balanced_to = head WHERE stream <> 'org'"


def retained(shop: Shop, days: int = 90, ahead_days: float = 0) -> Dropped:
    """One run, with the clock some days ahead."""
    with psycopg.connect(shop.operator.config.owner_url.get_secret_value()) as connection:
        connection.execute(LOOKED_AT)
    now_us = wall_clock_us() + int(ahead_days * DAY_US)
    services = replace(shop.operator.services, now_us=lambda: now_us)
    return shop.operator.run(lambda backend: retain(backend.store, services, days))


def aged(database: PostgresDatabase, shop: Shop, stream: str, up_to: int, days: float) -> None:
    """Have the entries up to a number been applied so long ago."""
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(
            "UPDATE change_log SET applied_at = %s"
            " WHERE org_id = %s AND stream = %s AND number <= %s",
            (wall_clock_us() - int(days * DAY_US), shop.org_id, stream, up_to),
        )


def pulled(till: Till, stream: str, after: int) -> int:
    """The status of a pull from a cursor."""
    params: dict[str, str | int] = {"epoch": till.identity.epoch, "after": after}
    return till.http.get(f"/v1/streams/{stream}", params=params).status_code


def test_only_what_is_too_old_goes(shop: Shop, database: PostgresDatabase) -> None:
    """Failure 22: a cursor from before what was dropped gets 410, every later one goes on."""
    till = shop.till()
    for _ in range(10):
        till.push(till.sell(NEW_ID()))
    aged(database, shop, shop.store_id, up_to=6, days=91)
    assert retained(shop).entries == 6
    assert [pulled(till, shop.store_id, after) for after in (0, 5, 6, 10)] == [410, 410, 200, 200]
    assert [entry.number for entry in till.pull(shop.store_id, after=6).entries] == [7, 8, 9, 10]
    assert retained(shop).entries == 0


def test_the_facts_stay(shop: Shop, database: PostgresDatabase) -> None:
    """Only the way to others is forgotten: sales, verdicts and rows are kept for ever."""
    till = shop.till()
    group = till.sell(NEW_ID())
    verdict = till.push(group)[0]
    till.send(insert(product()))
    retained(shop, ahead_days=200)
    assert till.push(group)[0] == verdict
    assert shop.rows("SELECT count(*) FROM sale") == [(1,)]
    assert shop.rows("SELECT count(*) FROM product") == [(1,)]


@pytest.mark.parametrize("look", get_args(Look))
def test_what_was_not_looked_at_stays(shop: Shop, database: PostgresDatabase, look: Look) -> None:
    """However old it is: a second refund must not go unnoticed, nor a movement uncounted."""
    till = shop.till()
    for _ in range(4):
        till.push(till.sell(NEW_ID()))
    aged(database, shop, shop.store_id, up_to=4, days=100)

    async def pruned(backend: Backend) -> int:
        async with backend.store.transaction(shop.org_id) as tx:
            await tx.cursor.execute(LOOKED_AT)
            query = sql.SQL("UPDATE stream SET {} = 2 WHERE head > 2")
            await tx.cursor.execute(query.format(sql.Identifier(f"{look}_to")))
            return await tx.prune(shop.store_id, wall_clock_us() - 90 * DAY_US, 100)

    assert shop.operator.run(pruned) == 2
    assert retained(shop).entries == 2


def test_edits_need_no_look(shop: Shop, database: PostgresDatabase) -> None:
    """The organisation's stream brings no facts that anybody would look at."""
    till = shop.till()
    till.send(insert(product()))
    head = len(till.pull_all().entries)
    aged(database, shop, "org", up_to=head, days=91)
    assert retained(shop).entries == head


def test_an_old_entry_behind_a_young_one_stays(shop: Shop, database: PostgresDatabase) -> None:
    """What is kept has no gap, whatever the clocks of several servers said."""
    till = shop.till()
    for _ in range(3):
        till.push(till.sell(NEW_ID()))
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(
            "UPDATE change_log SET applied_at = 0 WHERE org_id = %s AND stream = %s"
            " AND number <> 2",
            (shop.org_id, shop.store_id),
        )
    assert retained(shop).entries == 1
    assert [entry.number for entry in till.pull(shop.store_id, after=1).entries] == [2, 3]


def test_a_long_log_goes_in_small_steps_while_pushes_go_on(
    shop: Shop, database: PostgresDatabase
) -> None:
    """Several transactions, none of which a push waits for; numbers go on without a gap."""
    till = shop.till()
    till.push(till.sell(NEW_ID()))
    more = 2 * ENTRIES_AT_ONCE + 7
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(
            "INSERT INTO change_log SELECT org_id, stream, number + n, device_id, dseq,"
            " user_id, store_id, at, 0, row_count, fact_types, rows"
            " FROM change_log, generate_series(1, %s) n WHERE org_id = %s AND stream = %s",
            (more, shop.org_id, shop.store_id),
        )
        connection.execute(
            "UPDATE stream SET head = head + %s WHERE org_id = %s AND stream = %s",
            (more, shop.org_id, shop.store_id),
        )
    aged(database, shop, shop.store_id, up_to=1 + more, days=100)
    stop, numbers = threading.Event(), []

    def sell() -> None:
        while not stop.is_set():
            numbers.append(till.push(till.sell(NEW_ID()))[0].numbers[shop.store_id])

    seller = threading.Thread(target=sell)
    seller.start()
    try:
        dropped = retained(shop).entries
    finally:
        stop.set()
        seller.join()
    assert dropped == 1 + more
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert [one.number for one in till.pull_all(shop.store_id, numbers[0] - 1).entries] == numbers


def test_every_organisation_is_cleaned(shop: Shop, operator: Operator) -> None:
    """The job belongs to none of them."""
    org_id = operator.org("Rival")
    rival = Shop(shop.server, operator, org_id, operator.store(org_id))
    for one in (shop, rival):
        till = one.till()
        till.push(till.sell(NEW_ID()))
    retained(shop, ahead_days=91)
    for one in (shop, rival):
        assert one.rows("SELECT count(*) FROM change_log") == [(0,)]
        assert one.rows("SELECT head = pruned_to FROM stream") == [(True,), (True,)]
    rival.close()


def test_spent_codes_and_checkpoints_go(shop: Shop, operator: Operator) -> None:
    """A used or expired code is of no more use; nor is stock of a moment that cannot be pulled."""
    till = shop.till()
    operator.code(shop.org_id, shop.store_id)
    till.push(till.sell(NEW_ID()))
    operator.run(lambda backend: backend.checkpoints.take(shop.org_id, shop.store_id))
    till.push(till.sell(NEW_ID()))
    assert retained(shop, ahead_days=8).codes >= 1
    assert retained(shop, ahead_days=10).codes >= 1
    assert shop.rows("SELECT count(*) FROM enrolment_code") == [(0,)]
    assert shop.rows("SELECT count(*) FROM stock_checkpoint") == [(1,)]
    assert retained(shop, ahead_days=91).checkpoints >= 1
    assert shop.rows("SELECT count(*) FROM stock_checkpoint") == [(0,)]


def test_a_pull_during_the_cleaning_never_skips(shop: Shop, database: PostgresDatabase) -> None:
    """A page is whole or 410, whenever the entries before it go."""
    till = shop.till()
    for _ in range(20):
        till.push(till.sell(NEW_ID()))

    async def main() -> None:
        config = server_config(database)
        operator = Operator(config)
        async with operator.backend() as backend:
            store = backend.store
            for up_to in range(1, 21):
                aged(database, shop, shop.store_id, up_to, days=100)
                async with store.transaction(shop.org_id) as tx:
                    await tx.cursor.execute(LOOKED_AT)
                    await tx.prune(shop.store_id, wall_clock_us() - 90 * DAY_US, 100)
                status = await asyncio.to_thread(pulled, till, shop.store_id, up_to - 1)
                assert status == 410
                assert await asyncio.to_thread(pulled, till, shop.store_id, up_to) == 200

    asyncio.run(main())


def test_what_goes_between_the_check_and_the_read_is_410(
    shop: Shop, database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cursor was young enough a moment ago: a page with a gap is never sent."""
    till = shop.till()
    for _ in range(6):
        till.push(till.sell(NEW_ID()))
    aged(database, shop, shop.store_id, up_to=4, days=100)
    stream = StreamQueries.stream

    async def overtaken(self: StreamQueries, name: str) -> StreamState | None:
        found = await stream(self, name)
        await asyncio.to_thread(retained, shop)
        return found

    with monkeypatch.context() as unlucky:
        unlucky.setattr(StreamQueries, "stream", overtaken)
        assert pulled(till, shop.store_id, after=2) == 410
        assert pulled(till, shop.store_id, after=4) == 200
    assert pulled(till, shop.store_id, after=6) == 200

"""Many at once: nothing lost, nothing twice, never more connections than allowed."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import psycopg
import pytest

from localdb.domain.records import Product
from sync.server.postgres.store import PostgresStore
from tests.support.postgres import PostgresDatabase
from tests.support.server import Operator, RunningServer, server_config
from tests.sync.server.tills import NEW_ID, Shop, Till, edit, insert, product


def at_once(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """The results of jobs that start together."""
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        gate.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_ten_tills_editing_at_once_lose_nothing(shop: Shop) -> None:
    """Each till's edits of the same rows are in the rows, the log or a conflict."""
    tills = [shop.till() for _ in range(10)]
    goods = [product() for _ in range(5)]
    tills[0].send(*map(insert, goods))

    def edits(number: int, till: Till) -> list[str]:
        kinds: list[str] = []
        for good in goods if number % 2 else goods[::-1]:
            note = f"till {number}"
            kinds.append(till.send(edit(Product, good.id, {"note": ""}, {"note": note})).kind)
            price = {"price_minor": 500 + number}
            kinds.append(till.send(edit(Product, good.id, {"price_minor": 400}, price)).kind)
        return kinds

    kinds = at_once([partial(edits, n, till) for n, till in enumerate(tills)])
    assert {kind for some in kinds for kind in some} <= {"applied", "merged", "conflict"}
    whole = tills[0].pull_all()
    assert len([e for e in whole.entries if e.rows[-1].type != "till"]) >= 1 + 10 * 10
    # Of ten prices for a product one was first and nine ask.
    asked = shop.rows("SELECT count(*) FROM conflict WHERE state = 'open'")
    assert asked == [(9 * len(goods),)]
    # The insert, ten notes, one price.
    assert shop.rows("SELECT DISTINCT version FROM product") == [(12,)]


def test_one_outbox_drained_by_two_processes_makes_one_sale_each(shop: Shop) -> None:
    """Failure 11: two pushers of the same groups cannot double a sale."""
    till = shop.till()
    groups = [till.sell(NEW_ID()) for _ in range(10)]
    answers = at_once([lambda: till.push(*groups)] * 4)
    assert all(answer == answers[0] for answer in answers)
    assert shop.rows("SELECT count(*) FROM sale") == [(10,)]


def test_the_same_barcode_from_ten_tills_at_once_has_one_owner(shop: Shop) -> None:
    """All ten records stand, and nine conflicts name the one that was first."""
    tills = [shop.till() for _ in range(10)]
    goods = [product(sku="SAME") for _ in tills]
    jobs = [partial(t.send, insert(g)) for t, g in zip(tills, goods, strict=True)]
    kinds = sorted(verdict.kind for verdict in at_once(jobs))
    assert kinds == ["applied"] + ["conflict"] * 9


@pytest.fixture
def busy_activity(database: PostgresDatabase) -> Iterator[list[int]]:
    """How many connections the pool had, sampled all through the test."""
    samples: list[int] = []
    done = threading.Event()

    def watch() -> None:
        with psycopg.connect(database.owner_url, autocommit=True) as connection:
            while not done.is_set():
                row = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE application_name = %s AND datname = current_database()",
                    (PostgresStore.APPLICATION,),
                ).fetchone()
                assert row is not None
                samples.append(row[0])
                time.sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield samples
    done.set()
    watcher.join()


def test_sixty_requests_at_once_succeed_within_twenty_connections(
    shop: Shop, busy_activity: list[int]
) -> None:
    """Requests wait for a connection; the pool never exceeds its size."""
    tills = [shop.till() for _ in range(12)]
    busy_activity.clear()

    def mixed(number: int) -> int:
        till = tills[number % len(tills)]
        if number < len(tills):
            return till.post([till.sell(NEW_ID()) for _ in range(5)]).status_code
        paths = ("/v1/me", "/v1/snapshot", "/v1/streams/org", "/v1/products")
        return till.http.get(paths[number % len(paths)]).status_code

    jobs = [partial(mixed, n) for n in range(60)]
    assert at_once(jobs) == [200] * 60
    assert 2 <= max(busy_activity) <= 20


def test_a_full_pool_answers_come_back_later(
    database: PostgresDatabase, operator: Operator
) -> None:
    """Waiting is bounded: 503 with Retry-After, and nothing was decided."""
    org_id = operator.org()
    store_id = operator.store(org_id)
    crowded = RunningServer(
        server_config(database, pool_size=1, pool_wait_s=0.2, pool_waiting_max=1)
    )
    shop = Shop(crowded, operator, org_id, store_id)
    try:
        till = shop.till()
        with psycopg.connect(database.owner_url) as blocker:
            blocker.execute("LOCK TABLE device IN ACCESS EXCLUSIVE MODE")
            with ThreadPoolExecutor(6) as pool:
                waiting = [pool.submit(till.http.get, "/v1/me") for _ in range(6)]
                busy = [f.result() for f in waiting if wait_for(f.done)]
                blocker.rollback()
        refused = [response for response in busy if response.status_code == 503]
        assert refused
        assert all(1 <= int(response.headers["Retry-After"]) <= 3 for response in refused)
        assert till.push(till.sell(NEW_ID()))[0].kind == "applied"
    finally:
        shop.close()
        crowded.stop()


def wait_for(condition: Callable[[], bool], seconds: float = 2.0) -> bool:
    """Whether a condition came true in time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_a_late_committer_is_never_passed(shop: Shop, database: PostgresDatabase) -> None:
    """Failures 1 and 2: while one commit is pending no later number becomes visible."""
    slow, fast, reader = shop.till(), shop.till(), shop.till()
    head = reader.pull(shop.store_id).head
    group, other = slow.sell(NEW_ID()), fast.sell(NEW_ID())
    with psycopg.connect(database.owner_url) as hold, ThreadPoolExecutor(2) as pool:
        # The ledger is written after the number is taken, so here the number is out and pending.
        hold.execute("LOCK TABLE ledger IN EXCLUSIVE MODE")
        first = pool.submit(slow.push, group)
        assert wait_for(lambda: waiting(database) == 1)
        second = pool.submit(fast.push, other)
        assert wait_for(lambda: waiting(database) == 2)
        assert reader.pull(shop.store_id).head == head
        hold.rollback()
        numbers = [f.result()[0].numbers[shop.store_id] for f in (first, second)]
    assert numbers == [head + 1, head + 2]
    seen = reader.pull_all(shop.store_id, after=head)
    assert [entry.device_id for entry in seen.entries] == [slow.id, fast.id]


def sell_ten(till: Till) -> None:
    for _ in range(10):
        till.push(till.sell(NEW_ID()))


def waiting(database: PostgresDatabase) -> int:
    """How many of the server's transactions wait for a lock."""
    with psycopg.connect(database.owner_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = %s AND wait_event_type = 'Lock'"
            " AND datname = current_database()",
            (PostgresStore.APPLICATION,),
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_reader_beside_writers_never_sees_a_gap(shop: Shop) -> None:
    """Failure 1: a reader that follows while eight tills write gets every number once."""
    tills = [shop.till() for _ in range(8)]
    reader = shop.till()
    done = threading.Event()
    seen: list[int] = []

    def follow() -> None:
        while True:
            last_round = done.is_set()
            page = reader.pull(shop.store_id, after=len(seen))
            assert [e.number for e in page.entries] == [
                len(seen) + n + 1 for n in range(len(page.entries))
            ]
            seen.extend(entry.number for entry in page.entries)
            if last_round and not page.entries:
                return

    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(follow)
        at_once([partial(sell_ten, till) for till in tills])
        done.set()
        following.result()
    assert len(seen) == 80


def test_a_group_held_while_its_parent_arrives_is_not_left_behind(
    shop: Shop, database: PostgresDatabase
) -> None:
    """The parent commits after the child looked for it and before the child is stored as held."""
    here, there = shop.till(), shop.till()
    beans = product()
    early = here.group(edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 450}))
    with psycopg.connect(database.owner_url) as hold, ThreadPoolExecutor(1) as pool:
        hold.execute("LOCK TABLE held_group IN SHARE MODE")
        pushed = pool.submit(here.push, early)
        assert wait_for(lambda: waiting(database) == 1)
        assert there.send(insert(beans)).kind == "applied"
        hold.rollback()
        assert pushed.result()[0].kind == "held"
    assert shop.rows("SELECT price_minor FROM product") == [(450,)]

"""Transactions that commit late, out of the order in which they began: no reader skips one."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random

import psycopg
import pytest

from localdb.domain.records import Product
from tests.support.postgres import PostgresDatabase, database
from tests.support.server import Operator, RunningServer, operator, server_config
from tests.sync.server.tills import NEW_ID, Shop, Till, edit, insert, product

__all__ = ["database", "operator"]
SERVERS = 3
TILLS = 6
PUSHES = 8

# At the commit, when the numbers are long taken, each transaction waits for as long as it likes.
LATE = """
    CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(random() * 0.03); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER late AFTER INSERT ON change_log DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION wait_at_commit();
"""


@pytest.fixture
def late(database: PostgresDatabase) -> Iterator[None]:
    """Every commit of a push is late by another time."""
    with psycopg.connect(database.owner_url) as pg:
        pg.execute(LATE)
    yield
    with psycopg.connect(database.owner_url) as pg:
        pg.execute("DROP FUNCTION wait_at_commit() CASCADE")


@pytest.fixture
def servers(database: PostgresDatabase) -> Iterator[list[RunningServer]]:
    """Several servers over one database: within one, pushes that meet share a transaction."""
    running = [RunningServer(server_config(database)) for _ in range(SERVERS)]
    yield running
    for one in running:
        one.stop()


@pytest.fixture
def shop(servers: list[RunningServer], operator: Operator) -> Iterator[Shop]:
    """An organisation of this test's own."""
    org_id = operator.org()
    made = Shop(servers[0], operator, org_id, operator.store(org_id))
    yield made
    made.close()


def test_readers_beside_late_commits_see_every_number_once(
    late: None, shop: Shop, servers: list[RunningServer]
) -> None:
    """Failures 1 and 2: a reader follows each stream while six tills write; neither skips one."""
    tills = [replace(shop, server=servers[n % SERVERS]).till() for n in range(TILLS)]
    goods = [product() for _ in range(3)]
    tills[0].send(*map(insert, goods))
    readers = {stream: shop.till() for stream in ("org", shop.store_id)}
    done = threading.Event()
    with ThreadPoolExecutor(TILLS + len(readers)) as pool:
        following = [pool.submit(_follow, *one, done) for one in readers.items()]
        writing = [pool.submit(_write, till, goods, Random(n)) for n, till in enumerate(tills)]
        sent = [group for job in writing for group in job.result()]
        done.set()
        seen = [set(job.result()) for job in following]
    assert set(sent) <= set.union(*seen), "a reader passed a number that was committed late"


def _write(till: Till, goods: list[Product], dice: Random) -> list[tuple[str, int]]:
    """Sales and price changes, group by group; what was delivered."""
    for _ in range(PUSHES):
        one = dice.choice(goods)
        note = {"note": f"{till.id[-4:]} {till.dseq}"}
        till.push(till.sell(NEW_ID()), till.group(edit(Product, one.id, {"note": ""}, note)))
    return [(till.id, dseq) for dseq in range(1, till.dseq + 1)]


def _follow(stream: str, reader: Till, done: threading.Event) -> list[tuple[str, int]]:
    """Pull page after page until the writers are done and nothing is left; who sent what."""
    at, seen = 0, []
    while True:
        last_round = done.is_set()
        page = reader.pull(stream, after=at).entries
        assert [entry.number for entry in page] == list(range(at + 1, at + 1 + len(page)))
        at += len(page)
        seen += [(entry.device_id, entry.dseq) for entry in page]
        if last_round and not page:
            return seen

"""The server behind PgBouncer in transaction mode, with a direct address past it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync.server.config import ServerConfig
from sync.server.migrate import check_app_role, migrate
from tests.support.pgbouncer import pgbouncer
from tests.support.postgres import PostgresDatabase
from tests.support.server import Operator, RunningServer, server_config
from tests.sync.server.test_hints import hint, listening
from tests.sync.server.tills import NEW_ID, Shop, Till, edit, insert, product

TILLS = 4
SALES = 12


@pytest.fixture(scope="module")
def pooled(database: PostgresDatabase) -> Iterator[ServerConfig]:
    """Settings as the README gives them for a server behind PgBouncer."""
    with pgbouncer(database) as through:
        yield server_config(
            database, database_url=through, direct_url=database.app_url, prepare=False
        )


@pytest.fixture
def pooled_shop(pooled: ServerConfig) -> Iterator[Shop]:
    """A shop whose server and operator go through the pooler."""
    server, operator = RunningServer(pooled), Operator(pooled)
    org_id = operator.org()
    shop = Shop(server, operator, org_id, operator.store(org_id))
    yield shop
    shop.close()
    server.stop()


def test_many_tills_share_few_connections(pooled_shop: Shop) -> None:
    """Every sale arrives once, and every till pulls all of them without a gap."""
    tills = [pooled_shop.till() for _ in range(TILLS)]

    def trade(till: Till) -> None:
        for _ in range(SALES):
            assert till.push(till.sell(NEW_ID()))[0].kind == "applied"
            till.pull("org")

    with ThreadPoolExecutor(TILLS) as threads:
        list(threads.map(trade, tills))
    for till in tills:
        assert len(till.pull_all(pooled_shop.store_id).entries) == TILLS * SALES
    (count,) = pooled_shop.rows("SELECT count(*) FROM sale")[0]
    assert count == TILLS * SALES


def test_a_transactions_organisation_does_not_leak_to_the_next(pooled_shop: Shop) -> None:
    """Two organisations on the same server connections see only their own."""
    operator = pooled_shop.operator
    org_id = operator.org("Rival")
    rival = Shop(pooled_shop.server, operator, org_id, operator.store(org_id))
    here, there = pooled_shop.till(), rival.till()
    here.send(insert(product(name="Ours")))
    there.send(insert(product(name="Theirs")))
    for till, name in ((here, "Ours"), (there, "Theirs")):
        items = till.http.get("/v1/products").json()["items"]
        assert [item["name"] for item in items] == [name]
    rival.close()


def test_hints_come_past_the_pooler(pooled_shop: Shop, pooled: ServerConfig) -> None:
    """LISTEN needs a session of its own; NOTIFY from another process arrives too."""
    other = RunningServer(pooled)
    here, there = pooled_shop.till(), pooled_shop.till()
    made = product()
    here.send(insert(made))
    try:
        with listening(other.url, there) as ear:
            heard, price = None, made.price_minor
            while heard is None:
                # The other process may still be about to LISTEN; a lost hint costs one poll.
                change = edit(type(made), made.id, {"price_minor": price}, {"price_minor": 500})
                here.send(change)
                price = 500
                try:
                    heard = hint(ear, wait_s=0.5)
                except TimeoutError:
                    continue
        assert heard[0] == "org"
    finally:
        other.stop()


def test_a_bootstrap_reads_through_the_pooler(pooled_shop: Shop) -> None:
    """Repeatable reads and set-based writes of a bootstrap are single transactions."""
    till = pooled_shop.till()
    till.send(insert(product()))
    heads = till.http.get("/v1/snapshot").json()["heads"]
    assert heads["org"] >= 2
    assert till.http.get("/v1/snapshot-stock").json()["levels"] == []
    page = till.http.get("/v1/snapshot/product").json()
    assert len(page["rows"]) == 1


def test_the_operators_own_work_goes_past_the_pooler(
    pooled: ServerConfig, database: PostgresDatabase
) -> None:
    """``migrate`` needs the owner and a session; the check of the role goes either way."""
    migrate(pooled.owner_url.get_secret_value())
    check_app_role(pooled.database_url.get_secret_value())

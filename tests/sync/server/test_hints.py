"""Tills hear that a stream moved, from whichever process it moved through."""

import json

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from sync.server.hints import Hub, Subscription
from tests.support.postgres import PostgresDatabase
from tests.support.server import Operator, RunningServer, server_config
from tests.sync.server.tills import NEW_ID, Shop, Till, insert, product


def listening(url: str, till: Till) -> ClientConnection:
    """A till's ear at a server."""
    headers = {"Authorization": till.http.headers["Authorization"]}
    address = url.replace("http", "ws", 1) + "/v1/hints"
    return connect(address, additional_headers=headers, proxy=None)


def hint(ear: ClientConnection) -> tuple[str, int]:
    """The next hint; fails when none comes."""
    message = json.loads(ear.recv(timeout=10))
    return message["stream"], message["number"]


def test_a_commit_is_heard_by_the_other_till(shop: Shop) -> None:
    """An edit tells the organisation's stream, a sale the store's."""
    here, there = shop.till(), shop.till()
    with listening(shop.server.url, there) as ear:
        numbers = here.send(insert(product())).numbers
        assert hint(ear) == ("org", numbers["org"])
        here.push(here.sell(NEW_ID()))
        assert hint(ear) == (shop.store_id, 1)


def test_a_commit_is_heard_through_another_process(shop: Shop, database: PostgresDatabase) -> None:
    """NOTIFY carries the news from one server to the tills of the next."""
    other = RunningServer(server_config(database))
    here, there = shop.till(), shop.till()
    try:
        with listening(other.url, there) as ear:
            heard = None
            while heard is None:
                # The other process may still be about to LISTEN; a lost hint costs one poll.
                here.send(insert(product()))
                try:
                    heard = json.loads(ear.recv(timeout=0.5))
                except TimeoutError:
                    continue
        assert heard["stream"] == "org"
    finally:
        other.stop()


def test_another_organisation_hears_nothing(shop: Shop, operator: Operator) -> None:
    """Hints stay inside their organisation."""
    org_id = operator.org("Rival")
    rival = Shop(shop.server, operator, org_id, operator.store(org_id))
    here, spy = shop.till(), rival.till()
    with listening(shop.server.url, spy) as ear:
        here.send(insert(product()))
        own = spy.send(insert(product())).numbers["org"]
        assert hint(ear) == ("org", own)
    rival.close()


def test_an_unknown_token_hears_nothing(shop: Shop) -> None:
    """The connection is refused before it is one."""
    till = shop.till()
    till.http.headers["Authorization"] = "Bearer nonsense"
    with pytest.raises(InvalidStatus, match="403"):
        listening(shop.server.url, till)


def test_hints_fail_without_failing_a_write(database: PostgresDatabase, operator: Operator) -> None:
    """A server that cannot reach its hint connection still takes sales."""
    org_id = operator.org()
    deaf = RunningServer(server_config(database, direct_url="host=/nowhere dbname=none"))
    shop = Shop(deaf, operator, org_id, operator.store(org_id))
    try:
        till = shop.till()
        with listening(deaf.url, till) as ear:
            assert till.push(till.sell(NEW_ID()))[0].kind == "applied"
            assert hint(ear) == (shop.store_id, 1)
    finally:
        shop.close()
        deaf.stop()


def test_a_server_stops_while_tills_listen(shop: Shop, database: PostgresDatabase) -> None:
    """An open ear does not hold up the end of a process."""
    other = RunningServer(server_config(database))
    with listening(other.url, shop.till()):
        other.stop()


def test_facts_wait_for_an_edit_or_for_more_of_them() -> None:
    """Sales are told together, later; an edit takes the ones before it along at once."""
    import asyncio

    async def main() -> None:
        hub = Hub("", interval_s=0, facts_wait_s=3600)
        with hub.subscribed("shop", ["org", "store"]) as ear:
            hub.publish("shop", {"store": 1}, urgent=())
            hub.publish("shop", {"org": 7}, urgent={"org"})
            assert await heard(ear) == ("org", 7)
            hub.publish("shop", {"store": 2}, urgent=())
            hub.publish("shop", {"store": 3}, urgent={"store"})
            assert await heard(ear) == ("store", 3)
        await hub.stop()

    async def heard(ear: Subscription) -> tuple[str, int]:
        news = await anext(ear.hints())
        return news.stream, news.number

    asyncio.run(main())


def test_facts_are_told_in_the_end() -> None:
    """Without any edit a store still hears of its sales, once for all of them."""
    import asyncio

    async def main() -> None:
        hub = Hub("", interval_s=0, facts_wait_s=0.01)
        with hub.subscribed("shop", ["store"]) as ear:
            for number in (1, 2, 3):
                hub.publish("shop", {"store": number}, urgent=())
            assert (await anext(ear.hints())).number == 3
        await hub.stop()

    asyncio.run(main())


def test_several_steps_come_as_one() -> None:
    """A listener that is slow is told the newest number only."""
    import asyncio

    async def main() -> None:
        subscription = Subscription()
        for number in (1, 2, 5, 3):
            subscription.put("org", number)
        stream = subscription.hints()
        assert (await anext(stream)).number == 5
        subscription.put("org", 4)
        subscription.put("org", 6)
        assert (await anext(stream)).number == 6

    asyncio.run(main())

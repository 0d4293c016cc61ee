"""Tills hear that a stream moved, from whichever process it moved through."""

import asyncio
import json
import socket
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from sync.server.api.gate import Gate
from sync.server.core.ports import Unavailable
from sync.server.hints import KEPT_MAX, Hub, Subscription
from tests.support.postgres import PostgresDatabase
from tests.support.server import Operator, RunningServer, server_config
from tests.sync.server.tills import NEW_ID, Shop, Till, insert, product


def listening(url: str, till: Till) -> ClientConnection:
    """A till's ear at a server."""
    headers = {"Authorization": till.http.headers["Authorization"]}
    address = url.replace("http", "ws", 1) + "/v1/hints"
    return connect(address, additional_headers=headers, proxy=None)


def hint(ear: ClientConnection, wait_s: float = 10) -> tuple[str, int]:
    """The next hint; fails when none comes."""
    message = json.loads(ear.recv(timeout=wait_s))
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
    """The connection is refused before it is one, with the same problem as any request."""
    till = shop.till()
    till.http.headers["Authorization"] = "Bearer nonsense"
    with pytest.raises(InvalidStatus) as caught, listening(shop.server.url, till):
        pass
    assert caught.value.response.status_code == 401
    assert json.loads(caught.value.response.body or b"")["code"] == "token_unknown"


def test_a_revoked_till_hears_nothing(shop: Shop) -> None:
    """It may hand over what it sold; nothing goes out to it any more."""
    till = shop.till()
    shop.operator.run(lambda backend: backend.devices.revoke(shop.org_id, till.id))
    with pytest.raises(InvalidStatus, match="403"), listening(shop.server.url, till):
        pass


def test_a_till_that_is_revoked_while_it_listens_is_hung_up_on(shop: Shop) -> None:
    """Its open line is closed within seconds and says why; the other till's goes on."""
    here, there = shop.till(), shop.till()
    with listening(shop.server.url, here) as ear, listening(shop.server.url, there) as other:
        shop.operator.run(lambda backend: backend.devices.revoke(shop.org_id, here.id))
        with pytest.raises(ConnectionClosed) as caught:
            ear.recv(timeout=30)
        assert caught.value.rcvd is not None
        assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1008, "device_revoked")
        numbers = there.send(insert(product())).numbers
        assert hint(other) == ("org", numbers["org"])


def test_a_revoked_till_is_told_nothing_more() -> None:
    """Not even what was on its way to it; its namesake elsewhere and the other tills hear on."""

    async def main() -> None:
        hub = Hub("", interval_s=0, facts_wait_s=0)
        with (
            hub.subscribed("shop", ["org"], "stolen") as stolen,
            hub.subscribed("shop", ["org"], "till") as till,
            hub.subscribed("rival", ["org"], "stolen") as rival,
        ):
            assert hub.organisations() == {"shop", "rival"}
            hub.hang_up("shop", {"stolen"})
            for org_id in ("shop", "rival"):
                hub.publish(org_id, {"org": 7}, urgent={"org"})
            assert [one async for one in stolen.hints()] == []
            for ear in (till, rival):
                assert (await anext(ear.hints())).number == 7
        assert hub.organisations() == set()
        await hub.stop()

    asyncio.run(main())


def test_too_many_at_once_are_told_when_to_come_back(
    shop: Shop, database: PostgresDatabase
) -> None:
    """503 with Retry-After on the handshake itself, and room again when somebody left."""
    small = RunningServer(server_config(database, websockets_max=1))
    first, second = shop.till(), shop.till()
    try:
        with listening(small.url, first):
            with pytest.raises(InvalidStatus) as caught, listening(small.url, second):
                pass
            response = caught.value.response
            assert response.status_code == 503
            assert 1 <= int(response.headers["Retry-After"]) <= 11
        while True:
            with suppress(InvalidStatus), listening(small.url, second):
                break
    finally:
        small.stop()


def test_those_sent_away_come_back_at_different_times() -> None:
    """The gate lets some in at once, spreads the others, and opens again behind each."""
    numbers = iter([0.0, 0.5, 0.999])
    gate = Gate(2, 10, lambda: next(numbers))
    with gate.handshake(0), gate.handshake(0):
        waits = []
        for _ in range(3):
            with pytest.raises(Unavailable) as caught, gate.handshake(0):
                pass
            waits.append(round(caught.value.retry_after_s))
        assert waits == [1, 6, 11]
    with gate.handshake(9):
        pass


def test_a_line_that_does_not_answer_a_ping_is_closed(
    shop: Shop, database: PostgresDatabase
) -> None:
    """Failure 15: a till that went away without a word is not kept for ever."""
    impatient = RunningServer(server_config(database, hint_ping_s=0.2))
    till = shop.till()
    host, port = impatient.url.removeprefix("http://").split(":")
    try:
        with socket.create_connection((host, int(port)), timeout=30) as mute:
            request = (
                f"GET /v1/hints HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                f"Authorization: {till.http.headers['Authorization']}\r\n\r\n"
            )
            mute.sendall(request.encode())
            heard = b""
            while piece := mute.recv(4096):
                heard += piece
                if b"keepalive ping timeout" in heard:
                    break
        assert heard.startswith(b"HTTP/1.1 101")
        assert b"keepalive ping timeout" in heard
    finally:
        impatient.stop()


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


def test_a_killed_hint_connection_costs_no_write_and_no_news(
    shop: Shop, database: PostgresDatabase
) -> None:
    """Both connections are cut: sales are taken as before, and the news go out over new ones."""
    other = RunningServer(server_config(database))
    here, there = shop.till(), shop.till()
    try:
        with listening(other.url, there) as ear:
            cut(database)
            assert here.push(here.sell(NEW_ID()))[0].kind == "applied"
            heard = set()
            while (shop.store_id, here.dseq) not in heard:
                # What LISTEN missed while it was cut is lost, and costs one poll.
                here.push(here.sell(NEW_ID()))
                with suppress(TimeoutError):
                    message = json.loads(ear.recv(timeout=0.5))
                    heard.add((message["stream"], message["number"]))
    finally:
        other.stop()


def cut(database: PostgresDatabase) -> None:
    """End every connection that carries hints."""
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'evertill-hints' AND datname = current_database()"
        ).fetchall()
    assert ended


def test_news_wait_for_a_connection_that_is_down() -> None:
    """What could not be sent is sent over the next connection; its memory is bounded."""
    hub = Hub("", 0.0, 0.0)
    for number in range(KEPT_MAX + 5):
        hub.publish("o", {f"s{number}": 1}, urgent={f"s{number}"})
    hub.publish("o", {"s3": 2}, urgent={"s3"})
    assert hub.stats.lost == 5
    sent: list[list[Any]] = []

    class Connection:
        async def execute(self, _: str, params: tuple[str, str]) -> None:
            sent.extend(json.loads(params[1]))
            if len(sent) == KEPT_MAX:
                raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(hub._tell(Connection()))  # type: ignore[arg-type]
    assert len(sent) == KEPT_MAX
    assert ["o", "s3", 2] in sent


def test_a_server_stops_while_tills_listen(shop: Shop, database: PostgresDatabase) -> None:
    """An open ear does not hold up the end of a process."""
    other = RunningServer(server_config(database))
    with listening(other.url, shop.till()):
        other.stop()


def test_facts_wait_for_an_edit_or_for_more_of_them() -> None:
    """Sales are told together, later; an edit takes the ones before it along at once."""

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

"""Enrolment codes: short enough to type, and not to be guessed."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import httpx
import psycopg
import pytest

from sync.protocol.messages import EnrolReply
from sync.server.api import guesses
from sync.server.api.guesses import ADDRESSES_MAX, WINDOW_US, WRONG_MAX, GuessLimit, TooManyGuesses
from sync.server.core.enrolment import BadCode
from sync.server.core.tokens import make, read
from tests.support.postgres import PostgresDatabase
from tests.support.server import Operator, RunningServer, server_config
from tests.sync.server.tills import NEW_ID, Shop, client

UNKNOWN = "0000-0000"


@pytest.fixture
def door(database: PostgresDatabase) -> Iterator[RunningServer]:
    """A server that nobody has guessed at yet."""
    running = RunningServer(server_config(database))
    yield running
    running.stop()


def enrol(url: str, code: str, **more: object) -> httpx.Response:
    """Try a code."""
    given = {"code": code, "till_name": "Front", **more}
    return httpx.post(f"{url}/v1/enrol", json=given, trust_env=False)


def test_a_short_code_finds_its_organisation(shop: Shop, operator: Operator) -> None:
    """Typed in any way, it enrols once, at the organisation that gave it out and no other."""
    org_id = operator.org("Rival")
    rival_store = operator.store(org_id)
    mine, theirs = operator.code(shop.org_id, shop.store_id), operator.code(org_id, rival_store)
    assert len(mine) == len("7K4M-Q2XP")
    typed = mine.replace("-", " ").lower()
    assert EnrolReply.model_validate(enrol(shop.server.url, typed).json()).org_id == shop.org_id
    assert EnrolReply.model_validate(enrol(shop.server.url, theirs).json()).org_id == org_id
    again = enrol(shop.server.url, mine)
    assert (again.status_code, again.json()["code"]) == (422, "code_used")


def test_a_long_code_from_before_is_still_taken(shop: Shop, database: PostgresDatabase) -> None:
    """Codes that were given out by the former program name their organisation themselves."""
    code = make(shop.org_id, 10, shop.operator.services.random_bytes)
    secret = read(code)
    assert secret is not None
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(
            "INSERT INTO enrolment_code (org_id, code_hash, store_id, till_code, expires_at)"
            " VALUES (%s, %s, %s, '', %s)",
            (shop.org_id, secret.hash, shop.store_id, 2**62),
        )
    assert enrol(shop.server.url, code).status_code == 200


def test_the_same_code_is_never_given_out_twice(shop: Shop) -> None:
    """Another organisation may have it: then the next one is drawn."""
    draws = iter([b"aaaaa", b"aaaaa", b"bbbbb"])
    services = replace(shop.operator.services, random_bytes=lambda size: next(draws)[:size])
    operator = Operator(shop.operator.config, services)
    assert operator.code(shop.org_id, shop.store_id) != operator.code(shop.org_id, shop.store_id)


def test_the_table_of_codes_tells_nothing_else(shop: Shop, database: PostgresDatabase) -> None:
    """What lies outside row-level security is a hash and whose it is; it goes with the code."""
    shop.operator.code(shop.org_id, shop.store_id)
    with psycopg.connect(database.app_url) as connection:
        columns = [c.name for c in connection.execute("SELECT * FROM code_owner").description or ()]
        assert columns == ["code_hash", "org_id"]
        assert connection.execute("SELECT count(*) FROM enrolment_code").fetchone() == (0,)


def test_who_guesses_is_told_to_come_back(door: RunningServer, shop: Shop) -> None:
    """429 with Retry-After after ten wrong codes; a good code does not help from there."""
    for _ in range(WRONG_MAX):
        assert enrol(door.url, UNKNOWN).json()["code"] == "code_unknown"
    good = shop.operator.code(shop.org_id, shop.store_id)
    refused = enrol(door.url, good)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_guesses")
    assert 1 <= int(refused.headers["Retry-After"]) <= WINDOW_US // 1_000_000
    elsewhere = httpx.post(
        f"{door.url}/v1/enrol",
        json={"code": good},
        headers={"X-Forwarded-For": "203.0.113.7"},
        trust_env=False,
    )
    assert elsewhere.status_code == 200


class Clock:
    def __init__(self) -> None:
        self.now_us = 0

    def guess(self, limit: GuessLimit, address: str, code: str = "code_unknown") -> None:
        with pytest.raises(BadCode), limit.watching(address):
            raise BadCode(code, "no")


def test_guesses_are_forgiven_in_time() -> None:
    """After the window, or when the clock was set back, an address begins anew."""
    clock = Clock()
    limit = GuessLimit(lambda: clock.now_us)
    for jump in (WINDOW_US, -2 * WINDOW_US):
        for _ in range(WRONG_MAX):
            clock.guess(limit, "192.0.2.1")
        with pytest.raises(TooManyGuesses), limit.watching("192.0.2.1"):
            pass
        with limit.watching("192.0.2.2"):
            pass
        clock.now_us += jump
    clock.guess(limit, "192.0.2.1")


def test_guesses_at_one_moment_are_as_many_as_they_are() -> None:
    """Those whose answer is not known yet count too; a right one counts no more afterwards."""
    limit = GuessLimit(lambda: 1)
    with ExitStack() as at_once:
        for _ in range(WRONG_MAX):
            at_once.enter_context(limit.watching("192.0.2.1"))
        with pytest.raises(TooManyGuesses), limit.watching("192.0.2.1"):
            pass
    with limit.watching("192.0.2.1"):
        pass


def test_only_unknown_codes_count() -> None:
    """Who types a used code again is no guesser."""
    clock = Clock()
    limit = GuessLimit(lambda: clock.now_us)
    for _ in range(5 * WRONG_MAX):
        clock.guess(limit, "192.0.2.1", "code_used")


def test_a_network_of_one_customer_is_one_guesser() -> None:
    """Of IPv6 whoever has one address has 2**64 of them."""
    clock = Clock()
    limit = GuessLimit(lambda: clock.now_us)
    for number in range(WRONG_MAX):
        clock.guess(limit, f"2001:db8::{number:x}")
    with pytest.raises(TooManyGuesses), limit.watching("2001:db8::ffff"):
        pass
    with limit.watching("2001:db8:0:1::1"):
        pass


def test_the_memory_of_guessers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was heard of longest ago is forgotten first."""
    monkeypatch.setattr(guesses, "ADDRESSES_MAX", 3)
    assert ADDRESSES_MAX >= 1_000
    clock = Clock()
    limit = GuessLimit(lambda: clock.now_us)
    for address in ("a", "b", "c", "a", "d"):
        clock.guess(limit, address)
    assert list(limit._wrong) == ["c", "a", "d"]


# ---------------------------------------------------------------- the same till again


def test_a_till_whose_token_expired_is_let_in_as_itself(
    shop: Shop, database: PostgresDatabase
) -> None:
    """Failure 8: a code for that device gives a new token; number and run of groups go on."""
    till = shop.till()
    till.push(till.sell(NEW_ID()))
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(
            "UPDATE device SET last_seen = 1, token_at = 1, enrolled_at = 1 WHERE device_id = %s",
            (till.id,),
        )
    waiting = till.sell(NEW_ID())
    assert till.post([waiting]).json()["code"] == "token_expired"
    code = renewing(shop, till.id)
    was = {
        "org_id": shop.org_id,
        "store_id": shop.store_id,
        "device_id": till.id,
        "enrolled": True,
        "waiting": 1,
    }
    asked = {"was": was, "request_id": NEW_ID(), "dseq_after": 0}
    first = EnrolReply.model_validate(enrol(shop.server.url, code, **asked).json())
    # The answer was lost: the same request gets another token for the same till.
    reply = EnrolReply.model_validate(enrol(shop.server.url, code, **asked).json())
    assert (reply.device_id, reply.till_code) == (till.id, till.identity.till_code)
    assert first.token != reply.token
    with client(shop.server, reply.token) as http:
        till.http.close()
        till.http = http
        assert till.push(waiting)[0].kind == "applied"
    assert shop.rows("SELECT count(*) FROM device WHERE store_id IS NOT NULL") == [(1,)]


def renewing(shop: Shop, device_id: str) -> str:
    """A code that lets a till in again."""
    return shop.operator.run(
        lambda backend: backend.devices.create_code(shop.org_id, "", renews=device_id)
    )


def test_a_code_for_one_till_is_good_for_no_other(shop: Shop) -> None:
    """Neither an empty till nor a neighbour gets the identity; the code stays good."""
    till, other = shop.till(), shop.till()
    code = renewing(shop, till.id)
    was = {
        "org_id": shop.org_id,
        "store_id": shop.store_id,
        "device_id": other.id,
        "enrolled": True,
        "waiting": 0,
    }
    for more in ({}, {"was": was}):
        answer = enrol(shop.server.url, code, **more)
        assert (answer.status_code, answer.json()["code"]) == (422, "other_till")
    good = {"was": was | {"device_id": till.id}}
    assert enrol(shop.server.url, code, **good).status_code == 200


def test_a_revoked_till_is_not_let_in_again(shop: Shop) -> None:
    """A revocation is for good: a new till may take the place."""
    till = shop.till()
    shop.operator.run(lambda backend: backend.devices.revoke(shop.org_id, till.id))
    with pytest.raises(BadCode, match="revoked"):
        renewing(shop, till.id)
    with pytest.raises(BadCode, match="no such till"):
        renewing(shop, NEW_ID())

"""Enrolment: a code enrols one till once, and no till code is ever given twice."""

import asyncio
from dataclasses import replace

import psycopg
import pytest

from sync.protocol.messages import EnrolRequest
from sync.server.backend import open_backend, real_services
from sync.server.core.enrolment import BadCode, next_till_code, series_of
from tests.support.clock import Clock
from tests.support.postgres import PostgresDatabase
from tests.support.server import Operator, server_config
from tests.sync.server.tills import Shop, client, enrolled


@pytest.mark.parametrize(
    ("taken", "wanted", "given"),
    [
        ({""}, "", "T01"),
        ({"T01", "T02"}, "", "T03"),
        ({"T01B", "T12"}, "", "T13"),
        (set[str](), "T03", "T03"),
        ({"T03"}, "T03", "T03B"),
        ({"T03", "T03B"}, "T03", "T03C"),
        ({"T03", *(f"T03{chr(c)}" for c in range(66, 91))}, "T03", "T03-27"),
        ({"BAR"}, "BAR", "BARB"),
    ],
)
def test_a_till_code_is_never_given_twice(taken: set[str], wanted: str, given: str) -> None:
    """Receipt numbers contain it: a till that replaces another gets a new series letter."""
    assert next_till_code(taken, wanted) == given


@pytest.mark.parametrize(
    ("code", "series"),
    [("T03", "T03"), ("T03B", "T03"), ("T03Z", "T03"), ("T03-27", "T03-27"), ("BAR", "BAR")],
)
def test_a_till_code_without_its_letter(code: str, series: str) -> None:
    """Whoever succeeds ``T03B`` is ``T03C``, not ``T03BB``."""
    assert series_of(code) == series


def test_a_replaced_till_keeps_its_number_in_a_new_series(shop: Shop) -> None:
    """A till in the place of a dead one is the same to people and another to the books."""
    till = shop.till(code="T03")
    codes = [till.identity.till_code]
    for _ in range(2):
        till = enrolled(shop.server, shop.operator.replacement(shop.org_id, till.id))
        codes.append(till.identity.till_code)
        till.close()
    assert codes == ["T03", "T03B", "T03C"]


def test_a_till_code_belongs_to_one_till_of_a_store(shop: Shop) -> None:
    """No code is made for one that is taken; of two made for one, the second enrols nobody."""
    early, late = (shop.operator.code(shop.org_id, shop.store_id, "T07") for _ in range(2))
    enrolled(shop.server, early).close()
    with client(shop.server) as http:
        answer = http.post("/v1/enrol", json={"code": late})
    assert (answer.status_code, answer.json()["code"]) == (422, "till_code_taken")
    with pytest.raises(BadCode, match="T07 is there already"):
        shop.operator.code(shop.org_id, shop.store_id, "T07")


def test_an_enrolled_till_is_known_to_all(shop: Shop) -> None:
    """The till's record goes through the stream, under its device id."""
    first, second = shop.till(), shop.till()
    images = [row for entry in first.pull_all().entries for row in entry.rows if row.type == "till"]
    assert [image.id for image in images] == [first.id, second.id]
    assert first.identity.store_code == "S01"


def test_a_code_enrols_once(shop: Shop) -> None:
    """A second use is refused and says so; upper case and blanks around do not matter."""
    code = shop.operator.code(shop.org_id, shop.store_id)
    with client(shop.server) as http:
        first = http.post("/v1/enrol", json={"code": f" {code.upper()} "})
        second = http.post("/v1/enrol", json={"code": code})
    assert first.status_code == 200
    assert (second.status_code, second.json()["code"]) == (422, "code_used")


@pytest.mark.parametrize("code", ["nonsense", "aaaa.bbbb", f"{'a' * 26}.{'b' * 16}"])
def test_an_unknown_code_is_refused(shop: Shop, code: str) -> None:
    """Guessing tells nothing."""
    with client(shop.server) as http:
        response = http.post("/v1/enrol", json={"code": code})
    assert (response.status_code, response.json()["code"]) == (422, "code_unknown")


def test_an_expired_code_is_refused(shop: Shop, database: PostgresDatabase) -> None:
    """A code lives for two days."""
    code = shop.operator.code(shop.org_id, shop.store_id)
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(
            "UPDATE enrolment_code SET expires_at = 1 WHERE org_id = %s", (shop.org_id,)
        )
    with client(shop.server) as http:
        response = http.post("/v1/enrol", json={"code": code})
    assert (response.status_code, response.json()["code"]) == (422, "code_expired")


def test_a_push_rests_on_an_older_standing_than_a_pull(
    database: PostgresDatabase, operator: Operator
) -> None:
    """A till that sells all day is looked up once a minute; its pulls end when it is revoked."""
    clock = Clock()
    org_id = operator.org()
    store_id = operator.store(org_id)
    code = operator.code(org_id, store_id)
    config = server_config(database, token_cache_s=2)

    async def standings() -> list[bool]:
        async with open_backend(config, replace(real_services(), now_us=clock)) as backend:
            devices = backend.devices
            reply = await devices.enrol(EnrolRequest(code=code))
            seen = []
            for step_s, for_push in ((0, True), (3, True), (3, False), (1, True)):
                clock.advance_s(step_s)
                device = await devices.authenticate(reply.token, for_push=for_push)
                assert device is not None
                seen.append(device.revoked_at is not None)
                if not seen[1:]:
                    await devices.revoke(org_id, reply.device_id)
            return seen

    assert asyncio.run(standings()) == [False, False, True, True]

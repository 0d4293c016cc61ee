"""A till's token is replaced without ever locking the till out."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from sync.protocol import limits
from sync.server.backend import wall_clock_us
from tests.support.postgres import PostgresDatabase
from tests.sync.server.tills import NEW_ID, Shop, Till

DAY_US = 86_400_000_000


def next_token(till: Till, secret: bytes = b"x" * 32) -> str:
    """Another token of the same organisation."""
    org = till.identity.token.partition(".")[0]
    return f"{org}.{base64.b32encode(secret).decode().rstrip('=').lower()}"


def promise(till: Till, token: str) -> httpx.Response:
    """Tell the server which token comes next."""
    return till.http.post(
        "/v1/token", json={"token_hash": hashlib.sha256(token.encode()).hexdigest()}
    )


def status_with(till: Till, token: str) -> int:
    """What an ordinary request with that token gets."""
    return till.http.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code


def test_the_old_token_works_until_the_new_one_is_used(shop: Shop) -> None:
    """A lost answer must not lock a till out."""
    till = shop.till()
    old, new = till.identity.token, next_token(till)
    assert promise(till, new).status_code == 200
    assert status_with(till, old) == 200
    assert status_with(till, new) == 200
    assert status_with(till, new) == 200
    assert status_with(till, old) == 401


def test_a_repeated_request_changes_nothing(shop: Shop) -> None:
    """Sent twice, or delivered late: the same token is promised, and none that is in use."""
    till = shop.till()
    old, new = till.identity.token, next_token(till)
    for _ in range(2):
        assert promise(till, new).status_code == 200
    assert status_with(till, new) == 200
    assert promise(till, new).status_code == 401
    till.http.headers["Authorization"] = f"Bearer {new}"
    assert promise(till, new).status_code == 200
    assert status_with(till, new) == 200
    assert shop.rows("SELECT count(*) FROM device WHERE token_next_hash IS NOT NULL") == [(0,)]
    assert status_with(till, old) == 401


def test_many_first_uses_at_once(shop: Shop) -> None:
    """Two directions begin to use a new token in the same moment; neither is refused."""
    till = shop.till()
    for turn in range(5):
        new = next_token(till, bytes([turn]) * 32)
        assert promise(till, new).status_code == 200
        with ThreadPoolExecutor(4) as threads:
            assert set(threads.map(lambda _: status_with(till, new), range(8))) == {200}  # noqa: B023
        till.http.headers["Authorization"] = f"Bearer {new}"


def test_a_revoked_till_gets_no_new_token(shop: Shop) -> None:
    """It may hand over what it sold with the token it has."""
    till = shop.till()
    shop.operator.run(lambda backend: backend.devices.revoke(shop.org_id, till.id))
    assert promise(till, next_token(till)).status_code == 403


@pytest.mark.parametrize(("idle_days", "status"), [(89, 200), (91, 401)])
def test_a_token_that_nobody_uses_expires(
    shop: Shop, database: PostgresDatabase, idle_days: int, status: int
) -> None:
    """Failure 8: after 90 days of silence a till is told to get a new code, as a problem."""
    till = shop.till()
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(
            "UPDATE device SET last_seen = %(at)s, token_at = %(at)s, enrolled_at = %(at)s"
            " WHERE device_id = %(id)s",
            {"at": wall_clock_us() - idle_days * DAY_US, "id": till.id},
        )
    answer = till.post([till.sell(NEW_ID())])
    assert answer.status_code == status
    if status == 401:
        assert answer.json()["code"] == "token_expired"
        assert status_with(till, till.identity.token) == 401
    assert limits.TOKEN_IDLE_DAYS == 90


def test_a_program_of_the_organisation_keeps_its_token(
    shop: Shop, database: PostgresDatabase
) -> None:
    """It was given by hand, and is taken by hand."""
    token = shop.operator.run(lambda backend: backend.devices.create_api_token(shop.org_id))
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("UPDATE device SET last_seen = 1, token_at = 1, enrolled_at = 1")
    till = Till(httpx.Client(base_url=shop.server.url, trust_env=False), shop.till().identity)
    with till.http:
        till.http.headers["Authorization"] = f"Bearer {token}"
        assert till.http.get("/v1/products").status_code == 200

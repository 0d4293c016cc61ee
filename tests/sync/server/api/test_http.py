"""What surrounds every request: tokens, sizes, encodings, ids, problems."""

import gzip
import json
import sys
from typing import Any

import psycopg
import pytest

from sync.protocol import limits, packing
from tests.support.postgres import PostgresDatabase
from tests.sync.server.tills import NEW_ID, Shop, client


@pytest.mark.parametrize(
    "path",
    ["/v1/me", "/v1/streams/org", "/v1/snapshot", "/v1/digests", "/v1/products", "/v1/sales"],
)
@pytest.mark.parametrize("token", ["", "nonsense", "a.b", "ä.ö", f"{'a' * 26}.{'b' * 52}"])
def test_an_unknown_token_opens_nothing(shop: Shop, path: str, token: str) -> None:
    """401 as a problem, whatever was presented."""
    with client(shop.server) as http:
        value = f"Bearer {token}".encode()
        response = http.get(path, headers={b"Authorization": value} if token else None)
    assert (response.status_code, response.json()["code"]) == (401, "token_unknown")
    assert response.headers["Content-Type"] == "application/problem+json"


def test_the_server_keeps_only_a_tokens_hash(shop: Shop, database: PostgresDatabase) -> None:
    """Who reads the database cannot act as a till."""
    till = shop.till()
    token = till.http.headers["Authorization"].removeprefix("Bearer ")
    with psycopg.connect(database.owner_url) as connection:
        stored = connection.execute("SELECT token_hash FROM device").fetchall()
    assert all(token not in str(row) for row in stored)
    assert any(row[0] and len(row[0]) == 64 for row in stored)


def test_a_revoked_till_hands_over_its_sales_and_pulls_nothing(shop: Shop) -> None:
    """What was sold is taken for 30 days; nothing goes out any more."""
    till = shop.till()
    group = till.sell(NEW_ID())
    shop.operator.run(lambda backend: backend.devices.revoke(shop.org_id, till.id))
    assert till.push(group)[0].kind == "applied"
    for path in ("/v1/streams/org", "/v1/snapshot", "/v1/products"):
        response = till.http.get(path)
        assert (response.status_code, response.json()["code"]) == (403, "device_revoked")


def test_a_till_revoked_long_ago_hands_over_nothing(shop: Shop, database: PostgresDatabase) -> None:
    """After the grace the token is dead."""
    till = shop.till()
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("UPDATE device SET revoked_at = 1 WHERE device_id = %s", (till.id,))
    assert till.post([till.sell(NEW_ID())]).status_code == 403


@pytest.mark.parametrize(("backup_at", "status"), [(1, 200), (2_600_000_000_000, 403)])
def test_a_revoked_till_delivers_again_what_a_restore_may_have_lost(
    shop: Shop, database: PostgresDatabase, backup_at: int, status: int
) -> None:
    """While the restore is open, and when its backup is from before the till's 30 days ended."""
    till = shop.till()
    restored = "UPDATE server_state SET restored_at = %s, backup_at = %s, restore_open_until = %s"
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("UPDATE device SET revoked_at = 1 WHERE device_id = %s", (till.id,))
        connection.execute(restored, (3_000_000_000_000, backup_at, 2**62))
    assert till.post([till.sell(NEW_ID())]).status_code == status


@pytest.mark.parametrize(("protocol", "status"), [("0", 426), ("1", 200), ("9", 200), ("x", 422)])
def test_a_till_too_old_for_the_server_is_told_to_update(
    shop: Shop, protocol: str, status: int
) -> None:
    """426 below the minimum; a newer till is welcome."""
    response = shop.till().http.get("/v1/me", headers={"Evertill-Protocol": protocol})
    assert response.status_code == status


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_bodies_and_answers_travel_packed(shop: Shop, encoding: str) -> None:
    """Both ways, and every answer says how a request may be packed (RFC 7694)."""
    till = shop.till()
    groups = [till.sell(NEW_ID()) for _ in range(10)]
    pushed = till.post(groups, packed=encoding)
    assert pushed.status_code == 200
    assert pushed.headers["Accept-Encoding"] == "zstd, gzip"
    with till.http.stream("GET", "/v1/sales", headers={"Accept-Encoding": encoding}) as response:
        raw = b"".join(response.iter_raw())
    assert response.headers["Content-Encoding"] == encoding
    unpacker = packing.unpacker(encoding, limits.REPLY_BYTES_MAX)
    assert len(json.loads(unpacker.feed(raw))["items"]) == 10
    assert unpacker.finished


def test_a_client_chooses_how_it_is_answered(shop: Shop) -> None:
    """zstd before gzip, nothing where nothing is allowed."""
    till = shop.till()
    till.push(*[till.sell(NEW_ID()) for _ in range(5)])
    wishes = {"gzip, zstd": "zstd", "gzip, zstd;q=0": "gzip", "identity": None, "br": None}
    for accepted, used in wishes.items():
        headers = {"Accept-Encoding": accepted}
        with till.http.stream("GET", "/v1/sales", headers=headers) as response:
            assert response.headers.get("Content-Encoding") == used


def test_a_server_without_zstd_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is optional; gzip is always taken."""
    till = shop.till()
    zstd_body = packing.pack("zstd", b"{}")
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    headers = {"Content-Type": "application/json", "Content-Encoding": "zstd"}
    refused = till.http.post("/v1/push", content=zstd_body, headers=headers)
    assert (refused.status_code, refused.headers["Accept-Encoding"]) == (415, "gzip")
    assert till.post([till.sell(NEW_ID())], packed="gzip").status_code == 200


BOMB = b" " * (200 * limits.BODY_BYTES_MAX // 10)
ZSTD = {"Content-Encoding": "zstd"}


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (gzip.compress(BOMB), {"Content-Encoding": "gzip"}, 413, "body_too_large"),
        (packing.pack("zstd", BOMB), ZSTD, 413, "body_too_large"),
        (b" " * (limits.BODY_BYTES_MAX + 1), {}, 413, "body_too_large"),
        (b"not gzip", {"Content-Encoding": "gzip"}, 400, "body_damaged"),
        (gzip.compress(b"{}")[:-9], {"Content-Encoding": "gzip"}, 400, "body_damaged"),
        (b"not zstd", ZSTD, 400, "body_damaged"),
        (packing.pack("zstd", b"{}")[:-3], ZSTD, 400, "body_damaged"),
        (b"{}", {"Content-Encoding": "br"}, 415, "encoding_unknown"),
        (b"{", {}, 422, "invalid"),
        (b"", {}, 422, "invalid"),
    ],
    ids=[
        *("gzip-bomb", "zstd-bomb", "large", "gzip-damaged", "gzip-cut", "zstd-damaged"),
        *("zstd-cut", "unknown", "half", "empty"),
    ],
)
def test_a_bad_body_is_refused_with_its_reason(
    shop: Shop, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    """Never a 500, never unbounded memory, and the connection stays good."""
    till = shop.till()
    headers = {"Content-Type": "application/json", **headers}
    response = till.http.post("/v1/push", content=body, headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert till.push(till.sell(NEW_ID()))[0].kind == "applied"


def test_a_request_keeps_its_id(shop: Shop) -> None:
    """A given id comes back; a missing or unsafe one is replaced."""
    till = shop.till()
    given = till.http.get("/healthz", headers={"X-Request-ID": "abc-1"})
    assert given.headers["X-Request-ID"] == "abc-1"
    unsafe = till.http.get("/healthz", headers={"X-Request-ID": "a b\tc"})
    assert len(unsafe.headers["X-Request-ID"]) == 36


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/v1/me", 405), ("GET", "/v1/products/x", 422)],
)
def test_every_refusal_is_a_problem(shop: Shop, method: str, path: str, status: int) -> None:
    """Also those of the framework."""
    response = shop.till().http.request(method, path)
    assert response.status_code == status
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert problem["title"]


def test_the_api_describes_itself(shop: Shop) -> None:
    """OpenAPI names the calls, their messages and the problem."""
    description = shop.till().http.get("/openapi.json").json()
    assert {"/v1/push", "/v1/streams/{stream}", "/v1/enrol"} <= description["paths"].keys()
    assert {"PushReply", "PullReply", "Problem"} <= description["components"]["schemas"].keys()
    push = description["paths"]["/v1/push"]["post"]
    schema = push["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["groups"]["items"]["required"] == ["dseq", "hash", "body"]
    assert push["security"] == description["paths"]["/v1/me"]["get"]["security"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"\xff", "body"),
        (b'{"batch_id": "x"}', "body.batch_id"),
        (b'{"groups": [{"dseq": 0}]}', "body.groups.0.dseq"),
    ],
)
def test_a_push_that_is_none_is_told_what_is_wrong(shop: Shop, body: bytes, where: str) -> None:
    """Whatever a client sends, the answer names the place, and repeats nothing of it."""
    response = shop.till().http.post("/v1/push", content=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    errors = response.json()["errors"]
    assert where in [error["where"] for error in errors]
    assert all(error.keys() == {"where", "code", "message"} for error in errors)


def test_an_old_client_is_told_to_update_before_its_push_is_read(shop: Shop) -> None:
    """426 for a protocol below the server's, also where the headers are read by hand."""
    response = shop.till().http.post("/v1/push", content=b"{", headers={"Evertill-Protocol": "0"})
    assert response.status_code == 426

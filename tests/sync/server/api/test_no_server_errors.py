"""Whatever a client sends, the server answers: no request of any shape ends in a 500."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from localdb.domain.ops import Op, body_hash
from localdb.domain.records import Product
from sync.protocol.messages import EnrolRequest, SentGroup
from sync.server.api.application import create_app
from sync.server.config import ServerConfig
from tests.sync.server.tills import NEW_ID, Shop, Till, client, edit, insert, product

EXAMPLES = 25
"""Of each call."""
DESCRIPTION = create_app(ServerConfig()).openapi()
# Valid and invalid requests in turn.
MIXED = schemathesis.Config.from_dict({"generation": {"mode": "all", "allow-x00": True}})
API = schemathesis.openapi.from_dict(DESCRIPTION, config=MIXED)

# ---------------------------------------------------------------- what the description says, or not


@pytest.fixture
def session(shop: Shop) -> Iterator[requests.Session]:
    """A connection past any proxy of this machine."""
    with requests.Session() as made:
        made.trust_env = False
        yield made


def let_in(shop: Shop) -> Till:
    """A till enrolled past the API, where the wrong codes of these tests would be in its way."""
    request = EnrolRequest(code=shop.operator.code(shop.org_id, shop.store_id))
    identity = shop.operator.run(lambda backend: backend.devices.enrol(request))
    shop.tills.append(Till(client(shop.server, identity.token), identity))
    return shop.tills[-1]


@API.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_call_ends_in_a_server_error(
    case: schemathesis.Case[Any], shop: Shop, session: requests.Session
) -> None:
    """Calls that the description allows, and calls that it does not."""
    till = shop.tills[0] if shop.tills else let_in(shop)
    headers = {"Authorization": till.http.headers["Authorization"]}
    # Most of what it makes up is below 1, and asks for an update instead of what is to be tried.
    case.headers.pop("Evertill-Protocol", None)
    response = case.call(base_url=shop.server.url, session=session, headers=headers, timeout=30)
    assert response.status_code < 500, response.text


# ---------------------------------------------------------------- what is known to be unkind

UNKIND = [
    *("", "0", "-1", "5" * 5_000, str(2**63), "9" * 19, "1e5", "NaN", "null", "true", "[]", "{}"),
    *("\x00", "%00", "\ufeff", "'", '"', "..", "x" * 3_000, "²", "٣", "\u202e", "3257812"),
    *("999999999", "ffffffff-ffff-ffff-ffff-ffffffffffff", "org", "product", "sale", "Z" * 64),
]
OPERATIONS = [
    (method, path, described)
    for path, methods in DESCRIPTION["paths"].items()
    for method, described in methods.items()
]


@pytest.mark.parametrize(
    ("method", "path", "described"), OPERATIONS, ids=[f"{m} {p}" for m, p, _ in OPERATIONS]
)
def test_no_unkind_word_ends_in_a_server_error(
    shop: Shop, method: str, path: str, described: dict[str, Any]
) -> None:
    """In each part of the path, each query and each header, for a till and for a stranger."""
    till = let_in(shop)
    parameters = [(p["in"], p["name"]) for p in described.get("parameters", [])]
    headers = [("header", name) for name in ("Authorization", "Content-Type", "X-Request-ID")]
    for place, name in [*parameters, *headers, ("header", "Accept-Encoding"), ("query", "other")]:
        for word in UNKIND:
            request = filled(path, {name: word} if place == "path" else {})
            query = {name: word} if place == "query" else {}
            said = {name: word.encode("utf-8", "replace")} if place == "header" else {}
            if b"\x00" in b"".join(said.values()):
                continue
            response = till.http.request(method, request, params=query, headers=said, content="{}")
            assert response.status_code < 500, (place, name, word[:40], response.text)


def filled(path: str, given: dict[str, str]) -> str:
    """A path with its parameters."""
    usual = {"stream": "org", "type_name": "sale", "number": "1", "kind": "products"}
    for name, value in {**usual, "id_": NEW_ID(), **given}.items():
        quoted = "".join(f"%{byte:02x}" for byte in value.encode("utf-8", "replace"))
        path = path.replace("{" + name + "}", quoted or "%20")
    return path


def nested(depth: int) -> Any:
    """A list in a list in a list."""
    found: Any = 1
    for _ in range(depth):
        found = [found]
    return found


NOT_STORABLE = {
    "null character": "a\x00b",
    "depth 300": nested(300),
    "depth 17": nested(17),
    "beyond 64 bits": 2**63,
    "5,000 digits": int("9" * 4_000),
    "not a number": float("nan"),
    "endless": float("inf"),
    "half a pair": "\ud800",
    "a name with a null": {"a\x00b": 1},
}


@pytest.mark.parametrize("value", NOT_STORABLE.values(), ids=NOT_STORABLE.keys())
def test_what_cannot_be_stored_is_refused_wherever_it_stands(shop: Shop, value: Any) -> None:
    """As a field nobody declared, as a declared one, as what was before, as a till's name."""
    till = let_in(shop)
    made = product()
    assert till.send(insert(made)).kind == "applied"
    url, match = f"/v1/products/{made.id}", {"If-Match": "1", "Content-Type": "application/json"}
    for changes in ({"unknown": value}, {"name": value}, {"a" * 65: 1}, {"x\x00": 1}):
        body = json.dumps(changes).encode()
        for method in ("PATCH", "PUT"):
            response = till.http.request(method, url, content=body, headers=match)
            assert response.status_code in (400, 422), response.text
    for ops in (
        [Op("insert", "product", made.id, values={**made.values(), "unknown": value})],
        [edit(Product, made.id, {"name": "a"}, {"name": "b", "unknown": value})],
        [edit(Product, made.id, {"name": value}, {"name": "b"})],
    ):
        assert refused(till, ops)
    enrolment = json.dumps({"code": "7K4M-Q2XP", "till_name": value}).encode()
    with client(shop.server) as http:
        response = http.post("/v1/enrol", content=enrolment, headers=match)
    assert response.status_code == 422, response.text
    assert till.push(till.sell(made.id))[0].kind == "applied"


def refused(till: Till, ops: list[Op]) -> bool:
    """Whether a group with these ops is refused as invalid, and small."""
    till.dseq += 1
    group = {
        "id": NEW_ID(), "device_id": till.id, "dseq": till.dseq, "at_us": 1, "user_id": None,
        "store_id": till.identity.store_id,
        "ops": [{name: getattr(op, name) for name in Op.__slots__} for op in ops],
    }  # fmt: skip
    body = json.dumps(group)
    (verdict,) = till.push(SentGroup(dseq=till.dseq, hash=body_hash(body), body=body))
    return (verdict.kind, verdict.code) == ("rejected", "invalid") and len(verdict.detail) < 500


@pytest.mark.parametrize(
    "path", ["/v1/push", "/v1/enrol", "/v1/reenrol", "/v1/token", "/v1/claims"]
)
@pytest.mark.parametrize(
    "body",
    [
        b"\xff",
        b"{",
        b"[]",
        b"null",
        b"1",
        b'"x"',
        b"NaN",
        b'{"a":"\\ud800"}',
        b"[" * 100_000,
        b"9" * 9_000,
    ],
)
def test_a_body_that_is_no_message_is_refused(shop: Shop, path: str, body: bytes) -> None:
    """Whatever JSON it is, or almost is."""
    headers = {"Content-Type": "application/json"}
    response = let_in(shop).http.post(path, content=body, headers=headers)
    assert response.status_code in (400, 413, 422), response.text


def test_what_nobody_declared_reaches_every_till_at_its_deepest(shop: Shop) -> None:
    """What one till may send, another can read: one bad page would stop it for good."""
    here, there = let_in(shop), let_in(shop)
    made = product()
    values = {**made.values(), "unknown": nested(15), "z" * 64: {"a": 2**63 - 1, "b": -0.5}}
    assert here.send(Op("insert", "product", made.id, values=values)).kind == "applied"
    assert there.pull_all().entries[-1].rows[0].values["unknown"] == nested(15)


def test_an_unknown_type_with_an_unkind_name_is_refused(shop: Shop) -> None:
    """It would be held, and its name noted."""
    assert refused(let_in(shop), [Op("insert", "a\x00b", NEW_ID(), values={})])

"""Re-enrolment, replacement and joining: every till ends with a run of groups of its own."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from sync.protocol.messages import EnrolReply, Me, TableHeld
from tests.sync.server.tills import NEW_ID, Shop, Till, client, insert, product


def ask(till: Till, request_id: str, after: int, reason: str = "fork") -> httpx.Response:
    """Ask for a new identity with the till's token."""
    body = {"request_id": request_id, "reason": reason, "dseq_after": after}
    return till.http.post("/v1/reenrol", json=body)


def successor(shop: Shop, till: Till, after: int, request_id: str = "") -> Till:
    """The till under its new identity."""
    response = ask(till, request_id or NEW_ID(), after)
    assert response.status_code == 200, response.text
    identity = EnrolReply.model_validate_json(response.content)
    shop.tills.append(Till(client(shop.server, identity.token), identity, dseq=after))
    return shop.tills[-1]


def me(till: Till) -> Me:
    return Me.model_validate_json(till.http.get("/v1/me").content)


def test_a_copied_till_goes_on_under_an_identity_of_its_own(shop: Shop) -> None:
    """Failure 17: both copies sell on; each group of either is taken once."""
    one = shop.till(code="T03")
    beans = product()
    one.send(insert(beans))
    one.push(one.sell(beans.id))
    copy = successor(shop, one, after=1)
    assert (copy.identity.till_code, copy.identity.dseq_after) == ("T03B", 1)
    assert copy.identity.store_code == "S01"
    assert copy.identity.replaced is not None
    assert copy.identity.replaced.device_id == one.id
    assert copy.identity.replaced.dseq_acknowledged == 2
    assert (copy.identity.replaced.sales.count, copy.identity.replaced.sales.total_minor) == (
        1,
        400,
    )
    assert [v.kind for v in copy.push(copy.sell(beans.id), copy.sell(beans.id))] == ["applied"] * 2
    assert one.push(one.sell(beans.id))[0].kind == "applied"
    assert (me(one).sales.count, me(copy).sales.count) == (2, 2)
    assert me(copy).dseq_acknowledged == 3
    replaces = shop.rows("SELECT replaces::text FROM device WHERE device_id = %s", copy.id)
    assert replaces == [(one.id,)]


def test_the_next_copy_gets_the_next_letter(shop: Shop) -> None:
    """Receipt numbers of three copies never meet."""
    one = shop.till(code="T03")
    copy = successor(shop, one, after=0)
    assert successor(shop, copy, after=0).identity.till_code == "T03C"
    assert successor(shop, one, after=0).identity.till_code == "T03D"


def test_a_lost_answer_is_asked_for_again(shop: Shop) -> None:
    """The same request gets the same device; the token that was lost is worth nothing."""
    one = shop.till()
    request_id = NEW_ID()
    lost = successor(shop, one, 0, request_id)
    again = successor(shop, one, 0, request_id)
    # The token was kept, and the program died before it took the identity.
    once_more = successor(shop, again, 0, request_id)
    assert lost.id == again.id == once_more.id
    assert lost.http.get("/v1/me").status_code == 401
    assert again.http.get("/v1/me").status_code == 401
    assert me(once_more).device_id == lost.id
    assert len(shop.rows("SELECT 1 FROM till")) == 2


def test_two_tries_at_once_make_one_device(shop: Shop) -> None:
    """A time-out that was none: both tries find the same device."""
    one = shop.till()
    request_id = NEW_ID()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ask(one, request_id, 0), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["device_id"] for answer in answers}) == 1


def test_a_request_whose_device_is_at_work_is_refused(shop: Shop) -> None:
    """A copy made while it was asking must not take the token of the one that went on."""
    one = shop.till()
    request_id = NEW_ID()
    copy = successor(shop, one, 0, request_id)
    beans = product()
    copy.send(insert(beans))
    response = ask(one, request_id, 0)
    assert (response.status_code, response.json()["code"]) == (409, "request_used")
    assert copy.push(copy.sell(beans.id))[0].kind == "applied"
    stranger = shop.till()
    assert ask(stranger, request_id, 5).json()["code"] == "request_used"


def test_a_revoked_till_gets_a_revoked_successor(shop: Shop) -> None:
    """It may hand over what it sold, and pull nothing."""
    one = shop.till()
    shop.operator.run(lambda backend: backend.devices.revoke(shop.org_id, one.id))
    copy = successor(shop, one, 0)
    assert copy.http.get("/v1/streams/org").status_code == 403
    assert copy.push(copy.sell(NEW_ID()))[0].kind == "applied"


def test_the_organisations_own_token_is_no_till(shop: Shop) -> None:
    """A program that asks is told so."""
    token = shop.operator.run(lambda backend: backend.devices.create_api_token(shop.org_id))
    with client(shop.server, token) as http:
        body = {"request_id": NEW_ID(), "reason": "fork", "dseq_after": 0}
        response = http.post("/v1/reenrol", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "not_a_till")


def test_counts_and_sums_of_what_a_device_brought(shop: Shop) -> None:
    """Each fact type is counted and summed by the group that brought it."""
    one, other = shop.till(), shop.till()
    beans = product()
    one.send(insert(beans))
    one.push(one.sell(beans.id), one.sell(beans.id, quantity_milli=2000))
    other.push(other.sell(beans.id))
    held = [TableHeld.model_validate(table) for table in one.http.get("/v1/me/tables").json()]
    figures = {table.type: (table.count, table.total) for table in held}
    assert figures["sale"] == figures["payment"] == (2, 1200)
    assert figures["stock_movement"] == (2, -3000)
    assert figures["journal_entry"] == (0, 0)


def test_a_group_without_ops_keeps_its_number(shop: Shop) -> None:
    """What a till said about a store that is not the server's has no meaning here."""
    one = shop.till()
    verdicts = one.push(one.group(), one.sell(NEW_ID()))
    assert (verdicts[0].kind, verdicts[0].numbers) == ("applied", {})
    assert verdicts[1].kind == "applied"


# ---------------------------------------------------------------- by a code


def enrol(shop: Shop, code: str, **body: Any) -> httpx.Response:
    with client(shop.server) as http:
        return http.post("/v1/enrol", json={"code": code, "till_name": "Front", **body})


def was(till: Till, **changed: Any) -> dict[str, Any]:
    """What an enrolled till says of itself."""
    return {
        "org_id": till.identity.org_id,
        "store_id": till.identity.store_id,
        "device_id": till.id,
        "enrolled": True,
        "waiting": 0,
        "currency": "EUR",
        **changed,
    }


def test_a_dead_till_is_replaced_under_its_number(shop: Shop) -> None:
    """The next series, what the server holds of the dead one, and its token is revoked."""
    dead = shop.till(code="T03")
    dead.push(dead.sell(NEW_ID()), dead.sell(NEW_ID()))
    code = shop.operator.run(
        lambda backend: backend.devices.create_code(shop.org_id, "", replaces=dead.id)
    )
    assert dead.http.get("/v1/me").status_code == 200
    reply = EnrolReply.model_validate_json(enrol(shop, code).content)
    assert (reply.till_code, reply.store_id, reply.dseq_after) == ("T03B", shop.store_id, 0)
    assert reply.replaced is not None
    assert (reply.replaced.till_code, reply.replaced.dseq_acknowledged) == ("T03", 2)
    assert (reply.replaced.sales.count, reply.replaced.sales.total_minor) == (2, 800)
    assert dead.http.get("/v1/streams/org").status_code == 403
    # Should it come back to life, what it sold still goes up.
    assert dead.push(dead.sell(NEW_ID()))[0].kind == "applied"


def test_only_a_till_that_exists_is_replaced(shop: Shop) -> None:
    """The operator is told at once."""
    with pytest.raises(Exception, match="no such till"):
        shop.operator.run(
            lambda backend: backend.devices.create_code(shop.org_id, "", replaces=NEW_ID())
        )


def test_a_lost_answer_to_an_enrolment_is_asked_for_again(shop: Shop) -> None:
    """The code is used, and still good for the request that used it."""
    code = shop.operator.code(shop.org_id, shop.store_id)
    request_id = NEW_ID()
    first = enrol(shop, code, request_id=request_id).json()
    again = enrol(shop, code, request_id=request_id).json()
    assert first["device_id"] == again["device_id"]
    assert first["token"] != again["token"]
    assert enrol(shop, code, request_id=NEW_ID()).json()["code"] == "code_used"
    with client(shop.server, again["token"]) as http:
        assert http.get("/v1/me").status_code == 200


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"org_id": NEW_ID()}, "other_organisation"),
        ({"waiting": 3}, "queue_not_empty"),
        ({"shift_open": True}, "shift_open"),
        ({"enrolled": False, "currency": "JPY"}, "currency_differs"),
    ],
)
def test_what_cannot_be_is_refused_before_the_code_is_spent(
    shop: Shop, changed: dict[str, Any], code: str
) -> None:
    """Another organisation, another store with a queue, another currency: the reason is said."""
    till = shop.till()
    elsewhere = shop.operator.store(shop.org_id, "S02")
    enrolment = shop.operator.code(shop.org_id, elsewhere)
    refused = enrol(shop, enrolment, was=was(till, **changed))
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert refused.json()["detail"]
    moved = EnrolReply.model_validate_json(enrol(shop, enrolment, was=was(till)).content)
    assert (moved.store_id, moved.store_code, moved.till_code) == (elsewhere, "S02", "T01")


def test_what_the_server_lost_of_a_till_is_asked_for_again(shop: Shop) -> None:
    """The run of a till that enrols anew goes on where the server's knowledge of it ends."""
    till = shop.till()
    till.push(till.sell(NEW_ID()), till.sell(NEW_ID()))

    def after(**changed: Any) -> int:
        code = shop.operator.code(shop.org_id, shop.store_id)
        reply = enrol(shop, code, dseq_after=5, was=was(till, waiting=2, **changed))
        return int(reply.json()["dseq_after"])

    assert after() == 2
    assert after(kept_after=4) == 4
    assert after(device_id=NEW_ID(), kept_after=1) == 1


def test_a_copy_is_not_let_in_again_as_the_till_it_was(shop: Shop) -> None:
    """Failure 17: two copies that take turns at one token would shut each other out for ever."""
    till = shop.till(code="T03")

    def renewed(token: str) -> EnrolReply:
        code = shop.operator.run(
            lambda backend: backend.devices.create_code(shop.org_id, "", renews=till.id)
        )
        token_hash = hashlib.sha256(token.encode()).hexdigest() if token else ""
        return EnrolReply.model_validate_json(
            enrol(shop, code, was=was(till, token_hash=token_hash)).content
        )

    first = till.identity.token
    expired = renewed(first)
    assert expired.device_id == till.id
    copy = renewed(first)
    assert copy.device_id != till.id
    assert (copy.till_code, copy.replaced is not None) == ("T03B", True)
    with client(shop.server, expired.token) as http:
        assert http.get("/v1/me").status_code == 200
    assert renewed(expired.token).device_id == till.id
    assert renewed("").device_id == till.id

"""What a stolen till cannot get: another till's place, more rights, or devices without end."""

import hashlib
from typing import Any

import httpx
import pytest

from localdb.domain.pin import hash_pin
from localdb.domain.records import Conflict, Setting, Store, TaxRate, User
from localdb.domain.records import Till as TillRecord
from sync.protocol import limits
from tests.sync.server.tills import NEW_ID, Shop, Till, client, edit, insert

PIN = hash_pin("4321", bytes(16))


def enrol(shop: Shop, code: str, till: Till, token: str) -> httpx.Response:
    """Use a code as somebody who says to be a till, and has this token."""
    was = {
        "org_id": shop.org_id,
        "store_id": shop.store_id,
        "device_id": till.id,
        "enrolled": True,
        "waiting": 0,
        "token_hash": hashlib.sha256(token.encode()).hexdigest() if token else "",
    }
    with client(shop.server) as http:
        return http.post("/v1/enrol", json={"code": code, "till_name": "Front", "was": was})


def reenrol(till: Till) -> httpx.Response:
    """Ask for an identity of its own with a request of its own."""
    body = {"request_id": NEW_ID(), "reason": "copied", "dseq_after": 0}
    return till.http.post("/v1/reenrol", json=body)


@pytest.mark.parametrize("has", ["no token", "another token"])
def test_a_new_tills_code_takes_no_till_over(shop: Shop, has: str) -> None:
    """Who has the code and no token of the managing till gets a plain device, beside that till."""
    office, stolen = shop.till(), shop.till(manages=None)
    code = shop.operator.code(shop.org_id, shop.store_id, manages=None)
    reply = enrol(shop, code, office, stolen.identity.token if has == "another token" else "")
    assert reply.status_code == 200
    assert reply.json()["device_id"] != office.id
    assert office.http.get("/v1/me").status_code == 200
    manages = shop.rows(
        "SELECT manages FROM device WHERE device_id = %s", reply.json()["device_id"]
    )
    assert manages == [(False,)]


def test_a_code_for_the_till_itself_needs_no_token(shop: Shop) -> None:
    """The operator names the till whose token was lost: then it is let in again."""
    till = shop.till()
    code = shop.operator.run(
        lambda backend: backend.devices.create_code(shop.org_id, "", renews=till.id)
    )
    assert enrol(shop, code, till, "").json()["device_id"] == till.id


def test_a_revoked_till_that_managed_comes_back_plain(shop: Shop) -> None:
    """Its token proves nothing any more: a code for a new till makes a plain one of it."""
    stolen = shop.till()
    shop.till()
    shop.operator.run(lambda backend: backend.devices.revoke(shop.org_id, stolen.id))
    code = shop.operator.code(shop.org_id, shop.store_id, manages=None)
    made = enrol(shop, code, stolen, stolen.identity.token).json()["device_id"]
    assert made != stolen.id
    assert shop.rows("SELECT manages FROM device WHERE device_id = %s", made) == [(False,)]


def test_one_till_becomes_few_devices_a_day(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its own token or by that of a device it became; the store's other tills go on."""
    monkeypatch.setattr(limits, "COPIES_A_DAY_MAX", 4)
    stolen, honest = shop.till(), shop.till()
    last = reenrol(stolen)
    reenrol(stolen)
    child = client(shop.server, last.json()["token"])
    body = {"request_id": NEW_ID(), "reason": "copied", "dseq_after": 0}
    assert child.post("/v1/reenrol", json=body).status_code == 200
    refused = child.post("/v1/reenrol", json={**body, "request_id": NEW_ID()})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_copies")
    assert int(refused.headers["Retry-After"]) > 0
    # A lost answer is still asked for again, and nobody else pays.
    assert child.post("/v1/reenrol", json=body).status_code in (200, 409)
    child.close()
    assert reenrol(stolen).status_code == 429
    assert reenrol(honest).status_code == 200


def test_a_live_plain_till_gets_no_management_however_it_asks(shop: Shop) -> None:
    """As an edit, a new record over an old one, in a manager's name, or as a settlement."""
    office, stolen = shop.till(), shop.till(manages=None)
    manager, cashier = (
        User(id=NEW_ID(), name=role, role=role, pin_hash=PIN) for role in ("manager", "cashier")
    )
    step = Setting(id=NEW_ID(), key="shop.cash_step_minor", value="5")
    rate = TaxRate(id=NEW_ID(), tax_class_id=NEW_ID(), name="VAT", rate_ppm=190_000)
    office.send(*map(insert, (manager, cashier, step, rate)))
    kept = [
        'SELECT name, role, pin_hash FROM "user" WHERE NOT deleted ORDER BY name',
        "SELECT value FROM setting WHERE NOT deleted",
        "SELECT rate_ppm FROM tax_rate WHERE NOT deleted",
        "SELECT timezone FROM store",
        "SELECT code, name FROM till WHERE NOT deleted ORDER BY code",
    ]
    before = [shop.rows(query) for query in kept]
    new = hash_pin("9999", bytes(16))
    ops = [
        edit(User, manager.id, {"pin_hash": PIN}, {"pin_hash": new}),
        insert(User(id=manager.id, name="manager", role="manager", pin_hash=new)),
        edit(User, cashier.id, {"role": "cashier"}, {"role": "manager"}),
        insert(User(id=NEW_ID(), name="Mallory", role="manager", pin_hash=new)),
        edit(Setting, step.id, {"value": "5"}, {"value": "1000"}),
        edit(TaxRate, rate.id, {"rate_ppm": 190_000}, {"rate_ppm": 0}),
        edit(Store, shop.store_id, {"timezone": "UTC"}, {"timezone": "Europe/Berlin"}),
        edit(TillRecord, office.id, {"name": "Front"}, {"name": "Gone"}),
    ]
    cases: list[dict[str, Any]] = [
        {"user_id": manager.id},
        {"user_id": cashier.id, "approved_by": manager.id},
        {},
    ]
    for names in cases:
        for op in ops:
            assert stolen.push(stolen.group(op, **names))[0].kind == "conflict"
    waiting = shop.rows("SELECT id::text, record_type, record_id::text FROM conflict")
    for id_, type_name, record_id in waiting:
        settling = edit(Conflict, id_, {"state": "open"}, {"state": "settled"})
        same = [op for op in ops if (op.type, op.id) == (type_name, record_id)]
        (verdict,) = stolen.push(stolen.group(settling, *same[:1], user_id=manager.id))
        assert (verdict.kind, verdict.code) == ("superseded", "not_permitted")
    assert [shop.rows(query) for query in kept] == before
    assert shop.rows("SELECT DISTINCT state, reason FROM conflict") == [("open", "plain_till")]

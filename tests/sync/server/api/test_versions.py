"""Client and server say which protocols they speak, and an operator can see it."""

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.sync.server.tills import Shop


def test_every_answer_names_the_servers_protocols(shop: Shop) -> None:
    """Also a refusal, so that a till knows what it talks to."""
    till = shop.till()
    for path in ("/v1/me", "/nowhere", "/healthz"):
        assert till.http.get(path).headers["Evertill-Protocol"] == "1-1"
    ready = till.http.get("/readyz").json()
    assert (ready["protocol_min"], ready["protocol"]) == (1, 1)


def test_what_a_till_speaks_is_noted(shop: Shop) -> None:
    """Once it changes, at once; a request that does not say changes nothing."""
    till = shop.till()
    protocols = "SELECT protocol FROM device WHERE store_id IS NOT NULL"
    for said, noted in (("1", 1), ("3", 3), (None, 3), ("2", 2)):
        headers = {"Evertill-Protocol": said} if said else {}
        assert till.http.get("/v1/me", headers=headers).status_code == 200
        assert shop.rows(protocols) == [(noted,)]


def test_a_till_that_is_too_old_is_told_what_is_needed(shop: Shop) -> None:
    """The 426 names the protocols; the line for hints refuses it the same way."""
    till = shop.till()
    answer = till.http.get("/v1/me", headers={"Evertill-Protocol": "0"})
    assert (answer.status_code, answer.json()["code"]) == (426, "update_needed")
    assert answer.json()["current"] == {"protocol_min": 1, "protocol": 1}
    headers = {"Authorization": till.http.headers["Authorization"], "Evertill-Protocol": "0"}
    address = shop.server.url.replace("http", "ws", 1) + "/v1/hints"
    with (
        pytest.raises(InvalidStatus, match="426"),
        connect(address, additional_headers=headers, proxy=None),
    ):
        pass

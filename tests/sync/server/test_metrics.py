"""What an operator can measure, and who may."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.support.postgres import PostgresDatabase
from tests.support.server import RunningServer, server_config
from tests.sync.server.test_hints import hint, listening
from tests.sync.server.tills import NEW_ID, Shop, insert, product

TOKEN = "s3cret"
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scraped(url: str, **headers: str) -> Samples:
    """Every sample of a process, by name and labels."""
    answer = httpx.get(f"{url}/metrics", headers=headers, trust_env=False)
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_what_a_process_did_can_be_read(shop: Shop, database: PostgresDatabase) -> None:
    """Requests by route and status, verdicts, hints, tills, the pool."""
    server = RunningServer(server_config(database, metrics_token=TOKEN))
    try:
        till = shop.till()
        till.http.base_url = server.url
        with listening(server.url, till) as ear:
            till.push(till.sell(NEW_ID()), till.group(insert(product())))
            hint(ear)
            till.http.get("/v1/products/x")
            till.http.get("/nowhere/at-all")
            till.http.request("BREW", "/v1/push")
            till.post([], packed="gzip")
            found = scraped(server.url, Authorization=f"Bearer {TOKEN}")
    finally:
        server.stop()
    route = ("method", "POST"), ("route", "/v1/push")
    assert found["evertill_requests_total", (*route, ("status", "200"))] == 1
    assert found["evertill_requests_total", (*route, ("status", "422"))] == 1
    assert found["evertill_request_seconds_count", route] == 2
    product_route = ("method", "GET"), ("route", "/v1/{kind}/{id_}"), ("status", "422")
    assert found["evertill_requests_total", product_route] == 1
    unknown = ("method", "any"), ("route", "unknown"), ("status", "404")
    assert found["evertill_requests_total", unknown] == 1
    assert not any("BREW" in str(labels) for _, labels in found)
    assert found["evertill_pushes_total", ()] == 1
    assert found["evertill_groups_total", (("verdict", "applied"),)] == 2
    assert found["evertill_websockets", ()] == 1
    assert found["evertill_hints_published_total", ()] == 2
    assert found["evertill_hints_delivered_total", ()] >= 1
    assert found["evertill_pool_size", ()] >= 1


def test_no_label_names_an_organisation_or_a_till(shop: Shop, database: PostgresDatabase) -> None:
    """Whoever reads the metrics learns nothing about whose shop it is."""
    server = RunningServer(server_config(database, metrics_token=TOKEN))
    till = shop.till()
    try:
        till.http.base_url = server.url
        till.push(till.sell(NEW_ID()))
        till.pull(shop.store_id)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        text = httpx.get(f"{server.url}/metrics", headers=headers, trust_env=False).text
    finally:
        server.stop()
    assert "/v1/streams/{stream}" in text
    for secret in (shop.org_id, shop.store_id, till.id):
        assert secret not in text


def test_without_a_token_metrics_answer_to_nobody(shop: Shop) -> None:
    """Behind a proxy every request comes from this machine, and a plain one says nothing of it."""
    for headers in ({}, {"Authorization": "Bearer x"}, {"X-Forwarded-For": "127.0.0.1"}):
        answer = httpx.get(f"{shop.server.url}/metrics", headers=headers, trust_env=False)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_unknown")


def test_with_a_token_metrics_ask_for_it(database: PostgresDatabase) -> None:
    """Then also on this machine, and from any other."""
    server = RunningServer(server_config(database, metrics_token=TOKEN))
    try:
        for given in ("", "Bearer", "Bearer wrong", "Bearer ä"):
            headers = {b"Authorization": given.encode()}
            answer = httpx.get(f"{server.url}/metrics", headers=headers, trust_env=False)
            assert answer.status_code == 401
        assert scraped(server.url, Authorization=f"Bearer {TOKEN}")
    finally:
        server.stop()

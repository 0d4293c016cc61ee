"""Other programs read pages and write conditionally; what they write reaches the tills."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from localdb.domain.records import Product, ShiftEvent
from tests.sync.server.tills import NEW_ID, Shop, Till, client, edit, insert, product


@pytest.fixture
def till(shop: Shop) -> Till:
    return shop.till()


@pytest.fixture
def program(shop: Shop) -> Iterator[httpx.Client]:
    """Another program with the organisation's own token."""
    token = shop.operator.run(lambda backend: backend.devices.create_api_token(shop.org_id))
    with client(shop.server, token) as http:
        yield http


def if_match(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def test_a_write_at_the_current_version_reaches_the_tills(
    till: Till, program: httpx.Client
) -> None:
    """The write is a group like any other, with the organisation's own device as its author."""
    beans = product()
    till.send(insert(beans))
    path = f"/v1/products/{beans.id}"
    read = program.get(path)
    assert read.headers["ETag"] == '"1"'
    response = program.patch(path, json={"price_minor": 450}, headers=if_match(1))
    assert response.status_code == 200
    assert (response.json()["version"], response.headers["ETag"]) == (2, '"2"')
    entry = till.pull_all().entries[-1]
    assert not entry.stub
    assert entry.rows[0].values["price_minor"] == 450


def test_a_stale_write_gets_the_current_record(till: Till, program: httpx.Client) -> None:
    """409, and what stands, so that the writer can look and decide."""
    beans = product()
    till.send(insert(beans))
    till.send(edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 450}))
    response = program.patch(
        f"/v1/products/{beans.id}", json={"price_minor": 1}, headers=if_match(1)
    )
    problem = response.json()
    assert (response.status_code, problem["code"]) == (409, "version_stale")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (problem["current"]["price_minor"], problem["current"]["version"]) == (450, 2)
    assert till.http.get(f"/v1/products/{beans.id}").json()["price_minor"] == 450


def test_a_write_without_a_version_is_refused(till: Till, program: httpx.Client) -> None:
    """Nobody overwrites what he has not read."""
    beans = product()
    till.send(insert(beans))
    path = f"/v1/products/{beans.id}"
    assert program.patch(path, json={"price_minor": 1}).status_code == 428
    assert program.patch(path, json={}, headers={"If-Match": "*"}).status_code == 422


def test_every_refused_field_is_listed(till: Till, program: httpx.Client) -> None:
    """422 names all that is wrong with a write."""
    beans = product()
    till.send(insert(beans))
    bad: dict[str, Any] = {"name": "", "price_minor": -1, "cost_minor": 1.5, "kind": "magic"}
    for send in (program.patch, program.put):
        response = send(f"/v1/products/{beans.id}", json=bad, headers=if_match(1))
        assert response.status_code == 422
        wrong = {error["where"] for error in response.json()["errors"]}
        assert bad.keys() <= wrong


def test_a_record_is_created_by_putting_it_at_version_0(till: Till, program: httpx.Client) -> None:
    """A program's own id makes a retry harmless: the second try is stale, not a second record."""
    id_ = NEW_ID()
    body = {"name": "Ada", "phone": "123"}
    created = program.put(f"/v1/customers/{id_}", json=body, headers=if_match(0))
    assert (created.status_code, created.json()["version"]) == (200, 1)
    again = program.put(f"/v1/customers/{id_}", json=body, headers=if_match(0))
    assert (again.status_code, again.json()["current"]["name"]) == (409, "Ada")
    assert till.pull_all().entries[-1].rows[0].values["name"] == "Ada"


def test_what_was_read_may_be_put_back(till: Till, program: httpx.Client) -> None:
    """A read, a change and a write keep unknown fields and store no version among the values."""
    beans = product()
    till.send(insert(beans))
    till.send(edit(Product, beans.id, {"brand": None}, {"brand": "Acme"}))
    path = f"/v1/products/{beans.id}"
    values = program.get(path).json()
    stored = program.put(path, json=values | {"note": "new"}, headers=if_match(2)).json()
    assert (stored["brand"], stored["note"], stored["version"]) == ("Acme", "new", 3)
    assert "version" not in till.pull_all().entries[-1].rows[0].values


def test_an_unknown_record_is_not_found(program: httpx.Client) -> None:
    """404 on reading and on writing."""
    path = f"/v1/products/{NEW_ID()}"
    assert program.get(path).status_code == 404
    assert program.patch(path, json={"name": "x"}, headers=if_match(1)).status_code == 404


def test_pages_go_on_by_id(till: Till, program: httpx.Client) -> None:
    """Every record once, in id order."""
    goods = [product() for _ in range(7)]
    till.send(*map(insert, goods))
    found, after = [], ""
    while True:
        page = program.get("/v1/products", params={"limit": 3, "after": after}).json()
        found += [item["id"] for item in page["items"]]
        after = page["next_after"]
        if not after:
            break
    assert found == sorted(good.id for good in goods)


def test_a_sale_is_read_with_its_parts(till: Till, program: httpx.Client) -> None:
    """The list holds the sales, one of them its lines, taxes and payments."""
    facts = till.sale(NEW_ID())
    till.send(*map(insert, facts))
    (listed,) = program.get("/v1/sales").json()["items"]
    assert listed == facts[0].values()
    sale = program.get(f"/v1/sales/{facts[0].id}").json()
    assert sale["lines"] == [facts[1].values()]
    assert sale["payments"] == [facts[2].values()]
    assert program.get(f"/v1/sales/{NEW_ID()}").status_code == 404


def test_a_shift_is_summed_up_from_its_events(till: Till, program: httpx.Client) -> None:
    """When it opened and closed, and what happened in between."""
    shift_id = NEW_ID()
    for at_us, kind in enumerate(("open", "paid_in", "close"), start=1):
        event = ShiftEvent(
            id=NEW_ID(),
            store_id=till.identity.store_id,
            device_id=till.id,
            shift_id=shift_id,
            kind=kind,
            user_id=NEW_ID(),
            at_us=at_us,
            z_number=7 if kind == "close" else 0,
        )
        till.send(insert(event))
    (listed,) = program.get("/v1/shifts").json()["items"]
    assert (listed["id"], listed["opened_at_us"], listed["closed_at_us"]) == (shift_id, 1, 3)
    shift = program.get(f"/v1/shifts/{shift_id}").json()
    assert (shift["z_number"], [event["kind"] for event in shift["events"]]) == (
        7,
        ["open", "paid_in", "close"],
    )
    assert program.get(f"/v1/shifts/{NEW_ID()}").status_code == 404


def test_a_till_reads_the_sales_and_shifts_of_its_own_store(
    shop: Shop, till: Till, program: httpx.Client
) -> None:
    """What the streams refuse it, the pages do too; the organisation's own programs see all."""
    there = shop.till(shop.operator.store(shop.org_id, "S02"))
    sold = {}
    for one in (till, there):
        facts = one.sale(NEW_ID())
        opened = ShiftEvent(
            id=NEW_ID(), store_id=one.identity.store_id, device_id=one.id, shift_id=NEW_ID(),
            kind="open", user_id=NEW_ID(), at_us=1,
        )  # fmt: skip
        one.push(one.group(*map(insert, facts)), one.group(insert(opened)))
        sold[one.id] = (facts[0].id, opened.shift_id)
    for kind, own, foreign in zip(("sales", "shifts"), sold[till.id], sold[there.id], strict=True):
        for asking, seen in ((till.http, {own}), (program, {own, foreign})):
            items = asking.get(f"/v1/{kind}").json()["items"]
            assert {item["id"] for item in items} == seen
            assert asking.get(f"/v1/{kind}/{own}").status_code == 200
            expected = 200 if foreign in seen else 404
            assert asking.get(f"/v1/{kind}/{foreign}").status_code == expected

"""The whole road: a till enrols, hands over what it did, and another one sees it."""

from localdb.domain.records import Product
from tests.sync.server.tills import Shop, edit, insert, product


def test_a_sale_and_an_edit_reach_the_other_till(shop: Shop) -> None:
    """What one till did arrives whole at another, and its own groups come back as stubs."""
    here, there = shop.till(), shop.till()
    beans = product()
    created = here.send(insert(beans))
    sold, changed = here.push(
        here.sell(beans.id),
        here.group(edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 450})),
    )
    assert [created.kind, sold.kind, changed.kind] == ["applied"] * 3
    catalogue = there.pull("org").entries
    # The store, the two tills, the product, its new price.
    assert [row.type for entry in catalogue for row in entry.rows] == [
        "store", "till", "till", "product", "product",
    ]  # fmt: skip
    assert catalogue[-1].rows[0].values["price_minor"] == 450
    assert catalogue[-1].rows[0].version == 2
    (sale,) = there.pull(shop.store_id).entries
    assert [fact.type for fact in sale.facts] == ["sale", "sale_line", "payment", "stock_movement"]
    (own,) = here.pull(shop.store_id).entries
    assert own.stub
    assert own.facts == []


def test_healthz_and_readyz_answer_without_a_token(shop: Shop) -> None:
    """Whoever watches the server needs no secret."""
    till = shop.till()
    for path in ("/healthz", "/readyz"):
        assert till.http.get(path).json()["status"] == "ok"


def test_nothing_that_the_server_says_may_be_kept_on_the_way(shop: Shop) -> None:
    """A proxy that gave a 410 again would have a till load for ever; others name customers."""
    till = shop.till()
    paths = ("/healthz", "/v1/me", "/v1/snapshot", "/nowhere", "/v1/streams/org?epoch=old&after=9")
    answers = [till.http.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 404, 410]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


def test_a_till_may_ask_for_small_pages(shop: Shop) -> None:
    """One entry at least, whatever it asks for; the rest comes with the next page."""
    there = shop.till()
    for _ in range(3):
        there.send(insert(product()))
    here = shop.till()
    path = "/v1/streams/org"
    given: dict[str, str | int] = {"epoch": here.identity.epoch, "after": 0}
    page = here.http.get(path, params={**given, "rows": 1}).json()
    assert len(page["entries"]) == 1
    assert page["head"] > 3
    assert here.http.get(path, params={**given, "rows": 0}).status_code == 422

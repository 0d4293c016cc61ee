"""A puller gets every group once, in order, and never one that is not its own to see."""

import pytest

from localdb.domain.records import Setting
from sync.protocol import limits
from tests.sync.server.tills import NEW_ID, Shop, edit, insert, product


def setting(number: int) -> Setting:
    return Setting(id=NEW_ID(), key=f"key {number}", value="x")


def test_pages_end_at_the_entry_limit_and_go_on(shop: Shop) -> None:
    """Failure 3: no entry is skipped between pages and none comes twice."""
    here, there = shop.till(), shop.till()
    count = limits.PAGE_ENTRIES_MAX + 10
    groups = [here.group(insert(setting(n))) for n in range(count)]
    for start in range(0, count, limits.BATCH_GROUPS_MAX):
        here.push(*groups[start : start + limits.BATCH_GROUPS_MAX])
    head = there.pull().head
    assert len(there.pull().entries) == limits.PAGE_ENTRIES_MAX
    whole = there.pull_all()
    assert len(whole.entries) == head
    keys = [row.values["key"] for entry in whole.entries for row in entry.rows[-1:]
            if row.type == "setting"]  # fmt: skip
    assert keys == [f"key {n}" for n in range(count)]


def test_a_page_ends_at_the_row_limit_but_never_inside_a_group(shop: Shop) -> None:
    """Groups come whole; the page closes after the one that fills it."""
    here, there = shop.till(), shop.till()
    start = there.pull().head
    rows = limits.PAGE_ROWS_MAX // 4
    for _ in range(6):
        here.send(*(insert(setting(n)) for n in range(rows)))
    page = there.pull(after=start)
    assert [len(entry.rows) for entry in page.entries] == [rows] * 4
    assert len(there.pull_all(after=start).entries) == 6


def test_references_come_back_to_their_own_till(shop: Shop) -> None:
    """A till needs the server's image of what it edited; only its facts are left out."""
    till = shop.till()
    till.send(insert(product()), *map(insert, till.sale(NEW_ID())))
    own = till.pull_all().entries[-1]
    assert own.stub
    assert [row.type for row in own.rows] == ["product"]


@pytest.mark.parametrize("after", [99, 2**40])
def test_a_cursor_ahead_of_the_stream_is_expired(shop: Shop, after: int) -> None:
    """A server restored from a backup never claims that nothing happened."""
    till = shop.till()
    params: dict[str, str | int] = {"epoch": till.identity.epoch, "after": after}
    response = till.http.get("/v1/streams/org", params=params)
    assert (response.status_code, response.json()["code"]) == (410, "cursor_expired")


def test_a_cursor_of_another_epoch_is_expired(shop: Shop) -> None:
    """Numbers of the database before its restore mean nothing."""
    till = shop.till()
    response = till.http.get("/v1/streams/org", params={"epoch": NEW_ID(), "after": 0})
    assert response.status_code == 410


def test_a_stream_of_another_store_is_forbidden(shop: Shop) -> None:
    """A till follows its organisation and its own store."""
    till = shop.till()
    other = shop.operator.store(shop.org_id, "S02")
    response = till.http.get(f"/v1/streams/{other}", params={"after": 0})
    assert (response.status_code, response.json()["code"]) == (403, "stream_forbidden")


def test_a_contradiction_reaches_every_till(shop: Shop) -> None:
    """The conflict goes through the organisation's stream, with the image that stands."""
    here, there, third = shop.till(), shop.till(), shop.till()
    beans = product()
    here.send(insert(beans))
    change = {"price_minor": 400}
    here.send(edit(type(beans), beans.id, change, {"price_minor": 450}))
    assert there.send(edit(type(beans), beans.id, change, {"price_minor": 500})).kind == "conflict"
    entry = third.pull_all().entries[-1]
    images = {row.type: row.values for row in entry.rows}
    assert images["product"]["price_minor"] == 450
    assert images["conflict"]["state"] == "open"

"""What a restored server lost of one till comes back from another, once and as the first one's."""

from typing import Any

import pytest

from localdb.domain.ops import Group, body_hash, decode, encode
from localdb.domain.records import Product
from sync.protocol.messages import Me, SentGroup
from tests.sync.server.core.test_snapshots import heads
from tests.sync.server.core.test_stock import forget_the_log, keep, whole_stock
from tests.sync.server.tills import NEW_ID, Shop, Till, edit, insert, product

BEANS = NEW_ID()


def give_back(till: Till, *groups: SentGroup) -> int:
    """Hand groups over; how many were news."""
    message = {"groups": [group.model_dump() for group in groups]}
    response = till.http.post("/v1/found", json=message)
    assert response.status_code == 200, response.text
    return int(response.json()["taken"])


def delivered(till: Till, *devices: str) -> dict[str, int]:
    """How far devices have delivered, as a till is told."""
    response = till.http.post("/v1/runs", json={"device_ids": devices})
    assert response.status_code == 200, response.text
    found: dict[str, int] = response.json()["acknowledged"]
    return found


def only(group: SentGroup, *types: str) -> SentGroup:
    """A group with the facts of some types alone."""
    read = decode(group.body)
    ops = tuple(op for op in read.ops if op.type in types)
    return sent(read, ops=ops)


def sent(group: Group, **changes: Any) -> SentGroup:
    values = {name: getattr(group, name) for name in Group.__slots__} | changes
    body = encode(Group(**values))
    return SentGroup(dseq=values["dseq"], hash=body_hash(body), body=body)


def me(till: Till) -> Me:
    return Me.model_validate_json(till.http.get("/v1/me").content)


def shown(shop: Shop) -> dict[str, int]:
    """What a till that loads now gets of the stock."""
    fresh = shop.till()
    heads(fresh)
    keep(shop)
    return dict(whole_stock(fresh).levels)


def test_a_sale_comes_back_from_another_till(shop: Shop) -> None:
    """Failure 18: its own till is gone; every till gets it, counted as the gone one's, once."""
    gone, giver, third = shop.till(), shop.till(), shop.till()
    lost = gone.sell(BEANS)
    assert delivered(giver, gone.id, NEW_ID()) == {gone.id: 0}
    assert give_back(giver, lost) == 1
    assert give_back(third, lost) == 0
    (entry,) = third.pull_all(shop.store_id).entries
    assert (entry.device_id, entry.dseq) == (gone.id, 1)
    assert [fact.type for fact in entry.facts] == ["sale", "sale_line", "payment", "stock_movement"]
    assert (me(gone).sales.count, me(gone).sales.total_minor) == (1, 400)
    assert me(giver).sales.count == 0
    assert shown(shop) == {BEANS: -1000}


def test_the_first_till_comes_after_all(shop: Shop) -> None:
    """Its group is applied, and what was given back of it is not stored, shown or counted again.

    The verdict names the place that the facts have: a load from after it has counted them.
    """
    slow, giver = shop.till(), shop.till()
    first, second = slow.sell(BEANS), slow.sell(BEANS)
    assert give_back(giver, only(first, "sale", "sale_line"), second) == 2
    verdicts = slow.push(first, second)
    assert [verdict.kind for verdict in verdicts] == ["applied", "applied"]
    assert [verdict.numbers for verdict in verdicts] == [{shop.store_id: 3}, {shop.store_id: 2}]
    entries = giver.pull_all(shop.store_id).entries
    ids = [fact.values["id"] for entry in entries for fact in entry.facts]
    assert [entry.dseq for entry in entries] == [1, 2, 1]
    assert len(ids) == len(set(ids)) == 8
    assert me(slow).sales.count == 2
    assert me(slow).dseq_acknowledged == 2
    assert shown(shop) == {BEANS: -2000}
    assert slow.push(first, second) == verdicts


def test_the_first_till_comes_when_the_log_is_pruned(shop: Shop) -> None:
    """A load from after that has counted what was given back: the verdict says so all the same."""
    slow, giver = shop.till(), shop.till()
    group = slow.sell(BEANS)
    assert give_back(giver, group) == 1
    keep(shop)
    forget_the_log(shop, 1)
    (verdict,) = slow.push(group)
    assert verdict.numbers == {shop.store_id: 1}
    assert shown(shop) == {BEANS: -1000}


def test_a_number_that_was_used_again_counts_both(shop: Shop) -> None:
    """Its till was restored to before what others gave back: two groups, each in its own entry."""
    restored, giver = shop.till(), shop.till()
    lost = restored.sell(BEANS)
    restored.dseq = 0
    again = restored.sell(BEANS, quantity_milli=2000)
    fresh = shop.till()
    heads(fresh)
    keep(shop)
    assert give_back(giver, lost) == 1
    (verdict,) = restored.push(again)
    assert verdict.kind == "applied"
    heads(fresh)
    assert dict(whole_stock(fresh).levels) == {BEANS: -3000}
    came = [len(entry.facts) for entry in giver.pull_all(shop.store_id).entries]
    assert came == [4, 4]


def test_a_group_comes_back_in_parts(shop: Shop) -> None:
    """Two tills and then the first one bring parts of it: each fact enters the stream once.

    The first till's load stands at the parts that were there then, and a fresh one at all.
    """
    slow, giver, third = shop.till(), shop.till(), shop.till()
    bread = NEW_ID()
    facts = [*slow.sale(BEANS), *slow.sale(bread)]
    movements = [fact for fact in facts if fact.TYPE == "stock_movement"]
    whole = slow.group(*map(insert, facts))
    read = decode(whole.body)
    left, right = (
        sent(read, ops=tuple(op for op in read.ops if op.id == one.id)) for one in movements
    )
    assert give_back(giver, left) == give_back(third, right) == 1
    keep(shop)
    (verdict,) = slow.push(whole)
    assert verdict.numbers == {shop.store_id: 2}
    entries = giver.pull_all(shop.store_id).entries
    came = [[fact.values["id"] for fact in entry.facts] for entry in entries]
    assert [len(ids) for ids in came] == [1, 1, len(facts) - 2]
    assert len({id_ for ids in came for id_ in ids}) == len(facts)
    assert shown(shop) == {BEANS: -1000, bread: -1000}


def test_a_group_with_an_edit_is_applied_beside_what_was_given_back(shop: Shop) -> None:
    """Only facts are given back; the edits of the group come with the till that made them."""
    slow, giver = shop.till(), shop.till()
    beans = product()
    giver.send(insert(beans))
    change = edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 450})
    group = slow.group(*map(insert, slow.sale(beans.id)), change)
    assert give_back(giver, only(group, "sale", "sale_line", "payment", "stock_movement")) == 1
    (verdict,) = slow.push(group)
    assert verdict.kind == "applied"
    assert shop.rows("SELECT price_minor FROM product") == [(450,)]
    assert len(giver.pull_all(shop.store_id).entries) == 1
    assert shown(shop)[beans.id] == -1000


def test_what_was_delivered_meanwhile_is_passed_over(shop: Shop) -> None:
    """The till that rang it was faster: nothing is stored again."""
    quick, giver = shop.till(), shop.till()
    group = quick.sell(BEANS)
    quick.push(group)
    assert give_back(giver, group) == 0
    assert len(giver.pull_all(shop.store_id).entries) == 1


def test_a_till_the_server_has_forgotten(shop: Shop) -> None:
    """It was enrolled after the backup: its sales are kept under the id that it had."""
    gone, giver = shop.till(), shop.till()
    forgotten = NEW_ID()
    group = sent(decode(gone.sell(BEANS).body), device_id=forgotten)
    assert delivered(giver, forgotten) == {}
    assert give_back(giver, group) == 1
    (entry,) = giver.pull_all(shop.store_id).entries
    assert entry.device_id == forgotten


@pytest.mark.parametrize("what", ["reference", "store", "own", "hash", "text"])
def test_what_no_till_can_have_pulled_is_not_taken(shop: Shop, what: str) -> None:
    """It is passed over, and what comes with it is taken all the same."""
    gone, giver = shop.till(), shop.till()
    good, bad = gone.sell(BEANS), gone.sell(BEANS)
    match what:
        case "reference":
            bad = gone.group(insert(product()), dseq=2)
        case "store":
            bad = sent(decode(bad.body), store_id=NEW_ID())
        case "own":
            bad = giver.sell(BEANS)
        case "hash":
            bad = bad.model_copy(update={"hash": "0" * 64})
        case "text":
            bad = SentGroup(dseq=2, hash=body_hash("{"), body="{")
    assert give_back(giver, bad, good) == 1
    assert shop.rows("SELECT count(*) FROM sale") == [(1,)]
    assert shop.rows("SELECT count(*) FROM product") == [(0,)]

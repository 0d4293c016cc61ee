"""What a restored server lost of one till comes back from another, once and as the first one's."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from localdb.domain.ops import Group, body_hash, decode, encode
from localdb.domain.records import Product
from sync.protocol.messages import Me, SentGroup
from sync.server.backend import wall_clock_us
from sync.server.core.handed_over import GROUPS_A_DAY_MAX
from tests.sync.server.core.test_snapshots import heads
from tests.sync.server.core.test_stock import forget_the_log, keep, whole_stock
from tests.sync.server.tills import NEW_ID, Shop, Till, edit, insert, product

BEANS = NEW_ID()
FACTS_OF_A_SALE = ["sale", "sale_line", "payment", "stock_movement", "journal_entry"]
HOUR_US = 3_600_000_000


def declare(
    shop: Shop, *, at_us: int | None = None, since_us: int = 0, open_us: int = HOUR_US
) -> None:
    """Note a restore, without the new epoch that would expire the cursors here."""
    at = wall_clock_us() + HOUR_US if at_us is None else at_us
    with psycopg.connect(shop.operator.config.owner_url.get_secret_value()) as connection:
        connection.execute(
            "UPDATE server_state SET restored_at = %s, backup_at = %s, restore_open_until = %s",
            (at, at - since_us, wall_clock_us() + open_us),
        )


@pytest.fixture(autouse=True)
def restored(shop: Shop) -> Iterator[None]:
    """A restore is declared and open, and every till here was enrolled before."""
    declare(shop)
    yield
    declare(shop, open_us=-1)


def rung(till: Till, product_id: str = BEANS, **changes: Any) -> SentGroup:
    """The group of one sale, with its journal entry."""
    return till.group(*map(insert, till.journaled(till.sale(product_id, **changes))))


def refused(till: Till, *groups: SentGroup) -> tuple[int, int]:
    """Hand groups over; how many were taken and refused."""
    message = {"groups": [group.model_dump() for group in groups]}
    reply = till.http.post("/v1/found", json=message).json()
    return reply["taken"], reply["refused"]


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
    lost = rung(gone, BEANS)
    assert delivered(giver, gone.id, NEW_ID()) == {gone.id: 0}
    assert give_back(giver, lost) == 1
    assert give_back(third, lost) == 0
    (entry,) = third.pull_all(shop.store_id).entries
    assert (entry.device_id, entry.dseq) == (gone.id, 1)
    assert [fact.type for fact in entry.facts] == FACTS_OF_A_SALE
    assert entry.given_by == giver.id
    assert (me(gone).sales.count, me(gone).sales.total_minor) == (1, 400)
    assert me(giver).sales.count == 0
    assert shown(shop) == {BEANS: -1000}


def test_the_first_till_comes_after_all(shop: Shop) -> None:
    """Its group is applied, and what was given back of it is not stored, shown or counted again.

    The verdict names the place that the facts have: a load from after it has counted them.
    """
    slow, giver = shop.till(), shop.till()
    first, second = rung(slow, BEANS), rung(slow, BEANS)
    assert give_back(giver, only(first, "sale", "sale_line", "journal_entry"), second) == 2
    verdicts = slow.push(first, second)
    assert [verdict.kind for verdict in verdicts] == ["applied", "applied"]
    assert [verdict.numbers for verdict in verdicts] == [{shop.store_id: 3}, {shop.store_id: 2}]
    entries = giver.pull_all(shop.store_id).entries
    ids = [fact.values["id"] for entry in entries for fact in entry.facts]
    assert [entry.dseq for entry in entries] == [1, 2, 1]
    assert len(ids) == len(set(ids)) == 10
    assert me(slow).sales.count == 2
    assert me(slow).dseq_acknowledged == 2
    assert shown(shop) == {BEANS: -2000}
    assert slow.push(first, second) == verdicts


def test_the_first_till_comes_when_the_log_is_pruned(shop: Shop) -> None:
    """A load from after that has counted what was given back: the verdict says so all the same."""
    slow, giver = shop.till(), shop.till()
    group = rung(slow, BEANS)
    assert give_back(giver, group) == 1
    keep(shop)
    forget_the_log(shop, 1)
    (verdict,) = slow.push(group)
    assert verdict.numbers == {shop.store_id: 1}
    assert shown(shop) == {BEANS: -1000}


def test_a_number_that_was_used_again_counts_both(shop: Shop) -> None:
    """Its till was restored to before what others gave back: two groups, each in its own entry."""
    restored, giver = shop.till(), shop.till()
    lost = rung(restored, BEANS)
    restored.dseq = 0
    restored.journal.clear()
    again = rung(restored, BEANS, quantity_milli=2000)
    fresh = shop.till()
    heads(fresh)
    keep(shop)
    assert give_back(giver, lost) == 1
    (verdict,) = restored.push(again)
    assert verdict.kind == "applied"
    heads(fresh)
    assert dict(whole_stock(fresh).levels) == {BEANS: -3000}
    came = [len(entry.facts) for entry in giver.pull_all(shop.store_id).entries]
    assert came == [5, 5]


def test_a_group_comes_back_in_parts(shop: Shop) -> None:
    """Two tills and then the first one bring parts of it: each fact enters the stream once.

    The first till's load stands at the parts that were there then, and a fresh one at all.
    """
    slow, giver, third = shop.till(), shop.till(), shop.till()
    bread = NEW_ID()
    facts = [*slow.journaled(slow.sale(BEANS)), *slow.journaled(slow.sale(bread))]
    movements = [fact for fact in facts if fact.TYPE == "stock_movement"]
    whole = slow.group(*map(insert, facts))
    read = decode(whole.body)
    entries = tuple(op for op in read.ops if op.type == "journal_entry")
    parts = [tuple(op for op in read.ops if op.id == movement.id) for movement in movements]
    left, right = sent(read, ops=parts[0] + entries), sent(read, ops=parts[1])
    assert give_back(giver, left) == give_back(third, right) == 1
    keep(shop)
    (verdict,) = slow.push(whole)
    assert verdict.numbers == {shop.store_id: 2}
    pulled = giver.pull_all(shop.store_id).entries
    came = [[fact.values["id"] for fact in entry.facts] for entry in pulled]
    assert [len(ids) for ids in came] == [3, 1, len(facts) - 4]
    assert len({id_ for ids in came for id_ in ids}) == len(facts)
    assert shown(shop) == {BEANS: -1000, bread: -1000}


def test_a_group_with_an_edit_is_applied_beside_what_was_given_back(shop: Shop) -> None:
    """Only facts are given back; the edits of the group come with the till that made them."""
    slow, giver = shop.till(), shop.till()
    beans = product()
    giver.send(insert(beans))
    change = edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 450})
    group = slow.group(*map(insert, slow.journaled(slow.sale(beans.id))), change)
    assert give_back(giver, only(group, *FACTS_OF_A_SALE)) == 1
    (verdict,) = slow.push(group)
    assert verdict.kind == "applied"
    assert shop.rows("SELECT price_minor FROM product") == [(450,)]
    assert len(giver.pull_all(shop.store_id).entries) == 1
    assert shown(shop)[beans.id] == -1000


def test_what_was_delivered_meanwhile_is_passed_over(shop: Shop) -> None:
    """The till that rang it was faster: nothing is stored again."""
    quick, giver = shop.till(), shop.till()
    group = rung(quick, BEANS)
    quick.push(group)
    assert give_back(giver, group) == 0
    assert len(giver.pull_all(shop.store_id).entries) == 1


def test_a_till_the_server_has_forgotten(shop: Shop) -> None:
    """It was enrolled after the backup: its sales are kept under the id that it had."""
    gone, giver = shop.till(), shop.till()
    forgotten = NEW_ID()
    group = sent(decode(rung(gone, BEANS).body), device_id=forgotten)
    assert delivered(giver, forgotten) == {}
    assert give_back(giver, group) == 1
    (entry,) = giver.pull_all(shop.store_id).entries
    assert entry.device_id == forgotten


@pytest.mark.parametrize("what", ["reference", "store", "own", "hash", "text"])
def test_what_no_till_can_have_pulled_is_not_taken(shop: Shop, what: str) -> None:
    """It is passed over, and what comes with it is taken all the same."""
    gone, giver = shop.till(), shop.till()
    good, bad = rung(gone, BEANS), rung(gone, BEANS)
    match what:
        case "reference":
            bad = gone.group(insert(product()), dseq=2)
        case "store":
            bad = sent(decode(bad.body), store_id=NEW_ID())
        case "own":
            bad = rung(giver, BEANS)
        case "hash":
            bad = bad.model_copy(update={"hash": "0" * 64})
        case "text":
            bad = SentGroup(dseq=2, hash=body_hash("{"), body="{")
    assert give_back(giver, bad, good) == 1
    assert shop.rows("SELECT count(*) FROM sale") == [(1,)]
    assert shop.rows("SELECT count(*) FROM product") == [(0,)]


# ---------------------------------------------------------------- what a hostile till tries


def changed(group: SentGroup, type_name: str, **values: Any) -> SentGroup:
    """The group with other values in its facts of a type."""
    read = decode(group.body)
    ops = tuple(
        replace(op, values={**(op.values or {}), **values}) if op.type == type_name else op
        for op in read.ops
    )
    return sent(read, ops=ops)


def nothing_came(shop: Shop) -> bool:
    """Whether no fact and no entry of the store's stream is there."""
    counts = shop.rows(
        "SELECT (SELECT count(*) FROM sale), (SELECT count(*) FROM journal_entry),"
        " (SELECT count(*) FROM change_log WHERE stream <> 'org')"
    )
    return counts == [(0, 0, 0)]


@pytest.mark.parametrize("open_us", [-1, None])
def test_without_an_open_restore_nothing_is_taken(shop: Shop, open_us: int | None) -> None:
    """No till can speak for its neighbour: none was declared, or it is over."""
    gone, giver = shop.till(), shop.till()
    if open_us is None:
        with psycopg.connect(shop.operator.config.owner_url.get_secret_value()) as connection:
            connection.execute("UPDATE server_state SET restored_at = NULL")
    else:
        declare(shop, open_us=open_us)
    assert refused(giver, rung(gone)) == (0, 1)
    assert nothing_came(shop)


def test_a_device_of_another_store_is_refused(shop: Shop) -> None:
    """Neither its sales nor its journal head change, and nobody is told how far it is."""
    giver, elsewhere = shop.till(), shop.till(shop.operator.store(shop.org_id))
    group = sent(decode(rung(elsewhere).body), store_id=shop.store_id)
    for type_name in FACTS_OF_A_SALE:
        group = changed(group, type_name, store_id=shop.store_id)
    assert refused(giver, group) == (0, 1)
    assert delivered(giver, elsewhere.id) == {}
    assert (me(elsewhere).sales.count, me(elsewhere).journal_head) == (0, "")
    named = changed(rung(shop.till()), "sale", device_id=elsewhere.id)
    assert refused(giver, named) == (0, 1)
    assert nothing_came(shop)


def test_a_device_that_came_after_the_restore_has_lost_nothing(shop: Shop) -> None:
    """So nobody can be driven from one identity into the next."""
    giver = shop.till()
    declare(shop, at_us=wall_clock_us())
    new = shop.till()
    assert refused(giver, rung(new)) == (0, 1)
    assert nothing_came(shop)


def test_more_than_the_restore_can_have_lost_is_refused(shop: Shop) -> None:
    """A number beyond what fits between backup and restore, on a known device and an unknown."""
    gone, giver = shop.till(), shop.till()
    whole = decode(rung(gone).body)
    most = 2 * GROUPS_A_DAY_MAX
    assert refused(giver, sent(whole, dseq=most + 1)) == (0, 1)
    assert refused(giver, sent(whole, dseq=most + 1, device_id=NEW_ID())) == (0, 1)
    assert refused(giver, changed(sent(whole), "journal_entry", seq=2**63 - 1)) == (0, 1)
    assert nothing_came(shop)
    assert refused(giver, sent(whole, dseq=most)) == (1, 0)


@pytest.mark.parametrize(
    ("type_name", "values"),
    [
        ("sale", {"total_minor": 40}),
        ("sale", {"receipt_number": "S01-T01-000009"}),
        ("payment", {"sale_id": NEW_ID()}),
        ("payment", {"method": "cash"}),
        ("journal_entry", {"payload": "{}"}),
        ("journal_entry", {"payload": "[1]"}),
        ("journal_entry", {"payload": "{"}),
        ("journal_entry", {"hash": "0" * 64}),
        ("journal_entry", {"at_us": 1}),
    ],
)
def test_what_the_journal_contradicts_is_refused(
    shop: Shop, type_name: str, values: dict[str, Any]
) -> None:
    """A sale that was changed on the way, or an entry that is not what was hashed."""
    gone, giver = shop.till(), shop.till()
    whole = rung(gone)
    assert refused(giver, changed(whole, type_name, **values)) == (0, 1)
    assert nothing_came(shop)
    assert refused(giver, whole) == (1, 0)


def test_a_sale_that_no_journal_entry_speaks_of_is_refused(shop: Shop) -> None:
    """A till writes none without."""
    gone, giver = shop.till(), shop.till()
    assert refused(giver, only(rung(gone), "sale", "sale_line", "payment")) == (0, 1)
    assert refused(giver, only(rung(gone), "stock_movement")) == (0, 1)
    assert nothing_came(shop)


def test_a_chain_that_does_not_follow_is_refused(shop: Shop) -> None:
    """From the last entry that the server holds on, each must cite the one before it."""
    gone, giver = shop.till(), shop.till()
    gone.push(rung(gone))
    kept, head = list(gone.journal), me(gone).journal_head
    gone.journal[-1] = replace(gone.journal[-1], hash="1" * 64)
    forged = rung(gone)
    gone.journal, gone.dseq = [], 1
    second_first = rung(gone)
    assert refused(giver, forged, second_first) == (0, 2)
    assert me(gone).journal_head == head
    gone.journal, gone.dseq = kept, 1
    assert refused(giver, rung(gone), rung(gone)) == (2, 0)
    # What it delivered ends where it did.
    assert me(gone).journal_head == head


def test_a_forged_group_does_not_let_the_next_follow_from_it(shop: Shop) -> None:
    """What was refused is no evidence for what comes in the same request."""
    gone, giver = shop.till(), shop.till()
    first = rung(gone)
    forged = changed(first, "sale", total_minor=1)
    assert refused(giver, forged, first) == (1, 1)
    assert shop.rows("SELECT total_minor FROM sale") == [(400,)]


def test_a_sum_beyond_every_column_is_still_an_answer(shop: Shop) -> None:
    """`/v1/me` counts what a till pushed, however unreal it is."""
    till = shop.till()
    till.push(rung(till, total_minor=10**15))
    shop.rows(
        "INSERT INTO sale SELECT (jsonb_populate_record(s,"
        " jsonb_build_object('id', gen_random_uuid()))).*"
        " FROM sale s, generate_series(1, 9999) RETURNING 1"
    )
    assert me(till).sales.total_minor == 10**19
    assert till.http.get("/v1/me/tables").status_code == 200

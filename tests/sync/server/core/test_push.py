"""Each group is applied exactly once, gets one verdict, and holds up nobody."""

import json
from typing import Any

import pytest

from localdb.domain.ops import Op
from localdb.domain.records import (
    Barcode,
    Category,
    Conflict,
    JournalEntry,
    Product,
    SaleLine,
    Setting,
    ShiftEvent,
)
from sync.protocol.messages import SentGroup
from tests.sync.server.tills import NEW_ID, Shop, barcode, edit, insert, poison, product


def test_a_lost_response_makes_no_second_sale(shop: Shop) -> None:
    """Failure 10: the same group again gets the recorded verdict, and one sale is stored."""
    till = shop.till()
    sale = till.sell(NEW_ID())
    first = till.push(sale)
    assert till.push(sale) == first
    assert first[0].numbers == {shop.store_id: 1}
    assert shop.rows("SELECT count(*) FROM sale") == [(1,)]


def test_a_quantity_arrives_as_it_was_sold(shop: Shop) -> None:
    """Failures 23 and 24: the server stores what the till recorded and computes nothing anew."""
    till = shop.till()
    facts = till.sale(NEW_ID(), quantity_milli=4000, tax_minor=63, note="späť")
    till.send(*map(insert, facts))
    ((quantity,),) = shop.rows("SELECT quantity_milli FROM sale_line")
    ((tax, note, total),) = shop.rows("SELECT tax_minor, note, total_minor FROM sale")
    assert (quantity, tax, note, total) == (4000, 63, "späť", 1600)


def test_two_receipts_with_one_number_are_both_kept(shop: Shop) -> None:
    """Failure 30: a number printed twice stands twice."""
    for till in (shop.till(), shop.till()):
        assert till.push(till.sell(NEW_ID(), receipt_number="S01-T01-000001"))[0].kind == "applied"
    assert shop.rows("SELECT count(*) FROM sale") == [(2,)]


def test_a_clone_is_found_and_nothing_of_it_is_swallowed(shop: Shop) -> None:
    """Failure 17: another group under a stored number is a fork, and what follows it waits."""
    till = shop.till()
    till.push(till.sell(NEW_ID()), till.sell(NEW_ID()))
    clone = [till.group(*map(insert, till.sale(NEW_ID())), dseq=n) for n in (2, 3)]
    verdicts = till.push(*clone)
    assert [(verdict.dseq, verdict.kind) for verdict in verdicts] == [(2, "fork")]
    assert shop.rows("SELECT count(*) FROM sale") == [(2,)]


def test_a_gap_is_refused_with_the_number_expected(shop: Shop) -> None:
    """Groups go strictly in order; a till that was ahead of a restored server learns from where."""
    till = shop.till()
    till.push(till.sell(NEW_ID()))
    response = till.post([till.group(*map(insert, till.sale(NEW_ID())), dseq=5)])
    assert response.status_code == 409
    assert response.json()["code"] == "dseq_gap"
    assert response.json()["current"] == {"dseq_expected": 2}


def test_a_poisoned_group_holds_nobody_up(shop: Shop) -> None:
    """Failures 4 and 7: one group is refused with its reasons and the 49 behind it go up."""
    till = shop.till()
    bad = till.group(*map(insert, till.sale(NEW_ID())), Op("insert", "product", NEW_ID()))
    verdicts = till.push(bad, *(till.sell(NEW_ID()) for _ in range(49)))
    assert [verdict.kind for verdict in verdicts] == ["rejected"] + ["applied"] * 49
    assert verdicts[0].code == "invalid"
    assert "ops.4.values" in verdicts[0].detail
    assert shop.rows("SELECT count(*) FROM sale") == [(49,)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"device_id": NEW_ID()}, "wrong_device"),
        ({"store_id": NEW_ID()}, "wrong_store"),
    ],
)
def test_a_group_of_somebody_else_is_rejected(
    shop: Shop, changes: dict[str, Any], code: str
) -> None:
    """A till speaks for itself and its own store alone."""
    till = shop.till()
    verdict = till.push(till.group(insert(product()), **changes))[0]
    assert (verdict.kind, verdict.code) == ("rejected", code)


def test_a_body_under_another_number_is_rejected(shop: Shop) -> None:
    """The number a group was sent under is the one inside it."""
    till = shop.till()
    body = till.group(insert(product()), dseq=7)
    verdict = till.push(SentGroup(dseq=1, hash=body.hash, body=body.body))[0]
    assert (verdict.kind, verdict.code) == ("rejected", "wrong_dseq")


def test_a_damaged_body_is_rejected(shop: Shop) -> None:
    """What was hashed is what arrives."""
    till = shop.till()
    group = till.group(insert(product()))
    verdict = till.push(group.model_copy(update={"body": group.body + " "}))[0]
    assert (verdict.kind, verdict.code) == ("rejected", "hash_mismatch")


def test_a_fact_of_another_store_is_rejected(shop: Shop) -> None:
    """A sale cannot be written into a stream that its till does not own."""
    till = shop.till()
    other = [fact.values() | {"store_id": NEW_ID()} for fact in till.sale(NEW_ID())]
    ops = [Op("insert", "sale", values["id"], values=values) for values in other[:1]]
    verdict = till.send(*ops)
    assert (verdict.kind, verdict.code) == ("rejected", "wrong_store")


def test_only_the_server_raises_a_conflict(shop: Shop) -> None:
    """A till may settle a contradiction, never invent one."""
    here, there = shop.till(), shop.till()
    beans = product()
    here.send(insert(beans))
    here.send(edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 450}))
    there.send(edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 500}))
    image = there.pull_all().entries[-1].rows[0]
    assert image.type == "conflict"
    values = image.values | {"id": NEW_ID()}
    verdict = here.send(Op("insert", "conflict", values["id"], values=values))
    assert (verdict.kind, verdict.code) == ("rejected", "server_only")


def test_what_cannot_be_applied_is_held_and_the_others_go_on(shop: Shop) -> None:
    """Failure 4, for the unexpected: the body is stored, the batch around it is applied."""
    till = shop.till()
    owner_url = shop.operator.config.owner_url.get_secret_value()
    strange = product().values() | poison(owner_url)
    before = till.sell(NEW_ID())
    held = till.group(Op("insert", "product", strange["id"], values=strange))
    verdicts = till.push(before, held, till.sell(NEW_ID()))
    assert [verdict.kind for verdict in verdicts] == ["applied", "held", "applied"]
    assert verdicts[1].code == "unexpected_error"
    assert shop.rows("SELECT dseq, body FROM held_group") == [(2, held.body)]
    assert till.push(held)[0] == verdicts[1]


def test_a_held_group_is_applied_when_its_parent_arrives(shop: Shop) -> None:
    """An edit that came before its record waits, then takes its place in the stream."""
    here, there = shop.till(), shop.till()
    beans = product()
    early = here.group(edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 450}))
    assert here.push(early)[0].kind == "held"
    assert there.send(insert(beans)).kind == "applied"
    assert shop.rows("SELECT price_minor FROM product") == [(450,)]
    assert shop.rows("SELECT count(*) FROM held_group") == [(0,)]
    (again,) = here.push(early)
    assert (again.kind, set(again.numbers)) == ("applied", {"org"})
    assert there.pull_all().entries[-1].device_id == here.id


def test_a_reissued_fact_is_stored_once(shop: Shop) -> None:
    """A re-enrolled till sends its unsent groups again under its new device id."""
    old, new = shop.till(), shop.till()
    facts = old.sale(NEW_ID())
    assert old.send(*map(insert, facts)).kind == "applied"
    assert new.send(*map(insert, facts)).kind == "duplicate"
    assert shop.rows("SELECT count(*) FROM sale") == [(1,)]
    assert shop.rows("SELECT count(*) FROM stock_movement") == [(1,)]


def test_a_fact_never_changes(shop: Shop) -> None:
    """Other values under the id of a stored fact are refused aloud; the rest of the batch goes."""
    till = shop.till()
    sale = till.sale(NEW_ID())[0]
    till.send(insert(sale))
    changed = till.group(Op("insert", "sale", sale.id, values=sale.values() | {"note": "!"}))
    verdicts = till.push(changed, till.sell(NEW_ID()))
    assert [(v.kind, v.code) for v in verdicts] == [
        ("rejected", "fact_contradicts"),
        ("applied", ""),
    ]
    assert shop.rows("SELECT note FROM sale ORDER BY id") == [("",), ("",)]


def test_a_late_event_of_a_closed_shift_is_taken(shop: Shop) -> None:
    """Failure 25: a fact that comes after its shift was closed counts in that shift."""
    till = shop.till()
    shift = NEW_ID()
    for kind, number in (("open", 0), ("close", 1)):
        event = ShiftEvent(
            id=NEW_ID(),
            store_id=shop.store_id,
            device_id=till.id,
            shift_id=shift,
            kind=kind,
            user_id=NEW_ID(),
            at_us=5,
            z_number=number,
        )
        assert till.send(insert(event)).kind == "applied"
    assert till.push(till.sell(NEW_ID(), shift_id=shift))[0].kind == "applied"
    assert shop.rows("SELECT shift_id::text FROM sale") == [(shift,)]


def test_a_batch_is_visible_as_a_whole_in_order(shop: Shop) -> None:
    """Fifty groups take fifty numbers in a row, in the order they were sent."""
    till = shop.till()
    verdicts = till.push(*(till.sell(NEW_ID()) for _ in range(50)))
    assert [v.numbers[shop.store_id] for v in verdicts] == list(range(1, 51))


def test_a_group_enters_each_stream_it_touches(shop: Shop) -> None:
    """A sale that creates a customer's setting is one group in two streams."""
    here, there = shop.till(), shop.till()
    setting = Setting(id=NEW_ID(), key="greeting", value="hello")
    facts = here.sale(NEW_ID())
    verdict = here.send(insert(setting), *map(insert, facts))
    assert set(verdict.numbers) == {"org", shop.store_id}
    org, store = there.pull_all("org").entries[-1], there.pull_all(shop.store_id).entries[-1]
    assert ([row.type for row in org.rows], org.facts) == (["setting"], [])
    assert (store.rows, store.facts[0].type) == ([], "sale")


def test_an_invoice_of_a_thousand_lines_is_one_group(shop: Shop) -> None:
    """A large sale travels and is stored as a whole."""
    till = shop.till()
    sale, line, *_ = till.sale(NEW_ID())
    assert isinstance(line, SaleLine)
    lines = [line.values() | {"id": NEW_ID(), "position": n} for n in range(1114)]
    ops = [Op("insert", "sale_line", values["id"], values=values) for values in lines]
    assert till.send(insert(sale), *ops).kind == "applied"
    assert shop.rows("SELECT count(*) FROM sale_line") == [(1114,)]
    assert len(shop.till().pull(shop.store_id).entries[0].facts) == 1115


def test_a_refused_request_lists_every_error(shop: Shop) -> None:
    """What is not a push at all gets 422 and no verdict."""
    till = shop.till()
    group = {"dseq": 0, "hash": "x", "body": ""}
    response = till.http.post("/v1/push", json={"batch_id": "x", "groups": [group]})
    assert response.status_code == 422
    where = [error["where"] for error in response.json()["errors"]]
    assert where == ["body.batch_id", "body.groups.0.dseq", "body.groups.0.hash"]
    assert json.dumps(response.json())


def test_a_held_group_that_cannot_be_applied_lets_the_others_go(shop: Shop) -> None:
    """Of two groups that wait for one record, the poisoned one stays and the other is applied."""
    first, second, there = shop.till(), shop.till(), shop.till()
    beans = product()
    owner_url = shop.operator.config.owner_url.get_secret_value()
    strange = edit(Product, beans.id, {"newer": ""}, poison(owner_url))
    good = edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 450})
    assert [first.send(strange).kind, second.send(good).kind] == ["held", "held"]
    assert there.send(insert(beans)).kind == "applied"
    assert shop.rows("SELECT price_minor FROM product") == [(450,)]
    assert shop.rows("SELECT code, waits_for FROM held_group") == [("unexpected_error", None)]


def test_a_journal_without_gaps_ends_at_its_last_link(shop: Shop) -> None:
    """A group issued again comes late with older links; the head is still the newest one."""
    till = shop.till()
    first, second = (
        JournalEntry(
            id=NEW_ID(), store_id=shop.store_id, device_id=till.id, seq=seq, kind="drawer",
            payload="{}", at_us=0, previous_hash="0" * 64, hash=str(seq) * 64,
        )
        for seq in (1, 2)
    )  # fmt: skip
    till.send(insert(second))
    till.send(insert(first))
    assert till.http.get("/v1/me").json()["journal_head"] == "2" * 64


def test_the_facts_of_a_superseded_settlement_are_kept(shop: Shop) -> None:
    """Its edits lose; its link of the till's journal is a fact and never refused."""
    here, there = shop.till(), shop.till()
    beans = product()
    here.send(insert(beans))
    here.send(edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 450}))
    there.send(edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 500}))
    ((conflict,),) = shop.rows("SELECT id::text FROM conflict")
    settled = edit(Conflict, conflict, {"state": "open"}, {"state": "settled"})
    assert here.send(settled).kind == "applied"
    link = JournalEntry(
        id=NEW_ID(), store_id=shop.store_id, device_id=there.id, seq=1, kind="conflict_settled",
        payload="{}", at_us=0, previous_hash="0" * 64, hash="1" * 64,
    )  # fmt: skip
    late = there.send(settled, insert(link))
    assert (late.kind, set(late.numbers)) == ("superseded", {shop.store_id})
    assert shop.rows("SELECT seq FROM journal_entry") == [(1,)]
    entry = here.pull_all(shop.store_id).entries[-1]
    assert [fact.values["id"] for fact in entry.facts] == [link.id]
    assert entry.rows == []


def test_a_code_that_one_of_two_owners_gives_up_is_still_taken(shop: Shop) -> None:
    """Within one batch as in two: the other record that has the code is named as its owner."""
    till = shop.till()
    first, second, third = (barcode(NEW_ID(), "4006381333931") for _ in range(3))
    till.send(insert(first))
    assert till.send(insert(second)).kind == "conflict"
    gone = edit(Barcode, first.id, {"deleted": False}, {"deleted": True}, {till.id: 1})
    verdicts = till.push(till.group(gone), till.group(insert(third)))
    assert [verdict.kind for verdict in verdicts] == ["applied", "conflict"]


def test_a_group_that_waits_for_another_type_under_this_id_waits_on(shop: Shop) -> None:
    """An id that arrives as something else sets nothing free, and the push that brought it ends."""
    here, there = shop.till(), shop.till()
    beans = product()
    wrong = edit(Category, beans.id, {"name": "a"}, {"name": "b"})
    right = edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 450})
    assert [here.send(wrong).kind, here.send(right).kind] == ["held", "held"]
    there.http.timeout = 5
    assert there.send(insert(beans)).kind == "applied"
    assert shop.rows("SELECT price_minor FROM product") == [(450,)]
    assert shop.rows("SELECT dseq FROM held_group") == [(1,)]


def test_of_three_with_one_code_the_first_accepted_keeps_it(shop: Shop) -> None:
    """Whatever their ids say: each later one disputes with the one that was accepted first."""
    tills = [shop.till() for _ in range(3)]
    early, late, third = (barcode(NEW_ID(), "4006381333931") for _ in range(3))
    for till, record in zip(tills, (late, early, third), strict=True):
        till.send(insert(record))
    disputes = shop.rows(
        "SELECT record_id::text, fields_json::json -> 'id' ->> 'remote' FROM conflict ORDER BY id"
    )
    assert disputes == [(early.id, late.id), (third.id, late.id)]
    sides = shop.rows("SELECT device_id::text, remote_device_id::text FROM conflict ORDER BY id")
    assert sides == [(tills[1].id, tills[0].id), (tills[2].id, tills[0].id)]
    tills[0].send(edit(Barcode, late.id, {"code": late.code}, {"code": "4012345678901"}))
    disputes = shop.rows(
        "SELECT record_id::text, fields_json::json -> 'id' ->> 'remote' FROM conflict"
        " WHERE state = 'open'"
    )
    assert disputes == [(third.id, early.id)]

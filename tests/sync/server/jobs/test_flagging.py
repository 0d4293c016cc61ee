"""The look at stored facts: in the background, once, after a while, and never in a push's way."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from localdb.domain.records import Conflict, Customer, GiftCard, Payment, Sale, SaleLine
from sync.server.backend import Backend
from sync.server.jobs import flagging
from sync.server.jobs.flags import FactGroup, Flag, Known, judge
from sync.server.jobs.looking import LookLoop
from sync.server.schema import ORG_STREAM
from tests.support.server import Operator
from tests.sync.server.jobs.test_balances import moves
from tests.sync.server.tills import NEW_ID, Shop, Till, edit, insert, product

Look = Callable[[], int]


@pytest.fixture
def look(shop: Shop) -> Look:
    """Catches up with the shop's facts, none of them too young; how many flags were raised."""
    return lambda: judged(shop, lambda backend: backend.flagger.catch_up(shop.org_id))


def judged(shop: Shop, job: Callable[[Backend], Awaitable[int]], *, grace_s: float = 0) -> int:
    config = shop.operator.config.model_copy(update={"flag_grace_s": grace_s})
    return Operator(config, shop.operator.services).run(job)


def flags(shop: Shop, state: str = "open") -> list[tuple[Any, ...]]:
    """(record type, what is odd) of the flags in a state."""
    rows = shop.rows(
        "SELECT record_type, fields_json FROM conflict WHERE kind = 'flag' AND state = %s"
        " ORDER BY id",
        state,
    )
    return [(kind, *json.loads(fields)) for kind, fields in rows]


def known_product(till: Till) -> str:
    made = product()
    till.send(insert(made))
    return made.id


def test_a_flag_reaches_the_managers_through_the_stream(shop: Shop, look: Look) -> None:
    """Failure 30: two receipts with one number are both kept, and a manager is told."""
    here, there = shop.till(), shop.till()
    goods = known_product(here)
    for till in (here, there):
        verdict = till.push(till.sell(goods, receipt_number="S01-T01-000001"))[0]
        assert verdict.kind == "applied"
    assert flags(shop) == []
    assert look() == 1
    assert flags(shop) == [("sale", "receipt_number")]
    (row,) = here.pull_all().entries[-1].rows
    assert (row.type, row.values["kind"], row.values["title"]) == (
        "conflict", "flag", "S01-T01-000001",
    )  # fmt: skip
    assert row.values["device_id"] == there.id
    assert look() == 0


def test_a_card_overdrawn_by_two_stores_is_a_manager_s_task(shop: Shop, look: Look) -> None:
    """Both sales stand; a card whose load arrives in time was never overdrawn."""
    here, there = shop.till(), shop.till(shop.operator.store(shop.org_id, "S02"))
    card = GiftCard(id=NEW_ID(), code="GC-1")
    here.push(moves(here, card.id, 5000, reason="loaded"), here.group(insert(card)))
    here.push(moves(here, card.id, -4000))
    assert look() == 0
    there.push(moves(there, card.id, -4000))
    assert look() == 1
    assert flags(shop) == [("gift_card", "gift_card")]
    (row,) = here.pull_all().entries[-1].rows
    assert row.values["title"] == "GC-1"
    assert json.loads(row.values["fields_json"])["gift_card"] == {
        "base": None, "local": -3000, "remote": 0,
    }  # fmt: skip
    mary = Customer(id=NEW_ID(), name="Mary", credit_limit_minor=1000)
    here.push(here.group(insert(mary)), moves(here, mary.id, 1500, "on_account"))
    assert look() == 1
    (row,) = here.pull_all().entries[-1].rows
    assert (row.values["record_type"], row.values["title"]) == ("customer", "Mary")


def test_a_cart_sold_on_two_tills_is_a_manager_s_task(shop: Shop, look: Look) -> None:
    """Both were offline, both sales stand."""
    here, there = shop.till(), shop.till()
    goods, cart = known_product(here), NEW_ID()
    for till in (here, there):
        till.push(till.sell(goods, held_cart_id=cart))
    assert look() == 1
    assert flags(shop) == [("sale", "held_cart_id")]


def test_sound_facts_raise_nothing(shop: Shop, look: Look) -> None:
    """Most groups are looked at once and that is all."""
    till = shop.till()
    goods = known_product(till)
    till.push(*(till.sell(goods) for _ in range(20)))
    assert look() == 0
    assert shop.rows("SELECT head - flagged_to FROM stream WHERE stream <> %s", ORG_STREAM) == [
        (0,)
    ]


def test_young_groups_are_left_alone(shop: Shop) -> None:
    """What is only late has time to arrive: the product comes after the sale, and all is well."""
    till = shop.till()
    made = product()
    till.push(till.sell(made.id))
    young = judged(shop, lambda backend: backend.flagger.catch_up(shop.org_id), grace_s=300)
    assert young == 0
    assert shop.rows("SELECT flagged_to FROM stream WHERE stream = %s", shop.store_id) == [(0,)]
    till.send(insert(made))
    assert judged(shop, lambda backend: backend.flagger.catch_up(shop.org_id)) == 0


def test_a_flag_ends_when_the_product_arrives_after_all(shop: Shop, look: Look) -> None:
    """A group that was refused is retried a day later: nobody need look into it any more."""
    till = shop.till()
    made = product()
    till.push(till.sell(made.id), till.sell(made.id))
    assert look() == 1
    assert flags(shop) == [("product", "id")]
    till.send(insert(made))
    assert (flags(shop), flags(shop, "settled")) == ([], [("product", "id")])


def test_a_look_that_was_cut_short_raises_nothing_twice(shop: Shop, look: Look) -> None:
    """The process died between raising the flags and noting how far it was."""
    till = shop.till()
    till.push(till.sell(NEW_ID()))
    assert look() == 1
    (flag,) = till.pull_all().entries[-1].rows
    settled = edit(Conflict, flag.id, {"state": "open"}, {"state": "settled"})
    assert till.send(settled).kind == "applied"
    forget(shop)
    assert look() == 0
    assert flags(shop, "settled") == [("product", "id")]


def forget(shop: Shop) -> None:
    """Let everything be looked at again."""

    async def job(backend: Backend) -> int:
        async with backend.store.transaction(shop.org_id) as tx:
            await tx.cursor.execute(
                "UPDATE stream SET flagged_to = 0 WHERE org_id = %s", (shop.org_id,)
            )
        return 0

    judged(shop, job)


def test_two_processes_at_once_raise_each_flag_once(shop: Shop) -> None:
    """Should both look at the same groups, one of them finds the flags there."""
    till = shop.till()
    till.push(*(till.sell(NEW_ID()) for _ in range(10)))

    async def both(backend: Backend) -> int:
        looks = (backend.flagger.catch_up(shop.org_id) for _ in range(2))
        return sum(await asyncio.gather(*looks))

    assert judged(shop, both) == 10
    assert len(flags(shop)) == 10


def test_a_step_is_bounded(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long backlog is many small transactions, oldest first."""
    monkeypatch.setattr(flagging, "ENTRIES_MAX", 4)
    till = shop.till()
    till.push(*(till.sell(NEW_ID()) for _ in range(10)))

    async def steps(backend: Backend) -> int:
        found = [await backend.flagger.step(shop.org_id, shop.store_id) for _ in range(4)]
        assert found == [4, 4, 2, None]
        return 0

    judged(shop, steps)


def test_every_organisation_is_looked_at(shop: Shop, operator: Operator) -> None:
    """The loop finds the organisations by itself."""
    other = Shop(shop.server, operator, operator.org(), "")
    other.store_id = operator.store(other.org_id)
    try:
        for one in (shop, other):
            till = one.till()
            till.push(till.sell(NEW_ID()))

        async def look(backend: Backend) -> int:
            return await LookLoop(backend.store, "flag", backend.flagger.catch_up, "").look()

        assert judged(shop, look) >= 2
        assert flags(shop) == flags(other) == [("product", "id")]
    finally:
        other.close()


def test_a_line_refunded_on_two_tills_is_flagged(shop: Shop, look: Look) -> None:
    """Each gave the whole line back offline: both refunds stand, and a manager is told."""
    here, there = shop.till(), shop.till()
    goods = known_product(here)
    facts = here.sale(goods)
    here.send(*map(insert, facts))
    for till in (here, there):
        assert till.send(*map(insert, refund(till, facts))).kind == "applied"
    assert look() == 1
    assert flags(shop) == [("sale_line", "quantity_milli")]
    ((sides,),) = shop.rows("SELECT fields_json FROM conflict")
    assert json.loads(sides)["quantity_milli"] == {"base": None, "local": 2000, "remote": 1000}


def refund(till: Till, facts: list[Any]) -> list[Any]:
    """A sale that gives the one line of another back."""
    sale, line, payment, *_ = facts
    assert isinstance(sale, Sale)
    assert isinstance(line, SaleLine)
    assert isinstance(payment, Payment)
    back = {**sale.values(), "id": NEW_ID(), "device_id": till.id, "kind": "refund"}
    back |= {"total_minor": -400, "tax_minor": -64, "refund_of": sale.id}
    back |= {"receipt_number": f"R-{till.id[-8:]}"}
    lines = {**line.values(), "id": NEW_ID(), "sale_id": back["id"], "refund_of": line.id}
    lines |= {"quantity_milli": -1000, "total_minor": -400}
    given = {**payment.values(), "id": NEW_ID(), "sale_id": back["id"]}
    given |= {"amount_minor": -400, "tendered_minor": -400}
    return [Sale(**back), SaleLine(**lines), Payment(**given)]


def test_a_group_that_cannot_be_judged_holds_no_other_up(
    shop: Shop, look: Look, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The others of its step are judged, and the next look goes on behind it."""
    till = shop.till()
    odd = till.sell(NEW_ID())
    till.push(odd, till.sell(NEW_ID()))

    def judging(groups: list[FactGroup], known: Known) -> list[Flag]:
        if any(group.dseq == odd.dseq for group in groups):
            raise KeyError("odd")
        return judge(groups, known)

    monkeypatch.setattr(flagging, "judge", judging)
    assert [look(), look()] == [1, 0]
    assert till.id in caplog.text

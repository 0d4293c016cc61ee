"""Each oracle can fail: what it guards is spoilt on purpose, and it says so."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from sync.client.history import HistoryReport, TableFigures
from sync.protocol.messages import SalesProof
from sync.server.core.rows import Row, Stamp
from sync.server.schema import ORG_STREAM
from tests.simulation import oracles, template
from tests.simulation.beliefs import mistaken
from tests.simulation.edit_oracle import edits_survive
from tests.simulation.flag_oracle import oddities_are_flagged
from tests.simulation.healing import heal
from tests.simulation.losses import Lost
from tests.simulation.oracles import ORACLES, Oracle, findings
from tests.simulation.plan import Plan, Step
from tests.simulation.steps import STEPS
from tests.simulation.till import SimTill
from tests.simulation.views import Sight, TillView
from tests.simulation.world import World, memory_world

QUIET_DAY = Plan(
    seed=7,
    tills=2,
    steps=(
        *(
            Step(kind, till, 10 * number + till)
            for number, kind in enumerate(("sell", "edit_product", "give_back", "customer", "sync"))
            for till in (0, 1)
        ),
        Step("one_card_twice", 0, 3),
    ),
)
Spoil = Callable[[Sight], None]


@pytest.fixture(scope="module")
def healed() -> Iterator[World]:
    """A world in which nothing went wrong."""
    with memory_world(QUIET_DAY, template.build()) as world:
        world.run(STEPS)
        heal(world)
        yield world


@pytest.fixture
def sight(healed: World) -> Sight:
    """What there is to see of it, to be spoilt."""
    seen = healed.sight(prove_all=True)
    return copy.deepcopy(seen)


def test_nothing_is_found_where_nothing_is_wrong(sight: Sight) -> None:
    """The others would prove nothing if it were."""
    assert findings(sight) == ()
    assert sight.printed
    assert sight.made


def first(found: dict[str, Any]) -> str:
    """The first key, the same each time."""
    return min(found)


def lose_a_payment(sight: Sight) -> None:
    """A payment of a printed sale is gone."""
    payments = sight.server.facts["payment"]
    del payments[first(payments)]


def change_a_total(sight: Sight) -> None:
    """A stored sale says another total than its receipt."""
    sales = sight.server.facts["sale"]
    sales[first(sales)]["total_minor"] += 1


def add_a_line(sight: Sight) -> None:
    """A stored sale has a line that was never printed."""
    lines = sight.server.facts["sale_line"]
    lines["extra"] = {**lines[first(lines)], "id": "extra"}


def double_a_sale(sight: Sight) -> None:
    """The same receipt is there under two ids."""
    sales = sight.server.facts["sale"]
    sales["extra"] = {**sales[first(sales)], "id": "extra"}


def miscount_the_stock(sight: Sight) -> None:
    """A till shows stock that its movements do not sum to."""
    stock = sight.tills[0].stock
    stock[min(stock)] += 1000


def miscount_a_card(sight: Sight) -> None:
    """A till takes another amount to be on a card than its movements sum to."""
    balances = sight.tills[1].balances
    balances[min(balances)] += 1


def promise_too_much(sight: Sight) -> None:
    """The server lets a till spend more than is on a card."""
    claimable = sight.claimable[first(sight.claimable)]
    claimable[min(claimable)] = 10**6


def overdraw_unseen(sight: Sight) -> None:
    """A card paid more than was on it, and nobody was told."""
    movements = sight.server.facts["balance_movement"]
    paid = {**movements[first(movements)], "id": "extra", "reason": "paid", "amount": -(10**6)}
    movements["extra"] = paid
    sight.server.references["conflict"].clear()


def flag_a_card_in_vain(sight: Sight) -> None:
    """A manager is asked about a card that paid nothing."""
    about = {"kind": "flag", "record_type": "gift_card", "record_id": "untouched"}
    values = {**about, "fields_json": '{"gift_card": {"local": -5}}'}
    stamp = Stamp("the server", None, 0)
    sight.server.references["conflict"]["extra"] = Row(values, 1, {}, stamp)


def miss_a_row(sight: Sight) -> None:
    """A till never got a product."""
    products = sight.tills[1].images["product"]
    del products[first(products)]


def keep_an_old_version(sight: Sight) -> None:
    """A till stands at another version of a product."""
    products = sight.tills[1].images["product"]
    version, values = products[first(products)]
    products[first(products)] = (version + 1, values)


def show_another_price(sight: Sight) -> None:
    """A till shows a price that the server does not hold."""
    products = sight.tills[1].shown["product"]
    products[first(products)]["price_minor"] += 1


def miss_a_sale(sight: Sight) -> None:
    """A till never got another till's sale."""
    sales = sight.tills[1].shown["sale"]
    del sales[first(sales)]


def invent_a_sale(sight: Sight) -> None:
    """A till holds a sale that the server does not."""
    sales = sight.tills[0].shown["sale"]
    sales["extra"] = {**sales[first(sales)], "id": "extra"}


def lose_a_movement(sight: Sight) -> None:
    """What a till noted about its stock never came to the server."""
    movements = sight.server.facts["stock_movement"]
    del movements[next(id_ for id_ in sorted(movements) if movements[id_]["reason"] == "sale")]


def change_an_event(sight: Sight) -> None:
    """The server holds another amount than the drawer had."""
    events = sight.server.facts["shift_event"]
    events[first(events)]["amount_minor"] += 1


def cut_a_journal(sight: Sight) -> None:
    """An entry in the middle of a journal is gone."""
    entries = sight.server.facts["journal_entry"]
    del entries[next(id_ for id_ in sorted(entries) if entries[id_]["seq"] == 1)]


def change_a_journal(sight: Sight) -> None:
    """Somebody changed an entry; copies of a till do not excuse that."""
    entries = sight.server.facts["journal_entry"]
    entries[first(entries)]["payload"] = "{}"
    object.__setattr__(sight, "copied", True)


def leave_a_group(sight: Sight) -> None:
    """A group still waits."""
    sight.tills[0].outbox[0]["state"] = "pending"


def park_without_reason(sight: Sight) -> None:
    """A group is parked and nobody knows why."""
    sight.tills[0].outbox[0] |= {"state": "parked", "verdict": "rejected", "code": ""}


def hold_without_reason(sight: Sight) -> None:
    """A group is held though everything it edits is there."""
    till = sight.tills[0]
    held = {"state": "acknowledged", "verdict": "held", "code": "parent_missing"}
    till.outbox[0] |= held
    sight.server.ledger[till.device_id, till.outbox[0]["dseq"]].verdict["kind"] = "held"


def lose_a_group(sight: Sight) -> None:
    """The outbox misses a number."""
    del sight.tills[0].outbox[1]


def forget_a_verdict(sight: Sight) -> None:
    """The server's ledger does not know a delivered group."""
    till = sight.tills[0]
    del sight.server.ledger[till.device_id, till.outbox[0]["dseq"]]


def skip_a_number(sight: Sight) -> None:
    """A stream has a gap."""
    del sight.server.log[ORG_STREAM][2]


def repeat_a_group(sight: Sight) -> None:
    """A group entered a stream twice."""
    log = sight.server.log[ORG_STREAM]
    log[-1] = replace(log[-2], number=log[-1].number)


def repeat_a_fact(sight: Sight) -> None:
    """A fact that was given back entered its stream once more with the group itself."""
    log = sight.server.log[sight.tills[0].store_id]
    place = next(place for place, one in enumerate(log) if "sale" in one.fact_types)
    part = replace(log[place], fact_types={"sale": ["one"]})
    log[place : place + 2] = [part, replace(part, number=part.number + 1)]


def stand_behind(sight: Sight) -> None:
    """A till has not pulled everything."""
    sight.tills[0].cursors[ORG_STREAM] -= 1


def disagree(sight: Sight) -> None:
    """A till's own proof does not agree."""
    name = first(sight.proofs)
    wrong = SalesProof(count=99, total_minor=0)
    sight.proofs[name] = replace(sight.proofs[name], sales_there=wrong)


def forget_an_edit(sight: Sight) -> None:
    """What somebody typed is nowhere."""
    for entries in sight.server.log.values():
        for entry in entries:
            for row in entry.rows:
                if row["type"] == "customer":
                    row["values"]["name"] = "somebody else"
    for one in sight.server.references["customer"].values():
        one.values["name"] = "somebody else"


def lose_without_a_word(sight: Sight) -> None:
    """A till became another one after it lost its disk, and does not say what it lost."""
    sight.losses.lost.append(Lost("another device", 3, sight.tills[0].name))


def bring_half_a_history(sight: Sight) -> None:
    """A till that joined had two sales, and the server has one."""
    sales = TableFigures("sale", count_here=2, total_here=300, count_there=1, total_there=200)
    sight.histories["T1"] = HistoryReport((sales,), (), 0, 2, {}, {})


def give_back_too_much(sight: Sight) -> None:
    """A line is given back once more than it was sold, and nobody was told."""
    lines = sight.server.facts["sale_line"]
    sold = next(line for line in lines.values() if not line["refund_of"])
    back = {"refund_of": sold["id"], "quantity_milli": -sold["quantity_milli"] - 1000}
    lines["extra"] = {**sold, "id": "extra", **back}


def flag_what_is_right(sight: Sight) -> None:
    """A manager is asked about a line with which nothing is wrong."""
    line = first(sight.server.facts["sale_line"])
    about = {"kind": "flag", "record_type": "sale_line", "record_id": line}
    values = {**about, "fields_json": '{"quantity_milli": {"local": 2000}}'}
    stamp = Stamp("the server", None, 0)
    sight.server.references["conflict"]["extra"] = Row(values, 1, {}, stamp)


def meet_a_bug(sight: Sight) -> None:
    """Something unforeseen was reported."""
    sight.bugs.append("ZeroDivisionError")


SPOILT: tuple[tuple[Oracle, Spoil], ...] = (
    (oracles.receipts_arrived, lose_a_payment),
    (oracles.receipts_arrived, change_a_total),
    (oracles.receipts_arrived, add_a_line),
    (oracles.receipts_are_unique, double_a_sale),
    (oracles.balances_are_sums, miscount_the_stock),
    (oracles.accounts_are_sums, miscount_a_card),
    (oracles.claims_are_what_is_there, promise_too_much),
    (oracles.replicas_agree, miss_a_row),
    (oracles.replicas_agree, keep_an_old_version),
    (oracles.replicas_agree, show_another_price),
    (oracles.facts_agree, miss_a_sale),
    (oracles.facts_agree, invent_a_sale),
    (oracles.facts_survive, lose_a_movement),
    (oracles.facts_survive, change_an_event),
    (oracles.journals_hold, cut_a_journal),
    (oracles.journals_hold, change_a_journal),
    (oracles.queues_are_empty, leave_a_group),
    (oracles.queues_are_empty, park_without_reason),
    (oracles.queues_are_empty, hold_without_reason),
    (oracles.queues_are_empty, lose_a_group),
    (oracles.ledger_knows, forget_a_verdict),
    (oracles.streams_are_whole, skip_a_number),
    (oracles.streams_are_whole, repeat_a_group),
    (oracles.streams_are_whole, repeat_a_fact),
    (oracles.streams_are_whole, stand_behind),
    (oracles.proofs_agree, disagree),
    (edits_survive, forget_an_edit),
    (oracles.histories_arrived, bring_half_a_history),
    (oddities_are_flagged, give_back_too_much),
    (oddities_are_flagged, flag_what_is_right),
    (oddities_are_flagged, overdraw_unseen),
    (oddities_are_flagged, flag_a_card_in_vain),
    (oracles.losses_are_named, lose_without_a_word),
    (oracles.nothing_unforeseen, meet_a_bug),
)


@pytest.mark.parametrize(
    ("oracle", "spoil"), SPOILT, ids=[f"{spoil.__name__}" for _, spoil in SPOILT]
)
def test_an_oracle_finds_what_it_guards(sight: Sight, oracle: Oracle, spoil: Spoil) -> None:
    """It says nothing before and something after."""
    assert list(oracle(sight)) == []
    spoil(sight)
    assert list(oracle(sight))


def test_a_number_is_not_missed_only_where_it_was_taken_before_the_loss(sight: Sight) -> None:
    """What another copy sent under it before is all that the server can know; later is too late."""
    used = next(key for key, row in sight.server.ledger.items() if row.verdict["kind"] == "applied")
    elsewhere = next(till for till in sight.tills if till.device_id != used[0])
    sight.losses.lost.append(Lost(*used, elsewhere.name, is_number_taken=True))
    assert list(oracles.losses_are_named(sight)) == []
    sight.losses.lost.append(Lost(*used, elsewhere.name))
    assert list(oracles.losses_are_named(sight))


def test_every_oracle_is_shown_to_fail() -> None:
    """An oracle that cannot fail is none."""
    assert {oracle for oracle, _ in SPOILT} == set(ORACLES)


def test_a_hidden_edit_is_seen_at_once(healed: World) -> None:
    """An unsent edit that something was pulled over would be put right by its own delivery."""
    till: SimTill = healed.tills[0]
    assert till.hidden_edits() == []
    product = first(TillView.of(till).images["product"])
    sql = "INSERT INTO outbox_edit (type, id, dseq, after) VALUES ('product', ?, 99, ?)"
    till.database.write(
        lambda uow: uow.connection.exec_driver_sql(sql, (product, '{"name": "typed here"}'))
    )
    assert till.hidden_edits() == [f"product {product} name"]
    till.database.write(
        lambda uow: uow.connection.exec_driver_sql("DELETE FROM outbox_edit WHERE dseq = 99")
    )


def test_a_wrong_belief_is_seen_at_once(healed: World) -> None:
    """A till that takes something for delivered would find out later, if it lived to see it."""
    till: SimTill = healed.tills[0]
    assert mistaken(healed, till) == []
    sql = "UPDATE outbox_group SET hash = ? WHERE dseq = 1 RETURNING hash"
    last = "SELECT hash FROM outbox_group WHERE dseq = 1"
    held = till.ask(lambda conn: conn.exec_driver_sql(last).scalar_one())
    till.database.write(lambda uow: uow.connection.exec_driver_sql(sql, ("another",)).all())
    assert len(mistaken(healed, till)) == 1
    till.database.write(lambda uow: uow.connection.exec_driver_sql(sql, (held,)).all())
    assert mistaken(healed, till) == []

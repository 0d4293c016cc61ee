"""What merges without asking is listed, bounded and reopened; conflicts that end by themselves."""

import json
from itertools import pairwise
from typing import Any

import pytest

from localdb.domain.ops import Op
from localdb.domain.records import Barcode, Conflict, HeldCart, Product
from localdb.domain.resolution import last
from tests.sync.server.deciding import (
    HERE,
    NEW_ID,
    STORE,
    THERE,
    World,
    contradict,
    delete,
    reprice,
    settle,
)
from tests.sync.server.tills import barcode, edit, insert, product

THIRD = NEW_ID()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def beans(world: World) -> Product:
    """A product at 4.00 that a third device brought."""
    made = product()
    world.do(THIRD, insert(made))
    return made


def note(made: Product, before: str, after: str, seen: dict[str, int] | None = None) -> Op:
    return edit(Product, made.id, {"note": before}, {"note": after}, seen)


def moved(conflict: dict[str, Any], before: str, after: str) -> Op:
    """A manager's step of a conflict from one state to another."""
    return edit(Conflict, conflict["id"], {"state": before}, {"state": after})


def test_an_overruled_value_is_listed_with_both_sides(world: World, beans: Product) -> None:
    """Last write wins, and the value that lost stands in a record that needs nobody."""
    world.do(HERE, note(beans, "", "one"))
    world.do(THERE, note(beans, "", "two"))
    assert world.conflicts() == []
    (listed,) = world.conflicts("merged")
    assert listed["fields"] == {"note": {"base": "", "local": "two", "remote": "one"}}
    step = last(listed["resolution_json"])
    assert step is not None
    assert (step.did, step.chosen) == ("merged", {"note": "two"})
    assert (listed["device_id"], listed["remote_device_id"]) == (THERE, HERE)


def test_edits_of_different_fields_at_the_same_time_are_listed(
    world: World, beans: Product
) -> None:
    """Neither till knew of the other; both got their way, and a manager can look at it."""
    seen = dict(world.row(beans).vector)
    world.do(HERE, reprice(beans, 400, 450, seen))
    decision = world.do(THERE, note(beans, "", "Fair trade", seen))
    assert decision.kind == "merged"
    (listed,) = world.conflicts("merged")
    assert listed["fields"] == {"note": {"base": "", "local": "Fair trade", "remote": ""}}
    assert json.loads(listed["local_vector"]) == seen
    assert json.loads(listed["remote_vector"])[HERE] == 1


def test_an_edit_of_what_was_seen_is_not_listed(world: World, beans: Product) -> None:
    """Who has pulled the other's change edits on top of it: nothing was merged."""
    world.do(HERE, reprice(beans, 400, 450, dict(world.row(beans).vector)))
    assert world.do(THERE, note(beans, "", "new", dict(world.row(beans).vector))).kind == "applied"
    assert world.conflicts("merged") == []


def test_a_tills_own_edits_in_a_row_make_one_entry(world: World, beans: Product) -> None:
    """However long a till stayed offline, each record that met another till is listed once."""
    seen = dict(world.row(beans).vector)
    world.do(HERE, reprice(beans, 400, 450, seen))
    texts = ["", *(f"draft {number}" for number in range(5))]
    for before, after in pairwise(texts):
        world.do(THERE, note(beans, before, after, seen))
    assert len(world.conflicts("merged")) == 1


def test_one_group_makes_one_entry_for_a_record(world: World, beans: Product) -> None:
    """Three edits of one transaction are one thing to look at, with what it came to."""
    seen = dict(world.row(beans).vector)
    world.do(HERE, note(beans, "", "one", seen))
    unit = edit(Product, beans.id, {"unit": "piece"}, {"unit": "kg"}, seen)
    world.do(THERE, note(beans, "", "two", seen), unit, note(beans, "two", "three", seen))
    (listed,) = world.conflicts("merged")
    assert listed["fields"] == {
        "note": {"base": "", "local": "three", "remote": "one"},
        "unit": {"base": "piece", "local": "kg", "remote": "piece"},
    }


def test_a_cart_set_aside_is_no_managers_work(world: World) -> None:
    """Held carts are a store's own business: nothing about them is listed as merged."""
    cart = held_cart()
    world.do(THIRD, insert(cart))
    seen = dict(world.row(cart).vector)
    world.do(HERE, edit(HeldCart, cart.id, {"label": "Ann"}, {"label": "Anna"}, seen))
    world.do(THERE, edit(HeldCart, cart.id, {"label": "Ann"}, {"label": "Hanna"}, seen))
    assert world.conflicts("merged") == []


def held_cart() -> HeldCart:
    return HeldCart(
        id=NEW_ID(), store_id=STORE, label="Ann", cart="{}", total_minor=400, held_by=NEW_ID(),
        held_at_us=1,
    )  # fmt: skip


def test_a_cart_recalled_on_two_tills_is_flagged(world: World) -> None:
    """Both may have sold it, so both sales stand, and a manager is told."""
    cart = held_cart()
    world.do(THIRD, insert(cart))
    recall = edit(HeldCart, cart.id, {"state": "held"}, {"state": "recalled"})
    world.do(HERE, recall)
    assert world.conflicts() == []
    world.do(THERE, recall)
    (flag,) = world.conflicts()
    assert (flag["kind"], flag["record_type"], flag["title"]) == ("flag", "held_cart", "Ann")
    assert (flag["device_id"], flag["remote_device_id"]) == (THERE, HERE)


def test_a_merge_is_reopened_and_settled_as_any_other(world: World, beans: Product) -> None:
    """What the policy overruled is a manager's to bring back."""
    world.do(HERE, note(beans, "", "one"))
    world.do(THERE, note(beans, "", "two"))
    (listed,) = world.conflicts("merged")
    assert world.do(HERE, moved(listed, "merged", "open")).kind == "applied"
    (opened,) = world.conflicts()
    decision = world.do(HERE, settle(opened), note(beans, "two", "one"))
    assert decision.kind == "applied"
    assert world.value(beans, "note") == "one"
    assert world.conflicts() == []


def test_a_merge_is_reopened_once(world: World, beans: Product) -> None:
    """The second manager is told; his group changes nothing."""
    world.do(HERE, note(beans, "", "one"))
    world.do(THERE, note(beans, "", "two"))
    (listed,) = world.conflicts("merged")
    world.do(HERE, moved(listed, "merged", "open"))
    decision = world.do(THERE, moved(listed, "merged", "open"))
    assert (decision.kind, decision.code) == ("superseded", "conflict_changed")


@pytest.mark.parametrize("device", [HERE, THERE], ids=["here", "there"])
def test_a_settlement_is_taken_back_with_the_record(
    world: World, beans: Product, device: str
) -> None:
    """The conflict is open again and the record holds what it held, whoever's till undoes it."""
    conflict = contradict(world, beans)
    world.do(HERE, settle(conflict), reprice(beans, 450, 500))
    undo = world.do(device, moved(conflict, "settled", "open"), reprice(beans, 500, 450))
    assert undo.kind == "applied"
    assert world.value(beans, "price_minor") == 450
    (again,) = world.conflicts()
    assert again["fields"] == conflict["fields"]


def test_the_second_to_take_a_settlement_back_changes_nothing(world: World, beans: Product) -> None:
    """Two managers who undo the same settlement undo it once."""
    conflict = contradict(world, beans)
    world.do(HERE, settle(conflict), reprice(beans, 450, 500))
    world.do(HERE, moved(conflict, "settled", "open"), reprice(beans, 500, 450))
    world.do(HERE, reprice(beans, 450, 460))
    late = world.do(THERE, moved(conflict, "settled", "open"), reprice(beans, 500, 450))
    assert (late.kind, late.code) == ("superseded", "conflict_changed")
    assert world.value(beans, "price_minor") == 460


def test_undoing_ones_own_late_settlement_does_not_undo_the_first(
    world: World, beans: Product
) -> None:
    """Offline a manager settles and takes it back; another was first: that decision stands."""
    conflict = contradict(world, beans)
    seen = dict(world.snapshot.rows[Conflict.TYPE, conflict["id"]].vector)
    world.do(HERE, settle(conflict, seen), reprice(beans, 450, 475))
    world.do(THERE, settle(conflict, seen), reprice(beans, 450, 500))
    own = {**seen, THERE: world.dseqs[THERE]}
    undo = edit(Conflict, conflict["id"], {"state": "settled"}, {"state": "open"}, own)
    late = world.do(THERE, undo, reprice(beans, 500, 450))
    assert (late.kind, late.code) == ("superseded", "conflict_changed")
    assert world.value(beans, "price_minor") == 475


def test_a_decision_of_a_manager_whose_till_disagrees_too_is_applied(
    world: World, beans: Product
) -> None:
    """Two conflicts about one price: settling the other till's does not feed one's own."""
    contradict(world, beans)
    world.do(THIRD, reprice(beans, 400, 600))
    there, third = world.conflicts()
    assert (there["device_id"], third["device_id"]) == (THERE, THIRD)
    decision = world.do(THERE, settle(third), reprice(beans, 450, 600))
    assert decision.kind == "applied"
    assert world.value(beans, "price_minor") == 600
    assert [conflict["id"] for conflict in world.conflicts()] == [there["id"]]


def test_a_settlement_that_meets_a_newer_price_asks_again(world: World, beans: Product) -> None:
    """The record moved after the manager looked: his choice is kept as the next question."""
    conflict = contradict(world, beans)
    world.do(HERE, reprice(beans, 450, 460))
    assert world.do(THIRD, settle(conflict), reprice(beans, 450, 500)).kind == "conflict"
    assert world.value(beans, "price_minor") == 460
    (again,) = world.conflicts()
    assert again["fields"] == {"price_minor": {"base": 450, "local": 500, "remote": 460}}


def test_a_conflict_ends_when_the_record_reaches_what_was_wanted(
    world: World, beans: Product
) -> None:
    """A third till sets the very price that the second one wanted: nothing is left to ask."""
    conflict = contradict(world, beans)
    world.do(THIRD, reprice(beans, 450, 500))
    assert world.conflicts() == []
    (settled,) = world.conflicts("settled")
    assert settled["id"] == conflict["id"]
    assert settled["settled_by"] is None
    step = last(settled["resolution_json"])
    assert step is not None
    assert (step.user_id, step.chosen) == (None, {"price_minor": 500})


def test_a_shared_code_is_settled_by_giving_it_up(world: World, beans: Product) -> None:
    """The later record gets another code in the catalogue: the question is gone."""
    first, second = barcode(beans.id, "4006381333931"), barcode(beans.id, "4006381333931")
    world.do(HERE, insert(first))
    world.do(THERE, insert(second))
    assert [conflict["kind"] for conflict in world.conflicts()] == ["unique"]
    code = {"code": "4006381333931"}
    world.do(THERE, edit(Barcode, second.id, code, {"code": "4012345678901"}))
    assert world.conflicts() == []


def test_the_first_accepted_keeps_a_code_whatever_the_ids(world: World, beans: Product) -> None:
    """A till created its barcode earlier and sent it later: the one that was there keeps it."""
    early, late, third = (barcode(beans.id, "4006381333931") for _ in range(3))
    assert early.id < late.id < third.id
    for device, record in ((HERE, late), (THERE, early), (THIRD, third)):
        world.do(device, insert(record))
    world.snapshot.owners["barcode", "4006381333931"].sort()
    one, two = world.conflicts()
    assert (one["record_id"], one["fields"]["id"]["remote"]) == (early.id, late.id)
    assert (two["record_id"], two["fields"]["id"]["remote"]) == (third.id, late.id)


def test_a_code_given_up_goes_to_the_next(world: World, beans: Product) -> None:
    """The record that kept it is deleted: the next one has it, and the last disputes with that."""
    codes = [barcode(beans.id, "4006381333931") for _ in range(3)]
    for device, record in zip((HERE, THERE, THIRD), codes, strict=True):
        world.do(device, insert(record))
    world.do(HERE, delete(codes[0], world))
    (left,) = world.conflicts()
    assert (left["record_id"], left["fields"]["id"]["remote"]) == (codes[2].id, codes[1].id)
    world.do(THIRD, delete(codes[2], world))
    assert world.conflicts() == []


def test_a_record_sent_again_does_not_come_back(world: World, beans: Product) -> None:
    """Failure 22: an insert that arrives once more after the deletion resurrects nothing."""
    world.do(HERE, delete(beans, world))
    assert world.do(THERE, insert(beans)).kind == "applied"
    assert world.value(beans, "deleted") is True
    assert world.conflicts() == []


def test_an_edit_long_after_the_deletion_asks(world: World, beans: Product) -> None:
    """Failure 22: the server keeps deleted rows, so no absence is long enough to resurrect one."""
    world.do(HERE, delete(beans, world))
    for number in range(1, 50):
        world.do(HERE, insert(product(name=f"Later {number}")))
    assert world.do(THERE, note(beans, "", "late")).kind == "conflict"
    (conflict,) = world.conflicts()
    assert (conflict["kind"], conflict["fields"]["note"]["local"]) == ("delete", "late")
    assert world.value(beans, "deleted") is True


def test_two_managers_who_reopen_and_settle_at_once_keep_the_first(
    world: World, beans: Product
) -> None:
    """A conflict on a conflict: its state moves once, and the other group changes nothing."""
    conflict = contradict(world, beans)
    world.do(HERE, settle(conflict), reprice(beans, 450, 500))
    world.do(HERE, moved(conflict, "settled", "open"), reprice(beans, 500, 450))
    late = world.do(THERE, settle(conflict, {THERE: 1}), reprice(beans, 450, 500))
    assert (late.kind, late.code) == ("superseded", "conflict_changed")
    assert world.value(beans, "price_minor") == 450

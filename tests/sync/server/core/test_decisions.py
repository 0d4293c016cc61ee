"""What becomes of a group, decided without a database."""

import json
from dataclasses import replace

import pytest

from localdb.domain.ops import Op
from localdb.domain.records import Conflict, Product
from tests.sync.server.deciding import (
    HERE,
    NEW_ID,
    THERE,
    World,
    contradict,
    delete,
    reprice,
    settle,
)
from tests.sync.server.tills import barcode, edit, insert, product


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def beans(world: World) -> Product:
    """A product at 4.00 that a third device brought."""
    made = product()
    world.do(NEW_ID(), insert(made))
    return made


def test_disjoint_edits_of_one_row_merge(world: World, beans: Product) -> None:
    """Two tills that changed different fields both get their way."""
    world.do(HERE, reprice(beans, 400, 450))
    decision = world.do(THERE, edit(Product, beans.id, {"name": beans.name}, {"name": "Beans"}))
    assert decision.kind == "applied"
    assert world.value(beans, "price_minor") == 450
    assert world.value(beans, "name") == "Beans"
    assert world.row(beans).version == 3


def test_the_same_wish_twice_is_no_conflict(world: World, beans: Product) -> None:
    """Two tills that set the same price agree."""
    world.do(HERE, reprice(beans, 400, 450))
    assert world.do(THERE, reprice(beans, 400, 450)).kind == "merged"
    assert world.conflicts() == []
    assert world.row(beans).version == 2


def test_a_contradiction_asks_and_the_server_keeps_its_value(world: World, beans: Product) -> None:
    """The first price stands; the conflict names both sides, the base and who was who."""
    conflict = contradict(world, beans)
    assert world.value(beans, "price_minor") == 450
    assert conflict["fields"] == {"price_minor": {"base": 400, "local": 500, "remote": 450}}
    assert (conflict["kind"], conflict["title"]) == ("field", beans.name)
    assert (conflict["device_id"], conflict["remote_device_id"]) == (THERE, HERE)
    assert json.loads(conflict["remote_vector"])[HERE] == 1


def test_the_rest_of_a_contradicting_edit_is_taken(world: World, beans: Product) -> None:
    """Only the fields in dispute wait for a manager."""
    world.do(HERE, reprice(beans, 400, 450))
    both = {"price_minor": 400, "note": ""}
    world.do(THERE, edit(Product, beans.id, both, {"price_minor": 500, "note": "new"}))
    assert world.value(beans, "note") == "new"
    assert set(world.conflicts()[0]["fields"]) == {"price_minor"}


def test_a_till_that_edits_twice_never_conflicts_with_itself(world: World, beans: Product) -> None:
    """The second edit starts from the first one's result."""
    world.do(HERE, reprice(beans, 400, 450), reprice(beans, 450, 460))
    assert world.do(HERE, reprice(beans, 460, 470)).kind == "applied"
    assert world.value(beans, "price_minor") == 470


def test_last_write_wins_where_nobody_needs_to_be_asked(world: World, beans: Product) -> None:
    """A note is overwritten, and what it said is kept with the verdict."""
    world.do(HERE, edit(Product, beans.id, {"note": ""}, {"note": "one"}))
    decision = world.do(THERE, edit(Product, beans.id, {"note": ""}, {"note": "two"}))
    assert decision.kind == "merged"
    assert world.value(beans, "note") == "two"
    assert decision.overruled[0]["remote"] == "one"


def test_a_later_wish_of_the_same_till_moves_its_conflict(world: World, beans: Product) -> None:
    """However often a till changes its mind offline, a manager is asked once, about the last."""
    contradict(world, beans)
    assert world.do(THERE, reprice(beans, 500, 550)).kind == "conflict"
    (conflict,) = world.conflicts()
    assert conflict["fields"] == {"price_minor": {"base": 400, "local": 550, "remote": 450}}


def test_a_till_that_gives_in_settles_its_conflict(world: World, beans: Product) -> None:
    """Nobody is asked about a difference that is gone."""
    contradict(world, beans)
    world.do(THERE, reprice(beans, 500, 450))
    assert world.conflicts() == []
    assert world.value(beans, "price_minor") == 450


def test_further_contradictions_of_a_till_join_its_conflict(world: World, beans: Product) -> None:
    """One record and one till make one case for the manager."""
    contradict(world, beans)
    world.do(HERE, edit(Product, beans.id, {"name": beans.name}, {"name": "Beans"}))
    world.do(THERE, edit(Product, beans.id, {"name": beans.name}, {"name": "Bohnen"}))
    (conflict,) = world.conflicts()
    assert set(conflict["fields"]) == {"price_minor", "name"}


def test_a_settlement_and_its_edit_apply_as_one(world: World, beans: Product) -> None:
    """The settling group closes the conflict first, so its own edit is an ordinary one."""
    conflict = contradict(world, beans)
    decision = world.do(THERE, reprice(beans, 450, 500), settle(conflict))
    assert decision.kind == "applied"
    assert world.value(beans, "price_minor") == 500
    assert world.conflicts() == []


def test_the_second_settlement_is_superseded_as_a_whole(world: World, beans: Product) -> None:
    """The first manager wins; nothing of the second one's group is applied."""
    conflict = contradict(world, beans)
    world.do(HERE, settle(conflict))
    decision = world.do(THERE, settle(conflict), reprice(beans, 450, 999))
    assert (decision.kind, decision.code) == ("superseded", "already_settled")
    assert not decision.writes
    assert world.value(beans, "price_minor") == 450


def test_a_settlement_of_what_has_moved_is_superseded(world: World, beans: Product) -> None:
    """Who settles has seen what he settles."""
    conflict = contradict(world, beans)
    seen = world.snapshot.rows[Conflict.TYPE, conflict["id"]].vector
    world.do(THERE, reprice(beans, 500, 550))
    decision = world.do(HERE, settle(conflict, dict(seen)))
    assert (decision.kind, decision.code) == ("superseded", "conflict_changed")


def test_a_flag_is_acknowledged_though_a_restored_server_raised_it_anew(
    world: World, beans: Product
) -> None:
    """Only its state counts: nobody can have seen the number under which it was raised again."""
    conflict = contradict(world, beans)
    key = (Conflict.TYPE, conflict["id"])
    row = world.snapshot.rows[key]
    seen = dict(row.vector)
    anew = {**row.vector, NEW_ID(): 99}
    raised = replace(row, values={**row.values, "kind": "flag"}, vector=anew)
    world.snapshot.rows[key] = raised
    assert world.do(HERE, settle(conflict, seen)).kind == "merged"
    assert world.snapshot.rows[key].values["state"] == "settled"


def test_a_settlement_of_what_a_restore_took_is_an_ordinary_edit(
    world: World, beans: Product
) -> None:
    """The conflict never arrives any more; the group does not wait, the manager's price counts."""
    conflict = contradict(world, beans)
    del world.snapshot.rows[Conflict.TYPE, conflict["id"]]
    del world.snapshot.conflicts[conflict["id"]]
    decision = world.do(THERE, reprice(beans, 450, 500), settle(conflict))
    assert decision.kind == "applied"
    assert world.value(beans, "price_minor") == 500
    assert (Conflict.TYPE, conflict["id"]) not in decision.touched


def test_an_edit_of_a_deleted_record_resurrects_nothing(world: World, beans: Product) -> None:
    """Edit against delete asks; the record stays deleted until a manager says otherwise."""
    world.do(HERE, delete(beans, world))
    assert world.do(THERE, reprice(beans, 400, 450)).kind == "conflict"
    assert world.value(beans, "deleted") is True
    assert world.value(beans, "price_minor") == 400
    (conflict,) = world.conflicts()
    assert conflict["kind"] == "delete"
    assert conflict["fields"]["deleted"] == {"base": False, "local": False, "remote": True}


def test_a_deletion_of_what_was_edited_unseen_asks(world: World, beans: Product) -> None:
    """Who deletes must have seen the edit that would be lost."""
    seen = dict(world.row(beans).vector)
    world.do(HERE, reprice(beans, 400, 450))
    assert world.do(THERE, delete(beans, world, seen)).kind == "conflict"
    assert world.value(beans, "deleted") is False
    assert world.conflicts()[0]["fields"]["deleted"]["local"] is True


def test_a_deletion_that_saw_everything_is_taken(world: World, beans: Product) -> None:
    """The vector of the row the deleter looked at covers the row."""
    assert world.do(THERE, delete(beans, world)).kind == "applied"
    assert world.value(beans, "deleted") is True


def test_own_edits_count_as_seen_by_the_deleter(world: World, beans: Product) -> None:
    """A till that edits and then deletes offline knows its own edit."""
    seen = dict(world.row(beans).vector)
    world.do(HERE, reprice(beans, 400, 450, seen))
    assert world.do(HERE, delete(beans, world, seen)).kind == "applied"


def test_both_records_with_one_barcode_are_accepted(world: World, beans: Product) -> None:
    """The first accepted keeps the scans; the second raises a conflict that names both."""
    first, second = barcode(beans.id, "4006381333931"), barcode(beans.id, "4006381333931")
    assert world.do(HERE, insert(first)).kind == "applied"
    assert world.do(THERE, insert(second)).kind == "conflict"
    assert world.value(second, "code") == "4006381333931"
    (conflict,) = world.conflicts()
    assert (conflict["kind"], conflict["record_id"]) == ("unique", second.id)
    assert conflict["fields"]["id"] == {"base": None, "local": second.id, "remote": first.id}
    assert (conflict["device_id"], conflict["remote_device_id"]) == (THERE, HERE)
    assert json.loads(conflict["remote_vector"]) == {HERE: 1}


def test_a_freed_barcode_is_taken_without_a_question(world: World, beans: Product) -> None:
    """A deleted record holds no natural key."""
    first, second = barcode(beans.id, "4006381333931"), barcode(beans.id, "4006381333931")
    world.do(HERE, insert(first))
    world.do(HERE, delete(first, world))
    assert world.do(THERE, insert(second)).kind == "applied"


def test_two_records_of_one_group_with_one_barcode_conflict(world: World, beans: Product) -> None:
    """The key is checked against the earlier ops of the same group too."""
    twins = [barcode(beans.id, "4006381333931") for _ in range(2)]
    assert world.do(HERE, *map(insert, twins)).kind == "conflict"


def test_inserting_what_is_there_changes_nothing(world: World, beans: Product) -> None:
    """A record that is sent again under another device is recognised."""
    assert world.do(THERE, insert(beans)).kind == "applied"
    assert world.row(beans).version == 1


def test_an_edit_of_an_unknown_record_waits_for_it(world: World) -> None:
    """The group is kept whole and names what it waits for."""
    missing = product()
    decision = world.do(HERE, insert(product()), reprice(missing, 400, 450))
    assert (decision.kind, decision.code) == ("held", "parent_missing")
    assert decision.waits_for == missing.id
    assert not decision.writes


def test_a_record_type_of_a_newer_program_is_held(world: World) -> None:
    """What this server cannot apply yet is stored, not refused."""
    decision = world.do(HERE, Op("insert", "hologram", NEW_ID(), values={}))
    assert (decision.kind, decision.code) == ("held", "unknown_type")


def test_unknown_fields_survive(world: World, beans: Product) -> None:
    """A newer program's field is stored and edited like any other."""
    world.do(HERE, edit(Product, beans.id, {"brand": None}, {"brand": "Acme"}))
    world.do(THERE, reprice(beans, 400, 450))
    assert world.value(beans, "brand") == "Acme"


def test_every_touched_row_is_shown_in_the_stream(world: World, beans: Product) -> None:
    """A till drops its pending edit when its group comes back, so the image must come with it."""
    world.do(HERE, reprice(beans, 400, 450))
    decision = world.do(THERE, reprice(beans, 400, 500))
    assert ("product", beans.id) in decision.touched
    assert ("product", beans.id) not in decision.writes

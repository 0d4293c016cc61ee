"""Conflicts over the whole road: two tills, their managers, the server on a real PostgreSQL."""

import pytest

from localdb.domain.records import Conflict, User
from localdb.errors import Refusal
from localdb.queries import conflicts as views
from localdb.queries import lists
from localdb.services import conflicts, people, settings, staff
from localdb.services.till import Till
from sync.client.proof import prove
from sync.server.backend import Backend, wall_clock_us
from tests.support.postgres import database
from tests.support.server import Operator
from tests.sync.client.test_road import NewTill, TillOnRoad, new_till

__all__ = ["database", "new_till"]


def signed_in(road: TillOnRoad, name: str) -> Till:
    """The till with a manager of its own at it."""
    till = Till(road.database)
    till.sign_in(till.write(people.create, name, "manager", "4321"))
    return till


def level(*tills: TillOnRoad) -> None:
    """Sync until everybody has everything."""
    for till in (*tills, *reversed(tills), *tills):
        till.sync()


def the_conflict(road: TillOnRoad) -> Conflict:
    (found,) = road.find(Conflict)
    assert isinstance(found, Conflict)
    return found


def contradict(here: TillOnRoad, there: TillOnRoad) -> str:
    """Beans that cost 4.50 on the server; ``there`` wants 5.00. The product's id."""
    beans = here.add_product()
    level(here, there)
    here.edit(beans, price_minor=450)
    there.edit(beans, price_minor=500)
    level(here, there)
    return beans


def test_what_merged_is_listed_everywhere_and_asks_nobody(new_till: NewTill) -> None:
    """Two tills edit different fields offline: both hold, one entry says so, nothing is counted."""
    here, there = new_till(), new_till()
    beans = here.add_product()
    level(here, there)
    here.edit(beans, price_minor=450)
    there.edit(beans, note="Fair trade")
    there.edit(beans, plu="77")
    level(here, there)
    for till in (here, there):
        assert (till.product(beans).price_minor, till.product(beans).note) == (450, "Fair trade")
        listed = the_conflict(till)
        assert listed.state == "merged"
        assert listed.fields_json == '{"note":{"base":"","local":"Fair trade","remote":""}}'
        assert till.engine.status.conflicts_open == 0
        assert prove(till.database, till.line).agrees


def test_the_second_of_two_managers_is_told_and_changes_nothing(new_till: NewTill) -> None:
    """Both settle offline: the first to arrive holds on both tills, and the other till says so."""
    here, there = new_till(), new_till()
    ada, grace = signed_in(here, "Ada"), signed_in(there, "Grace")
    beans = contradict(here, there)
    conflict = the_conflict(here)
    ada.write(conflicts.settle, conflict.id, {"price_minor": 475})
    grace.write(conflicts.settle, conflict.id, {"price_minor": 485})
    level(here, there)
    for till in (here, there):
        assert till.product(beans).price_minor == 475
        assert prove(till.database, till.line).agrees
    assert ada.ask(views.overtaken_count) == 0
    (told,) = grace.ask(views.overtaken_settlements)
    assert (told.chosen, told.by) == ({"price_minor": 485}, "Ada")
    grace.write(conflicts.told)
    assert grace.ask(views.overtaken_count) == 0


def test_a_settlement_is_taken_back_on_another_till(new_till: NewTill) -> None:
    """What one manager settled another undoes: the price and the question are back everywhere."""
    here, there = new_till(), new_till()
    ada, grace = signed_in(here, "Ada"), signed_in(there, "Grace")
    beans = contradict(here, there)
    ada.write(conflicts.settle, the_conflict(here).id, {"price_minor": 500})
    level(here, there)
    assert there.product(beans).price_minor == 500
    grace.write(conflicts.undo, the_conflict(there).id)
    level(here, there)
    for till in (here, there):
        assert till.product(beans).price_minor == 450
        assert till.engine.status.conflicts_open == 1
        assert prove(till.database, till.line).agrees
    steps = ada.ask(views.view, the_conflict(here).id).steps
    assert [step.did for step in steps] == ["settled", "undone"]


def test_what_a_plain_till_may_not_change_waits_where_both_see_it(new_till: NewTill) -> None:
    """The till shows the server's value again and the question; a till that manages takes it."""
    office, front = new_till(), new_till(manages=False)
    ada = signed_in(office, "Ada")
    level(office, front)
    at_front = Till(front.database)
    at_front.sign_in(next(user for user in Till(front.database).ask(lists.people)))
    at_front.write(settings.change, "lock_after_s", "60")
    at_front.write(staff.hire, "Mallory", "manager", "6666")
    level(office, front)
    assert people_here(front) == people_here(office) == ["Ada"]
    for till in (office, front):
        assert till.engine.status.conflicts_open == 2
        assert {one.reason for one in conflicts_at(till)} == {"plain_till"}
        assert prove(till.database, till.line).agrees
    hired = next(one for one in conflicts_at(office) if one.record_type == "user")
    at_front.write(conflicts.settle, hired.id, {"deleted": False})
    level(office, front)
    assert people_here(office) == ["Ada"]
    assert at_front.ask(views.refused_changes) == ["Mallory"]
    at_front.write(conflicts.told)
    assert at_front.ask(views.refused_changes) == []
    ada.write(conflicts.settle, hired.id, {"deleted": False})
    level(office, front)
    assert people_here(front) == people_here(office) == ["Ada", "Mallory"]


def conflicts_at(road: TillOnRoad) -> list[Conflict]:
    """The conflicts that a till knows."""
    return [one for one in road.find(Conflict) if isinstance(one, Conflict)]


def people_here(road: TillOnRoad) -> list[str]:
    """Who may sign in at a till."""
    return sorted(user.name for user in Till(road.database).ask(lists.people))


def test_an_overruled_value_is_brought_back(new_till: NewTill) -> None:
    """A note that lost to a later one is reopened on one till and settled on the other."""
    here, there = new_till(), new_till()
    ada, grace = signed_in(here, "Ada"), signed_in(there, "Grace")
    beans = here.add_product()
    level(here, there)
    here.edit(beans, note="Organic")
    there.edit(beans, note="Fair trade")
    level(here, there)
    assert here.product(beans).note == "Fair trade"
    ada.write(conflicts.reopen, the_conflict(here).id)
    level(here, there)
    grace.write(conflicts.settle, the_conflict(there).id, {"note": "Organic"})
    level(here, there)
    for till in (here, there):
        assert till.product(beans).note == "Organic"
        assert the_conflict(till).state == "settled"


def test_a_settlement_of_a_record_that_moved_asks_again(new_till: NewTill) -> None:
    """The price changed while a manager settled offline: his choice is the next question."""
    here, there = new_till(), new_till()
    grace = signed_in(there, "Grace")
    beans = contradict(here, there)
    grace.write(conflicts.settle, the_conflict(there).id, {"price_minor": 500})
    here.edit(beans, price_minor=460)
    here.sync()
    level(there, here)
    for till in (here, there):
        assert till.product(beans).price_minor == 460
        asked = [c for c in till.find(Conflict) if isinstance(c, Conflict) and c.state == "open"]
        assert [c.fields_json for c in asked] == [
            '{"price_minor":{"base":450,"local":500,"remote":460}}'
        ]


def test_a_till_never_invents_or_rewrites_a_conflict(new_till: NewTill) -> None:
    """What a conflict says is the server's; a till moves its state and nothing else."""
    here, there = new_till(), new_till()
    contradict(here, there)
    conflict = the_conflict(here)
    here.database.write(lambda uow: uow.edit(Conflict, conflict.id, fields_json="{}"))
    level(here, there)
    assert here.engine.status.parked == 1
    assert the_conflict(here).fields_json == the_conflict(there).fields_json != "{}"


def test_a_cashier_settles_nothing(new_till: NewTill) -> None:
    """The till refuses; nothing goes up."""
    here, there = new_till(), new_till()
    till = Till(here.database)
    till.sign_in(till.write(people.create, "Linus", "cashier", "1234"))
    contradict(here, there)
    with pytest.raises(Refusal, match="manager"):
        till.write(conflicts.settle, the_conflict(here).id, {"price_minor": 475})
    assert {user.name for user in here.find(User) if isinstance(user, User)} == {"Linus"}


def test_a_till_that_was_away_longer_than_the_log_resurrects_nothing(
    new_till: NewTill, operator: Operator
) -> None:
    """Failure 22: its cursor is too old, it loads afresh, and its edit of what was deleted asks."""
    here, there = new_till(), new_till()
    beans, rice = here.add_product(), here.add_product()
    level(here, there)
    there.edit(beans, name="Better beans")
    there.edit(rice, price_minor=450)
    here.edit(beans, deleted=True)
    here.sync()

    async def forget_the_log(backend: Backend) -> None:
        for org_id in await organisations(backend):
            async with backend.store.transaction(org_id) as tx:
                for stream in await tx.stream_names():
                    await tx.prune(stream, wall_clock_us() + 1, 10_000)

    operator.run(forget_the_log)
    level(there, here)
    for till in (here, there):
        assert till.product(beans).deleted
        assert till.product(beans).name == "Beans"
        assert till.product(rice).price_minor == 450
        conflict = the_conflict(till)
        assert (conflict.kind, conflict.state) == ("delete", "open")
        assert '"local":"Better beans"' in conflict.fields_json
        assert prove(till.database, till.line).agrees


async def organisations(backend: Backend) -> list[str]:
    async with backend.store.transaction() as tx:
        return await tx.organisations()


def test_what_looks_odd_reaches_the_inbox_and_is_settled_once(
    new_till: NewTill, operator: Operator
) -> None:
    """A sale that does not add up: the flag comes down, a manager marks it, it never comes back."""
    here, there = new_till(), new_till()
    ada = signed_in(here, "Ada")
    there.sell(there.add_product())
    level(here, there)

    def look() -> None:
        config = operator.config.model_copy(update={"flag_grace_s": 0})

        async def job(backend: Backend) -> None:
            for org_id in await organisations(backend):
                await backend.flagger.catch_up(org_id)

        Operator(config, operator.services).run(job)
        level(here, there)

    look()
    (flag,) = ada.ask(views.listed)
    assert (flag.kind, flag.record_type, flag.device_id) == ("flag", "sale", device_of(there))
    ada.write(conflicts.acknowledge, flag.id, "a test of ours")
    level(here, there)
    look()
    assert (the_conflict(there).state, ada.ask(views.open_count)) == ("settled", 0)
    assert prove(there.database, there.line).agrees


def device_of(road: TillOnRoad) -> str:
    assert road.database.identity is not None
    return road.database.identity.device_id

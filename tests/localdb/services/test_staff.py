"""Managing people: nobody gives what they do not have, and one manager remains."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localdb.domain.permissions import CASHIER, MANAGER, SUPERVISOR, Authority, Permission
from localdb.domain.records import AuditEntry, User
from localdb.errors import Refusal, ValidationRefusal
from localdb.queries import people as people_queries
from localdb.services import people, staff
from localdb.services.people import sign_in
from tests.support.shops import CASHIER_PIN, MANAGER_PIN, Shop, small_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with small_shop(tmp_path) as made:
        yield made


def log(shop: Shop) -> list[tuple[str, str]]:
    found = shop.till.write(lambda uow: uow.find(AuditEntry))
    return [(entry.action, entry.detail) for entry in found]


def test_a_manager_hires_changes_and_lets_go(shop: Shop) -> None:
    """Each step works at the till at once, and each is in the log; the PIN is not."""
    till = shop.till
    kim = till.write(staff.hire, " Kim ", CASHIER, "7777")
    till.write(staff.rename, kim.id, "Kim Park")
    till.write(staff.give_role, kim.id, SUPERVISOR)
    till.write(staff.set_pin, kim.id, "8888")
    till.write(staff.set_badge, kim.id, "EVT-KIM-1")
    with pytest.raises(Refusal, match="Wrong PIN"):
        sign_in(till, kim.id, "7777")
    assert sign_in(till, kim.id, "8888").role == SUPERVISOR
    till.sign_in(shop.manager)
    till.write(staff.let_go, kim.id)
    with pytest.raises(Refusal, match="Wrong PIN"):
        sign_in(till, kim.id, "8888")
    with pytest.raises(Refusal, match="Unknown badge"):
        people.sign_in_by_badge(till, "EVT-KIM-1")
    till.write(staff.take_back, kim.id)
    assert sign_in(till, kim.id, "8888").name == "Kim Park"
    assert log(shop) == [
        ("user_added", "Kim: active yes, PIN set, role cashier (till T01)"),
        ("user_changed", "Kim Park: name Kim -> Kim Park (till T01)"),
        ("user_changed", "Kim Park: role cashier -> supervisor (till T01)"),
        ("user_changed", "Kim Park: PIN changed (till T01)"),
        ("user_changed", "Kim Park: badge changed (till T01)"),
        ("user_changed", "Kim Park: active yes -> no, badge changed (till T01)"),
        ("user_changed", "Kim Park: active no -> yes (till T01)"),
    ]


def test_a_cashier_manages_nobody(shop: Shop) -> None:
    """Not even their own role, PIN or badge; nothing is changed and nothing is in the log."""
    till, me = shop.till, shop.cashier.id
    till.sign_in(shop.cashier)
    for act in (
        lambda: till.write(staff.hire, "Kim", CASHIER, "7777"),
        lambda: till.write(staff.give_role, me, MANAGER),
        lambda: till.write(staff.set_pin, me, "9999"),
        lambda: till.write(staff.set_pin, shop.manager.id, "9999"),
        lambda: till.write(staff.set_badge, me, "EVT-GRACE-1"),
        lambda: till.write(staff.let_go, shop.manager.id),
        lambda: till.write(staff.save_role, CASHIER, "Cashier", list(Permission), 1_000_000),
    ):
        with pytest.raises(Refusal, match="Only a manager"):
            act()
    assert log(shop) == []
    assert sign_in(till, me, CASHIER_PIN).role == CASHIER


def test_who_manages_people_gives_no_right_beyond_their_own(shop: Shop) -> None:
    """A shop's own keeper of people makes neither himself nor a friend a manager."""
    till = shop.till
    rights = [Permission.PEOPLE, Permission.VOID_LINE]
    till.write(staff.save_role, "people_keeper", "People", rights, 0)
    keeper = till.write(staff.hire, "Kim", "people_keeper", "7777")
    till.sign_in(keeper)
    for act in (
        lambda: till.write(staff.give_role, keeper.id, MANAGER),
        lambda: till.write(staff.hire, "Lee", SUPERVISOR, "7777"),
        lambda: till.write(staff.set_pin, shop.manager.id, "9999"),
        lambda: till.write(staff.save_role, "people_keeper", "People", list(Permission), 0),
        lambda: till.write(staff.save_role, "giver", "Giver", rights, 500_000),
    ):
        with pytest.raises(Refusal, match="do not have yourself"):
            act()
    assert sign_in(till, shop.manager.id, MANAGER_PIN).role == MANAGER


def test_the_last_manager_stays_one(shop: Shop) -> None:
    """Neither let go nor put in another role, until there is a second."""
    till, ada = shop.till, shop.manager.id
    with pytest.raises(Refusal, match="only manager"):
        till.write(staff.let_go, ada)
    with pytest.raises(Refusal, match="only manager"):
        till.write(staff.give_role, ada, CASHIER)
    till.write(staff.give_role, shop.cashier.id, MANAGER)
    till.write(staff.let_go, ada)
    assert till.ask(people_queries.authority, shop.manager).permissions == frozenset()


def test_a_badge_has_one_bearer(shop: Shop) -> None:
    """A second person is refused by name; taken back, it may be given again."""
    till = shop.till
    till.write(staff.set_badge, shop.cashier.id, "EVT-BADGE-1")
    with pytest.raises(Refusal, match="belongs to Grace"):
        till.write(staff.set_badge, shop.manager.id, "EVT-BADGE-1")
    with pytest.raises(Refusal, match="6 to 64"):
        till.write(staff.set_badge, shop.manager.id, "12")
    till.write(staff.set_badge, shop.cashier.id, "")
    till.write(staff.set_badge, shop.manager.id, "EVT-BADGE-1")


def test_a_role_is_made_changed_and_dropped(shop: Shop) -> None:
    """Of a built-in role the shop's version counts, and dropping it brings the old one back."""
    till = shop.till
    till.write(staff.save_role, CASHIER, "Cashier", [Permission.VOID_LINE], 0)
    till.write(staff.save_role, CASHIER, "Cashier", [Permission.DROP], 50_000)
    cashier = till.ask(people_queries.authority, shop.cashier)
    assert cashier == Authority(frozenset({Permission.DROP}), 50_000)
    till.write(staff.drop_role, CASHIER)
    assert till.ask(people_queries.authority, shop.cashier).may(Permission.NO_SALE)
    till.write(staff.save_role, CASHIER, "Cashier", [], 0)
    assert not till.ask(people_queries.authority, shop.cashier).may(Permission.NO_SALE)


def test_a_role_that_somebody_has_is_not_dropped(shop: Shop) -> None:
    """It would leave them with rights nobody chose."""
    till = shop.till
    till.write(staff.save_role, "keeper", "Keeper", [Permission.STOCK], 0)
    till.write(staff.give_role, shop.cashier.id, "keeper")
    with pytest.raises(Refusal, match="This role is in use"):
        till.write(staff.drop_role, "keeper")
    with pytest.raises(Refusal, match="nothing to delete"):
        till.write(staff.drop_role, "nothing")


def test_wrong_input_is_refused_in_words(shop: Shop) -> None:
    """A role without a name, a limit above the price, the manager's role, a person long gone."""
    till = shop.till
    with pytest.raises(ValidationRefusal, match="name"):
        till.write(staff.save_role, "keeper", " ", [], 0)
    with pytest.raises(ValidationRefusal, match="discount_max_ppm"):
        till.write(staff.save_role, "keeper", "Keeper", [], 1_000_001)
    with pytest.raises(Refusal, match="can do everything"):
        till.write(staff.save_role, MANAGER, "Boss", [], 0)
    till.write(lambda uow: uow.edit(User, shop.cashier.id, deleted=True))
    with pytest.raises(Refusal, match="was removed"):
        till.write(staff.rename, shop.cashier.id, "X")

"""What each person may do, as the till's database knows it now."""

from pathlib import Path

from localdb.domain.permissions import CASHIER, Authority, Permission, Request, authority_of
from localdb.domain.records import Role, User
from localdb.queries import people
from localdb.services.people import create
from tests.support.shops import small_shop

PAID_OUT = Request(permission=Permission.PAID_OUT, words="Pay out 5.00")


def test_rights_are_read_anew_and_not_remembered_from_the_sign_in(tmp_path: Path) -> None:
    """Who was made a cashier, or let go, while signed in has no manager's rights from then on."""
    with small_shop(tmp_path) as shop:
        till = shop.till
        assert till.ask(people.authority, shop.manager).may(Permission.SETTINGS)
        till.write(lambda uow: uow.edit(User, shop.manager.id, role=CASHIER))
        assert till.ask(people.authority, shop.manager) == authority_of(CASHIER, ())
        till.write(lambda uow: uow.edit(User, shop.manager.id, active=False))
        assert till.ask(people.authority, shop.manager) == Authority()
        assert till.ask(people.authority, None) == Authority()


def test_a_role_of_the_shop_counts_as_soon_as_it_is_here(tmp_path: Path) -> None:
    """Until then its people have the cashier's rights."""
    with small_shop(tmp_path) as shop:
        till = shop.till
        keeper = till.write(create, "Kim", "keeper", "1111")
        assert not till.ask(people.authority, keeper).may(Permission.STOCK)
        till.write(
            lambda uow: uow.insert(
                Role(id=uow.new_id(), code="keeper", name="Keeper", permissions='["stock"]')
            )
        )
        assert till.ask(people.authority, keeper) == Authority(frozenset({Permission.STOCK}))
        assert [role.code for role in till.ask(people.roles)] == ["keeper"]


def test_only_those_who_may_are_offered_as_approvers(tmp_path: Path) -> None:
    """A cashier is not in the list of who allows a pay-out; a supervisor is."""
    with small_shop(tmp_path) as shop:
        shop.till.write(create, "Sam", "supervisor", "2222")
        names = [user.name for user in shop.till.ask(people.approvers, PAID_OUT)]
        assert names == ["Ada", "Sam"]

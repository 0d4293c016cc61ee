"""Roles: what comes built in, what a shop's own records change, and what nobody can break."""

from hypothesis import given
from hypothesis import strategies as st

from localdb.domain import permissions
from localdb.domain.permissions import (
    CASHIER,
    MANAGER,
    SUPERVISOR,
    Authority,
    Permission,
    Request,
    authority_of,
)
from localdb.domain.records import Role

ORDINARY = (
    Permission.VOID_LINE,
    Permission.OPEN_ITEM,
    Permission.REFUND,
    Permission.NO_SALE,
    Permission.PAID_IN,
    Permission.DROP,
    Permission.OPEN_SHIFT,
    Permission.CLOSE_SHIFT,
)


def role(number: int, code: str, permissions: str = "[]", limit: int = 0) -> Role:
    return Role(
        id=f"00000000-0000-7000-8000-{number:012}",
        code=code,
        name=f"Role {number}",
        permissions=permissions,
        discount_max_ppm=limit,
    )


def test_a_cashier_is_not_asked_for_ordinary_things() -> None:
    """An ordinary day at the till needs nobody else's PIN."""
    cashier = authority_of(CASHIER, ())
    assert all(cashier.may(permission) for permission in ORDINARY)
    assert cashier.may_give(100_000)
    assert not cashier.may_give(100_001)


def test_each_built_in_role_holds_all_that_the_one_below_holds() -> None:
    """Nobody loses a right by being promoted; only the manager keeps the house."""
    cashier, supervisor, manager = (authority_of(r, ()) for r in (CASHIER, SUPERVISOR, MANAGER))
    assert cashier.permissions < supervisor.permissions < manager.permissions
    assert manager.permissions == frozenset(Permission)
    assert not supervisor.may(Permission.PEOPLE)
    assert cashier.discount_max_ppm < supervisor.discount_max_ppm < manager.discount_max_ppm


def test_a_record_overrides_a_built_in_role_or_adds_one() -> None:
    """A shop that trusts its cashiers less, or has a role of its own, says so."""
    strict = role(1, CASHIER, '["void_line"]', 0)
    keeper = role(2, "stock_keeper", '["stock", "catalogue"]', 50_000)
    assert authority_of(CASHIER, (strict, keeper)) == Authority(frozenset({Permission.VOID_LINE}))
    assert authority_of("stock_keeper", (strict, keeper)) == Authority(
        frozenset({Permission.STOCK, Permission.CATALOGUE}), 50_000
    )


def test_an_unknown_role_has_the_cashiers_rights() -> None:
    """A role whose record has not come yet neither locks anybody out nor gives the house away."""
    assert authority_of("area_manager", ()) == authority_of(CASHIER, ())


def test_a_manager_cannot_be_cut_down() -> None:
    """Somebody must be left who can give rights back."""
    assert authority_of(MANAGER, (role(1, MANAGER, "[]"),)).may(Permission.PEOPLE)


def test_what_a_newer_program_allows_is_left_out() -> None:
    """A permission that this till does not know gives nothing here; a broken list is no list."""
    newer = role(1, CASHIER, '["fly", "no_sale"]')
    assert authority_of(CASHIER, (newer,)).permissions == {Permission.NO_SALE}
    for broken in ("{}", "not json", "[" * 100_000):
        assert authority_of("x", (role(1, "x", broken),)) == authority_of(CASHIER, ())


def test_of_two_records_of_one_role_the_older_counts_and_a_deleted_one_does_not() -> None:
    """Two offline tills that made one role agree on which stands, whatever the order of arrival."""
    older, newer = role(1, "x", '["no_sale"]'), role(2, "x", '["drop"]')
    assert authority_of("x", (newer, older)) == authority_of("x", (older, newer))
    assert authority_of("x", (newer, older)).may(Permission.NO_SALE)
    gone = Role.from_values({**older.values(), "deleted": True})
    assert authority_of("x", (gone, newer)).may(Permission.DROP)


@given(st.frozensets(st.sampled_from(Permission)))
def test_permissions_survive_their_record(chosen: frozenset[Permission]) -> None:
    """What a manager ticked is what a till reads, in one order."""
    text = permissions.write_permissions(chosen)
    assert permissions.read_permissions(text) == chosen
    assert permissions.write_permissions(sorted(chosen, reverse=True)) == text


def test_a_discount_request_is_measured_by_the_limit_and_any_other_by_the_right() -> None:
    """A supervisor allows what he may give himself, and no more."""
    supervisor = authority_of(SUPERVISOR, ())
    above = Permission.DISCOUNT_ABOVE_LIMIT
    assert Request(permission=above, words="", discount_ppm=300_000).allowed_by(supervisor)
    assert not Request(permission=above, words="", discount_ppm=300_001).allowed_by(supervisor)
    assert Request(permission=Permission.PAID_OUT, words="").allowed_by(supervisor)
    assert not Request(permission=Permission.SETTINGS, words="").allowed_by(supervisor)

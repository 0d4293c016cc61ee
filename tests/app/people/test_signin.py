"""Signing in and taking over, without a screen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.people.signin import SignInPresenter, SwitchPresenter
from localdb.domain import pin
from localdb.domain.records import User
from localdb.errors import Refusal
from localdb.services import people, settings, staff
from localdb.services.till import Till
from localdb.store.unit_of_work import UnitOfWork
from tests.support.shops import CASHIER_PIN, MANAGER_PIN, Shop, small_shop

BADGE = "EVT-GRACE-1"


@dataclass
class Door:
    """A presenter and who came in through it."""

    shop: Shop
    came: list[User] = field(default_factory=list)

    def opened(self, kind: Callable[..., SignInPresenter] = SignInPresenter) -> SignInPresenter:
        """A presenter that shows everybody."""
        till: Till = self.shop.till
        presenter = kind(till, lambda _state: None, self.came.append)
        presenter.open()
        return presenter


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """Ada the manager, Grace the cashier with a badge; nobody is at the till."""
    with small_shop(tmp_path) as shop:
        shop.till.write(staff.set_badge, shop.cashier.id, BADGE)
        shop.till.sign_out()
        yield Door(shop)


def digits(presenter: SignInPresenter, typed: str) -> None:
    for digit in typed:
        presenter.digit(digit)


def test_a_role_is_shown_by_its_name(door: Door) -> None:
    """Also one of the shop's own, and one this till does not know."""
    door.shop.till.write(people.create, "Kim", "night_shift", "1111")
    assert [p.role for p in door.opened().state.people] == ["Manager", "Cashier", "Night shift"]


def test_a_number_and_a_complete_pin_sign_in(door: Door) -> None:
    """No Enter is needed, and one pressed all the same does nothing more."""
    presenter = door.opened()
    digits(presenter, f"2{CASHIER_PIN}")
    assert [user.name for user in door.came] == ["Grace"]
    presenter.enter()
    assert (presenter.state.error, len(door.came)) == ("", 1)


def test_a_wrong_pin_is_said_by_itself_and_costs_one_try(door: Door) -> None:
    """The Enter of a habit is not a second one; then the right PIN goes through."""
    presenter = door.opened()
    for _ in range(4):
        presenter.choose(door.shop.cashier.id)
        digits(presenter, "9999")
        presenter.enter()
        assert presenter.state.error == "Wrong PIN. Try again."
    digits(presenter, CASHIER_PIN)
    assert [user.name for user in door.came] == ["Grace"]


def test_a_pin_changed_elsewhere_waits_for_enter_once(door: Door) -> None:
    """Its length is not known here before it was typed here."""
    changed = pin.hash_pin("135791", bytes(16))
    door.shop.till.write(lambda uow: uow.edit(User, door.shop.cashier.id, pin_hash=changed))
    presenter = door.opened()
    digits(presenter, "2135791")
    assert door.came == []
    presenter.enter()
    door.shop.till.sign_out()
    presenter.open()
    digits(presenter, "2135791")
    assert [user.name for user in door.came] == ["Grace", "Grace"]


def test_a_long_pin_can_be_typed(door: Door) -> None:
    """Whatever length a PIN may have, the pad takes; the last digit sends it off."""
    kim = door.shop.till.write(people.create, "Kim", "cashier", "123456789012")
    presenter = door.opened()
    presenter.choose(kim.id)
    digits(presenter, "123456789012")
    assert [user.name for user in door.came] == ["Kim"]


def test_who_has_a_one_time_pin_chooses_another_twice(door: Door) -> None:
    """Two that differ begin again; then that person is in, and the old PIN is gone."""
    kim = door.shop.till.write(people.create, "Kim", "cashier", "1111")
    once = pin.hash_pin("246810", bytes(16), one_time=True)
    door.shop.till.write(lambda uow: uow.edit(User, kim.id, pin_hash=once))
    presenter = door.opened()
    presenter.choose(kim.id)
    assert presenter.state.wanted == "PIN for Kim"
    asked = []
    for typed in ("246810", "77", "7777", "7778", "7777", "7777"):
        digits(presenter, typed)
        presenter.enter()
        asked.append((presenter.state.wanted, presenter.state.error[:16]))
    assert asked[:-1] == [
        ("Choose your new PIN", ""),
        ("Choose your new PIN", "A PIN has 4 to 1"),
        ("Repeat your new PIN", ""),
        ("Choose your new PIN", "The two PINs dif"),
        ("Repeat your new PIN", ""),
    ]
    assert [user.name for user in door.came] == ["Kim"]
    assert "7777" not in repr(presenter.state)
    presenter.open(kim.id)
    assert presenter.state.step == "pin"


def test_a_till_without_people_says_whom_to_ask(door: Door) -> None:
    """An enrolled till whose organisation has no manager yet must not only ask who is there."""

    def leave(uow: UnitOfWork, user_id: str) -> None:
        uow.edit(User, user_id, active=False)

    for user in (door.shop.manager, door.shop.cashier):
        door.shop.till.write(leave, user.id)
    assert "administrator" in door.opened().state.error


def test_a_badge_signs_in_at_once(door: Door) -> None:
    """Whatever was typed or picked before is forgotten; the state holds no code."""
    presenter = door.opened()
    presenter.choose(door.shop.manager.id)
    digits(presenter, "43")
    presenter.badge(BADGE)
    assert [user.name for user in door.came] == ["Grace"]
    assert door.shop.till.user is not None
    assert BADGE not in repr(presenter.state)


def test_with_the_pin_wanted_too_a_badge_picks_its_bearer(door: Door) -> None:
    """The scan, then four digits and Enter."""
    door.shop.till.sign_in(door.shop.manager)
    door.shop.till.write(settings.change, "badge_needs_pin", "1")
    door.shop.till.sign_out()
    presenter = door.opened()
    presenter.badge(BADGE)
    assert (presenter.state.chosen_name, door.came) == ("Grace", [])
    digits(presenter, CASHIER_PIN)
    presenter.enter()
    assert [user.name for user in door.came] == ["Grace"]


def test_an_unknown_badge_is_said_and_lets_nobody_in(door: Door) -> None:
    """And is not shown."""
    presenter = door.opened()
    presenter.badge("EVT-STRANGER")
    assert presenter.state.error == "Unknown badge."
    assert door.came == []


def test_switching_takes_a_number_and_the_pin(door: Door) -> None:
    """The first digit picks who, the rest is the PIN; who was at the till goes."""
    door.shop.till.sign_in(door.shop.cashier)
    presenter = door.opened(SwitchPresenter)
    presenter.digit("1")
    assert presenter.state.chosen_name == "Ada"
    digits(presenter, MANAGER_PIN)
    presenter.enter()
    assert [user.name for user in door.came] == ["Ada"]
    assert door.shop.till.user == door.came[0]


def test_a_number_that_nobody_has_is_said(door: Door) -> None:
    """0, and one beyond the list; Backspace takes a wrong pick back."""
    presenter = door.opened(SwitchPresenter)
    for number in "037":
        presenter.digit(number)
        assert presenter.state.error == f"Nobody has the number {number}."
    presenter.digit("2")
    presenter.backspace()
    assert presenter.state.chosen is None
    presenter.enter()
    assert presenter.state.error == "Press your number, then your PIN."


def test_a_wrong_pin_leaves_who_is_at_the_till(door: Door) -> None:
    """Nobody takes over by trying."""
    door.shop.till.sign_in(door.shop.cashier)
    presenter = door.opened(SwitchPresenter)
    digits(presenter, "10000")
    presenter.enter()
    assert presenter.state.error == "Wrong PIN. Try again."
    assert (door.came, door.shop.till.user) == ([], door.shop.cashier)


def test_a_badge_that_begins_with_a_digit_picks_nobody_by_it(door: Door) -> None:
    """A scanner's first character arrives as if typed; an unknown badge leaves nobody picked."""
    presenter = door.opened(SwitchPresenter)
    presenter.digit("1")
    presenter.badge("1234567")
    assert presenter.state.chosen is None
    assert presenter.state.error == "Unknown badge."


def test_the_wait_after_wrong_pins_counts_down_and_ends(door: Door) -> None:
    """The words name the seconds that are left at each second, and go when it is over."""
    presenter = door.opened()
    presenter.choose(door.shop.cashier.id)
    for _ in range(5):
        for digit in "0000":
            presenter.digit(digit)
        presenter.enter()
    waits = presenter.state.wait_s
    assert waits > 0
    assert presenter.state.message == f"Too many attempts. Wait {waits} s."
    presenter.digit("1")
    presenter.clear()
    assert presenter.state.message == f"Too many attempts. Wait {waits} s."
    door.shop.clock.advance_s(waits - 1)
    presenter.count_down()
    assert presenter.state.message == "Too many attempts. Wait 1 s."
    door.shop.clock.advance_s(1)
    presenter.count_down()
    assert (presenter.state.wait_s, presenter.state.message) == (0, "")


def test_the_wait_is_said_again_when_its_person_is_chosen(door: Door) -> None:
    """Choosing somebody else shows no wait; coming back does."""
    presenter = door.opened()
    presenter.choose(door.shop.cashier.id)
    for _ in range(5):
        for digit in "0000":
            presenter.digit(digit)
        presenter.enter()
    presenter.choose(door.shop.manager.id)
    assert (presenter.state.wait_s, presenter.state.message) == (0, "")
    presenter.choose(door.shop.cashier.id)
    assert presenter.state.wait_s > 0


@pytest.fixture
def alone(door: Door) -> Door:
    """A shop where a PIN alone says who somebody is."""
    door.shop.till.sign_in(door.shop.manager)
    door.shop.till.write(settings.change, "pin_alone", "1")
    door.shop.till.sign_out()
    return door


def test_a_pin_alone_signs_in_where_the_shop_allows_it(alone: Door) -> None:
    """Digits are no numbers of people then; a complete PIN goes through once lengths are known."""
    presenter = alone.opened()
    digits(presenter, CASHIER_PIN)
    presenter.enter()
    assert [user.name for user in alone.came] == ["Grace"]
    presenter.open()
    digits(presenter, MANAGER_PIN)
    presenter.enter()
    presenter.open()
    digits(presenter, CASHIER_PIN)
    assert [user.name for user in alone.came] == ["Grace", "Ada", "Grace"]


def test_wrong_pins_of_nobody_bring_the_growing_delay(alone: Door) -> None:
    """For all of them together, also for a right one; the seconds are counted down."""
    presenter = alone.opened()
    for _try in range(5):
        digits(presenter, "9999")
        presenter.enter()
    assert presenter.state.message == "Too many attempts. Wait 5 s."
    digits(presenter, CASHIER_PIN)
    presenter.enter()
    assert alone.came == []
    alone.shop.clock.advance_s(6)
    presenter.count_down()
    digits(presenter, CASHIER_PIN)
    presenter.enter()
    assert [user.name for user in alone.came] == ["Grace"]


def test_nobody_gets_the_pin_of_another(alone: Door) -> None:
    """Who sets it is told to choose another, and not whose it is."""
    till = alone.shop.till
    till.sign_in(alone.shop.manager)
    with pytest.raises(Refusal, match=r"This PIN cannot be used\."):
        till.write(staff.set_pin, alone.shop.manager.id, CASHIER_PIN)
    with pytest.raises(Refusal, match=r"This PIN cannot be used\."):
        till.write(staff.hire, "Kim", "cashier", CASHIER_PIN)


def test_two_people_with_one_pin_choose_their_names(alone: Door) -> None:
    """Two tills gave it out while offline: a name and the PIN still sign in."""
    alone.shop.till.write(people.create, "Kim", "cashier", CASHIER_PIN)
    presenter = alone.opened()
    digits(presenter, CASHIER_PIN)
    presenter.enter()
    assert "Select your name" in presenter.state.message
    presenter.choose(alone.shop.cashier.id)
    digits(presenter, CASHIER_PIN)
    presenter.enter()
    assert [user.name for user in alone.came] == ["Grace"]

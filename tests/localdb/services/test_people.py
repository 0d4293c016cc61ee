"""Signing in: a right PIN, a wrong one, and too many wrong ones."""

from dataclasses import replace
from pathlib import Path

import pytest

from localdb.domain.permissions import Permission, Request
from localdb.domain.records import AuditEntry, User
from localdb.errors import Refusal
from localdb.services import catalogue, people
from tests.support.shops import CASHIER_PIN, MANAGER_PIN, Shop, small_shop

PAID_OUT = Request(permission=Permission.PAID_OUT, words="Pay out 5.00", amount_minor=500)


def test_the_right_pin_signs_in(tmp_path: Path) -> None:
    """From then on what is written carries that person."""
    with small_shop(tmp_path) as shop:
        assert people.sign_in(shop.till, shop.cashier.id, CASHIER_PIN) == shop.cashier
        assert shop.till.user == shop.cashier


def test_wrong_pins_bring_a_growing_delay_that_also_the_right_one_waits_for(tmp_path: Path) -> None:
    """After five wrong tries nobody gets in until the time is over."""
    with small_shop(tmp_path) as shop:
        for _ in range(5):
            with pytest.raises(Refusal, match="Wrong PIN"):
                people.sign_in(shop.till, shop.cashier.id, "0000")
        with pytest.raises(Refusal, match=r"Try again in \d+ s"):
            people.sign_in(shop.till, shop.cashier.id, CASHIER_PIN)
        shop.clock.advance_s(60)
        assert people.sign_in(shop.till, shop.cashier.id, CASHIER_PIN) == shop.cashier


def test_who_left_cannot_sign_in(tmp_path: Path) -> None:
    """A person who is no longer active is told the same as for a wrong PIN."""
    with small_shop(tmp_path) as shop:
        shop.till.write(lambda uow: uow.edit(User, shop.cashier.id, active=False))
        with pytest.raises(Refusal, match="Wrong PIN"):
            people.sign_in(shop.till, shop.cashier.id, CASHIER_PIN)


def test_only_a_manager_passes(tmp_path: Path) -> None:
    """A cashier is told to ask a manager."""
    with small_shop(tmp_path) as shop:
        shop.till.write(people.require, Permission.SETTINGS)
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(people.require, Permission.SETTINGS)


def test_a_code_in_use_finds_no_second_product(tmp_path: Path) -> None:
    """The service checks what the tables leave open, for the case of two offline tills."""
    with small_shop(tmp_path) as shop, pytest.raises(Refusal, match="already belongs"):
        shop.till.write(catalogue.add_barcode, shop.bread.id, "04006381333931")


def audit_log(shop: Shop) -> list[AuditEntry]:
    return shop.till.write(lambda uow: uow.find(AuditEntry))


def test_a_manager_allows_one_action_and_the_cashier_stays(tmp_path: Path) -> None:
    """The log says who, who allowed, what and how much; who is signed in does not change."""
    with small_shop(tmp_path) as shop:
        shop.till.sign_in(shop.cashier)
        answer = shop.till.write(people.approve, PAID_OUT, shop.manager.id, MANAGER_PIN)
        assert answer.approval is not None
        assert shop.till.user == shop.cashier
        [entry] = audit_log(shop)
        assert (entry.action, entry.user_id, entry.approved_by, entry.amount_minor) == (
            "paid_out",
            shop.cashier.id,
            shop.manager.id,
            500,
        )
        assert entry.detail == "Pay out 5.00"
        shop.till.write(people.require, Permission.PAID_OUT, answer.approval)


def test_leave_is_for_what_was_asked_and_for_who_asked(tmp_path: Path) -> None:
    """An approval opens no other door, and is good for nobody else; one made up opens none."""
    with small_shop(tmp_path) as shop:
        other = shop.till.write(people.create, "Linus", "cashier", "5555")
        shop.till.sign_in(shop.cashier)
        approval = shop.till.write(people.approve, PAID_OUT, shop.manager.id, MANAGER_PIN).approval
        assert approval is not None
        made_up = replace(approval, audit_id=shop.milk.id)
        for permission, given in (
            (Permission.SETTINGS, approval),
            (Permission.SETTINGS, replace(approval, permission=Permission.SETTINGS)),
            (Permission.PAID_OUT, made_up),
            (Permission.PAID_OUT, None),
        ):
            with pytest.raises(Refusal, match="manager"):
                shop.till.write(people.require, permission, given)
        shop.till.sign_in(other)
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(people.require, Permission.PAID_OUT, approval)


def test_a_wrong_pin_for_leave_counts_like_one_at_sign_in(tmp_path: Path) -> None:
    """The growing delay is the approver's, whichever door was tried; nothing goes into the log."""
    with small_shop(tmp_path) as shop:
        shop.till.sign_in(shop.cashier)
        for _ in range(5):
            answer = shop.till.write(people.approve, PAID_OUT, shop.manager.id, "0000")
            assert answer.approval is None
            assert "Wrong PIN" in answer.message
        answer = shop.till.write(people.approve, PAID_OUT, shop.manager.id, MANAGER_PIN)
        assert "Try again in" in answer.message
        with pytest.raises(Refusal, match="Try again in"):
            people.sign_in(shop.till, shop.manager.id, MANAGER_PIN)
        assert audit_log(shop) == []


def test_who_may_not_do_it_may_not_allow_it(tmp_path: Path) -> None:
    """A colleague's right PIN is no leave."""
    with small_shop(tmp_path) as shop:
        other = shop.till.write(people.create, "Linus", "cashier", "5555")
        shop.till.sign_in(shop.cashier)
        answer = shop.till.write(people.approve, PAID_OUT, other.id, "5555")
        assert answer.approval is None
        assert "may not allow" in answer.message
        assert audit_log(shop) == []

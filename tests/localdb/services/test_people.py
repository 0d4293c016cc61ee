"""Signing in: a right PIN, a wrong one, and too many wrong ones."""

from pathlib import Path

import pytest

from localdb.domain.records import User
from localdb.errors import Refusal
from localdb.services import catalogue, people
from tests.support.shops import CASHIER_PIN, small_shop


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
        shop.till.write(people.require_manager)
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(people.require_manager)


def test_a_code_in_use_finds_no_second_product(tmp_path: Path) -> None:
    """The service checks what the tables leave open, for the case of two offline tills."""
    with small_shop(tmp_path) as shop, pytest.raises(Refusal, match="already belongs"):
        shop.till.write(catalogue.add_barcode, shop.bread.id, "04006381333931")

"""Deciding how the shop sells, by a manager, for one store or all."""

from pathlib import Path

import pytest

from localdb.errors import Refusal
from localdb.queries import settings as setting_queries
from localdb.services import people, settings
from tests.support.shops import CASHIER_PIN, MANAGER_PIN, small_shop


def test_a_manager_decides_and_may_decide_otherwise(tmp_path: Path) -> None:
    """The second word replaces the first: one record stays for one setting."""
    with small_shop(tmp_path) as shop:
        shop.till.write(settings.change, "cash_step_minor", "10")
        shop.till.write(settings.change, "cash_step_minor", "5")
        assert shop.till.ask(setting_queries.in_force).cash_step_minor == 5
        shop.till.write(settings.change, "cash_step_minor", "20", for_store=True)
        assert shop.till.ask(setting_queries.in_force).cash_step_minor == 20


def test_a_cashier_decides_nothing(tmp_path: Path) -> None:
    """Nor is a wrong value taken from a manager."""
    with small_shop(tmp_path) as shop:
        people.sign_in(shop.till, shop.cashier.id, CASHIER_PIN)
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(settings.change, "cash_step_minor", "5")
        people.sign_in(shop.till, shop.manager.id, MANAGER_PIN)
        with pytest.raises(Refusal, match="whole number"):
            shop.till.write(settings.change, "cash_step_minor", "soft")
        assert shop.till.ask(setting_queries.in_force).cash_step_minor == 1

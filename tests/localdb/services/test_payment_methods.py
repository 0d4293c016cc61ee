"""A manager sets up the shop's own methods of payment."""

from pathlib import Path

import pytest

from localdb.errors import Refusal, ValidationRefusal
from localdb.queries import payments
from localdb.services import payment_methods
from tests.support.shops import Shop, small_shop


def codes(shop: Shop) -> list[str]:
    return [method.code for method in shop.till.ask(payments.offered)]


def test_own_methods_are_added_in_order(tmp_path: Path) -> None:
    """A code follows from the name, and the newest stands last."""
    with small_shop(tmp_path) as shop:
        for name in ("Meal voucher", "Tageskarte Süd"):
            shop.till.write(payment_methods.add, name, asks_reference=True)
        assert codes(shop)[-2:] == ["meal_voucher", "tageskarte_süd"]


def test_a_built_in_method_is_renamed_and_taken_away(tmp_path: Path) -> None:
    """In its place, under its code; UPI is offered where it is not at home."""
    with small_shop(tmp_path) as shop:
        card = shop.till.write(payment_methods.add, "Debit card", code="card")
        shop.till.write(payment_methods.add, "UPI", code="upi")
        offered = shop.till.ask(payments.offered)
        assert [(m.code, m.name) for m in offered[1:3]] == [("card", "Debit card"), ("upi", "UPI")]
        shop.till.write(payment_methods.change, card.id, active=False)
        assert "card" not in codes(shop)


def test_what_is_refused(tmp_path: Path) -> None:
    """A code twice, the exchange's, another code later, a wrong kind, and whoever may not."""
    with small_shop(tmp_path) as shop:
        made = shop.till.write(payment_methods.add, "Meal")
        for name in ("Meal", "meal!", "Exchange"):
            with pytest.raises(Refusal, match="already"):
                shop.till.write(payment_methods.add, name)
        with pytest.raises(Refusal, match="keeps its code"):
            shop.till.write(payment_methods.change, made.id, code="x")
        with pytest.raises(ValidationRefusal):
            shop.till.write(payment_methods.add, "Shells", kind="shells")
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(payment_methods.add, "Mine")

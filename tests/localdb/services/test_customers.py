"""Customers are made and changed offline; what a cashier does not decide needs leave."""

from pathlib import Path
from typing import Any

import pytest

from localdb.domain.ops import decode
from localdb.domain.permissions import Permission, Request
from localdb.errors import Refusal, ValidationRefusal
from localdb.queries import customers as queries
from localdb.services import balances, customers, people
from localdb.store import outbox
from tests.support.shops import small_shop


def test_a_customer_has_everything_a_shop_writes_down(tmp_path: Path) -> None:
    """Stored as typed but for spaces around it, and a card as a scanner will read it."""
    with small_shop(tmp_path) as shop:
        group = shop.till.write(customers.new_group, " Regulars ")
        made = shop.till.write(
            customers.create,
            " Mary ",
            phone=" 555 ",
            email="mary@example.org",
            card="04006381333931",
            vat_number="DE123456789",
            address="1 High Street",
            group_id=group.id,
            credit_limit_minor=5000,
            tax_exempt=True,
        )
        view = shop.till.ask(queries.view, made.id)
        assert view is not None
        assert (view.customer, view.group) == (made, "Regulars")
        assert (made.name, made.phone, made.card) == ("Mary", "555", "4006381333931")
        assert shop.till.ask(queries.by_card, "04006381333931") == made
        assert shop.till.ask(queries.by_card, "") is None
        shop.till.write(balances.new_card, "GC-0001-7734")
        codes = ("4006381333931", "GC-0001-7734", "GC-0001-7735", "")
        found = [shop.till.ask(queries.is_card, code) for code in codes]
        assert found == [True, True, False, False]
        assert [g.name for g in shop.till.ask(queries.groups)] == ["Regulars"]


@pytest.mark.parametrize("email", ["mary", "@example.org", "mary@", "a@b@c", "mary @example.org"])
def test_what_cannot_be_an_address_is_refused(tmp_path: Path, email: str) -> None:
    """A receipt would never arrive."""
    with small_shop(tmp_path) as shop, pytest.raises(ValidationRefusal, match="email"):
        shop.till.write(customers.create, "Mary", email=email)


def test_a_card_belongs_to_one_customer(tmp_path: Path) -> None:
    """Keeping one's own is no clash."""
    with small_shop(tmp_path) as shop:
        mary = shop.till.write(customers.create, "Mary", card="C-1")
        tom = shop.till.write(customers.create, "Tom")
        with pytest.raises(ValidationRefusal, match="already belongs to Mary"):
            shop.till.write(customers.change, tom.id, card="C-1")
        changed = shop.till.write(customers.change, mary.id, card="C-1", phone="1")
        assert (changed.card, changed.phone) == ("C-1", "1")


@pytest.mark.parametrize("terms", [{"credit_limit_minor": 100}, {"tax_exempt": True}])
def test_a_cashier_grants_no_account_and_no_freedom_from_tax(
    tmp_path: Path, terms: dict[str, Any]
) -> None:
    """But changes everything else of a customer who has them."""
    with small_shop(tmp_path) as shop:
        mary = shop.till.write(customers.create, "Mary", **terms)
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal, match="Only a manager"):
            shop.till.write(customers.create, "Tom", **terms)
        shop.till.write(customers.change, mary.id, phone="1", **terms)
        with pytest.raises(Refusal, match="Only a manager"):
            shop.till.write(customers.change, mary.id, credit_limit_minor=9_999)
        with pytest.raises(Refusal, match="Only a manager"):
            shop.till.write(customers.new_group, "Friends")


def test_a_group_names_who_allowed_it(tmp_path: Path) -> None:
    """The server judges a cashier's edit by the manager whose PIN was typed; others name nobody."""
    with small_shop(tmp_path) as shop:
        mary = shop.till.write(customers.create, "Mary")
        shop.till.sign_in(shop.cashier)
        request = Request(permission=Permission.ADJUST_BALANCE, words="Credit limit")
        given = shop.till.write(people.approve, request, shop.manager.id, "4321").approval
        shop.till.write(customers.change, mary.id, credit_limit_minor=9, approval=given)
        shop.till.write(customers.change, mary.id, phone="1")
        with shop.database.read() as connection:
            *_, limit, phone = outbox.next_batch(connection, 1000, 10**9)
        assert decode(limit.body).approved_by == shop.manager.id
        assert decode(limit.body).user_id == shop.cashier.id
        assert "approved_by" not in phone.body

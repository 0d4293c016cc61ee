"""Training makes everything happen and leaves nothing, by construction."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from localdb import services
from localdb.domain.cart import Cart
from localdb.domain.charge import Charge
from localdb.domain.permissions import Permission, Request
from localdb.domain.records import RECORDS, AuditEntry, JournalEntry, User
from localdb.domain.tender import Tender
from localdb.errors import Refusal
from localdb.queries import carts as cart_queries
from localdb.queries import payments as payment_queries
from localdb.queries import shifts as shift_queries
from localdb.services import (
    carts,
    catalogue,
    customers,
    payments,
    people,
    settings,
    shifts,
    staff,
    training,
)
from localdb.services.checkout import checkout
from localdb.services.till import Till
from tests.support.shops import CASHIER_PIN, KEY, MANAGER_PIN, Shop, opened, small_shop

KEPT_ON_THE_DEVICE = {"local_setting", "counter", "open_cart"}
"""What the practice itself keeps; nothing of it is synced or counted."""


def books(connection: Connection) -> dict[str, object]:
    """Every row of every table, but for what the device keeps for the practice."""
    tables = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    )
    return {
        name: connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()
        for (name,) in tables.all()
        if name not in KEPT_ON_THE_DEVICE
    }


def paid(shop: Shop) -> Tender:
    return Tender(478, shop.till.currency).pay("cash", 1000)


def test_a_practised_sale_is_as_a_real_one_and_leaves_the_books_as_they_were(
    tmp_path: Path,
) -> None:
    """The receipt, the change, the taxes; but no row, no stock, no total, no link, no group."""
    with small_shop(tmp_path) as shop:
        # Made before: a test's cart asks the till for ids.
        cart = shop.cart(shop.milk, shop.bread)
        real = shop.till.write(checkout, cart, paid(shop))
        training.begin(shop.till)
        before, shift = shop.till.ask(books), shop.till.ask(shift_queries.current)
        practised = training.sell(shop.till, cart, paid(shop))
        assert practised.completed.total_minor == real.total_minor == 478
        assert practised.completed.change_minor == 522
        assert practised.receipt.is_training
        assert practised.receipt.sale.receipt_number == "TRAIN-000001"
        assert [line.name for line in practised.receipt.lines] == ["Milk 1 l", "Rye bread"]
        assert sum(tax.tax_minor for tax in practised.receipt.taxes) > 0
        assert shop.till.ask(books) == before
        assert shop.till.ask(shift_queries.current) == shift


def test_the_real_series_goes_on_without_a_gap(tmp_path: Path) -> None:
    """Practised receipts count for themselves, over several trainings."""
    with small_shop(tmp_path) as shop:
        carts_made = [shop.cart(shop.milk, shop.bread) for _ in range(5)]
        first = shop.till.write(checkout, carts_made[0], paid(shop)).receipt_number
        numbers = []
        for cart in carts_made[1:4]:
            training.begin(shop.till)
            practised = training.sell(shop.till, cart, paid(shop))
            numbers.append(practised.completed.receipt_number)
            training.end(shop.till)
        second = shop.till.write(checkout, carts_made[4], paid(shop)).receipt_number
        assert (first, second) == ("S01-T01-000001", "S01-T01-000002")
        assert numbers == ["TRAIN-000001", "TRAIN-000002", "TRAIN-000003"]


def test_only_that_it_began_and_ended_is_journaled_and_logged(tmp_path: Path) -> None:
    """Who, and between what times."""
    with small_shop(tmp_path) as shop:
        cart = shop.cart(shop.milk, shop.bread)
        entries = len(shop.till.write(lambda uow: uow.find(JournalEntry)))
        training.begin(shop.till)
        training.sell(shop.till, cart, paid(shop))
        training.end(shop.till)
        journal = shop.till.write(lambda uow: uow.find(JournalEntry))[entries:]
        assert [entry.kind for entry in journal] == ["training_began", "training_ended"]
        log = shop.till.write(lambda uow: uow.find(AuditEntry))
        assert [(e.action, e.user_id) for e in log] == [
            ("training_began", shop.manager.id),
            ("training_ended", shop.manager.id),
        ]


REFUSED: dict[str, Callable[[Shop], object]] = {
    "a real sale": lambda s: s.till.write(checkout, Cart(), paid(s)),
    "a shift": lambda s: s.till.write(shifts.close_shift, 0),
    "the drawer": lambda s: s.till.write(shifts.no_sale, "a look"),
    "cash out": lambda s: s.till.write(shifts.paid_out, 100, "milk"),
    "a price": lambda s: s.till.write(catalogue.edit_product, s.milk, price_minor=1),
    "a customer": lambda s: s.till.write(customers.create, "Ines"),
    "a held cart": lambda s: s.till.write(carts.hold, Cart(), "x"),
    "a setting": lambda s: s.till.write(settings.change, "lock_after_s", "60"),
    "a person": lambda s: s.till.write(staff.let_go, s.cashier.id),
    "the log": lambda s: s.till.write(people.audit, "x"),
    "anything": lambda s: s.till.write(lambda uow: uow.next_number("receipt:S01-T01")),
    "a jotting": lambda s: s.till.jot(lambda uow: uow.edit(User, s.cashier.id, name="X")),
}


@pytest.mark.parametrize("road", REFUSED)
def test_no_other_road_leads_from_practice_into_the_books(tmp_path: Path, road: str) -> None:
    """Whatever a screen asks for is refused in words; the books are as they were."""
    with small_shop(tmp_path) as shop:
        training.begin(shop.till)
        before = shop.till.ask(books)
        with pytest.raises(Refusal, match="This is training"):
            REFUSED[road](shop)
        assert shop.till.ask(books) == before


def test_what_is_for_real_in_training_too_is_a_short_list() -> None:
    """Each was looked at: none makes a record, but the end of training and of real card money."""
    found = {
        f"{value.__module__.removeprefix('localdb.services.')}.{value.__name__}"
        for module in pkgutil.walk_packages(services.__path__, "localdb.services.")
        for value in vars(importlib.import_module(module.name)).values()
        if inspect.isfunction(value) and getattr(value, "also_in_training", False)
    }
    assert found == {
        "carts.cancel",
        "carts.save_open",
        "payments.keep",
        "payments.undone",
        "people._only_one",
        "people._sign_in",
        "people.approve",
        "people.approve_by_badge",
        "people.arrive",
        "people.read_badge",
        "training._end",
        "training._sold",
    }


def test_people_come_and_go_in_training_and_leave_no_trace(tmp_path: Path) -> None:
    """Wrong PINs count, leave can be practised; neither is in the log, and it opens no service."""
    with small_shop(tmp_path) as shop:
        till = shop.till
        training.begin(till)
        people.sign_in(till, shop.cashier.id, CASHIER_PIN)
        before = till.ask(books)
        request = Request(permission=Permission.PAID_OUT, words="x")
        wrong = till.write(people.approve, request, shop.manager.id, "0000")
        assert wrong.approval is None
        given = till.write(people.approve, request, shop.manager.id, MANAGER_PIN).approval
        assert given is not None
        assert given.audit_id is None
        assert till.ask(books) == before
        training.end(till)
        with pytest.raises(Refusal, match="Only a manager"):
            till.write(shifts.paid_out, 100, "x", approval=given)


def test_the_carts_are_kept_apart(tmp_path: Path) -> None:
    """The shop's open cart waits untouched, and is the next person's with a line in the log."""
    with small_shop(tmp_path) as shop:
        till = shop.till
        people.sign_in(till, shop.manager.id, MANAGER_PIN)
        real, practised = shop.cart(shop.milk), shop.cart(shop.bread)
        till.jot(carts.save_open, real, till.cart_name)
        training.begin(till)
        till.jot(carts.save_open, practised, till.cart_name)
        assert till.ask(cart_queries.open_cart, till.cart_name) == practised
        people.sign_in(till, shop.cashier.id, CASHIER_PIN)
        training.end(till)
        assert till.ask(cart_queries.open_cart, till.cart_name) == real
        actions = [e.action for e in till.write(lambda uow: uow.find(AuditEntry))]
        assert actions == ["training_began", "training_ended", "cart_taken_over"]


def test_what_was_practised_does_not_come_back_after_a_power_cut(tmp_path: Path) -> None:
    """Neither the cart that was paid, nor its payment."""
    with small_shop(tmp_path) as shop:
        till, cart = shop.till, shop.cart(shop.milk, shop.bread)
        training.begin(till)
        till.jot(carts.save_open, cart, till.cart_name)
        till.write(payments.keep, Charge("practice", "", paid(shop)))
        training.sell(till, cart, paid(shop))
        assert till.ask(cart_queries.open_cart, till.cart_name).is_empty
        assert till.ask(payment_queries.open_charge) is None


def test_training_does_not_begin_in_the_middle_of_a_payment(tmp_path: Path) -> None:
    """What a customer has paid is neither practised with nor forgotten."""
    with small_shop(tmp_path) as shop:
        half = Tender(478, shop.till.currency).pay("cash", 100)
        shop.till.write(payments.keep, Charge("sale", "", half))
        with pytest.raises(Refusal, match="Finish the payment"):
            training.begin(shop.till)
        kept = shop.till.ask(payment_queries.open_charge)
        assert kept is not None
        assert kept.is_begun


def test_training_lasts_over_a_power_cut(tmp_path: Path) -> None:
    """The till that starts again still practises, with the practice's cart, until it is ended."""
    with small_shop(tmp_path) as shop:
        cart = shop.cart(shop.milk)
        training.begin(shop.till)
        shop.till.jot(carts.save_open, cart, shop.till.cart_name)
    with opened(tmp_path, key=KEY) as database:
        till = Till(database)
        assert till.is_training
        assert till.ask(cart_queries.open_cart, till.cart_name) == cart
        with pytest.raises(Refusal, match="Sign in to end"):
            training.end(till)
        till.sign_in(shop.manager)
        training.end(till)
        assert not till.is_training
        assert not Till(database).is_training


def test_without_a_shift_one_can_practise_all_the_same(tmp_path: Path) -> None:
    """Before opening time; and no shift is open afterwards."""
    with small_shop(tmp_path) as shop:
        cart = shop.cart(shop.milk, shop.bread)
        shop.till.write(shifts.close_shift, 10_000)
        training.begin(shop.till)
        assert training.sell(shop.till, cart, paid(shop)).completed.change_minor == 522
        assert shop.till.ask(shift_queries.current) is None


def test_training_takes_the_right_or_somebodys_leave(tmp_path: Path) -> None:
    """A cashier does not put a till out of business alone; it begins once and ends once."""
    with small_shop(tmp_path) as shop:
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal, match="Only a manager"):
            training.begin(shop.till)
        assert not shop.till.is_training
        request = Request(permission=Permission.TRAINING, words="Begin training")
        given = shop.till.write(people.approve, request, shop.manager.id, MANAGER_PIN)
        training.begin(shop.till, given.approval)
        training.end(shop.till)
        with pytest.raises(Refusal, match="not on"):
            training.end(shop.till)


def test_what_a_real_sale_would_refuse_practice_refuses(tmp_path: Path) -> None:
    """A cart that is not paid; and nothing counts."""
    with small_shop(tmp_path) as shop:
        cart = shop.cart(shop.milk, shop.bread)
        training.begin(shop.till)
        with pytest.raises(Refusal):
            training.sell(shop.till, cart, Tender(478, shop.till.currency))
        assert training.sell(shop.till, cart, paid(shop)).completed.receipt_number.endswith("1")


def test_every_record_type_is_in_the_books_compared(tmp_path: Path) -> None:
    """The comparison above sees all that could be stored."""
    with small_shop(tmp_path) as shop:
        assert set(RECORDS) <= set(shop.till.ask(books))

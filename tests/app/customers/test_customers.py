"""Picking customers, making and changing them, and what they have and owe."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.customers.customers import CustomersPresenter, CustomersState
from app.kit.flow import Ask, AskApproval, AskNumber, AskText
from app.kit.formats import Formats
from localdb.domain.records import Customer
from localdb.services import balances, customers
from tests.support.shops import MILK, Shop, small_shop


@dataclass
class Desk:
    """A presenter with everything it was shown, asked and told."""

    shop: Shop
    states: list[CustomersState] = field(default_factory=list)
    questions: list[tuple[Ask, Callable[[object], None]]] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    paid_off: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.presenter = CustomersPresenter(
            self.shop.till,
            Formats("en", "EUR"),
            self.states.append,
            lambda question, answer: self.questions.append((question, answer)),
            lambda customer: self.chosen.append(customer.name),
            lambda customer, amount: self.paid_off.append((customer.name, amount)),
        )

    @property
    def state(self) -> CustomersState:
        return self.states[-1]

    def fill(self, **entries: str) -> None:
        for name, entry in entries.items():
            self.presenter.type(name, entry)

    def answer(self, answer: object) -> Ask:
        """Answer the last question; which one it was."""
        question, tell = self.questions[-1]
        tell(answer)
        return question

    def made(self, name: str, **fields: object) -> Customer:
        return self.shop.till.write(lambda uow: customers.create(uow, name, **fields))  # type: ignore[arg-type]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with small_shop(tmp_path) as shop:
        yield Desk(shop)


def test_a_new_customer_is_chosen_and_found_again(desk: Desk) -> None:
    """A customer made at the till is taken at once, and found by phone afterwards."""
    desk.presenter.start_new("+351 912")
    desk.fill(name="Ines Duarte")
    desk.presenter.save()
    desk.presenter.search("+351")
    desk.presenter.choose(0)
    assert desk.chosen == ["Ines Duarte", "Ines Duarte"]


def test_what_was_searched_for_stands_in_the_form(desk: Desk) -> None:
    """Digits are a phone number, anything else a name."""
    desk.presenter.start_new("Ines ")
    assert desk.state.entries["name"] == "Ines"
    desk.presenter.start_new("0351 912")
    assert (desk.state.entries["name"], desk.state.entries["phone"]) == ("", "0351 912")


@pytest.mark.parametrize(
    ("entries", "field_name", "says"),
    [
        ({"name": "  "}, "name", "Name must have 1 to 255 characters."),
        ({"name": "A", "email": "nobody"}, "email", "must look like name@example.org"),
        ({"name": "A", "card": "C-1"}, "card", "Card already belongs to Tom."),
        ({"name": "A", "credit_limit_minor": "a lot"}, "credit_limit_minor", "Type an amount"),
    ],
)
def test_a_wrong_field_says_what_is_wrong(
    desk: Desk, entries: dict[str, str], field_name: str, says: str
) -> None:
    """Nothing is stored, and what was typed stays."""
    desk.made("Tom", card="C-1")
    desk.presenter.start_new("")
    desk.fill(**entries)
    desk.presenter.save()
    assert list(desk.state.errors) == [field_name]
    assert says in desk.state.errors[field_name]
    assert (desk.state.page, desk.chosen) == ("form", [])
    assert {n: desk.state.entries[n] for n in entries} == entries


def test_what_a_customer_has_and_owes_is_shown(desk: Desk) -> None:
    """In the list in one line, and in full on the customer."""
    group = desk.shop.till.write(customers.new_group, "Regulars")
    mary = desk.made(
        "Mary", phone="555", group_id=group.id, credit_limit_minor=20_000, address="1 High Street"
    )
    for kind, amount in (("points", 1200), ("store_credit", 500), ("on_account", 7550)):
        desk.shop.till.write(balances.adjust, kind, mary.id, amount, "carried over")
    desk.presenter.search("mary")
    assert desk.state.rows == (("Mary", "555  ·  1,200 points  ·  credit €5.00  ·  owes €75.50"),)
    desk.presenter.look(0)
    assert desk.state.title == "Mary"
    assert dict(desk.state.facts) == {
        "Points": "1,200",
        "Store credit": "€5.00",
        "House account": "€75.50 (limit €200.00)",
        "Phone": "555",
        "Group": "Regulars",
        "Address": "1 High Street",
    }
    desk.presenter.take()
    assert desk.chosen == ["Mary"]


def test_a_customer_is_changed(desk: Desk) -> None:
    """Only what was changed; then the customer is shown as it is now."""
    mary = desk.made("Mary", phone="555", card="C-1")
    desk.presenter.open(mary.id)
    desk.presenter.edit()
    assert desk.state.entries["card"] == "C-1"
    desk.fill(phone="556", vat_number="DE123456789")
    desk.presenter.save()
    assert (desk.state.page, dict(desk.state.facts)["Phone"]) == ("shown", "556")
    stored = desk.shop.till.write(lambda uow: uow.get(Customer, mary.id))
    assert stored is not None
    assert (stored.phone, stored.card, stored.vat_number) == ("556", "C-1", "DE123456789")
    desk.presenter.edit()
    desk.presenter.back()
    assert desk.state.page == "shown"
    assert desk.questions == []


def test_an_account_needs_a_manager_s_leave(desk: Desk) -> None:
    """So does freedom from tax; a cashier asks, and without leave nothing is stored."""
    desk.shop.till.sign_in(desk.shop.cashier)
    for entries in ({"credit_limit_minor": "100"}, {"tax_exempt": "1"}):
        desk.presenter.start_new("Mary")
        desk.fill(**entries)
        desk.presenter.save()
        assert isinstance(desk.answer(None), AskApproval)
    assert (desk.state.page, desk.chosen) == ("form", [])
    desk.shop.till.sign_in(desk.shop.manager)
    desk.presenter.save()
    assert desk.chosen == ["Mary"]


def test_what_is_owed_is_paid_off_in_part_or_whole(desk: Desk) -> None:
    """Never more than it is; nobody who owes nothing is asked."""
    mary = desk.made("Mary", credit_limit_minor=20_000)
    desk.presenter.open(mary.id)
    desk.presenter.owes()
    assert (desk.questions, desk.state.can_pay_off) == ([], False)
    desk.shop.till.write(balances.adjust, "on_account", mary.id, 7550, "carried over")
    desk.presenter.open(mary.id)
    for amount in (8000, None, 0):
        desk.presenter.owes()
        question = desk.answer(amount)
        assert isinstance(question, AskNumber)
        assert question.initial == "75.50"
    assert (desk.paid_off, desk.state.error) == ([], "Enter an amount up to €75.50.")
    desk.presenter.owes()
    desk.answer(7550)
    assert desk.paid_off == [("Mary", 7550)]


def test_a_scanned_card_takes_its_customer_or_fills_the_form(desk: Desk) -> None:
    """What is for sale is sold meanwhile, and an unknown code is none of the list's business."""
    desk.made("Mary", card="C-1")
    desk.presenter.search("")
    assert [desk.presenter.scan(code) for code in ("C-2", MILK)] == [False, False]
    desk.presenter.start_new("Tom")
    assert [desk.presenter.scan(code) for code in ("C-2", MILK)] == [True, False]
    assert desk.state.entries["card"] == "C-2"
    desk.presenter.back()
    assert desk.presenter.scan("C-1")
    assert desk.chosen == ["Mary"]


def test_a_customer_who_is_gone_leads_back_to_the_list(desk: Desk) -> None:
    """Another till deleted the one in the cart."""
    mary = desk.made("Mary")
    desk.shop.till.write(lambda uow: uow.edit(Customer, mary.id, deleted=True))
    desk.presenter.open(mary.id)
    assert (desk.state.page, desk.state.rows) == ("find", ())


def test_a_group_is_made_where_it_is_missing(desk: Desk) -> None:
    """Named, under the right to set prices, and picked at once; backing out changes nothing."""
    desk.presenter.start_new("Mary")
    (new, words) = desk.state.groups[-1]
    assert words == "New group…"
    desk.presenter.type("group_id", new)
    assert isinstance(desk.answer(None), AskText)
    assert desk.state.entries["group_id"] == ""
    desk.presenter.type("group_id", new)
    desk.answer("Regulars")
    assert [name for _, name in desk.state.groups] == ["No group", "Regulars", "New group…"]
    desk.presenter.save()
    (mary,) = desk.shop.till.write(lambda uow: uow.find(Customer))
    assert mary.group_id == desk.state.groups[1][0]
    desk.presenter.start_new("Tom")
    desk.presenter.type("group_id", new)
    desk.answer("regulars")
    assert desk.state.error == "There is a group regulars already."
    desk.shop.till.sign_in(desk.shop.cashier)
    desk.presenter.type("group_id", new)
    desk.answer("Friends")
    assert isinstance(desk.answer(None), AskApproval)
    assert [name for _, name in desk.state.groups] == ["No group", "Regulars", "New group…"]

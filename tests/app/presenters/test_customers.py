"""Picking and making customers."""

from pathlib import Path

from app.presenters.customers import CustomersPresenter, CustomersState
from localdb.domain.records import Customer
from tests.support.shops import small_shop


def test_a_new_customer_is_chosen_and_found_again(tmp_path: Path) -> None:
    """A customer made at the till is taken at once, and found by phone afterwards."""
    chosen: list[Customer] = []
    states: list[CustomersState] = []
    with small_shop(tmp_path) as shop:
        presenter = CustomersPresenter(shop.till, states.append, chosen.append)
        presenter.create("Ines Duarte", "+351 912", "")
        presenter.search("+351")
        presenter.choose(0)
    assert [customer.name for customer in chosen] == ["Ines Duarte", "Ines Duarte"]


def test_a_nameless_customer_is_refused_by_field(tmp_path: Path) -> None:
    """The form is told which field is wrong."""
    states: list[CustomersState] = []
    with small_shop(tmp_path) as shop:
        presenter = CustomersPresenter(shop.till, states.append, lambda customer: None)
        presenter.create("  ", "", "")
    assert [field for field, _said in states[-1].errors] == ["name"]

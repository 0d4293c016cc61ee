"""Taking payment without a screen, over a real database."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.formats import Formats
from app.presenters.charge import ChargePresenter, ChargeState, Done
from localdb.domain.pricing import Discount
from localdb.queries import receipts
from localdb.services import shifts
from tests.support.shops import Shop, small_shop


@dataclass
class Desk:
    """A presenter in front of a cart of milk and bread, 4.78 in all."""

    shop: Shop
    states: list[ChargeState] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.presenter = ChargePresenter(
            self.shop.till, Formats(), self.states.append, self.done.append
        )
        self.cart = self.shop.cart(self.shop.milk, self.shop.bread)

    def open(self) -> None:
        """Begin to take payment."""
        self.presenter.open(self.cart, 478)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A cashier about to take payment."""
    with small_shop(tmp_path) as shop:
        made = Desk(shop)
        yield made
        made.presenter.back()


def test_quick_cash_offers_exact_and_the_next_notes(desk: Desk) -> None:
    """The first offer is exactly what is due; the rest are notes above it, rising."""
    desk.open()
    quick = desk.presenter.state.quick
    assert [(offer.label, offer.is_exact) for offer in quick][:3] == [
        ("€4.78", True),
        ("€5.00", False),
        ("€10.00", False),
    ]


def test_change_comes_back_once_stored(desk: Desk) -> None:
    """What is announced is on disk already."""
    desk.open()
    desk.presenter.pay_cash("10")
    assert [(d.change, d.receipt_number) for d in desk.done] == [("€5.22", "S01-T01-000001")]
    receipt = desk.shop.till.ask(receipts.last)
    assert receipt is not None
    assert receipt.sale.total_minor == 478


def test_a_paid_sale_takes_no_more(desk: Desk) -> None:
    """A second payment after the last is ignored: the sale is stored once."""
    desk.open()
    desk.presenter.pay_cash()
    desk.presenter.pay_cash()
    desk.presenter.pay_card()
    assert len(desk.done) == 1
    assert not desk.presenter.is_open


@pytest.mark.parametrize("typed", ["abc", "0", "-5", "1.234"])
def test_a_wrong_amount_is_said_and_changes_nothing(desk: Desk, typed: str) -> None:
    """What is no amount is explained; nothing counts as paid."""
    desk.open()
    desk.presenter.pay_cash(typed)
    assert desk.presenter.state.error
    assert desk.presenter.state.payments == ()


def test_a_card_never_gives_change(desk: Desk) -> None:
    """More than is due by card is refused."""
    desk.open()
    desk.presenter.pay_card("10")
    assert "only cash gives change" in desk.presenter.state.error


def test_a_payment_can_be_taken_back(desk: Desk) -> None:
    """Before the sale is stored the last payment can go again."""
    desk.open()
    desk.presenter.pay_card("2")
    assert desk.presenter.state.remaining == "€2.78"
    desk.presenter.remove_last()
    assert desk.presenter.state.remaining == "€4.78"


def test_a_sale_that_cannot_be_stored_can_be_tried_again(desk: Desk) -> None:
    """Without a shift nothing is stored and the payment is still to take."""
    desk.shop.till.write(shifts.close_shift, 10_000)
    desk.open()
    desk.presenter.pay_cash()
    assert "No shift is open" in desk.presenter.state.error
    desk.shop.till.write(shifts.open_shift, 0)
    desk.presenter.pay_cash()
    assert len(desk.done) == 1


def test_nothing_to_pay_is_stored_by_one_key(desk: Desk) -> None:
    """A cart that comes to nothing needs no payment, only the confirmation."""
    desk.cart = desk.cart.discount_cart(Discount(rate_ppm=1_000_000))
    desk.presenter.open(desk.cart, 0)
    desk.presenter.pay_cash()
    assert [d.total for d in desk.done] == ["€0.00"]

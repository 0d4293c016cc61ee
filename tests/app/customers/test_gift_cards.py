"""Selling a gift card, loading one, and seeing what is on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.customers.gift_cards import GiftCardPresenter, GiftCardState
from app.kit.flow import Ask, AskApproval, AskYesNo
from app.kit.formats import Formats
from localdb.domain.records import GiftCard
from localdb.services import balances
from tests.support.shops import Shop, small_shop


@dataclass
class Desk:
    """A presenter with everything it was shown, asked and told."""

    shop: Shop
    states: list[GiftCardState] = field(default_factory=list)
    questions: list[tuple[Ask, Callable[[object], None]]] = field(default_factory=list)
    loads: list[tuple[str, int, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.presenter = GiftCardPresenter(
            self.shop.till,
            Formats("en", "EUR"),
            self.shop.clock,
            self.states.append,
            lambda question, answer: self.questions.append((question, answer)),
            lambda card, amount, is_new: self.loads.append((card.code, amount, is_new)),
        )

    @property
    def state(self) -> GiftCardState:
        return self.states[-1]

    def card(self, code: str = "GC-1", on_it: int = 2500, **fields: Any) -> GiftCard:
        till = self.shop.till
        card = till.write(balances.new_card, code)
        till.write(balances.adjust, "gift_card", card.id, on_it, "test")
        till.write(lambda uow: uow.edit(GiftCard, card.id, **fields))
        return card


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with small_shop(tmp_path) as shop:
        yield Desk(shop)


def test_a_card_that_is_known_shows_what_is_on_it(desk: Desk) -> None:
    """And takes more."""
    desk.card()
    desk.presenter.look("GC-1")
    assert (desk.state.balance, desk.state.action) == ("€25.00", "Load")
    desk.presenter.load("10")
    assert desk.loads == [("GC-1", 1000, False)]


def test_a_card_that_nobody_knows_is_sold(desk: Desk) -> None:
    """Only now is it made, so that looking at a code makes no card."""
    desk.presenter.look("GC-2")
    assert (desk.state.balance, desk.state.action) == ("", "Sell card")
    assert desk.shop.till.write(lambda uow: uow.find(GiftCard)) == []
    desk.presenter.load("25")
    assert desk.loads == [("GC-2", 2500, True)]
    (made,) = desk.shop.till.write(lambda uow: uow.find(GiftCard))
    assert made.code == "GC-2"


@pytest.mark.parametrize("typed", ["", "0", "-5", "much", "1.234"])
def test_an_amount_must_be_one(desk: Desk, typed: str) -> None:
    """Nothing happens, and it says what to type."""
    desk.presenter.look("GC-1")
    desk.presenter.load(typed)
    assert desk.loads == []
    assert desk.state.error == "Type an amount above 0, such as 25.00."


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"active": False}, "This card is blocked."),
        ({"expires_day": 20200101}, "Expired Jan 1, 2020"),
    ],
)
def test_a_card_that_is_not_good_takes_nothing(
    desk: Desk, fields: dict[str, Any], says: str
) -> None:
    """It says why, and what is on it."""
    desk.card(**fields)
    desk.presenter.look("GC-1")
    assert says in desk.state.said
    assert (desk.state.balance, desk.state.is_good) == ("€25.00", False)
    desk.presenter.load("10")
    assert (desk.loads, desk.state.error) == ([], desk.state.said)


def test_a_card_that_will_expire_says_when(desk: Desk) -> None:
    """In plain figures."""
    desk.card(expires_day=20991231)
    desk.presenter.look("GC-1")
    assert (desk.state.said, desk.state.is_good) == ("Expires Dec 31, 2099.", True)


def test_a_lost_card_is_blocked_after_a_question(desk: Desk) -> None:
    """And can be let pay again; a cashier needs a manager's leave."""
    desk.card()
    desk.presenter.look("GC-1")
    for answer, words in ((False, "Block card"), (True, "Unblock card"), (True, "Block card")):
        desk.presenter.block()
        question, tell = desk.questions[-1]
        assert isinstance(question, AskYesNo)
        tell(answer)
        assert desk.state.block == words
    desk.shop.till.sign_in(desk.shop.cashier)
    desk.presenter.block()
    desk.questions[-1][1](True)
    question, tell = desk.questions[-1]
    assert isinstance(question, AskApproval)
    tell(None)
    assert desk.state.error.startswith("Cancelled: Block card GC-1")


def test_nothing_typed_asks_for_a_card(desk: Desk) -> None:
    """Not an error, and nothing to press."""
    desk.presenter.look(" ")
    assert (desk.state, desk.state.can_load) == (GiftCardState(), False)
    desk.presenter.load("5")
    assert desk.loads == []

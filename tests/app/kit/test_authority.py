"""Asking for leave on the way, without a screen."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.kit.authority import ApprovalPresenter, may, need
from app.kit.flow import Ask, AskApproval, Flow, FlowRunner
from localdb.domain.permissions import Approval, Permission
from localdb.domain.records import AuditEntry
from localdb.errors import EvertillError
from localdb.services import people
from tests.support.shops import CASHIER_PIN, MANAGER_PIN, Shop, small_shop


class Desk:
    """Runs flows, and keeps the questions until the test answers them."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.questions: list[tuple[Ask, Callable[[Any], None]]] = []
        self.refused: list[EvertillError] = []
        self.got: list[Approval | None] = []
        self.runner = FlowRunner(lambda q, a: self.questions.append((q, a)), self.refused.append)

    def pay_out(self) -> Flow:
        """A flow that needs leave."""
        words = "Pay out €5.00"
        self.got.append(
            (yield from need(self.shop.till, Permission.PAID_OUT, words, amount_minor=500))
        )

    def presenter(self) -> ApprovalPresenter:
        """The sheet's presenter over the question asked last."""
        question, answer = self.questions[-1]
        assert isinstance(question, AskApproval)
        return ApprovalPresenter(self.shop.till, question.request, lambda _state: None, answer)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A cashier at the till."""
    with small_shop(tmp_path) as shop:
        shop.till.sign_in(shop.cashier)
        yield Desk(shop)


def type_pin(presenter: ApprovalPresenter, pin: str) -> None:
    for digit in pin:
        presenter.digit(digit)
    presenter.enter()


def test_by_own_right_nothing_is_asked(desk: Desk) -> None:
    """A manager goes on without a question, and nothing was overridden."""
    desk.shop.till.sign_in(desk.shop.manager)
    desk.runner.run(desk.pay_out())
    assert desk.questions == []
    assert desk.got == [Approval(permission=Permission.PAID_OUT, user_id=desk.shop.manager.id)]


def test_the_only_manager_is_picked_already_and_types_the_pin(desk: Desk) -> None:
    """Four digits and Enter, and the cashier's action goes on under the cashier's name."""
    desk.runner.run(desk.pay_out())
    presenter = desk.presenter()
    assert presenter.state.chosen_name == "Ada"
    type_pin(presenter, MANAGER_PIN)
    [approval] = desk.got
    assert approval is not None
    assert (approval.user_id, approval.approved_by) == (desk.shop.cashier.id, desk.shop.manager.id)
    assert desk.shop.till.user == desk.shop.cashier


def test_backing_out_is_a_refusal(desk: Desk) -> None:
    """Without leave the flow gets None, whatever a careless caller would send."""
    desk.runner.run(desk.pay_out())
    desk.questions[-1][1](None)
    desk.runner.run(desk.pay_out())
    desk.questions[-1][1](True)
    assert desk.got == [None, None]


def test_a_wrong_pin_is_said_and_asks_again(desk: Desk) -> None:
    """The cashier's own PIN does not do, and the sheet stays."""
    desk.runner.run(desk.pay_out())
    presenter = desk.presenter()
    type_pin(presenter, CASHIER_PIN)
    assert presenter.state.error == "Wrong PIN. Try again."
    assert desk.got == []
    type_pin(presenter, MANAGER_PIN)
    assert len(desk.got) == 1


def test_leave_is_not_remembered(desk: Desk) -> None:
    """The second pay-out asks again; each override is in the log."""
    for _ in range(2):
        desk.runner.run(desk.pay_out())
        type_pin(desk.presenter(), MANAGER_PIN)
    assert len(desk.questions) == 2
    assert len(desk.shop.till.write(lambda uow: uow.find(AuditEntry))) == 2


def test_of_several_one_must_be_picked(desk: Desk) -> None:
    """With two who may allow it, nobody's PIN is guessed for another."""
    desk.shop.till.write(people.create, "Sam", "supervisor", "2222")
    desk.runner.run(desk.pay_out())
    presenter = desk.presenter()
    presenter.enter()
    assert presenter.state.error == "Select who approves it first, then enter their PIN."
    sam = next(p for p in presenter.state.people if p.name == "Sam")
    presenter.digit(str(presenter.state.people.index(sam) + 1))
    type_pin(presenter, "2222")
    assert desk.got[0] is not None
    assert desk.got[0].approved_by == sam.id


def test_nobody_who_may_is_said_at_once(desk: Desk) -> None:
    """A till without a manager says so instead of showing an empty list."""
    manager = desk.shop.manager.id
    desk.shop.till.write(lambda uow: uow.edit(type(desk.shop.manager), manager, role="cashier"))
    desk.runner.run(desk.pay_out())
    assert desk.presenter().state.error == "No one at this store can approve this."


def test_a_screen_asks_what_to_offer(desk: Desk) -> None:
    """`may` answers for who is signed in now."""
    assert not may(desk.shop.till, Permission.PAID_OUT)
    desk.shop.till.sign_in(desk.shop.manager)
    assert may(desk.shop.till, Permission.PAID_OUT)

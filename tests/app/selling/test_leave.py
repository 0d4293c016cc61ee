"""A cashier at the cart: ordinary things go through, the rest asks for somebody's PIN each time."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.kit.flow import AskApproval, AskDiscount, OpenItemAnswer
from app.kit.formats import Formats
from app.selling.selling import SellingPresenter
from app.selling.state import DiscountAnswer
from localdb.domain.ids import IdSource
from localdb.domain.permissions import Approval, Permission
from localdb.domain.pricing import Discount
from localdb.domain.records import AuditEntry
from localdb.queries import carts
from localdb.services import people
from tests.app.selling.test_selling import Counter, Screen, names
from tests.support.shops import BREAD, MANAGER_PIN, MILK, small_shop


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """A cashier, not a manager, in front of an empty cart."""
    with small_shop(tmp_path) as shop:
        shop.till.sign_in(shop.cashier)
        screen = Screen()
        presenter = SellingPresenter(shop.till, Formats(), screen, IdSource(shop.clock), shop.clock)
        presenter.open_cart.open()
        yield Counter(shop, screen, presenter)


def discount(counter: Counter, given: Discount, *, on_cart: bool = False) -> None:
    """Answer the discount sheet."""
    counter.presenter.discount()
    question, answer = counter.screen.questions[-1]
    assert isinstance(question, AskDiscount)
    answer(DiscountAnswer(on_cart, given))


def asked(counter: Counter) -> AskApproval | None:
    """The leave that is being asked for now."""
    if not counter.screen.questions:
        return None
    question, _answer = counter.screen.questions[-1]
    return question if isinstance(question, AskApproval) else None


def allow(counter: Counter) -> None:
    """The manager types the PIN."""
    question, answer = counter.screen.questions.pop()
    assert isinstance(question, AskApproval)
    manager = counter.shop.manager.id
    answer(counter.shop.till.write(people.approve, question.request, manager, MANAGER_PIN).approval)


def refuse(counter: Counter) -> None:
    """Nobody comes: Esc."""
    question, answer = counter.screen.questions.pop()
    assert isinstance(question, AskApproval)
    answer(None)


ROADS: dict[str, tuple[Callable[[Counter], None], Permission]] = {
    "multiplier": (lambda c: c.presenter.scan(BREAD, "-1*"), Permission.RETURN_WITHOUT_RECEIPT),
    "typed code": (
        lambda c: c.presenter.enter(f"-1*{BREAD}", None),
        Permission.RETURN_WITHOUT_RECEIPT,
    ),
    "tile": (
        lambda c: c.presenter.pick(c.shop.bread.id, "-2*"),
        Permission.RETURN_WITHOUT_RECEIPT,
    ),
    "quantity key": (lambda c: c.presenter.quantity("-1"), Permission.RETURN_WITHOUT_RECEIPT),
    "price key": (lambda c: c.presenter.price("0.99"), Permission.PRICE_CHANGE),
    "line discount": (
        lambda c: discount(c, Discount(rate_ppm=100_001)),
        Permission.DISCOUNT_ABOVE_LIMIT,
    ),
    "line amount": (
        lambda c: discount(c, Discount(amount_minor=13)),
        Permission.DISCOUNT_ABOVE_LIMIT,
    ),
    "cart discount": (
        lambda c: discount(c, Discount(rate_ppm=500_000), on_cart=True),
        Permission.DISCOUNT_ABOVE_LIMIT,
    ),
}


@pytest.mark.parametrize("road", ROADS)
def test_no_road_leads_around_the_managers_pin(counter: Counter, road: str) -> None:
    """Refused, the cart is as it was; allowed, it changes and the log names both people."""
    act, permission = ROADS[road]
    counter.presenter.scan(MILK)
    before = counter.presenter.cart
    act(counter)
    question = asked(counter)
    assert question is not None
    assert question.request.permission is permission
    assert counter.presenter.cart == before
    refuse(counter)
    assert counter.presenter.cart == before
    assert counter.presenter.state.strip is not None
    assert counter.presenter.state.strip.text.startswith("Cancelled: ")

    act(counter)
    allow(counter)
    assert counter.presenter.cart != before
    [entry] = counter.shop.till.write(lambda uow: uow.find(AuditEntry))
    assert (entry.action, entry.user_id, entry.approved_by) == (
        permission,
        counter.shop.cashier.id,
        counter.shop.manager.id,
    )
    assert entry.amount_minor > 0


@pytest.mark.parametrize("road", ROADS)
def test_a_manager_is_not_asked(counter: Counter, road: str) -> None:
    """By own right the change goes through, and nothing was overridden."""
    counter.shop.till.sign_in(counter.shop.manager)
    counter.presenter.scan(MILK)
    before = counter.presenter.cart
    ROADS[road][0](counter)
    assert asked(counter) is None
    assert counter.presenter.cart != before
    assert counter.shop.till.write(lambda uow: uow.find(AuditEntry)) == []


def test_a_cashier_is_not_asked_for_ordinary_things(counter: Counter) -> None:
    """Scan, three of it, one fewer, void, ten percent, an open item: no PIN."""
    counter.presenter.scan(MILK, "3*")
    counter.presenter.quantity("2")
    discount(counter, Discount(rate_ppm=100_000))
    counter.presenter.scan(BREAD)
    counter.presenter.void()
    counter.presenter.add_open_item("4000000000006")
    counter.screen.questions.pop()[1](OpenItemAnswer(250))
    assert [type(q) for q, _ in counter.screen.questions if isinstance(q, AskApproval)] == []
    assert names(counter) == ["Milk 1 l 2 × €1.29", "Open item 4000000000006 1 × €2.50"]


def test_leave_is_for_one_action(counter: Counter) -> None:
    """Each line that comes back asks again."""
    counter.presenter.scan(BREAD, "-1*")
    allow(counter)
    counter.presenter.scan(BREAD, "-1*")
    assert asked(counter) is not None
    refuse(counter)
    assert names(counter) == ["Rye bread -1 × €3.49"]


def test_a_scan_during_the_question_waits_its_turn(counter: Counter) -> None:
    """Nothing that is scanned while the manager comes is lost or misread."""
    counter.presenter.scan(BREAD, "-1*")
    counter.presenter.scan(MILK)
    assert names(counter) == []
    allow(counter)
    assert names(counter) == ["Rye bread -1 × €3.49", "Milk 1 l 1 × €1.29"]


def test_a_made_up_answer_is_no_leave(counter: Counter) -> None:
    """Only an approval for what was asked counts, not merely something true."""
    counter.presenter.scan(BREAD, "-1*")
    _question, answer = counter.screen.questions.pop()
    answer(True)
    assert names(counter) == []


def test_power_lost_between_leave_and_action_leaves_the_trace_and_no_change(
    counter: Counter,
) -> None:
    """The override is on disk before the cart changes; after the restart it is asked again."""
    counter.presenter.scan(MILK)
    counter.presenter.open_cart.save_now()
    counter.presenter.price("0.01")
    question, _lost = counter.screen.questions.pop()
    assert isinstance(question, AskApproval)
    manager = counter.shop.manager.id
    counter.shop.till.write(people.approve, question.request, manager, MANAGER_PIN)

    again = SellingPresenter(
        counter.shop.till, Formats(), Screen(), IdSource(counter.shop.clock), counter.shop.clock
    )
    again.open_cart.open()
    assert [line.unit_price_minor for line in again.cart.lines] == [129]
    assert again.cart == counter.shop.till.ask(carts.open_cart)
    [entry] = counter.shop.till.write(lambda uow: uow.find(AuditEntry))
    assert (entry.action, entry.detail) == ("price_change", "Lower price: Milk 1 l, €0.01")


def test_an_approval_for_something_else_is_none(counter: Counter) -> None:
    """A discount's approval does not open the drawer of returns."""
    counter.presenter.scan(BREAD, "-1*")
    _question, answer = counter.screen.questions.pop()
    answer(Approval(permission=Permission.PRICE_CHANGE, user_id=counter.shop.cashier.id))
    assert names(counter) == []


def test_a_share_that_nobody_typed_is_rounded_and_explained(counter: Counter) -> None:
    """Whoever allows it reads what was typed, the total to one decimal, and the limit."""
    counter.presenter.scan(BREAD)
    discount(counter, Discount(rate_ppm=50_000))
    discount(counter, Discount(rate_ppm=90_000), on_cart=True)
    question = asked(counter)
    assert question is not None
    assert question.request.words == (
        "9% off the whole cart (\u2212\u20ac0.30). Total discount 13.6%, your limit is 10%."
    )


def test_a_percentage_is_said_as_it_was_typed(counter: Counter) -> None:
    """One discount alone is no sum of anything."""
    counter.presenter.scan(BREAD)
    discount(counter, Discount(rate_ppm=125_000))
    question = asked(counter)
    assert question is not None
    assert question.request.words == "12.5% off Rye bread (\u2212\u20ac0.44)"

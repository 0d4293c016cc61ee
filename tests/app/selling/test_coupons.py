"""Handing coupons in at the till, and what the cart says about offers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.kit.flow import AskText, AskYesNo
from app.kit.formats import Formats
from app.selling.selling import SellingPresenter
from localdb.domain.ids import IdSource
from localdb.domain.promotions import Target, targets_json
from localdb.domain.records import CustomerGroup
from localdb.queries import lists
from localdb.services import offers
from tests.app.selling.test_selling import Counter, Screen
from tests.support.shops import BREAD, MILK, small_shop


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """A cashier in a shop with a coupon for bread and three milks for two."""
    with small_shop(tmp_path) as shop:
        for name, kind, product, fields in (
            ("Bread coupon", "amount", shop.bread, {"amount_minor": 50, "coupon_code": "Bread50"}),
            ("Old coupon", "amount", shop.bread, {"amount_minor": 50, "coupon_code": "OLD",
                                                  "ends_day": 20200101}),
            ("3 for 2", "n_for_m", shop.milk, {"take": 3, "pay": 2}),
        ):  # fmt: skip
            targets = targets_json([Target(frozenset({product.id}))])
            shop.till.write(offers.add_promotion, name, kind, targets=targets, **fields)
        screen = Screen()
        presenter = SellingPresenter(shop.till, Formats(), screen, IdSource(shop.clock), shop.clock)
        presenter.open_cart.open()
        yield Counter(shop, screen, presenter)


def said(counter: Counter) -> str:
    strip = counter.presenter.state.strip
    return strip.text if strip else ""


def test_a_coupon_is_scanned_or_typed(counter: Counter) -> None:
    """It saves, says so, and its saving stands under the line; again it may be taken out."""
    counter.presenter.scan(BREAD)
    counter.presenter.scan("bread50")
    assert said(counter) == "Coupon BREAD50 saves €0.50."
    (line,) = counter.presenter.state.cart.lines
    assert (line.saved, line.total) == ("−€0.50 (Bread coupon)", "€2.99")
    counter.presenter.enter("BREAD50", best=None)
    question, answer = counter.screen.questions[-1]
    assert isinstance(question, AskYesNo)
    answer(True)
    assert said(counter) == "Coupon BREAD50 was removed."
    assert counter.presenter.state.cart.total == "€3.49"


def test_a_coupon_may_come_first(counter: Counter) -> None:
    """Then it waits for its goods; a word that also finds a product is the coupon."""
    counter.presenter.enter("bread50", best=counter.shop.milk.id)
    assert "saves nothing" in said(counter)
    counter.presenter.scan(BREAD)
    assert counter.presenter.state.cart.total == "€2.99"


def test_a_coupon_that_does_not_hold(counter: Counter) -> None:
    """An old one says when it ended; a code nobody knows is not found, as any other."""
    counter.presenter.scan("OLD")
    assert said(counter) == "Coupon OLD ended on 2020-01-01."
    counter.presenter.scan("NOSUCH")
    assert counter.presenter.state.missed == ("NOSUCH",)
    assert counter.presenter.cart.coupons == ()


def test_a_coupon_is_asked_for_from_the_menu(counter: Counter) -> None:
    """The code is typed on a sheet; one that no promotion takes is refused in words."""
    counter.presenter.scan(BREAD)
    for code in ("nosuch", "bread50"):
        counter.presenter.coupon()
        question, answer = counter.screen.questions[-1]
        assert isinstance(question, AskText)
        answer(code)
        if code == "nosuch":
            assert said(counter) == "No promotion takes the coupon nosuch. Check it."
    assert counter.presenter.state.cart.total == "€2.99"


def test_an_offer_shows_under_the_line(counter: Counter) -> None:
    """What saved it and how much, as soon as the third piece is scanned."""
    for _ in range(3):
        counter.presenter.scan(MILK)
    (line,) = counter.presenter.state.cart.lines
    assert (line.saved, line.total) == ("−€1.29 (3 for 2)", "€2.58")
    assert counter.presenter.state.cart.discount == "−€1.29"


def test_a_list_names_itself_beside_the_price(counter: Counter) -> None:
    """The price of a group shows once a customer of it is named."""
    group = CustomerGroup(id=counter.presenter._new_id(), name="Club")
    counter.shop.till.write(lambda uow: uow.insert(group))
    made = counter.shop.till.write(offers.add_price_list, "Club", group_id=group.id)
    counter.shop.till.write(offers.put_price, made.id, counter.shop.milk.id, 99)
    counter.presenter.scan(MILK)
    assert counter.presenter.state.cart.lines[0].detail == "1 × €1.29"
    customer = counter.presenter._new_id()
    counter.presenter.set_customer(customer, "Ada", tax_exempt=False, group_id=group.id)
    assert counter.presenter.state.cart.lines[0].detail == "1 × €0.99 Club"


def test_the_first_scan_is_the_moment(counter: Counter) -> None:
    """A happy hour that ends in the queue still counts; an emptied cart begins anew."""
    targets = targets_json([Target(frozenset({counter.shop.bread.id}))])
    hour = {"from_min": 14 * 60, "until_min": 15 * 60, "rate_ppm": 500_000, "targets": targets}
    counter.shop.till.write(offers.add_promotion, "Happy hour", "percent", **hour)
    counter.presenter.open_cart.reload_terms()
    counter.presenter.scan(BREAD)
    counter.shop.clock.advance_s(3600)
    counter.presenter.open_cart.reload_terms()
    counter.presenter.scan(BREAD)
    assert counter.presenter.state.cart.lines[0].saved == "−€3.49 (Happy hour)"
    counter.presenter.void()
    counter.presenter.scan(BREAD)
    assert counter.presenter.state.cart.lines[0].saved == ""


def test_a_recalled_cart_that_came_to_something_else_says_so(counter: Counter) -> None:
    """Offers that ended meanwhile change the money, never silently."""
    for _ in range(3):
        counter.presenter.scan(MILK)
    counter.presenter.hold("table 5")
    (held,) = counter.shop.till.ask(lists.held_carts)
    (offer,) = [
        o.promotion for o in counter.presenter.open_cart.terms.offers.offers
        if o.promotion.name == "3 for 2"
    ]  # fmt: skip
    counter.shop.till.write(offers.change_promotion, offer.id, active=False)
    counter.presenter.open_cart.reload_terms()
    counter.presenter.recall(held.id)
    assert "changed from €2.58 to €3.87" in said(counter)


def test_a_recalled_cart_that_comes_to_the_same_says_nothing(counter: Counter) -> None:
    """Also when prices were changed meanwhile: an open cart keeps those it scanned."""
    for _ in range(3):
        counter.presenter.scan(MILK)
    counter.presenter.hold("table 5")
    (held,) = counter.shop.till.ask(lists.held_carts)
    counter.presenter.recall(held.id)
    assert (said(counter), counter.presenter.state.cart.total) == ("", "€2.58")

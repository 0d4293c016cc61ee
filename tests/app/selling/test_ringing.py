"""What goods call for on their way into the cart: labels, dates, variants, ages, limits."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.kit.flow import (
    AskApproval,
    AskNumber,
    AskOpenItem,
    AskOption,
    AskYesNo,
    OpenItemAnswer,
)
from app.kit.formats import Formats
from app.selling.lines import born_by
from app.selling.selling import SellingPresenter
from localdb.domain.barcode import check_digit
from localdb.domain.claims import HELD_CART, Wish, Word
from localdb.domain.ids import IdSource
from localdb.domain.records import Product, Store
from localdb.queries import lists, taxes
from localdb.services import catalogue, people, settings
from localdb.store.unit_of_work import UnitOfWork
from tests.app.selling.test_selling import Counter, Screen, names
from tests.support.shops import BREAD, MANAGER_PIN, MILK, Shop, add, small_shop

GTIN = f"01{MILK:0>14}"
SEPTEMBER_20, SEPTEMBER_21 = "260920", "260921"
"""Yesterday and today by the test clock, as GS1 writes them."""


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """A cashier in a shop whose scale prints weights under 21 and prices under 22."""
    with small_shop(tmp_path) as shop:
        shop.till.write(settings.change, "embedded_codes", "21PPPPPWWWWWK 22PPPPPVVVVVK")
        shop.till.write(
            catalogue.change_product, shop.bread.id, plu="1234", unit="kg", kind="weighed"
        )
        shop.till.sign_in(shop.cashier)
        screen = Screen()
        presenter = SellingPresenter(shop.till, Formats(), screen, IdSource(shop.clock), shop.clock)
        presenter.open_cart.open()
        yield Counter(shop, screen, presenter)


def coded(payload: str) -> str:
    """A label with its check digit."""
    return payload + str(check_digit(payload))


def made(uow: UnitOfWork, /, like: Product, **changes: object) -> Product:
    """A product like another one."""
    product = replace(like, id=uow.new_id(), **changes)  # type: ignore[arg-type]
    catalogue.add_product(uow, product)
    return product


def shirt(shop: Shop) -> list[Product]:
    """A shirt in three sizes; the middle one has a barcode of its own."""
    parent = shop.till.write(add, "SHIRT", "T-shirt", 1500, coded("400000000001"), 0)
    sizes = ("L", "M", "S")
    variants = [
        shop.till.write(
            made, parent, sku=f"SHIRT-{n}", name=f"T-shirt, blue, {n}", variant_of=parent.id
        )
        for n in sizes
    ]
    shop.till.write(catalogue.add_barcode, variants[1].id, coded("400000000002"))
    return [parent, *variants]


def answer(counter: Counter, given: object) -> None:
    """Answer what is asked."""
    _question, reply = counter.screen.questions.pop()
    reply(given)


def test_a_label_with_a_weight_sells_that_weight(counter: Counter) -> None:
    """No question: the label says how much."""
    counter.presenter.scan(coded("210123400525"))
    assert names(counter) == ["Rye bread 0.525\u00a0kg × €3.49/kg"]
    assert counter.screen.questions == []


def test_a_label_with_a_price_costs_that_price(counter: Counter) -> None:
    """What it costs is on it, to the cent; the stock goes down by what that price buys."""
    counter.presenter.scan(coded("220123400399"))
    (line,) = counter.presenter.cart.lines
    assert (line.full_minor, line.quantity_milli) == (399, 1143)
    assert counter.presenter.open_cart.totals().total_minor == 399


def test_a_label_that_says_nothing_is_asked_about(counter: Counter) -> None:
    """A label priced 0.00 is a mistake of the scales more often than a gift."""
    counter.presenter.scan(coded("220123400000"))
    question, answered = counter.screen.questions.pop()
    assert isinstance(question, AskYesNo)
    assert question.title == "Is €0.00 right?"
    answered(False)
    assert counter.presenter.cart.is_empty


def test_a_multiplier_counts_labels(counter: Counter) -> None:
    """Three labels are three times the price and the weight on them; half a label is none."""
    counter.presenter.scan(coded("220123400399"), "3*")
    (line,) = counter.presenter.cart.lines
    assert (line.full_minor, line.quantity_milli) == (1197, 3429)
    counter.presenter.scan(coded("210123400525"), "0.5*")
    assert len(counter.presenter.cart.lines) == 1
    assert counter.presenter.state.strip is not None
    assert "number of packs" in counter.presenter.state.strip.text


def test_lot_and_date_go_onto_the_line(counter: Counter) -> None:
    """A GS1 code's lot and date are on the line; the same thing of another lot is another line."""
    counter.presenter.scan(f"{GTIN}17{SEPTEMBER_21}10LOT7")
    counter.presenter.scan(f"{GTIN}17{SEPTEMBER_21}10LOT7")
    counter.presenter.scan(f"{GTIN}17{SEPTEMBER_21}10LOT8")
    found = [(n.lot, n.expires_day, n.quantity_milli) for n in counter.presenter.cart.lines]
    assert found == [("LOT7", 20260921, 2000), ("LOT8", 20260921, 1000)]
    assert counter.screen.questions == []


def test_goods_past_their_date_need_leave(counter: Counter) -> None:
    """The day after the one on the label it is asked, a manager allows it, and the line says so."""
    for given in (False, True):
        counter.presenter.scan(f"{GTIN}17{SEPTEMBER_20}")
        question, _reply = counter.screen.questions[-1]
        assert isinstance(question, AskYesNo)
        assert "expired on Sep 20, 2026" in question.text
        assert not question.main
        answer(counter, given)
    assert counter.presenter.cart.is_empty
    approval, _reply = counter.screen.questions[-1]
    assert isinstance(approval, AskApproval)
    given_leave = counter.shop.till.write(
        people.approve, approval.request, counter.shop.manager.id, MANAGER_PIN
    )
    answer(counter, given_leave.approval)
    (line,) = counter.presenter.cart.lines
    assert line.note == "Sold past its date, Sep 20, 2026"


def test_the_date_is_judged_by_the_shops_own_day(counter: Counter) -> None:
    """What keeps until the 20th is sold until midnight where the shop stands, and no longer."""
    counter.shop.clock.us = 1_789_929_000_000_000  # 2026-09-20 18:30 UTC, midnight in Kolkata
    counter.presenter.scan(f"{GTIN}17{SEPTEMBER_20}")
    assert counter.screen.questions == []

    def move(uow: UnitOfWork) -> None:
        uow.edit(Store, uow.identity.store_id, timezone="Asia/Kolkata")

    counter.shop.till.write(move)
    counter.presenter.open_cart.reload_terms()
    counter.presenter.scan(f"{GTIN}17{SEPTEMBER_20}")
    assert len(counter.screen.questions) == 1


def test_what_comes_back_is_asked_neither_its_date_nor_an_age(counter: Counter) -> None:
    """A return needs leave for the return only."""
    counter.shop.till.write(catalogue.change_product, counter.shop.milk.id, min_age=18)
    counter.presenter.scan(f"{GTIN}17{SEPTEMBER_20}", "-1*")
    assert [type(question) for question, _ in counter.screen.questions] == [AskApproval]


def test_a_product_with_variants_asks_which(counter: Counter) -> None:
    """By its code or its tile; the chosen one is sold under its own name and id."""
    parent, _large, _medium, small = shirt(counter.shop)
    counter.presenter.scan(coded("400000000001"), "2*")
    question, _reply = counter.screen.questions[-1]
    assert isinstance(question, AskOption)
    assert [option.name for option in question.options] == ["blue, S", "blue, M", "blue, L"]
    answer(counter, small.id)
    counter.presenter.pick(parent.id)
    answer(counter, None)
    assert names(counter) == ["T-shirt, blue, S 2 × €15.00"]


def test_a_variants_own_barcode_asks_nothing(counter: Counter) -> None:
    """Nor does its tile among search results."""
    _parent, large, _medium, _small = shirt(counter.shop)
    counter.presenter.scan(coded("400000000002"))
    counter.presenter.pick(large.id)
    assert names(counter) == ["T-shirt, blue, M 1 × €15.00", "T-shirt, blue, L 1 × €15.00"]


def test_an_open_item_has_the_tax_that_the_shop_chose(counter: Counter) -> None:
    """Not the highest in silence: the class is chosen already where the price is typed."""
    counter.shop.till.sign_in(counter.shop.manager)
    counter.shop.till.write(settings.change, "open_item_tax", "reduced")
    counter.presenter.add_open_item()
    question = counter.screen.questions[-1][0]
    chosen = counter.shop.till.ask(taxes.of_open_items)
    assert chosen is not None
    assert isinstance(question, AskOpenItem)
    assert question.tax_id == chosen.id
    assert chosen.id in {one.id for one in question.taxes}
    answer(counter, OpenItemAnswer(500))
    assert counter.presenter.cart.lines[0].tax_class_id == chosen.id


def test_an_open_item_has_the_name_and_the_tax_that_were_chosen(counter: Counter) -> None:
    """What is typed stands on the cart, and so on the receipt."""
    counter.shop.till.sign_in(counter.shop.manager)
    counter.presenter.add_open_item()
    question = counter.screen.questions[-1][0]
    assert isinstance(question, AskOpenItem)
    other = next(one for one in question.taxes if one.id != question.tax_id)
    answer(counter, OpenItemAnswer(1950, "Hand-made vase", other.id))
    (line,) = counter.presenter.cart.lines
    assert (line.name, line.tax_class_id, line.full_minor) == ("Hand-made vase", other.id, 1950)


def test_an_open_price_has_a_limit(counter: Counter) -> None:
    """Above it a manager is asked; refused, nothing is sold."""
    counter.shop.till.sign_in(counter.shop.manager)
    counter.shop.till.write(settings.change, "open_price_max_minor", "5000")
    counter.shop.till.sign_in(counter.shop.cashier)
    counter.presenter.add_open_item()
    answer(counter, OpenItemAnswer(5000))
    assert [line.full_minor for line in counter.presenter.cart.lines] == [5000]
    counter.presenter.add_open_item()
    answer(counter, OpenItemAnswer(5001))
    assert isinstance(counter.screen.questions[-1][0], AskApproval)
    answer(counter, None)
    assert len(counter.presenter.cart.lines) == 1


@pytest.mark.parametrize(
    ("today", "latest"),
    [(20260921, 20080921), (20280229, 20100228), (20480229, 20300228), (20240229, 20060228)],
)
def test_the_latest_birthday_that_may(today: int, latest: int) -> None:
    """Eighteen years ago to the day; on 29 February, who was born by the 28th."""
    assert born_by(today, 18) == latest


def test_a_price_is_looked_up_without_selling(counter: Counter) -> None:
    """The next scan shows the price, also amid a sale; the one after it sells again."""
    presenter = counter.presenter
    presenter.scan(MILK)
    presenter.check_price()
    assert presenter.is_checking
    presenter.scan(coded("220123400399"))
    shown = presenter.state.price
    assert shown is not None
    assert (shown.name, shown.price, shown.stock) == (
        "Rye bread",
        "€3.99",
        "In stock: 0.000\u00a0kg",
    )
    assert names(counter) == ["Milk 1 l 1 × €1.29"]
    presenter.scan(MILK)
    assert presenter.state.price is None
    assert names(counter) == ["Milk 1 l 2 × €1.29"]


def test_a_looked_up_price_is_per_unit(counter: Counter) -> None:
    """Of what is weighed nobody is asked a weight."""
    counter.presenter.check_price()
    counter.presenter.pick(counter.shop.bread.id)
    assert counter.presenter.state.price is not None
    assert counter.presenter.state.price.price == "€3.49/kg"
    assert counter.screen.questions == []


def test_a_voided_line_comes_back(counter: Counter) -> None:
    """Undo puts it where it was, with all that was on it; after anything else it is too late."""
    presenter = counter.presenter
    counter.shop.till.write(catalogue.change_product, counter.shop.bread.id, kind="normal")
    presenter.scan(BREAD)
    presenter.scan(MILK)
    presenter.note()
    answer(counter, "for Ada")
    presenter.open_cart.move(-1)
    before = presenter.cart
    presenter.void()
    assert presenter.state.strip is not None
    assert presenter.state.strip.can_undo
    presenter.undo_void()
    assert presenter.cart == before
    assert presenter.state.cart.selected == 0
    presenter.void()
    presenter.scan(MILK)
    presenter.undo_void()
    assert "Rye bread" not in " ".join(names(counter))


def test_a_note_is_shown_and_taken_off(counter: Counter) -> None:
    """Under the line; an empty one takes it away."""
    counter.presenter.scan(MILK)
    counter.presenter.note()
    answer(counter, "gift")
    assert names(counter) == ["Milk 1 l 1 × €1.29  ·  gift"]
    counter.presenter.note()
    answer(counter, "")
    assert names(counter) == ["Milk 1 l 1 × €1.29"]


def test_one_less_of_the_last_one_is_none(counter: Counter) -> None:
    """Counting down ends with a void that can be undone; what is weighed is asked for."""
    presenter = counter.presenter
    presenter.scan(MILK, "2*")
    presenter.count(-1)
    assert names(counter) == ["Milk 1 l 1 × €1.29"]
    presenter.count(-1)
    assert presenter.cart.is_empty
    presenter.undo_void()
    presenter.scan(coded("210123400525"))
    presenter.count(1)
    assert isinstance(counter.screen.questions[-1][0], AskNumber)


def test_a_recalled_cart_is_asked_for_first(counter: Counter) -> None:
    """The server is asked once; without its word the till decides, and the sale names the cart."""
    counter.presenter.scan(MILK)
    counter.presenter.hold("For later")
    (held,) = counter.shop.till.ask(lists.held_carts)
    counter.presenter.recall(held.id)
    assert counter.screen.wishes == [Wish(HELD_CART, held.id)]
    assert counter.presenter.cart.held_cart_id == held.id
    counter.presenter.void()
    assert counter.presenter.cart.held_cart_id is None


def test_a_cart_that_another_till_has_stays_there(counter: Counter) -> None:
    """The server says no: nothing is recalled, and the strip says where it is."""
    counter.presenter.scan(MILK)
    counter.presenter.hold("For later")
    (held,) = counter.shop.till.ask(lists.held_carts)
    counter.screen.word = Word(0)
    counter.presenter.recall(held.id)
    assert counter.presenter.cart.is_empty
    assert counter.presenter.state.strip is not None
    assert "recalled on another till" in counter.presenter.state.strip.text
    assert counter.shop.till.ask(lists.held_carts) == [held]

"""Ringing up without a screen, over a real database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.kit.flow import Ask, AskServer, AskYesNo
from app.kit.formats import Formats
from app.selling.entry import Entry
from app.selling.selling import SellingPresenter
from app.selling.state import SellingState
from localdb.domain.claims import NO_WORD, Wish, Word
from localdb.domain.ids import IdSource
from localdb.queries import carts, lists
from localdb.services import balances as balance_service
from localdb.services import carts as held_carts
from localdb.services import customers
from tests.support.shops import BREAD, MILK, Shop, small_shop


@dataclass
class Screen:
    """Stands in for the screen: remembers what it was told."""

    states: list[SellingState] = field(default_factory=list)
    questions: list[tuple[Ask, Callable[[object], None]]] = field(default_factory=list)
    jobs: list[Callable[[], None]] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    word: Word = NO_WORD
    """What the server says to every wish."""
    shown_cards: list[str] = field(default_factory=list)
    beeps: int = 0
    alarms: int = 0
    entry: str = ""

    def show_state(self, state: SellingState) -> None:
        self.states.append(state)

    def ask(self, question: Ask, answer: Callable[[object], None]) -> None:
        if isinstance(question, AskServer):
            self.wishes.append(question.wish)
            answer(self.word)
        else:
            self.questions.append((question, answer))

    def show_gift_card(self, code: str) -> None:
        self.shown_cards.append(code)

    def clear_entry(self) -> None:
        self.entry = ""

    def search_for(self, text: str) -> None:
        self.entry = text

    def beep(self) -> None:
        self.beeps += 1

    def alarm(self) -> None:
        self.alarms += 1

    def later(self, job: Callable[[], None]) -> None:
        self.jobs.append(job)


@dataclass
class Counter:
    """A presenter with its screen and shop."""

    shop: Shop
    screen: Screen
    presenter: SellingPresenter


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """A cashier in front of an empty cart."""
    with small_shop(tmp_path) as shop:
        screen = Screen()
        presenter = SellingPresenter(shop.till, Formats(), screen, IdSource(shop.clock), shop.clock)
        presenter.open_cart.open()
        yield Counter(shop, screen, presenter)


def names(counter: Counter) -> list[str]:
    """The lines of the cart shown last."""
    return [f"{line.name} {line.detail}" for line in counter.presenter.state.cart.lines]


def test_a_scan_shows_before_it_is_stored(counter: Counter) -> None:
    """The line is on the screen first; storing the cart comes after, once for several changes."""
    counter.presenter.scan(MILK)
    counter.presenter.scan(BREAD)
    assert names(counter) == ["Milk 1 l 1 × €1.29", "Rye bread 1 × €3.49"]
    assert len(counter.screen.jobs) == 1
    counter.screen.jobs[0]()
    stored = counter.shop.till.ask(carts.open_cart)
    assert [line.name for line in stored.lines] == ["Milk 1 l", "Rye bread"]


def test_the_cart_comes_back_after_a_restart(counter: Counter) -> None:
    """A presenter that opens anew shows the cart as it was left."""
    counter.presenter.scan(MILK)
    counter.presenter.open_cart.save_now()
    again = SellingPresenter(
        counter.shop.till,
        Formats(),
        counter.screen,
        IdSource(counter.shop.clock),
        counter.shop.clock,
    )
    again.open_cart.open()
    assert [line.name for line in again.state.cart.lines] == ["Milk 1 l"]


def test_a_locked_till_finishes_the_open_cart_and_begins_no_other(counter: Counter) -> None:
    """The server took the till out of service: what is on the counter is still sold."""
    locked = [False]
    presenter = SellingPresenter(
        counter.shop.till,
        Formats(),
        counter.screen,
        IdSource(counter.shop.clock),
        counter.shop.clock,
        is_locked=lambda: locked[0],
    )
    presenter.open_cart.open()
    presenter.scan(MILK)
    locked[0] = True
    presenter.scan(BREAD)
    assert len(presenter.state.cart.lines) == 2
    presenter.hold("For later")
    assert presenter.cart.is_empty
    (held,) = counter.shop.till.ask(lists.held_carts)
    attempts: list[Callable[[], None]] = [
        lambda: presenter.scan(MILK),
        lambda: presenter.add_open_item("7"),
        lambda: presenter.recall(held.id),
    ]
    for begin in attempts:
        begin()
        assert presenter.cart.is_empty
        assert presenter.state.strip is not None
        assert "out of service" in presenter.state.strip.text
    assert counter.screen.questions == []


def test_the_same_thing_again_counts_up(counter: Counter) -> None:
    """Three scans of one thing are one line of three, and that line is chosen."""
    for code in (MILK, BREAD, MILK):
        counter.presenter.scan(code)
    assert names(counter) == ["Milk 1 l 2 × €1.29", "Rye bread 1 × €3.49"]
    assert counter.presenter.state.cart.selected == 0


@pytest.mark.parametrize("typed", ["99999*", "0*"])
def test_an_absurd_multiplier_is_refused(counter: Counter, typed: str) -> None:
    """A slip of the finger becomes a strip and a beep, never a line."""
    counter.presenter.scan(MILK, typed)
    assert names(counter) == []
    assert counter.screen.beeps == 1
    assert counter.presenter.state.strip is not None


def test_a_refused_change_leaves_the_cart_alone(counter: Counter) -> None:
    """A quantity that cannot be keeps the old one."""
    counter.presenter.scan(MILK)
    counter.presenter.quantity("123456789")
    assert names(counter) == ["Milk 1 l 1 × €1.29"]


def test_a_line_keeps_its_scanned_price(counter: Counter) -> None:
    """A price change in the catalogue does not touch an open cart."""
    counter.presenter.scan(MILK)
    milk = counter.shop.milk
    counter.shop.till.write(lambda uow: uow.edit(type(milk), milk.id, price_minor=999))
    counter.presenter.scan(BREAD)
    assert names(counter)[0] == "Milk 1 l 1 × €1.29"


def test_void_chooses_the_neighbour(counter: Counter) -> None:
    """After a void the next line is chosen, so that several can go in a row."""
    for code in (MILK, BREAD):
        counter.presenter.scan(code)
    counter.presenter.open_cart.move(-1)
    counter.presenter.void()
    assert (names(counter), counter.presenter.state.cart.selected) == (["Rye bread 1 × €3.49"], 0)


def test_recall_needs_an_empty_cart(counter: Counter) -> None:
    """A held cart is never mixed into another one."""
    counter.presenter.scan(MILK)
    counter.presenter.hold("Blue coat")
    counter.presenter.scan(BREAD)
    counter.presenter.recall("whatever")
    assert names(counter) == ["Rye bread 1 × €3.49"]


@pytest.mark.parametrize(
    ("typed", "entry"),
    [
        ("3*", Entry(3000, "")),
        ("3*4006", Entry(3000, "4006")),
        ("0.5×apple", Entry(500, "apple")),
        ("milk", Entry(None, "milk")),
        ("a*b", Entry(None, "a*b")),
    ],
)
def test_a_typed_line_is_split(typed: str, entry: Entry) -> None:
    """A number before `*` multiplies; anything else is what is looked for."""
    assert Entry.parse(typed, Formats()) == entry


def ask_about(counter: Counter, answer: bool) -> AskYesNo:
    """Answer the question on the screen; it."""
    question, answered = counter.screen.questions.pop()
    assert isinstance(question, AskYesNo)
    answered(answer)
    return question


def test_an_odd_price_is_asked_about_and_not_refused(counter: Counter) -> None:
    """A dear thing is sold after one question, and nothing changes when it was a slip."""
    counter.presenter.scan(MILK)
    counter.presenter.price("9999999.99")
    question = ask_about(counter, answer=False)
    assert question.title == "Is €9,999,999.99 right?"
    assert question.text == "Milk 1 l: 1 × €9,999,999.99."
    assert names(counter) == ["Milk 1 l 1 × €1.29"]
    counter.presenter.price("9999999.99")
    ask_about(counter, answer=True)
    assert counter.presenter.open_cart.totals().total_minor == 999_999_999
    counter.presenter.scan(BREAD)
    assert not counter.screen.questions


def test_what_comes_to_nothing_is_asked_about(counter: Counter) -> None:
    """A price that rounds to nothing gives goods away unseen."""
    counter.presenter.scan(MILK)
    counter.presenter.price("0.01")
    counter.presenter.quantity("0.001")
    question = ask_about(counter, answer=False)
    assert question.title == "Is €0.00 right?"
    assert counter.presenter.open_cart.totals().total_minor == 1


def test_a_multiplier_that_may_be_two_numbers_sells_nothing(counter: Counter) -> None:
    """What was scanned is not rung up in a quantity nobody meant; both readings are said."""
    counter.presenter.scan(MILK, "1,250*")
    assert names(counter) == []
    assert counter.presenter.state.strip is not None
    assert "Did you mean 1,250 or 1.25?" in counter.presenter.state.strip.text


# ---------------------------------------------------------------- what other tills could use up


def held(counter: Counter) -> str:
    """A cart on hold in this store; its id."""
    cart = counter.shop.cart(counter.shop.milk)
    return counter.shop.till.write(held_carts.hold, cart, "Blue coat")


def test_a_cart_is_taken_back_where_nobody_can_be_asked(counter: Counter) -> None:
    """Offline the till decides by what it knows, and the sale names the cart it came from."""
    held_id = held(counter)
    counter.presenter.recall(held_id)
    assert counter.screen.wishes == [Wish("held_cart", held_id)]
    assert counter.presenter.cart.held_cart_id == held_id


def test_a_cart_that_another_till_took_back_stays_there(counter: Counter) -> None:
    """The server's word comes before this till's list, which is a moment old."""
    counter.screen.word = Word(0)
    counter.presenter.recall(held(counter))
    assert counter.presenter.cart.is_empty
    strip = counter.presenter.state.strip
    assert strip is not None
    assert "recalled on another till" in strip.text
    counter.screen.word = Word(1)
    counter.presenter.recall(held(counter))
    assert not counter.presenter.cart.is_empty


def test_a_scanned_customer_card_sells_to_its_customer(counter: Counter) -> None:
    """With the points that are there, and the group whose prices apply."""
    till = counter.shop.till
    group = till.write(customers.new_group, "Regulars")
    mary = till.write(customers.create, "Mary", card="C-77", group_id=group.id)
    till.write(balance_service.adjust, "points", mary.id, 1200, "Welcome")
    counter.presenter.scan("C-77")
    cart, strip = counter.presenter.cart, counter.presenter.state.strip
    assert (cart.customer_id, cart.customer_name, cart.group_id) == (mary.id, "Mary", group.id)
    assert strip is not None
    assert strip.text == "Mary: 1,200 points"


def test_a_scanned_gift_card_is_shown(counter: Counter) -> None:
    """It is no product; a code that nothing has is still not found."""
    counter.shop.till.write(balance_service.new_card, "GC-1")
    counter.presenter.scan("GC-1")
    assert counter.screen.shown_cards == ["GC-1"]
    counter.presenter.scan("GC-2")
    assert counter.presenter.state.missed == ("GC-2",)
    assert counter.screen.alarms == 1

"""How much a balance may pay: the server's word first, then what the till knows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.paying.funds import ClaimedFunds
from localdb.domain.claims import NO_WORD, Wish, Word
from localdb.domain.records import GiftCard
from localdb.queries.balances import Spendable
from localdb.services import balances, customers, settings
from tests.localdb.queries.test_balances import delivered
from tests.support.shops import Shop, small_shop


@dataclass
class Purse:
    """A card with 80.00 on it, and a server that says what the test wants."""

    shop: Shop
    card: GiftCard
    word: Word = NO_WORD
    wishes: list[Wish] = field(default_factory=list)

    def ask(self, wish: Wish, answer: Callable[[Word], None]) -> None:
        self.wishes.append(wish)
        answer(self.word)

    def pays(self, wanted: int, taken: int = 0, kind: str = "gift_card", of: str = "") -> Spendable:
        found: list[Spendable] = []
        funds = ClaimedFunds(self.shop.till, self.shop.clock, self)
        funds.ask(kind, of or self.card.id, wanted, taken, found.append)
        return found[0]


@pytest.fixture
def purse(tmp_path: Path) -> Iterator[Purse]:
    with small_shop(tmp_path) as shop:
        card = shop.till.write(balances.new_card, "GC-1")
        shop.till.write(balances.adjust, "gift_card", card.id, 8000, "test")
        delivered(shop)
        yield Purse(shop, card)


def test_without_a_word_the_limit_of_the_shop_holds(purse: Purse) -> None:
    """Offline a card pays up to what the shop risks."""
    assert purse.pays(7000).minor == 5000
    assert purse.wishes == [Wish("gift_card", purse.card.id, 7000)]


def test_the_server_s_word_goes_before_what_the_till_knows(purse: Purse) -> None:
    """More than the limit, or less than is on the card here."""
    purse.word = Word(7000)
    assert purse.pays(7000).minor == 7000
    purse.word = Word(1000)
    assert purse.pays(7000).minor == 1000


def test_what_this_payment_takes_already_is_claimed_along(purse: Purse) -> None:
    """A claim takes the place of the one before, and must not forget it."""
    purse.word = Word(5000)
    assert purse.pays(2000, taken=3000).minor == 2000
    assert purse.wishes == [Wish("gift_card", purse.card.id, 5000)]


def test_a_card_in_use_elsewhere_says_so(purse: Purse) -> None:
    """Not that it is empty."""
    purse.word = Word(0, held_by=purse.shop.milk.id)
    assert "being used on another till" in purse.pays(2000).reason
    purse.word = Word(0)
    assert purse.pays(2000).reason == "Nothing is left on this card."


def test_points_are_claimed_as_points(purse: Purse) -> None:
    """Only whole ones, and they pay what they are worth."""
    till = purse.shop.till
    till.write(settings.change, "point_minor", "3")
    mary = till.write(customers.create, "Mary")
    purse.word = Word(300)
    found = purse.pays(1000, kind="points", of=mary.id)
    assert found.minor == 900
    assert purse.wishes == [Wish("points", mary.id, 333)]


def test_a_part_of_a_point_is_left_for_another_method(purse: Purse) -> None:
    """Also where nobody can be asked; money on a card pays to the cent."""
    till = purse.shop.till
    till.write(settings.change, "point_minor", "3")
    mary = till.write(customers.create, "Mary")
    till.write(balances.adjust, "points", mary.id, 1000, "Welcome")
    assert purse.pays(1000, kind="points", of=mary.id).minor == 999
    assert purse.pays(1001).minor == 1001

"""What the cashier is told when the server says no."""

from pathlib import Path

import pytest

from app.kit.claims import all_claimed, refused_words
from app.kit.flow import AskServer
from localdb.domain.claims import NO_WORD, Wish, Word
from localdb.domain.records import Till as TillRecord
from localdb.errors import Refusal
from localdb.services.till import Till
from tests.support.shops import small_shop


def asked(till: Till, wishes: list[Wish], words: list[Word | None]) -> tuple[bool, int]:
    """Whether the flow goes on, and how many questions it took."""
    flow = all_claimed(till, wishes, "Give back")
    questions = 0
    try:
        question = next(flow)
        for word in words:
            questions += 1
            assert isinstance(question, AskServer)
            question = flow.send(word)
    except StopIteration as end:
        return end.value, questions
    raise AssertionError("it still asks")


def test_several_things_are_asked_for_one_after_the_other(tmp_path: Path) -> None:
    """Until the server says no, the cashier backs out, or nobody answers: then no more waiting."""
    wishes = [Wish("sale_line", f"line {n}", 1000) for n in range(3)]
    with small_shop(tmp_path) as shop:
        till = shop.till
        assert asked(till, wishes, [Word(1000)] * 3) == (True, 3)
        assert asked(till, wishes, [Word(1000), NO_WORD]) == (True, 2)
        assert asked(till, wishes, [Word(1000), None]) == (False, 2)
        with pytest.raises(Refusal, match="already refunded"):
            asked(till, wishes, [Word(1000), Word(0)])
        assert asked(till, [], []) == (True, 0)


def test_a_refusal_names_the_till_where_it_is_known(tmp_path: Path) -> None:
    """A cart, a card in use, a card that is spent: each says what to do."""
    with small_shop(tmp_path) as shop:
        other = TillRecord(
            id=shop.till.write(lambda uow: uow.new_id()), store_id=shop.till.identity.store_id,
            code="T02", name="Garden",
        )  # fmt: skip
        shop.till.write(lambda uow: uow.insert(other))
        cart, card = Wish("held_cart", other.id), Wish("gift_card", other.id, 5000)
        assert "on Garden. Choose another" in refused_words(shop.till, cart, Word(0, other.id))
        assert "on another till" in refused_words(shop.till, cart, Word(0, shop.milk.id))
        assert "on Garden right now" in refused_words(shop.till, card, Word(0, other.id))
        goods = Wish("sale_line", other.id, 1000)
        assert "on Garden right now" in refused_words(shop.till, goods, Word(0, other.id))
        assert "already refunded" in refused_words(shop.till, goods, Word(0))
        assert "Not enough balance left" in refused_words(shop.till, card, Word(100))

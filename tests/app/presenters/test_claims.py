"""What the cashier is told when the server says no."""

from pathlib import Path

from app.presenters.claims import refused_words
from localdb.domain.claims import Wish, Word
from localdb.domain.records import Till
from tests.support.shops import small_shop


def test_a_refusal_names_the_till_where_it_is_known(tmp_path: Path) -> None:
    """A cart, a card in use, a card that is spent: each says what to do."""
    with small_shop(tmp_path) as shop:
        other = Till(
            id=shop.till.write(lambda uow: uow.new_id()), store_id=shop.till.identity.store_id,
            code="T02", name="Garden",
        )  # fmt: skip
        shop.till.write(lambda uow: uow.insert(other))
        cart, card = Wish("held_cart", other.id), Wish("gift_card", other.id, 5000)
        assert "on Garden. Choose another" in refused_words(shop.till, cart, Word(0, other.id))
        assert "on another till" in refused_words(shop.till, cart, Word(0, shop.milk.id))
        assert "on Garden right now" in refused_words(shop.till, card, Word(0, other.id))
        assert "not so much left" in refused_words(shop.till, card, Word(100))

"""Claims over the whole road: real tills, real HTTP, the real server."""

from localdb.domain.claims import Wish, Word
from localdb.domain.records import GiftCard, HeldCart
from localdb.store.unit_of_work import UnitOfWork
from sync.client.channel import InlineChannel
from sync.client.claims import Claims
from tests.support.postgres import database
from tests.sync.client.test_balance_road import spend
from tests.sync.client.test_road import NewTill, TillOnRoad, new_till

__all__ = ["database", "new_till"]


def claims(till: TillOnRoad) -> Claims:
    return Claims(till.database, InlineChannel(till.line))


def device(till: TillOnRoad) -> str:
    identity = till.database.identity
    assert identity is not None
    return identity.device_id


def test_two_tills_recall_one_cart(new_till: NewTill) -> None:
    """The one that asks first has it; a cart that only this till knows is its own."""
    here, there = new_till(), new_till()

    def hold(uow: UnitOfWork) -> str:
        cart = HeldCart(
            id=uow.new_id(), store_id=uow.identity.store_id, label="Blue coat", cart="{}",
            total_minor=100, held_by=uow.new_id(), held_at_us=uow.now_us,
        )  # fmt: skip
        uow.insert(cart)
        return cart.id

    wish = Wish("held_cart", here.database.write(hold))
    assert claims(here).ask(wish) == Word(1)
    here.sync()
    there.sync()
    assert claims(there).ask(wish) == Word(0, held_by=device(here))
    here.database.write(lambda uow: uow.edit(HeldCart, wish.subject_id, state="recalled"))
    here.sync()
    assert claims(there).ask(wish) == Word(0, held_by=device(here))


def test_two_stores_spend_one_card(new_till: NewTill) -> None:
    """No cent twice: neither while both pay, nor while one of the sales is still on its way."""
    here, there = new_till(), new_till("S02")
    card = GiftCard(id=here.database.write(UnitOfWork.new_id), code="GC-1")
    here.database.write(lambda uow: uow.insert(card))
    spend(here, card, 5000)
    wish = Wish("gift_card", card.id, 4000)
    assert claims(there).ask(wish) == Word(0)
    here.sync()
    assert claims(here).ask(wish) == Word(4000)
    assert claims(there).ask(wish) == Word(1000, held_by=device(here))
    spend(here, card, -4000)
    spend(there, card, -1000)
    assert claims(there).ask(Wish("gift_card", card.id, 1)) == Word(0, held_by=device(here))
    here.sync()
    there.sync()
    for till in (here, there):
        assert claims(till).ask(Wish("gift_card", card.id, 1)) == Word(0)


def test_a_till_that_may_not_ask_gets_no_word(new_till: NewTill) -> None:
    """A token that the server does not know ends the question, not the sale."""
    till = new_till()
    till.tokens.save("nobody.knows")
    word = claims(till).ask(Wish("held_cart", device(till)))
    assert not word.is_known

"""Asking the server before something is used up that another till could use up too."""

from collections.abc import Callable, Generator, Iterable
from typing import Any, Protocol

from app.kit.flow import Ask, AskServer
from app.kit.translation import translate
from localdb.domain.claims import HELD_CART, NO_WORD, SALE_LINE, Wish, Word
from localdb.errors import Refusal
from localdb.queries.names import name_of
from localdb.services.till import IN_TRAINING, Till

OnWord = Callable[[Word], None]


class Claims(Protocol):
    """Whom a till asks while a customer waits."""

    def ask(self, wish: Wish, answer: OnWord) -> None:
        """Give the server's word to `answer`: at once where there is nobody to ask, otherwise
        within 1.5 s, on the thread that asked, and not at all after the end of the program."""


class NobodyToAsk:
    """A till on its own: it decides by what it knows."""

    def ask(self, wish: Wish, answer: OnWord) -> None:
        """No word."""
        answer(NO_WORD)


def claimed(till: Till, wish: Wish, title: str) -> Generator[Ask, Any, bool]:
    """Ask the server in a flow before something is used up; False when the cashier backed out.

    Raises Refusal when the server says no, and in training, which uses nothing up. No word is no
    obstacle: the till decides by what it knows.
    """
    return (yield from all_claimed(till, (wish,), title))


def all_claimed(till: Till, wishes: Iterable[Wish], title: str) -> Generator[Ask, Any, bool]:
    """The same for several things; after the first without a word nobody is kept waiting again."""
    if till.is_training:
        raise Refusal(IN_TRAINING)
    for wish in wishes:
        word = yield AskServer(wish, title)
        if not isinstance(word, Word):
            return False
        if word.refuses(wish):
            raise Refusal(refused_words(till, wish, word))
        if not word.is_known:
            break
    return True


def refused_words(till: Till, wish: Wish, word: Word) -> str:
    """Why the server said no, for the cashier, and what to do."""
    other = till.ask(name_of, "till", word.held_by) if word.held_by else ""
    there = f"on {other}" if other else translate("Till", "on another till")
    if wish.kind == HELD_CART:
        return translate(
            "Till", "This sale was just recalled {there}. Choose another one.", there=there
        )
    if wish.kind == SALE_LINE and not word.held_by:
        return translate("Till", "These items were already refunded at another till.")
    if word.held_by:
        return translate(
            "Till",
            "It is being used {there} right now. Finish there, or try again in two minutes.",
            there=there,
        )
    return translate("Till", "Not enough balance left: it was used at another till.")

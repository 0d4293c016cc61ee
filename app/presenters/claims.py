"""Asking the server before something is used up that another till could use up too."""

from collections.abc import Callable, Generator
from typing import Any, Protocol

from app.presenters.flow import Ask, AskServer
from localdb.domain.claims import HELD_CART, NO_WORD, Wish, Word
from localdb.errors import Refusal
from localdb.queries.names import name_of
from localdb.services.till import Till

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

    Raises Refusal when the server says no. No word is no obstacle: the till decides by what it
    knows.
    """
    word = yield AskServer(wish, title)
    if isinstance(word, Word) and word.refuses(wish):
        raise Refusal(refused_words(till, wish, word))
    return word is not None


def refused_words(till: Till, wish: Wish, word: Word) -> str:
    """Why the server said no, for the cashier, and what to do."""
    other = till.ask(name_of, "till", word.held_by) if word.held_by else ""
    there = f"on {other}" if other else "on another till"
    if wish.kind == HELD_CART:
        return f"This cart was just taken back {there}. Choose another, or go on there."
    if word.held_by:
        return f"It is being used {there} right now. Finish there, or try again in two minutes."
    return "The server says that there is not so much left: another till used it."

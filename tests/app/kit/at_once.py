"""What runs off the UI thread in the program runs at once in a test."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class AtOnce:
    """A worker without a thread: it has answered before it returns."""

    def ask(self, question: Callable[[], T], answer: Callable[[T], None], /) -> None:
        answer(question())

    def post(self, action: Callable[[], None], /) -> None:
        action()

"""What runs off the UI thread in the program runs at once in a test."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def at_once(question: Callable[[], T], answer: Callable[[T], None], /) -> None:
    """Answer before returning."""
    answer(question())


def now(job: Callable[[], None]) -> None:
    """Run before returning."""
    job()

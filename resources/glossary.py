"""The words that the program uses with people: one term for one thing."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import resources


@dataclass(frozen=True, slots=True)
class Term:
    """A term, what it means, and what is not said in its place."""

    term: str
    means: str
    instead_of: tuple[re.Pattern[str], ...]


@cache
def terms() -> tuple[Term, ...]:
    """The whole glossary, from `resources/words/glossary.json`."""
    rows = json.loads(resources.path("words/glossary.json").read_text(encoding="utf-8"))
    return tuple(
        Term(
            row["term"],
            row["means"],
            tuple(re.compile(rf"\b({pattern})\b", re.IGNORECASE) for pattern in row["not"]),
        )
        for row in rows
    )


def wrong_words(text: str) -> Iterator[tuple[str, str]]:
    """Each word of a text that the glossary has another term for, with that term."""
    for term in terms():
        for pattern in term.instead_of:
            if found := pattern.search(text):
                yield found.group(), term.term

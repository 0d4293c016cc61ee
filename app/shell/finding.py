"""What Ctrl+K finds: pages and actions by their words, and what features find in the data."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.kit.registry import Action, Found

FOUND_MAX = 50


@dataclass(frozen=True, slots=True)
class Place:
    """Something that is always there: a page, an action."""

    found: Found
    words: str
    """All that it is found by, in small letters."""


def place(action: Action, section: str) -> Place:
    """An action as something to be found; `section` is the title of its section."""
    title = action.title.rstrip("…")
    detail = f"{section}  ·  {action.shortcut}" if action.shortcut else section
    words = " ".join((title, section, *action.keywords)).casefold()
    return Place(Found(title, detail, action.run), words)


def find(
    text: str, places: Iterable[Place], finders: Sequence[Callable[[str], Sequence[Found]]]
) -> list[Found]:
    """What a text may mean: places whose words begin like each of its words, then data.

    All places for no text. At most FOUND_MAX.
    """
    wanted = text.casefold().split()
    fitting = [one for one in places if _fits(one.words, wanted)]
    fitting.sort(key=lambda one: not one.found.title.casefold().startswith(text.casefold().strip()))
    found = [one.found for one in fitting]
    if wanted:
        for finder in finders:
            found += finder(text.strip())
    return found[:FOUND_MAX]


def _fits(words: str, wanted: Sequence[str]) -> bool:
    return all(any(word.startswith(one) for word in words.split()) for one in wanted)

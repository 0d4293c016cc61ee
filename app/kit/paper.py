"""Setting text on receipt paper: lines of one width, amounts at the right edge. Pure."""

import textwrap

SCREEN_COLUMNS = 48
"""How wide paper is on the screen, in characters."""


def centred(text: str, columns: int) -> list[str]:
    """A text in the middle, on as many lines as it needs."""
    return [part.center(columns).rstrip() for part in textwrap.wrap(text, columns)]


def pair(left: str, right: str, columns: int) -> list[str]:
    """A text and what belongs at the right edge; a long text wraps and the right stays last."""
    room = columns - len(right) - 1
    parts = textwrap.wrap(left, max(room, 8)) or [""]
    last = parts.pop()
    return [*parts, f"{last:<{room}} {right}"[:columns] if room > 0 else f"{last} {right}"]


def triple(left: str, middle: str, right: str, columns: int) -> str:
    """A row of three columns, the last two right-aligned, as in a tax table."""
    wide = 9 if columns < 40 else 12
    name = columns - 2 * wide
    return f"{left[: name - 1]:<{name}}{middle:>{wide}}{right:>{wide}}"

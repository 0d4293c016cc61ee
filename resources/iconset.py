"""The line icons, coloured on request. Imports no Qt."""

from typing import Final

import resources

_CURRENT: Final = "currentColor"


def names() -> tuple[str, ...]:
    """Return the names of all icons, sorted."""
    folder = resources.path("icons/search.svg").parent
    return tuple(sorted(file.stem for file in folder.glob("*.svg")))


def svg(name: str, colour: str) -> str:
    """Return an icon as SVG text drawn in `colour` (`#RRGGBB`), 24 by 24 units, 1.75 wide lines.

    Raises FileNotFoundError if there is no such icon.
    """
    return resources.text(f"icons/{name}.svg").replace(_CURRENT, colour)

"""Every icon is one family and takes the colour it is asked for."""

import xml.etree.ElementTree as ET

import pytest

from resources import iconset

NAMES = iconset.names()
NEEDED = """
    search barcode customer cart hold recall void trash discount price quantity drawer card cash
    wallet receipt print pdf sync-ok sync-busy sync-offline alert conflict lock unlock user settings
    moon sun menu help close back check plus minus backspace import export report shift stock
    category scale age chevron-left chevron-right chevron-up chevron-down
"""


def test_needed_icons_are_there() -> None:
    """No screen asks in vain."""
    assert set(NAMES) >= set(NEEDED.split())


@pytest.mark.parametrize("name", NAMES)
def test_icon_is_drawn_like_the_others(name: str) -> None:
    """24 by 24 units, 1.75 wide lines, no fill, one colour."""
    text = iconset.svg(name, "#123456")
    root = ET.fromstring(text)
    assert root.get("viewBox") == "0 0 24 24"
    assert root.get("stroke-width") == "1.75"
    assert root.get("fill") == "none"
    assert root.get("stroke") == "#123456"
    assert "currentColor" not in text


def test_unknown_icon_is_an_error() -> None:
    """A misspelt name is found in development, not drawn as nothing."""
    with pytest.raises(FileNotFoundError):
        iconset.svg("unicorn", "#000000")

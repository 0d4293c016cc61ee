"""The sizes, colours and the like of one product, written out to choose from."""

import re
from collections.abc import Sequence

from app.kit.flow import Option
from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.queries.products import TileView

_SIZES = ("XXXS", "XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL")


def variants(parent: str, tiles: Sequence[TileView], formats: Formats) -> tuple[Option, ...]:
    """What to choose from, sizes from small to large; what all names begin with the title says."""
    tiles = sorted(tiles, key=lambda tile: _order(tile.name))
    shared = _shared(parent, [tile.name for tile in tiles])
    return tuple(
        Option(
            id=tile.id,
            name=tile.name[shared:].strip(" ,-–·/") or tile.name,
            detail=formats.money(tile.price_minor),
            badge=translate("Sell", "Out of stock")
            if tile.stock_milli is not None and tile.stock_milli <= 0
            else "",
        )
        for tile in tiles
    )


def _order(name: str) -> list[tuple[int, int, str]]:
    """Sizes by size, numbers by number, other words by letter."""
    return [_word(word) for word in re.findall(r"\w+", name)]


def _word(word: str) -> tuple[int, int, str]:
    if word.upper() in _SIZES:
        return 0, _SIZES.index(word.upper()), ""
    if word.isdecimal():
        return 1, int(word), ""
    return 2, 0, word.casefold()


def _shared(parent: str, names: Sequence[str]) -> int:
    """How many characters all names share with the parent's, in whole words."""
    shared = 0
    for letters in zip(parent, *names, strict=False):
        if len({letter.casefold() for letter in letters}) > 1:
            break
        shared += 1
    if all(len(name) <= shared or not name[shared].isalnum() for name in names):
        return shared
    return parent.rfind(" ", 0, shared) + 1

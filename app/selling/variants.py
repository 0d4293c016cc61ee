"""The sizes, colours and the like of one product, written out to choose from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.kit.formats import Formats
from localdb.queries.products import TileView

_SIZES = ("XXXS", "XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL")


@dataclass(frozen=True, slots=True)
class VariantView:
    """One of them."""

    product_id: str
    name: str
    """What tells it from the others: `blue, M`."""
    price: str
    badge: str
    """`Out of stock`, or nothing."""


def variant_views(
    parent: str, options: Sequence[TileView], formats: Formats
) -> tuple[VariantView, ...]:
    """The options, sizes from small to large; what all names begin with is in the title already."""
    options = sorted(options, key=lambda option: _order(option.name))
    shared = _shared(parent, [option.name for option in options])
    return tuple(
        VariantView(
            product_id=option.id,
            name=option.name[shared:].strip(" ,-–·/") or option.name,
            price=formats.money(option.price_minor),
            badge="Out of stock"
            if option.stock_milli is not None and option.stock_milli <= 0
            else "",
        )
        for option in options
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

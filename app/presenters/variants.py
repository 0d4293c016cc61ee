"""The sizes, colours and the like of one product, written out to choose from."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.formats import Formats
from localdb.queries.products import TileView


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
    """The options in their order; what all names begin with is said by the title already."""
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

"""How the kinds of one product are named and ordered to choose from."""

import pytest

from app.kit.formats import Formats
from app.selling.variants import variants
from localdb.queries.products import TileView


def tile(name: str, stock_milli: int | None = 1000) -> TileView:
    """One kind."""
    return TileView(name, name, "", 100, "piece", "normal", None, "", stock_milli)


@pytest.mark.parametrize(
    ("parent", "names", "shown"),
    [
        (
            "T-shirt",
            ["T-shirt, L", "T-shirt, M", "T-shirt, S", "T-shirt, XL"],
            ["S", "M", "L", "XL"],
        ),
        ("Paint", ["Paint 10 l", "Paint 2 l", "Paint 5 l"], ["2 l", "5 l", "10 l"]),
        ("Pen", ["Pencil red", "Pencil blue"], ["Pencil blue", "Pencil red"]),
        ("Tea", ["Green", "Black"], ["Black", "Green"]),
        ("Mug", ["Mug", "Mug, large"], ["Mug", "large"]),
    ],
)
def test_names_say_what_tells_them_apart(parent: str, names: list[str], shown: list[str]) -> None:
    """Sizes from small to large, numbers by number; never an empty name."""
    views = variants(parent, [tile(name) for name in names], Formats())
    assert [view.name for view in views] == shown


def test_what_is_out_says_so() -> None:
    """In words; services have no stock to be out of."""
    views = variants("A", [tile("A 1", 0), tile("A 2"), tile("A 3", None)], Formats())
    assert [view.badge for view in views] == ["Out of stock", "", ""]

"""The left-hand side of the selling screen: categories, tiles and search results."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.domain.records import Category
from localdb.queries import lists, products
from localdb.queries.products import TileView
from localdb.services.till import Till

FAVOURITES = "favourites"
"""Stands in for a category: what the shop put on its first page."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A product tile, written out."""

    product_id: str
    name: str
    price: str
    badge: str
    """`Out of stock`, how many options there are to choose from, or nothing."""
    is_warning: bool
    accent: str
    icon: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A category to filter by; the id None is everything."""

    category_id: str | None
    name: str
    icon: str


@dataclass(frozen=True, slots=True)
class BrowseState:
    """What stands on the left."""

    chips: tuple[Chip, ...] = ()
    chosen: str | None = None
    tiles: tuple[Tile, ...] = ()
    highlighted: int = -1
    """The search result that Enter takes; -1 while browsing."""
    empty: str = ""
    """Said in place of tiles when there are none."""
    is_new_shop: bool = False
    """Whether there are no products at all."""


class ReaderPort(Protocol):
    """Answers off the UI thread; of several questions only the newest."""

    def ask(self, question: Callable[[], Any], answer: Callable[[Any], None]) -> None: ...


class BrowsePresenter:
    """Follows the category chosen and the text typed."""

    def __init__(
        self,
        till: Till,
        reader: ReaderPort,
        formats: Formats,
        show: Callable[[BrowseState], None],
    ) -> None:
        self._till = till
        self._reader = reader
        self._formats = formats
        self._show = show
        self._searched = ""
        self._answered = ""
        self._categories: dict[str, Category] = {}
        self.state = BrowseState()

    def open(self) -> None:
        """Load categories and tiles afresh."""
        found = self._till.ask(lists.categories)
        self._categories = {category.id: category for category in found}
        favourites = self._till.ask(products.favourites, 1)
        page = (Chip(FAVOURITES, translate("Sell", "Favourites"), "star"),) if favourites else ()
        chips = (
            *page,
            Chip(None, translate("Sell", "All"), "category"),
            *(Chip(category.id, category.name, category.icon) for category in found),
        )
        chosen = self.state.chosen
        if chosen not in (chip.category_id for chip in chips):
            chosen = None
        if page and not self.state.chips:
            chosen = FAVOURITES
        self.state = replace(self.state, chips=chips, chosen=chosen)
        self.refresh()

    def refresh(self) -> None:
        """Fetch again what is shown: prices or stock have changed."""
        if self._searched:
            self._ask_search(self._searched)
        else:
            self._browse()

    def choose(self, category_id: str | None) -> None:
        """Show a category, or everything."""
        self._searched = ""
        self.state = replace(self.state, chosen=category_id)
        self._browse()

    def search(self, text: str) -> None:
        """Show what matches; empty text goes back to browsing."""
        text = text.strip()
        if text == self._searched:
            return
        self._searched = text
        self.refresh()

    def move(self, by: int) -> bool:
        """Highlight another search result; false when there is nothing to move among."""
        if self.state.highlighted < 0:
            return False
        last = len(self.state.tiles) - 1
        self._set(highlighted=min(max(self.state.highlighted + by, 0), last))
        return True

    def best(self, text: str) -> str | None:
        """The product Enter takes for `text`: the highlighted one, or found now if need be."""
        if not text:
            return None
        if text == self._answered and self.state.highlighted >= 0:
            return self.state.tiles[self.state.highlighted].product_id
        found = self._till.ask(products.search, text, 1)
        return found[0].id if found else None

    def _browse(self) -> None:
        # Asked through the reader too, so that it overtakes a search still in hand.
        chosen = self.state.chosen
        self._reader.ask(
            lambda: self._tiles_of(chosen),
            lambda found: self._found("", found, translate("Sell", "No products here yet.")),
        )

    def _tiles_of(self, chosen: str | None) -> list[TileView]:
        if chosen == FAVOURITES:
            return self._till.ask(products.favourites)
        return self._till.ask(products.tiles, chosen)

    def _ask_search(self, text: str) -> None:
        self._reader.ask(
            lambda: self._till.ask(products.search, text),
            lambda found: self._found(
                text, found, translate("Sell", "Nothing found for “{said}”.", said=text)
            ),
        )

    def _found(self, text: str, found: list[TileView], empty: str) -> None:
        self._answered = text
        highlighted = 0 if text and found else -1
        tiles = tuple(self._tile(view) for view in found)
        is_new = not (text or tiles or self.state.chosen)
        self._set(
            tiles=tiles,
            highlighted=highlighted,
            empty="" if tiles or is_new else empty,
            is_new_shop=is_new,
        )

    def _tile(self, view: TileView) -> Tile:
        category = self._categories.get(view.category_id or "")
        return Tile(
            product_id=view.id,
            name=view.name,
            price=self._price(view),
            badge=_badge(view),
            is_warning=not view.variants,
            accent=view.colour,
            icon=category.icon if category else "",
        )

    def _price(self, view: TileView) -> str:
        if view.kind == "open_price":
            return translate("Sell", "Enter price")
        price = self._formats.money(view.price_minor)
        return price if view.unit == "piece" else f"{price}/{view.unit}"

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


def _badge(view: TileView) -> str:
    if view.variants:
        return f"{view.variants} options" if view.variants > 1 else "1 option"
    return (
        translate("Sell", "Out of stock")
        if view.stock_milli is not None and view.stock_milli <= 0
        else ""
    )

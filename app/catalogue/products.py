"""The manager's list of products: find one, and open it to change it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from app.kit.authority import may
from app.kit.formats import Formats
from localdb.domain.permissions import Permission
from localdb.queries import lists, products
from localdb.queries.products import TILES_MAX, TileView
from localdb.services.till import Till

NOT_A_MANAGER = "Only a manager may change products. Ask a manager to sign in."
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product as the list shows it."""

    product: TileView
    category: str
    price: str
    stock: str
    is_out: bool


@dataclass(frozen=True, slots=True)
class ProductsState:
    """What the list shows."""

    rows: tuple[ProductRow, ...] = ()
    searched: str = ""
    count: str = ""
    empty: str = ""
    """Said in place of the rows when there are none."""
    note: str = ""
    """Why a product does not open."""


class ProductsPresenter:
    """Lists what was searched; calls `opened` with the product that was chosen."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        show: Callable[[ProductsState], None],
        opened: Callable[[str], object],
    ) -> None:
        self._till = till
        self._formats = formats
        self._show = show
        self._opened = opened
        self.state = ProductsState()

    def open(self) -> None:
        """Begin with the whole catalogue."""
        self.state = ProductsState()
        self.refresh()

    def search(self, text: str) -> None:
        """Show what matches; empty text shows the catalogue."""
        self._set(searched=text.strip(), note="")
        self.refresh()

    def refresh(self) -> None:
        """Fetch again what is shown: prices or stock have changed."""
        searched = self.state.searched
        found = (
            self._till.ask(products.search, searched, TILES_MAX)
            if searched
            else self._till.ask(products.tiles)
        )
        categories = {category.id: category.name for category in self._till.ask(lists.categories)}
        self._set(
            rows=tuple(self._row(view, categories) for view in found),
            count=_count_words(len(found)),
            empty="" if found else _empty_words(searched),
        )

    def choose(self, number: int) -> None:
        """Open one of those shown, for a manager."""
        if not 0 <= number < len(self.state.rows):
            return
        if not may(self._till, Permission.CATALOGUE):
            self._set(note=NOT_A_MANAGER)
            return
        self._set(note="")
        self._opened(self.state.rows[number].product.id)

    def _row(self, view: TileView, categories: dict[str, str]) -> ProductRow:
        stock = view.stock_milli
        return ProductRow(
            product=view,
            category=categories.get(view.category_id or "", NOTHING),
            price=self._price(view),
            stock=NOTHING if stock is None else self._formats.quantity(stock, view.unit),
            is_out=stock is not None and stock <= 0,
        )

    def _price(self, view: TileView) -> str:
        if view.kind == "open_price":
            return "Enter price"
        price = self._formats.money(view.price_minor)
        return price if view.unit == "piece" else f"{price}/{view.unit}"

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


def _count_words(found: int) -> str:
    if found == TILES_MAX:
        return f"Showing the first {TILES_MAX}. Search to find others."
    if found == 0:
        return ""
    return f"{found} {'product' if found == 1 else 'products'}"


def _empty_words(searched: str) -> str:
    return f"Nothing found for “{searched}”." if searched else "No products here yet."

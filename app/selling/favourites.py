"""The page of favourites on the selling screen: which products, and in what order."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from localdb.errors import EvertillError
from localdb.queries import products
from localdb.queries.products import TileView
from localdb.services import catalogue
from localdb.services.till import Till

FOUND_MAX = 20


@dataclass(frozen=True, slots=True)
class FavouritesState:
    """What the sheet shows."""

    chosen: tuple[TileView, ...] = ()
    current: int = -1
    found: tuple[TileView, ...] = ()
    error: str = ""


class FavouritesPresenter:
    """Every change is stored at once, for all tills."""

    def __init__(self, till: Till, show: Callable[[FavouritesState], None]) -> None:
        self._till = till
        self._show = show
        self.state = FavouritesState()

    def open(self) -> None:
        """Show the favourites as they are."""
        chosen = tuple(self._till.ask(products.favourites))
        self._set(replace(self.state, chosen=chosen, current=0 if chosen else -1))

    def search(self, text: str) -> None:
        """Look for products to add."""
        found = self._till.ask(products.search, text, FOUND_MAX) if text.strip() else []
        self._set(replace(self.state, found=tuple(found), error=""))

    def select(self, number: int) -> None:
        """Choose one to move or remove."""
        if 0 <= number < len(self.state.chosen):
            self._set(replace(self.state, current=number, error=""))

    def add(self, number: int) -> None:
        """Put one of those found at the end."""
        if 0 <= number < len(self.state.found):
            product = self.state.found[number]
            if all(one.id != product.id for one in self.state.chosen):
                self._arrange((*self.state.chosen, product), len(self.state.chosen))

    def move(self, by: int) -> None:
        """Move the chosen one up or down."""
        at, chosen = self.state.current, list(self.state.chosen)
        if 0 <= at < len(chosen) and 0 <= at + by < len(chosen):
            chosen.insert(at + by, chosen.pop(at))
            self._arrange(tuple(chosen), at + by)

    def remove(self) -> None:
        """Take the chosen one off the page."""
        at = self.state.current
        if 0 <= at < len(self.state.chosen):
            kept = self.state.chosen[:at] + self.state.chosen[at + 1 :]
            self._arrange(kept, min(at, len(kept) - 1))

    def _arrange(self, chosen: tuple[TileView, ...], current: int) -> None:
        try:
            self._till.write(catalogue.arrange_favourites, [one.id for one in chosen])
        except EvertillError as error:
            self._set(replace(self.state, error=str(error)))
        else:
            self._set(replace(self.state, chosen=chosen, current=current, error=""))

    def _set(self, state: FavouritesState) -> None:
        self.state = state
        self._show(state)

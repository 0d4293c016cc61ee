"""A list of records that somebody looks through: what it shows, and how it is read by pages."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

from app.kit.translation import translate

R = TypeVar("R")
Tone = Literal["", "primary", "success", "warning", "danger", "info"]
PAGE = 100
"""Rows that are read at once while somebody looks."""
EXPORT_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows: words with a second line below, as a badge of a tone, or a tick box."""

    text: str = ""
    below: str = ""
    strong: bool = False
    muted: bool = False
    right: bool = False
    badge: Tone = ""
    tick: bool | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and its width: in pixels, or the share of what is left when negative."""

    heading: str
    width: int = -1
    right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[R]):
    """What one list shows; the page, its search and its export are made from it."""

    title: str
    columns: tuple[Column, ...]
    cells: Callable[[R], tuple[Cell, ...]]
    """What stands in each column for one record."""
    read: Callable[[str, int, R | None, int], Sequence[R]]
    """The records for a text, the number of a filter, the last record that is shown, and how many
    at most. The database does it: the rest is never read."""
    types: frozenset[str]
    """Record types whose changes change the list."""
    hint: str
    """What can be searched for."""
    empty: str
    """Said while there is none at all."""
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListState:
    """What the page shows."""

    rows: tuple[tuple[Cell, ...], ...] = ()
    searched: str = ""
    filter: int = 0
    has_more: bool = False
    count: str = ""
    empty: str = ""
    """Said in place of the rows when there are none."""


class ListPresenter(Generic[R]):
    """Reads a page of what was searched, and the next one when the end comes into sight."""

    def __init__(
        self,
        listing: Listing[R],
        show: Callable[[ListState], None],
        opened: Callable[[R], object],
    ) -> None:
        self.listing = listing
        self._show = show
        self._opened = opened
        self.found: tuple[R, ...] = ()
        self.state = ListState()

    def open(self) -> None:
        """Begin with everything; the filter stays as it was."""
        self.state = ListState(filter=self.state.filter)
        self.refresh()

    def search(self, text: str) -> None:
        """Show what matches a text; all for none."""
        self.state = replace(self.state, searched=text.strip())
        self._read(PAGE)

    def choose_filter(self, number: int) -> None:
        """Show what passes one of the filters."""
        self.state = replace(self.state, filter=number)
        self._read(PAGE)

    def refresh(self) -> None:
        """Read again what is shown: something has changed."""
        self._read(max(PAGE, len(self.found)))

    def more(self) -> None:
        """Read the next page, where there is one."""
        if self.state.has_more:
            self._take((*self.found, *self._next(self.found[-1], PAGE)), len(self.found) + PAGE)

    def choose(self, number: int) -> None:
        """Open one of those shown."""
        if 0 <= number < len(self.found):
            self._opened(self.found[number])

    def everything(self) -> Iterator[R]:
        """All that matches what is searched, page by page, for a file; on any thread."""
        return _everything(self.listing, self.state.searched, self.state.filter)

    def _next(self, last: R | None, limit: int) -> Sequence[R]:
        return self.listing.read(self.state.searched, self.state.filter, last, limit)

    def _read(self, limit: int) -> None:
        self._take(tuple(self._next(None, limit)), limit)

    def _take(self, found: tuple[R, ...], wanted: int) -> None:
        self.found = found
        has_more = len(found) >= wanted
        self._set(
            rows=tuple(map(self.listing.cells, found)),
            has_more=has_more,
            count=_count(len(found), has_more=has_more),
            empty="" if found else self._nothing(),
        )

    def _nothing(self) -> str:
        searched = self.state.searched
        if searched:
            return translate("List", "Nothing found for “{searched}”.", searched=searched)
        if self.state.filter:
            return translate("List", "Nothing here under this filter.")
        return self.listing.empty

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


def read_few(
    everything: Callable[[int], Sequence[R]], words: Callable[[R], str]
) -> Callable[[str, int, R | None, int], Sequence[R]]:
    """How a listing reads what a shop has dozens of: all at once, for the number of a filter.

    Shown are those whose words have a text. What there may be thousands of is searched by the
    database.
    """

    def read(text: str, number: int, after: R | None, limit: int) -> Sequence[R]:
        return fitting(everything(number), text, after, limit, words)

    return read


def fitting(
    records: Sequence[R],
    text: str,
    after: R | None,
    limit: int,
    words: Callable[[R], str],
) -> Sequence[R]:
    """Of a few records, all of them read: those whose words have a text, after one of them.

    For what a shop has dozens of. What it may have thousands of is searched by the database.
    """
    found = [one for one in records if text.casefold() in words(one).casefold()]
    if after is not None:
        found = found[found.index(after) + 1 :] if after in found else []
    return found[:limit]


def _everything(listing: Listing[R], searched: str, number: int) -> Iterator[R]:
    last: R | None = None
    while page := listing.read(searched, number, last, EXPORT_PAGE):
        yield from page
        if len(page) < EXPORT_PAGE:
            return
        last = page[-1]


def _count(found: int, *, has_more: bool) -> str:
    if has_more:
        return translate("List", "The first {count}. Scroll for more.", count=found)
    if found == 1:
        return translate("List", "1 entry")
    return translate("List", "{count} entries", count=found) if found else ""

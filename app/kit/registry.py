"""What the features add to the program, filled before anything is shown: pages and actions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from localdb.domain.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEntry:
    """One page: how it is found, who may see it, and how it is made when it is first shown."""

    name: str
    """What the program calls it; never shown."""
    title: str
    section: str
    """The section that it stands in, such as `products`."""
    make: Callable[[], Any]
    """Makes the page, a `kit.qt.page.Page`."""
    permission: Permission | None = None
    """None for everybody."""
    help: str = ""
    """The chapter of the manual about it."""
    keywords: tuple[str, ...] = ()
    """Other words that people search for it by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that can be done, whichever screen is up."""

    name: str
    title: str
    section: str
    run: Callable[[], object]
    shortcut: str = ""
    """Works on the selling screen; shown beside the title."""
    works_everywhere: bool = False
    """Whether the shortcut works on every screen."""
    permission: Permission | None = None
    keywords: tuple[str, ...] = ()
    is_on_page: bool = False
    """Whether a page of its section has a button for it."""
    offered: Callable[[], bool] = lambda: True
    """Whether it makes sense now."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that Ctrl+K found, and what choosing it does."""

    title: str
    detail: str
    run: Callable[[], object]


class Pages:
    """All pages, in the order in which they were added."""

    def __init__(self) -> None:
        self._entries: dict[str, PageEntry] = {}

    def add(self, *entries: PageEntry) -> None:
        """Add pages; a name is given once."""
        for entry in entries:
            assert entry.name not in self._entries, f"two pages are called {entry.name}"
            self._entries[entry.name] = entry

    def __getitem__(self, name: str) -> PageEntry:
        return self._entries[name]

    def __iter__(self) -> Iterator[PageEntry]:
        return iter(self._entries.values())


class Actions:
    """All actions; those of one section stay together, in the order of `sections`."""

    def __init__(self, sections: Sequence[str]) -> None:
        self._sections = tuple(sections)
        self._actions: dict[str, Action] = {}

    def add(self, *actions: Action) -> None:
        """Add actions; a name is given once, and the section must be known."""
        for action in actions:
            assert action.name not in self._actions, f"two actions are called {action.name}"
            assert action.section in self._sections, f"no section is called {action.section}"
            self._actions[action.name] = action

    def named(self, *names: str) -> list[Action]:
        """Some of them, in that order."""
        return [self._actions[name] for name in names]

    def run(self, name: str) -> None:
        """Do one."""
        self._actions[name].run()

    def __iter__(self) -> Iterator[Action]:
        rank = self._sections.index
        return iter(sorted(self._actions.values(), key=lambda action: rank(action.section)))

"""What the window offers to the features; made once, before them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from PySide6.QtWidgets import QWidget

from app.kit.qt.dialogue import Dialogue
from app.kit.qt.events import TillEvents
from app.kit.qt.page import Page
from app.kit.qt.sections import sections
from app.kit.qt.workplace import Workplace
from app.kit.registry import Actions, Found, Pages

ScanTaker = Callable[[str], bool]
"""Makes use of a scanned code, or gives False and leaves it to the next."""
Finder = Callable[[str], Sequence[Found]]
"""Finds things in the data by a text, for Ctrl+K; what nobody signed in may see it leaves out."""


def _section_names() -> tuple[str, ...]:
    return tuple(section.name for section in sections())


@runtime_checkable
class TakesScans(Protocol):
    """A screen that may make use of a scanned code while it is up."""

    def take_scan(self, code: str) -> bool:
        """Whether it made use of it; else it goes to the next."""


class Navigator(Protocol):
    """Brings one screen to the front."""

    def add_screen(self, screen: QWidget, *, home: bool = False) -> None:
        """Add a screen; `home` is the one to come back to, where messages are shown."""

    def show_screen(self, screen: QWidget) -> None: ...

    def bring_up(self, page: Page, section: str) -> None:
        """Show a page of a section that is in no list of pages; leaving it leads home."""

    def show_page(self, name: str) -> Page: ...

    def show_home(self) -> None: ...

    def current_screen(self) -> QWidget: ...

    def close_sheets(self) -> None: ...

    def add_banner(self, banner: QWidget) -> None:
        """Put a strip under the bar on top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The window as its features see it."""

    host: QWidget
    """What sheets open over."""
    place: Workplace
    navigator: Navigator
    dialogue: Dialogue
    events: TillEvents
    pages: Pages = field(default_factory=Pages)
    actions: Actions = field(default_factory=lambda: Actions(_section_names()))
    scan_takers: list[ScanTaker] = field(default_factory=list)
    """Asked for each code that no sheet and no screen took, the newest first."""
    finders: list[Finder] = field(default_factory=list)
    """Asked by Ctrl+K, in order."""

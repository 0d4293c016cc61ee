"""Above a page: the other pages of its section as tabs, and what else can be done there."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtWidgets import QFrame

from app.kit.qt.basic import Button, columns
from app.kit.registry import Action, PageEntry

HEIGHT = 56


class SectionBar(QFrame):
    """Hidden where a section has one page and nothing else."""

    def __init__(self, show: Callable[[str], object]) -> None:
        super().__init__()
        self.setProperty("role", "section-bar")
        self.setFixedHeight(HEIGHT)
        self._show = show
        self._row = columns(gap=4)
        self._row.setContentsMargins(20, 4, 20, 4)
        self.setLayout(self._row)
        self._shown: tuple[object, ...] = ()
        self._buttons: list[Button] = []
        self.hide()

    def show_section(
        self, pages: Sequence[PageEntry], actions: Sequence[Action], current: str
    ) -> None:
        """Show the pages, with the current one marked, and the actions at the right."""
        shown = (*(page.name for page in pages), current, *(one.name for one in actions))
        self.setVisible(len(pages) > 1 or bool(pages and actions))
        if shown == self._shown:
            return
        self._shown = shown
        while item := self._row.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self._buttons = []
        for page in pages:
            tab = Button(page.title, "tab")
            tab.setCheckable(True)
            tab.setChecked(page.name == current)
            tab.doing(partial(self._chosen, tab, page.name, current))
            self._add(tab)
        self._row.addStretch(1)
        for action in actions:
            self._add(Button(action.title, "ghost").doing(action.run))

    def _add(self, button: Button) -> None:
        self._buttons.append(button)
        self._row.addWidget(button)

    def _chosen(self, tab: Button, name: str, current: str) -> None:
        """Which tab is marked says the page that is up, and not the click."""
        tab.setChecked(name == current)
        self._show(name)

    def button(self, words: str) -> Button:
        """The tab or button with those words."""
        return next(button for button in self._buttons if button.words == words)

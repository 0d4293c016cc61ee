"""The settings page: each setting with its value; a tap or Enter changes it."""

from collections.abc import Callable

from app.dialogs.text import TextSheet
from app.presenters.settings import SettingsPresenter
from app.widgets.choice import Choice
from app.widgets.page import Page
from app.widgets.picker import Picker
from app.widgets.strip import MessageStrip
from app.workplace import Workplace

ORGANISATION, STORE = 0, 1
LENGTH_MAX = 1000


class SettingsScreen(Page):
    """Thin: shows what the presenter holds."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place.theme, "Settings", "How this shop sells")
        self.presenter = SettingsPresenter(place.till, place.formats, self._show, self._ask)
        self.where = Choice(("All stores", "This store only"), ORGANISATION)
        self.where.changed.connect(self._choose_where)
        self.strip = MessageStrip(place.theme)
        self.list = Picker("Settings")
        self.list.picked.connect(self.presenter.take)
        self.body.addWidget(self.where)
        self.body.addWidget(self.strip)
        self.body.addWidget(self.list, 1)

    def open(self) -> None:
        """Show the settings as they are now."""
        self.presenter.open()
        self.list.setFocus()

    def _choose_where(self) -> None:
        self.presenter.for_store = self.where.chosen == STORE

    def _show(self, rows: list[tuple[str, str]], problem: str) -> None:
        at = max(self.list.currentRow(), 0)
        self.list.show_rows(rows)
        self.list.setCurrentRow(at)
        if problem:
            self.strip.say("error", problem)
        else:
            self.strip.clear()

    def _ask(self, title: str, initial: str, answer: Callable[[str], object]) -> None:
        TextSheet(
            self.window(),
            self.theme,
            title,
            initial,
            answer,
            may_be_empty=True,
            length_max=LENGTH_MAX,
        )

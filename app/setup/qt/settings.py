"""The settings page: each setting with its value and for whom it holds; saved by a button."""

from collections.abc import Callable

from app.kit.flow import AskYesNo
from app.kit.qt.basic import Button
from app.kit.qt.choice import Choice
from app.kit.qt.confirm import ConfirmSheet
from app.kit.qt.page import Page, reachable
from app.kit.qt.picker import Picker
from app.kit.qt.strip import MessageStrip
from app.kit.qt.text import TextSheet
from app.kit.qt.workplace import Workplace
from app.setup.settings import SettingsPresenter, SettingsState

ORGANISATION, STORE = 0, 1
LENGTH_MAX = 1000


class SettingsScreen(Page):
    """Thin: shows what the presenter holds."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place.theme, "Settings", "Selling, tax, cash and devices")
        self.presenter = SettingsPresenter(
            place.till, place.formats, self._show, self._ask, self._confirm
        )
        presenter = self.presenter
        self.undo = reachable(Button("Undo")).doing(presenter.undo)
        self.discard = reachable(Button("Discard")).doing(presenter.discard)
        self.save = reachable(Button("Save", "primary")).doing(presenter.save)
        for button in (self.undo, self.discard, self.save):
            self.tools.addWidget(button)
        self.where = Choice(("All stores", "This store only"), ORGANISATION)
        self.where.changed.connect(self._choose_where)
        self.strip = MessageStrip(place.theme)
        self.list = Picker("Settings")
        self.list.picked.connect(presenter.take)
        self.body.addWidget(self.where)
        self.body.addWidget(self.strip)
        self.body.addWidget(self.list, 1)

    def open(self) -> None:
        """Show the settings as they are now."""
        self.presenter.open()
        self.list.setFocus()

    def _choose_where(self) -> None:
        self.presenter.choose_where(self.where.chosen == STORE)

    def _show(self, state: SettingsState) -> None:
        at = max(self.list.currentRow(), 0)
        self.list.show_rows([(row.title, row.said) for row in state.rows])
        self.list.setCurrentRow(at)
        some = f"Save {state.changes} change{'' if state.changes == 1 else 's'}"
        self.save.setText(some if state.changes else "Save")
        self.save.setEnabled(state.changes > 0)
        self.discard.setVisible(state.changes > 0)
        self.undo.setVisible(state.can_undo and not state.changes)
        if state.problem:
            self.strip.say("error", state.problem)
        elif state.note:
            self.strip.say("success", state.note)
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

    def _confirm(self, question: AskYesNo, go_on: Callable[[], object]) -> None:
        ConfirmSheet(
            self.window(), self.theme, question, lambda is_yes: go_on() if is_yes else None
        )

"""Who is at the till, and what they can do with it as such: switch, train, light or dark."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from app.kit.qt.basic import Button
from app.kit.qt.page import reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme
from app.kit.registry import Action


class PersonSheet(Sheet):
    """A button for each action; it is gone before the action runs."""

    def __init__(self, host: QWidget, theme: Theme, title: str, actions: Sequence[Action]) -> None:
        super().__init__(host, theme, title, 420)
        for action in actions:
            words = action.title
            if action.shortcut:
                words = f"{action.title}  ({action.shortcut})"
            button = reachable(Button(words))
            button.setMinimumHeight(56)
            button.doing(partial(self._do, action))
            self.body.addWidget(button)
        self.open()

    def _do(self, action: Action) -> None:
        self.close_sheet()
        action.run()

"""The Cash page: the shift as a card, and everything that is done with the drawer beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QGridLayout

from app.drawer.cash import CashView
from app.kit.qt.basic import Button, columns, frame, label, rows, tall
from app.kit.qt.page import Page, fact, reachable
from app.kit.qt.strip import MessageStrip
from app.kit.qt.theme import Theme
from app.kit.translation import translate

_IN_A_ROW = 2
_BUTTON_PX = 72
_CARD_PX = 420


@dataclass(frozen=True, slots=True)
class CashAction:
    """A button of the page; its letter works while the page is up."""

    words: str
    icon: str
    letter: str
    run: Callable[[], object]
    needs_shift: bool | None = True
    """Whether it wants an open shift (True), a closed one (False), or either (None)."""


class CashPage(Page):
    """Shows the card anew each time it is opened and after each action."""

    def __init__(
        self,
        theme: Theme,
        till_name: str,
        actions: Sequence[CashAction],
        view: Callable[[], CashView],
    ) -> None:
        super().__init__(theme, translate("Cash", "Cash"), till_name)
        self._actions = actions
        self._view = view
        self.strip = MessageStrip(theme)
        self.title = label("", "heading")
        self._facts = rows(gap=10)
        self.buttons = {action.letter: self._button(action) for action in actions}
        self._lay_out()

    def open(self) -> None:
        self.refresh()
        self.setFocus()

    def refresh(self) -> None:
        """Show the shift as it is now."""
        view = self._view()
        self.title.setText(view.title)
        while item := self._facts.takeAt(0):
            line = item.layout()
            while line is not None and (part := line.takeAt(0)):
                if widget := part.widget():
                    widget.hide()
                    widget.deleteLater()
        for name, value in view.facts:
            self._facts.addLayout(fact(name, label(value, "strong")))
        for action in self._actions:
            fits = action.needs_shift in (None, view.is_open)
            self.buttons[action.letter].setEnabled(fits)

    def say(
        self, tone: str, text: str, choices: Sequence[tuple[str, Callable[[], object]]] = ()
    ) -> None:
        """Show a message in its place, and what has changed; see `kit.qt.dialogue.Messages`."""
        self.strip.say(tone, text, choices)
        self.refresh()

    def clear(self) -> None:
        """Take the message away."""
        self.strip.clear()

    def _button(self, action: CashAction) -> Button:
        button = reachable(Button(f"{action.words}  ({action.letter})"))
        button.with_icon(self.theme, action.icon).doing(action.run)
        button.setIconSize(QSize(24, 24))
        tall(button, _BUTTON_PX, "text-align: left; padding-left: 16px;")
        shortcut = QShortcut(QKeySequence(action.letter), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(button.click)
        return button

    def _lay_out(self) -> None:
        card = frame("card")
        card.setFixedWidth(_CARD_PX)
        inside = rows(margin=20, gap=14)
        inside.addWidget(self.title)
        inside.addWidget(frame("rule"))
        inside.addLayout(self._facts)
        inside.addStretch(1)
        card.setLayout(inside)
        grid = QGridLayout()
        grid.setSpacing(10)
        for number, button in enumerate(self.buttons.values()):
            grid.addWidget(button, number // _IN_A_ROW, number % _IN_A_ROW)
        right = rows(gap=0)
        right.addLayout(grid)
        right.addStretch(1)
        right.addWidget(self.strip)
        both = columns(gap=20)
        both.addWidget(card)
        both.addLayout(right, 1)
        self.body.addLayout(both, 1)

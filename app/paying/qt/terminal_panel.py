"""What the card terminal is at, in place of the ways to pay: nothing else can be paid meanwhile."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from app.kit.qt.basic import Button, Icon, columns, label, rows, tall
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.paying.state import TerminalView

KEYS = {"Y": True, "N": False}
"""In doubt: the letters of the two answers."""
AGAIN_KEY = "A"


class TerminalPanel(QFrame):
    """Asked: one way out. In doubt: two answers, of which none is the default, and asking again."""

    cancelled = Signal()
    confirmed = Signal(bool)
    asked_again = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._icon = Icon(theme, "card", "primary", 40)
        self.title = label("", "title", wrap=True)
        self.text = label("", "muted", wrap=True)
        self.yes = Button("").doing(lambda: self.confirmed.emit(True))
        self.no = Button("").doing(lambda: self.confirmed.emit(False))
        self.again = Button(
            translate("Charge", "Ask the terminal again  ({again_key})", again_key=AGAIN_KEY),
            "ghost",
        )
        self.again.with_icon(theme, "sync-busy", "text", 20).doing(self.asked_again.emit)
        self.cancel = Button(translate("Charge", "Cancel  (Esc)")).doing(self.cancelled.emit)
        for button in (self.yes, self.no, self.again, self.cancel):
            tall(button, 60)
        words = rows(gap=4)
        words.addWidget(self.title)
        words.addWidget(self.text)
        top = columns(gap=16)
        top.addWidget(self._icon)
        top.addLayout(words, 1)
        answers = columns(gap=8)
        answers.addWidget(self.yes, 1)
        answers.addWidget(self.no, 1)
        inside = rows(margin=20, gap=16)
        inside.addLayout(top)
        inside.addLayout(answers)
        inside.addWidget(self.again)
        inside.addWidget(self.cancel)
        inside.addStretch(1)
        self.setLayout(inside)

    def show_terminal(self, view: TerminalView) -> None:
        """Show what it is at, or the doubt it left."""
        doubt = view.is_doubtful
        self._icon.show_icon("alert" if doubt else "card", "warning" if doubt else "primary")
        self.title.setText(view.title)
        self.text.setText(view.text)
        self.yes.setText(f"{view.yes}  (Y)")
        self.no.setText(f"{view.no}  (N)")
        for button in (self.yes, self.no, self.again):
            button.setVisible(doubt)
        self.cancel.setVisible(view.can_cancel)

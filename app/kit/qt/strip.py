"""The message strip: says it in place, in words, and never blocks a sale."""

from collections.abc import Callable, Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame

from app.kit.qt.basic import Button, Icon, columns, label
from app.kit.qt.theme import Theme, restyle

_ICONS = {"error": "alert", "warning": "alert", "info": "info", "success": "check"}
NARROW_PX = 460
_AIR = 6
"""Above and below words of several lines."""


class MessageStrip(QFrame):
    """One line with an icon and up to a few buttons; hidden while there is nothing to say."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._icon = Icon(theme, "info", "on_info_soft", 20)
        self._text = label()
        self._text.setWordWrap(True)
        self._text.setContentsMargins(0, _AIR, 0, _AIR)
        self._buttons = columns(gap=4)
        words = columns(gap=8)
        words.addWidget(self._icon)
        words.addWidget(self._text, 1)
        self._parts = columns(gap=0)
        self._parts.setContentsMargins(12, 0, 4, 0)
        self._parts.addLayout(words, 1)
        self._parts.addLayout(self._buttons)
        self.setLayout(self._parts)
        self.setMinimumHeight(theme.tokens.size_px.strip)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now; empty while hidden."""
        return "" if self.isHidden() else self._text.text()

    def say(
        self, tone: str, text: str, actions: Sequence[tuple[str, Callable[[], object]]] = ()
    ) -> None:
        """Show a message in a tone (`error`, `warning`, `info`, `success`)."""
        restyle(self, "role", f"strip-{tone}")
        restyle(self._text, "role", "")
        self._text.setText(text)
        self._text.style().unpolish(self._text)
        self._text.style().polish(self._text)
        self._icon.show_icon(_ICONS[tone], f"on_{'danger' if tone == 'error' else tone}_soft")
        self._clear_buttons()
        for words, action in actions:
            self._buttons.addWidget(Button(words, "ghost").doing(action))
        self.setAccessibleName(text)
        self.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow place the buttons stand below the words."""
        super().resizeEvent(event)
        sides = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._parts.setDirection(sides[self.width() < NARROW_PX])

    def clear(self) -> None:
        """Nothing to say."""
        self._text.clear()
        self.hide()

    def button(self, words: str) -> Button:
        """The button with those words."""
        items = (self._buttons.itemAt(number) for number in range(self._buttons.count()))
        found = (item.widget() for item in items if item is not None)
        return next(b for b in found if isinstance(b, Button) and b.words == words)

    def _clear_buttons(self) -> None:
        while item := self._buttons.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()

"""Small parts every screen is made of, so that they look and behave alike everywhere."""

import math
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.kit.qt.theme import Theme

L = TypeVar("L", bound=QBoxLayout)


class Button(QPushButton):
    """A button that leaves the focus where it is and counts a double click once."""

    def __init__(self, text: str = "", variant: str = "", tone: str = "") -> None:
        super().__init__()
        self._theme: Theme | None = None
        self._icon = ("", "")
        self.words = ""
        self._pressed_at_ms = -math.inf
        if variant:
            self.setProperty("variant", variant)
        if tone:
            self.setProperty("tone", tone)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setText(text)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at_ms = event.timestamp()
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Once, where both clicks were on this button.

        Two fingers' taps in quick succession come as a double click too, wherever the first was.
        """
        since_ms = event.timestamp() - self._pressed_at_ms
        if since_ms > QApplication.doubleClickInterval():
            self.mousePressEvent(event)
        else:
            event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus, as Space does; held down, once."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self.click()

    def setText(self, text: str) -> None:
        """Show `text` as it is: an ampersand is no mnemonic, and an icon keeps its distance."""
        self.words = text
        gap = "\u2002" if self._icon[0] and text else ""
        super().setText(gap + text.replace("&", "&&"))

    def with_icon(self, theme: Theme, name: str, role: str = "text", size: int = 22) -> "Button":
        """Show an icon that follows the colour scheme."""
        self._theme, self._icon = theme, (name, role)
        self.setIconSize(QSize(size, size))
        self.setText(self.words)
        self._draw_icon()
        theme.changed.connect(self._draw_icon)
        return self

    def doing(self, action: Callable[[], object]) -> "Button":
        """Run `action` when clicked."""
        self.clicked.connect(lambda: action())
        return self

    def _draw_icon(self) -> None:
        if self._theme is not None:
            self.setIcon(self._theme.icon(*self._icon))


class RepeatButton(Button):
    """A key of a keypad: two quick taps are two, unlike on a button that pays."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)


class Icon(QLabel):
    """An icon that follows the colour scheme."""

    def __init__(self, theme: Theme, name: str, role: str = "text", size: int = 24) -> None:
        super().__init__()
        self._theme, self._name, self._role, self._size = theme, name, role, size
        self.setFixedSize(size, size)
        self._draw()
        theme.changed.connect(self._draw)

    def show_icon(self, name: str, role: str | None = None) -> None:
        """Change to another icon or colour."""
        self._name, self._role = name, role or self._role
        self._draw()

    def _draw(self) -> None:
        self.setPixmap(self._theme.pixmap(self._name, self._role, self._size))


def tall(widget: QWidget, height_px: int, more: str = "") -> None:
    """Make a styled widget that high: the style sheet's own minimum beats `setMinimumHeight`.

    `more` is further style. All of it is for the widget, and not for what lies on it.
    """
    kind = next(c.__name__ for c in type(widget).__mro__ if c.__module__.startswith("PySide6"))
    inside_px = height_px - 2
    widget.setStyleSheet(
        f"{kind} {{ min-height: {inside_px}px; max-height: {inside_px}px; {more} }}"
    )


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """A text in one of the roles of the style sheet; never read as rich text."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def frame(role: str) -> QFrame:
    """A surface in one of the roles of the style sheet."""
    made = QFrame()
    made.setProperty("role", role)
    return made


def progress_bar(name: str) -> QProgressBar:
    """A bar of thousandths; `name` is read out."""
    bar = QProgressBar()
    bar.setRange(0, 1000)
    bar.setTextVisible(False)
    bar.setAccessibleName(name)
    return bar


def rows(*, margin: int = 0, gap: int = 8) -> QVBoxLayout:
    """A column of things; distances in pixels."""
    return _spaced(QVBoxLayout(), margin, gap)


def columns(*, margin: int = 0, gap: int = 8) -> QHBoxLayout:
    """A row of things; distances in pixels."""
    return _spaced(QHBoxLayout(), margin, gap)


def _spaced(layout: L, margin: int, gap: int) -> L:
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(gap)
    return layout

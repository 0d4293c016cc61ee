"""Takes pictures of widgets: sizes and schemes, words that are longer, right to left."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from app.kit.qt.basic import Button
from resources.styling import Scheme

SMALL, LARGE = (1024, 768), (1920, 1080)
SIZES = (SMALL, LARGE)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
LONGER = 0.3
"""How much longer than English another language's words may be."""
_WORD = re.compile(r"[^\W\d_]{3,}")


def settle(rounds: int = 12) -> None:
    """Let threads answer and the window paint."""
    for _ in range(rounds):
        QApplication.processEvents()
        time.sleep(0.01)


def take(widget: QWidget, file: Path) -> None:
    """Store a picture of a widget as it stands."""
    widget.grab().save(str(file))


def longer(text: str) -> str:
    """The text with each word 30 % longer, rounded up; figures stay as they are."""
    return _WORD.sub(lambda found: found.group() + _more(found.group()), text)


@contextmanager
def longer_words(window: QWidget) -> Iterator[None]:
    """Show every label, button and placeholder below `window` with longer words for a while."""
    labels = [w for w in window.findChildren(QLabel) if w.text()]
    buttons = [w for w in window.findChildren(QAbstractButton) if w.text()]
    fields = [w for w in window.findChildren(QLineEdit) if w.placeholderText()]
    before = [
        *((w.setText, w.text()) for w in labels),
        *((w.setText, w.words if isinstance(w, Button) else w.text()) for w in buttons),
        *((w.setPlaceholderText, w.placeholderText()) for w in fields),
    ]
    for show, text in before:
        show(longer(text))
    # What arranges itself by its words does so when it is given room.
    for by in (-20, 20):
        window.resize(window.width() + by, window.height())
        settle(1)
    try:
        yield
    finally:
        for show, text in before:
            show(text)


@contextmanager
def right_to_left() -> Iterator[None]:
    """Lay everything out as for Arabic or Hebrew."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    application.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        yield
    finally:
        application.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def _more(word: str) -> str:
    return word[1 : 1 - (-len(word) * 3 // 10)].lower()

"""Lines of text as paper: dark on white in both colour schemes."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QLabel


def paper(lines: Sequence[str], name: str) -> QLabel:
    """A piece of paper with these lines; ``name`` is for screen readers."""
    found = QLabel("\n".join(lines))
    found.setTextFormat(Qt.TextFormat.PlainText)
    found.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    found.setStyleSheet("background: #FDFDFB; color: #1A1A1A; padding: 18px; font-size: 10pt;")
    found.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    found.setAccessibleName(name)
    return found

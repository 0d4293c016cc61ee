"""What can be done to the line that was tapped, large enough for a finger."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.kit.qt.basic import Button, Icon, RepeatButton, columns, label, rows, tall
from app.kit.qt.theme import Theme

ACTIONS = (
    ("less", "", "minus", "One less"),
    ("more", "", "plus", "One more"),
    ("quantity", "Qty", "quantity", "Quantity (F4)"),
    ("price", "Price", "price", "Price (F5)"),
    ("discount", "Disc.", "discount", "Discount (F6)"),
    ("note", "Note", "note", "Note (Ctrl+N)"),
    ("void", "Void", "trash", "Void the line (F9)"),
)
"""Name, word, icon and what it does, in full."""
_HEIGHT_PX = 54


class LineActions(QWidget):
    """A row of buttons below the cart; hidden until a line is tapped."""

    asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.buttons: dict[str, Button] = {}
        row = columns(gap=3)
        row.setContentsMargins(6, 4, 6, 4)
        for name, word, icon, says in ACTIONS:
            made = Button() if word else RepeatButton()
            button = made.doing(partial(self.asked.emit, name))
            button.setToolTip(says)
            button.setAccessibleName(says)
            tall(button, _HEIGHT_PX, "padding: 0; min-width: 46px;")
            button.setLayout(_face(theme, icon, word))
            self.buttons[name] = button
            row.addWidget(button, 1)
        self.setLayout(row)
        self.hide()


def _face(theme: Theme, icon: str, word: str) -> QVBoxLayout:
    middle = Qt.AlignmentFlag.AlignHCenter
    face = rows(gap=0)
    face.setContentsMargins(0, 4, 0, 4)
    face.addStretch(1)
    picture = Icon(theme, icon, "text", 20)
    face.addWidget(picture, 0, middle)
    parts: list[QWidget] = [picture]
    if word:
        caption = label(word, "caption")
        caption.setAlignment(middle)
        face.addWidget(caption, 0, middle)
        parts.append(caption)
    face.addStretch(1)
    for part in parts:
        part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    return face

"""What can be done to the line that was tapped, large enough for a finger."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.theme import Theme
from app.widgets.basic import Button, RepeatButton, columns, rows, tall

ACTIONS = (
    ("quantity", "Qty", "Quantity (F4)"),
    ("price", "Price", "Price (F5)"),
    ("discount", "Discount", "Discount (F6)"),
    ("note", "Note", "Note (Ctrl+N)"),
    ("void", "Void", "Void the line (F9)"),
)
_HEIGHT_PX = 50


class LineActions(QWidget):
    """A row of buttons below the cart; each says what it does. Hidden until a line is tapped."""

    asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.buttons: dict[str, Button] = {}
        upper, lower = columns(gap=4), columns(gap=4)
        less = RepeatButton("−").doing(partial(self.asked.emit, "less"))
        more = RepeatButton("+").doing(partial(self.asked.emit, "more"))
        less.setAccessibleName("One less")
        more.setAccessibleName("One more")
        self.buttons |= {"less": less, "more": more}
        for name, words, tip in ACTIONS:
            button = Button(words).doing(partial(self.asked.emit, name))
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            self.buttons[name] = button
        for row, names in (
            (upper, ("less", "quantity", "more", "void")),
            (lower, ("price", "discount", "note")),
        ):
            for name in names:
                button = self.buttons[name]
                tall(button, _HEIGHT_PX)
                button.setStyleSheet(button.styleSheet() + "padding: 0 4px;")
                row.addWidget(button, 1)
        inside = rows(gap=4)
        inside.setContentsMargins(8, 4, 8, 6)
        inside.addLayout(upper)
        inside.addLayout(lower)
        self.setLayout(inside)
        self.hide()

"""The keys of the selling screen, on one card."""

from PySide6.QtWidgets import QGridLayout, QWidget

from app.kit.qt.basic import Button, label
from app.kit.qt.page import reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme
from app.kit.translation import translate


def keys() -> tuple[tuple[str, str], ...]:
    """Each key of the selling screen with what it does."""
    return (
        ("F1", translate("Help", "Help")),
        ("F2", translate("Help", "Search")),
        ("F3", translate("Help", "Customer")),
        ("F4", translate("Help", "Quantity of the line")),
        ("F5", translate("Help", "Price of the line")),
        ("F6", translate("Help", "Discount; Ctrl+Enter for the whole cart")),
        ("F7", translate("Help", "Hold the sale")),
        ("F8", translate("Help", "Recall a sale")),
        ("F9", translate("Help", "Void the line")),
        ("Ctrl+Z", translate("Help", "Undo the void")),
        ("F10", translate("Help", "No sale")),
        ("F11", translate("Help", "Switch user")),
        ("F12", translate("Help", "Charge")),
        ("Ctrl+P", translate("Help", "Price check")),
        ("Ctrl+N", translate("Help", "Note on the line")),
        ("Ctrl+O", translate("Help", "Open item")),
        ("Esc", translate("Help", "Back")),
        ("Ctrl+L", translate("Help", "Lock")),
        ("Ctrl+D", translate("Help", "Reprint the last receipt")),
        ("Ctrl+R", translate("Help", "Refund or exchange")),
        ("Ctrl+K", translate("Help", "Find anything")),
        ("↑ ↓", translate("Help", "Choose a line or a result")),
        (translate("Help", "3* scan"), translate("Help", "Three of what is scanned")),
        (translate("Help", "Enter"), translate("Help", "Add; on payment: exact cash")),
        (translate("Help", "F11, letter"), translate("Help", "On payment: card, method")),
        ("T", translate("Help", "On payment: tip")),
        ("/", translate("Help", "On payment: split evenly")),
    )


class HelpSheet(Sheet):
    """Closes with any of Enter, Esc and the button."""

    def __init__(self, host: QWidget, theme: Theme) -> None:
        super().__init__(host, theme, translate("Window", "Keyboard shortcuts"), 620)
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(10)
        shown = keys()
        half = (len(shown) + 1) // 2
        for number, (key, meaning) in enumerate(shown):
            column = 2 * (number // half)
            grid.addWidget(label(key, "key-hint"), number % half, column)
            grid.addWidget(label(meaning, wrap=True), number % half, column + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self.body.addLayout(grid)
        self.body.addWidget(
            reachable(Button(translate("Help", "Close"), "primary")).doing(self.cancel)
        )
        self.open()

    def accept(self) -> None:
        self.cancel()

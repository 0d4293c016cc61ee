"""The keys of the selling screen, on one card."""

from PySide6.QtWidgets import QGridLayout, QWidget

from app.kit.qt.basic import Button, label
from app.kit.qt.page import reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme

KEYS = (
    ("F1", "Help"),
    ("F2", "Search"),
    ("F3", "Customer"),
    ("F4", "Quantity of the line"),
    ("F5", "Price of the line"),
    ("F6", "Discount; Ctrl+Enter for the whole cart"),
    ("F7", "Hold the sale"),
    ("F8", "Recall a sale"),
    ("F9", "Void the line"),
    ("Ctrl+Z", "Put a voided line back"),
    ("F10", "Open the drawer"),
    ("F11", "Switch user"),
    ("F12", "Charge"),
    ("Ctrl+P", "Price check"),
    ("Ctrl+N", "Note on the line"),
    ("Ctrl+O", "Open item"),
    ("Esc", "Back"),
    ("Ctrl+L", "Lock"),
    ("Ctrl+D", "Print the last receipt again"),
    ("Ctrl+R", "Refund or exchange"),
    ("↑ ↓", "Choose a line or a result"),
    ("3* scan", "Three of what is scanned"),
    ("Enter", "Add; on payment: exact cash"),
    ("F11, letter", "On payment: card, method"),
    ("T", "On payment: tip"),
    ("/", "On payment: split evenly"),
)


class HelpSheet(Sheet):
    """Closes with any of Enter, Esc and the button."""

    def __init__(self, host: QWidget, theme: Theme) -> None:
        super().__init__(host, theme, "Keys", 620)
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(10)
        half = (len(KEYS) + 1) // 2
        for number, (key, meaning) in enumerate(KEYS):
            column = 2 * (number // half)
            grid.addWidget(label(key, "key-hint"), number % half, column)
            grid.addWidget(label(meaning, wrap=True), number % half, column + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self.body.addLayout(grid)
        self.body.addWidget(reachable(Button("Close", "primary")).doing(self.cancel))
        self.open()

    def accept(self) -> None:
        self.cancel()

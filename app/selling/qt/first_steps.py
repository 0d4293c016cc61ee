"""What a shop without products can do: shown in place of the tiles."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.kit.qt.basic import Button, label, rows, tall
from app.kit.qt.theme import Theme
from app.kit.translation import translate

_WIDTH_PX = 320


class FirstSteps(QWidget):
    """Three ways on; two of them for those who may change the catalogue."""

    product_asked = Signal()
    import_asked = Signal()
    open_item_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        words = label(translate("Sell", "No products here yet."), "heading")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.add = Button(translate("Sell", "Add a product"), "primary")
        self.add.with_icon(theme, "plus", "on_primary").doing(self.product_asked.emit)
        self.bring_in = Button(translate("Sell", "Import products"))
        self.bring_in.with_icon(theme, "import").doing(self.import_asked.emit)
        self.open_item = Button(translate("Sell", "Sell an open item"))
        self.open_item.with_icon(theme, "plus").doing(self.open_item_asked.emit)
        column = rows(gap=12)
        column.addStretch(1)
        column.addWidget(words)
        for button in (self.add, self.bring_in, self.open_item):
            tall(button, 56)
            button.setFixedWidth(_WIDTH_PX)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        self.setLayout(column)

    def offer(self, *, may_add: bool) -> None:
        """Show what somebody may do."""
        self.add.setVisible(may_add)
        self.bring_in.setVisible(may_add)
        self.show()

"""A list to pick one thing from, with rows tall enough for a finger."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from app.kit.qt.focus import focus_by_click


class Picker(QListWidget):
    """Each row has a title and a detail; emits the number of the row taken."""

    picked = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setProperty("role", "boxed")
        self.setUniformItemSizes(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.itemClicked.connect(lambda item: self.picked.emit(self.row(item)))

    def show_rows(self, entries: Sequence[tuple[str, str]]) -> None:
        """Replace the rows; the first is current."""
        self.clear()
        for title, detail in entries:
            item = QListWidgetItem(f"{title}\n{detail}" if detail else title)
            item.setSizeHint(QSize(0, 56))
            self.addItem(item)
        if entries:
            self.setCurrentRow(0)

    def step(self, by: int) -> None:
        """Make another row current."""
        last = self.count() - 1
        if last >= 0:
            self.setCurrentRow(min(max(self.currentRow() + by, 0), last))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        focus_by_click(self)
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentRow() >= 0:
            self.picked.emit(self.currentRow())
        else:
            super().keyPressEvent(event)

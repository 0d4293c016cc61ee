"""The row of category chips; scrolls sideways by touch, wheel or the arrow at its end."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QScrollArea, QScroller, QWidget

from app.presenters.browse import Chip
from app.theme import Theme
from app.widgets.basic import Button, columns


class ChipBar(QWidget):
    """One chip is chosen at a time; emits its category, None for all."""

    chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._chips: tuple[Chip, ...] = ()
        self._buttons: list[Button] = []
        self._group = QButtonGroup(self)
        self._row = columns(gap=8)
        self._area = _SidewaysArea()
        inside = QWidget()
        inside.setLayout(self._row)
        self._area.setWidget(inside)
        self._on = self._arrow("chevron-right", "More categories", 1)
        self._back = self._arrow("chevron-left", "Earlier categories", -1)
        layout = columns(gap=4)
        layout.addWidget(self._back)
        layout.addWidget(self._area, 1)
        layout.addWidget(self._on)
        self.setLayout(layout)
        self.setFixedHeight(theme.tokens.size_px.chip)
        bar = self._area.horizontalScrollBar()
        bar.valueChanged.connect(self._show_arrows)
        bar.rangeChanged.connect(self._show_arrows)
        self._show_arrows()

    def show_chips(self, chips: tuple[Chip, ...], chosen: str | None) -> None:
        """Show the categories, one of them chosen."""
        if chips != self._chips:
            self._chips = chips
            self._rebuild(chips)
        for chip, button in zip(chips, self._buttons, strict=True):
            button.setChecked(chip.category_id == chosen)

    def _rebuild(self, chips: Sequence[Chip]) -> None:
        while item := self._row.takeAt(0):
            if widget := item.widget():
                widget.deleteLater()
        self._buttons = [self._button(chip) for chip in chips]
        for button in self._buttons:
            self._row.addWidget(button)
        self._row.addStretch(1)

    def _button(self, chip: Chip) -> Button:
        button = Button(chip.name, "chip")
        button.setCheckable(True)
        button.setAccessibleName(f"Category {chip.name}")
        button.doing(lambda: self.chosen.emit(chip.category_id))
        self._group.addButton(button)
        return button

    def _arrow(self, icon: str, tip: str, towards: int) -> Button:
        button = Button("", "ghost").with_icon(self._theme, icon, "text_muted", 20)
        button.setFixedSize(48, 48)
        button.setStyleSheet("padding: 0")
        button.setAccessibleName(tip)
        return button.doing(lambda: self._scroll(towards))

    def _scroll(self, towards: int) -> None:
        bar = self._area.horizontalScrollBar()
        bar.setValue(bar.value() + towards * self._area.viewport().width() * 3 // 4)

    def _show_arrows(self) -> None:
        bar = self._area.horizontalScrollBar()
        self._on.setVisible(bar.maximum() > 0)
        self._back.setVisible(bar.maximum() > 0)
        self._on.setEnabled(bar.value() < bar.maximum())
        self._back.setEnabled(bar.value() > 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_arrows()


class _SidewaysArea(QScrollArea):
    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setStyleSheet(
            "QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }"
        )
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.TouchGesture)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - (turned.x() or turned.y()))
        event.accept()

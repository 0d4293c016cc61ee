"""The category chips: in one row if they fit, else in two rows that scroll sideways."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QScrollArea, QScroller, QSizePolicy, QWidget

from app.kit.qt.basic import Button, columns, rows
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.selling.browse import Chip

GAP_PX = 8


class ChipBar(QWidget):
    """One chip is chosen at a time, and always in sight; emits its category, None for all."""

    chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._row_px = theme.tokens.size_px.chip
        self._chips: tuple[Chip, ...] = ()
        self.buttons: list[Button] = []
        self._group = QButtonGroup(self)
        self._inside = QWidget()
        self._rows = (columns(gap=GAP_PX), columns(gap=GAP_PX))
        self._both = rows(gap=GAP_PX)
        for row in self._rows:
            row.setAlignment(Qt.AlignmentFlag.AlignLeading)
            self._both.addLayout(row)
        self._inside.setLayout(self._both)
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setProperty("scrolls_sideways", True)
        self.area.setWidget(self._inside)
        touch = QScroller.ScrollerGestureType.TouchGesture
        QScroller.grabGesture(self.area.viewport(), touch)
        self.back = self._arrow(theme, "chevron-left", translate("Sell", "Categories before"), -1)
        self.on = self._arrow(theme, "chevron-right", translate("Sell", "More categories"), 1)
        arrows = rows(gap=GAP_PX)
        arrows.addWidget(self.back)
        arrows.addWidget(self.on)
        whole = columns(gap=GAP_PX)
        whole.addWidget(self.area, 1)
        whole.addLayout(arrows)
        self.setLayout(whole)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._fit()

    def show_chips(self, chips: tuple[Chip, ...], chosen: str | None) -> None:
        """Show the categories, one of them chosen."""
        if chips != self._chips:
            self._chips = chips
            self._rebuild(chips)
        for chip, button in zip(chips, self.buttons, strict=True):
            button.setChecked(chip.category_id == chosen)
        self._fit()
        self._show_chosen()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _arrow(self, theme: Theme, icon: str, says: str, by: int) -> Button:
        arrow = Button("", "ghost").with_icon(theme, icon, "text_muted")
        arrow.setFixedSize(self._row_px, self._row_px)
        arrow.setStyleSheet("padding: 0")
        arrow.setAccessibleName(says)
        arrow.setToolTip(says)
        return arrow.doing(partial(self._scroll, by))

    def _scroll(self, by: int) -> None:
        """Go on by most of what is in sight."""
        bar = self.area.horizontalScrollBar()
        bar.setValue(bar.value() + by * self.area.viewport().width() * 3 // 4)

    def _rebuild(self, chips: Sequence[Chip]) -> None:
        for button in self.buttons:
            self._group.removeButton(button)
            button.hide()
            button.setParent(None)
            button.deleteLater()
        self.buttons = [self._button(chip) for chip in chips]

    def _button(self, chip: Chip) -> Button:
        button = Button(chip.name, "chip")
        button.setParent(self._inside)
        button.show()
        button.setCheckable(True)
        button.setAccessibleName(translate("Sell", "Category {name}", name=chip.name))
        button.doing(lambda: self.chosen.emit(chip.category_id))
        self._group.addButton(button)
        return button

    def _fit(self) -> None:
        """One row if all have room, else two of about the same length."""
        widths = [button.sizeHint().width() + GAP_PX for button in self.buttons]
        total = sum(widths)
        is_one_row = total <= self.width() + GAP_PX
        upper, used = 0, 0
        while upper < len(widths) and (is_one_row or used < total / 2):
            used += widths[upper]
            upper += 1
        for at, button in enumerate(self.buttons):
            self._rows[at >= upper].addWidget(button)
        length = max(used, total - used, GAP_PX) - GAP_PX
        height = self._row_px if is_one_row else 2 * self._row_px + GAP_PX
        self._inside.resize(QSize(length, height))
        self.setFixedHeight(height)
        for arrow in (self.back, self.on):
            arrow.setVisible(not is_one_row and length > self.width())

    def _show_chosen(self) -> None:
        button = next((one for one in self.buttons if one.isChecked()), None)
        if button is not None:
            self._both.activate()
            self.area.ensureWidgetVisible(button, GAP_PX, 0)

"""Texts in places that may be short: an amount gets smaller letters, words are cut at their end."""

import math

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.kit.qt.basic import Button

LEAST_PT = 7


class _Fit(QObject):
    """Keeps the letters of one widget as large as its width allows, at most `largest_pt`."""

    def __init__(self, widget: QWidget, largest_pt: int, around_px: int, style: str) -> None:
        super().__init__(widget)
        self._widget = widget
        self._largest_pt = largest_pt
        self._around_px = around_px
        self._style = style
        self._pt = 0
        self.text = ""
        widget.setMinimumWidth(1)
        widget.setSizePolicy(QSizePolicy.Policy.Ignored, widget.sizePolicy().verticalPolicy())
        widget.installEventFilter(self)
        self.fit()

    def fit(self) -> None:
        """Choose the size for the text; the style is touched only when the size is another."""
        room = self._widget.width() - self._around_px
        pt = self._largest_pt
        while pt > LEAST_PT and self._needed_px(pt) > room:
            # Hinted letters do not scale evenly: the proportion is where to look on.
            pt = max(LEAST_PT, min(pt - 1, math.floor(pt * room / self._needed_px(pt))))
        if pt != self._pt:
            self._pt = pt
            self._widget.setStyleSheet(f"{self._style} font-size: {pt}pt;")

    def _needed_px(self, pt: int) -> float:
        font = QFont(self._widget.font())
        font.setPointSize(pt)
        return QFontMetricsF(font).horizontalAdvance(self.text)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self.fit()
        return False


class FittedLabel(QLabel):
    """A figure in one of the roles of the style sheet, at most `largest_pt` large."""

    def __init__(self, role: str, largest_pt: int) -> None:
        super().__init__()
        self.setProperty("role", role)
        self._fit = _Fit(self, largest_pt, 0, "")

    def setText(self, text: str) -> None:
        """Show a text, whole."""
        super().setText(text)
        self._fit.text = text
        self._fit.fit()


class FittedButton(Button):
    """A button with an amount in its words; `around_px` is what its icon and edges take."""

    def __init__(self, variant: str, largest_pt: int, around_px: int, style: str = "") -> None:
        self._fit: _Fit | None = None
        super().__init__("", variant)
        self._fit = _Fit(self, largest_pt, around_px, style)

    def setText(self, text: str) -> None:
        """Show a text, whole."""
        super().setText(text)
        if self._fit is not None:
            self._fit.text = self.text()
            self._fit.fit()


class CutLabel(QLabel):
    """Words that may be cut, in one of the roles of the style sheet; whole in the tool tip."""

    def __init__(self, text: str, role: str) -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setMinimumWidth(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, self.sizePolicy().verticalPolicy())
        self._whole = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as there is room for."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        room, right = self.width(), Qt.TextElideMode.ElideRight
        shown = self.fontMetrics().elidedText(self._whole, right, room)
        if shown != self.text():
            self.setText(shown)

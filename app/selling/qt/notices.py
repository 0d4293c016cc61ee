"""The tiles with what is said above and over them: messages come and go, and nothing moves."""

from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.kit.qt.basic import rows
from app.kit.qt.strip import MessageStrip
from app.kit.qt.theme import Theme

GAP_PX = 10
_CHANGES = (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.LayoutRequest)


class NoticeArea(QWidget):
    """Keeps a row of fixed height above the tiles for what was not found, or else the message.

    The message lies over the lower edge of the tiles while the row is taken, and so does the
    price that was looked up.
    """

    def __init__(
        self,
        theme: Theme,
        tiles: QWidget,
        missed: MessageStrip,
        strip: MessageStrip,
        price: QWidget,
    ) -> None:
        super().__init__()
        self._row_px = theme.tokens.size_px.strip
        self._missed, self._strip, self._price = missed, strip, price
        inside = rows()
        inside.setContentsMargins(0, self._row_px + GAP_PX, 0, 0)
        inside.addWidget(tiles)
        self.setLayout(inside)
        for notice in (missed, strip, price):
            notice.setParent(self)
            notice.hide()
            notice.installEventFilter(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _CHANGES:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        """The first notice in the row, the others upwards from the lower edge of the tiles."""
        strips = [one for one in (self._missed, self._strip) if not one.isHidden()]
        if strips:
            strips[0].setGeometry(QRect(0, 0, self.width(), self._height(strips[0])))
            strips[0].raise_()
        bottom = self.height()
        below = [*strips[1:], *([] if self._price.isHidden() else [self._price])]
        for notice in below:
            height = self._height(notice)
            notice.setGeometry(QRect(0, bottom - height, self.width(), height))
            notice.raise_()
            bottom -= height + GAP_PX

    def _height(self, notice: QWidget) -> int:
        needed = notice.heightForWidth(self.width())
        return max(needed, notice.sizeHint().height() if needed < 0 else 0, self._row_px)

"""The cart's rows, painted: name and total, quantity and price below, what was saved in words."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.selling.cart_view import LineView

Index = QModelIndex | QPersistentModelIndex
LINE = Qt.ItemDataRole.UserRole
_NO_PARENT = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class CartModel(QAbstractListModel):
    """The lines; only rows that differ are announced, so that a scan repaints one row."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[LineView, ...] = ()

    def show(self, lines: tuple[LineView, ...]) -> None:
        """Change to these lines with the fewest announcements."""
        old = self.lines
        if len(lines) > len(old) and lines[: len(old)] == old:
            self.beginInsertRows(_NO_PARENT, len(old), len(lines) - 1)
            self.lines = lines
            self.endInsertRows()
        elif len(lines) == len(old):
            self.lines = lines
            for row in (row for row, line in enumerate(lines) if line != old[row]):
                self.dataChanged.emit(self.index(row), self.index(row))
        else:
            self.beginResetModel()
            self.lines = lines
            self.endResetModel()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role == LINE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return ", ".join(filter(None, (line.name, line.detail, line.saved, line.total)))
        return None


class CartList(QListView):
    """Emits the id of the line that was tapped."""

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._cart = CartModel()
        self.setModel(self._cart)
        self.setItemDelegate(LineDelegate(theme, self))
        self.setAccessibleName(translate("Sell", "Cart"))
        self.setUniformItemSizes(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(lambda index: self.chosen.emit(index.data(LINE).id))
        theme.changed.connect(self.viewport().update)

    @property
    def lines(self) -> Sequence[LineView]:
        """What is shown."""
        return self._cart.lines

    def show_lines(self, lines: tuple[LineView, ...], selected: int) -> None:
        """Show the lines and keep the chosen one in sight."""
        if lines != self._cart.lines:
            self._cart.show(lines)
        index = self._cart.index(selected) if selected >= 0 else QModelIndex()
        self.setCurrentIndex(index)
        if index.isValid():
            self.scrollTo(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._cart.lines:
            return
        painter = QPainter(self.viewport())
        middle = self.viewport().rect()
        icon = self._theme.pixmap("cart", "border_strong", 40)
        painter.drawPixmap(middle.center().x() - 20, middle.center().y() - 44, icon)
        painter.setPen(self._theme.colour("text_muted"))
        painter.drawText(
            middle.translated(0, 20),
            Qt.AlignmentFlag.AlignCenter,
            translate("Sell", "Scan or tap the first item"),
        )


class LineDelegate(QStyledItemDelegate):
    """Paints one row of the cart."""

    def __init__(self, theme: Theme, parent: CartList) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = parent
        self._fetch_fonts()
        theme.changed.connect(self._fetch_fonts)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, self._theme.tokens.size_px.cart_row)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: LineView = index.data(LINE)
        box: QRect = option.rect
        chosen = self._view.currentIndex() == index
        painter.save()
        self._ground(painter, box, chosen)
        sides = option.direction
        inside = QStyle.visualRect(
            sides, box, box.adjusted(28 if line.is_linked else 14, 3, -14, -3)
        )
        upper = QRect(inside.left(), inside.top(), inside.width(), 21)
        lower = QRect(inside.left(), upper.bottom() + 1, inside.width(), 17)
        text = self._theme.colour("on_selection" if chosen else "text")
        muted = text if chosen else self._theme.colour("text_muted")
        painter.setPen(text)
        self._pair(painter, upper, line.name, line.total, self._name_font, self._total_font)
        taken = self._save(painter, lower, line.saved, text, chosen=chosen)
        painter.setPen(muted)
        rest = QStyle.visualRect(sides, lower, lower.adjusted(0, 0, -taken, 0))
        self._pair(painter, rest, line.detail, "", self._small_font, self._small_font)
        painter.restore()

    def _save(
        self, painter: QPainter, box: QRect, saved: str, text: QColor, *, chosen: bool
    ) -> int:
        """Draw what was saved at the right, its end cut off if need be; gives the width it took."""
        if not saved:
            return 0
        painter.setPen(text if chosen else self._theme.colour("success"))
        painter.setFont(self._saved_font)
        metrics = QFontMetrics(self._saved_font)
        fits = metrics.elidedText(saved, Qt.TextElideMode.ElideRight, box.width() * 3 // 5)
        painter.drawText(box, _RIGHT, fits)
        return metrics.horizontalAdvance(fits) + 12

    def _ground(self, painter: QPainter, box: QRect, chosen: bool) -> None:
        if chosen:
            painter.fillRect(box, self._theme.colour("selection"))
            bar = QRect(box.left(), box.top(), 4, box.height())
            painter.fillRect(bar, self._theme.colour("primary"))
        rule = QRect(box.left(), box.bottom(), box.width(), 1)
        painter.fillRect(rule, self._theme.colour("border"))

    def _pair(
        self,
        painter: QPainter,
        box: QRect,
        left: str,
        right: str,
        left_font: QFont,
        right_font: QFont,
    ) -> None:
        """Draw a text on each side, the left one elided."""
        painter.setFont(right_font)
        painter.drawText(box, _RIGHT, right)
        taken = QFontMetrics(right_font).horizontalAdvance(right)
        metrics = QFontMetrics(left_font)
        fits = metrics.elidedText(
            left, Qt.TextElideMode.ElideRight, box.width() - taken - (12 if right else 0)
        )
        painter.setFont(left_font)
        painter.drawText(box, _LEFT, fits)

    def _fetch_fonts(self) -> None:
        sizes = self._theme.tokens.font_pt
        self._name_font = self._theme.font(sizes.body, QFont.Weight.Medium)
        self._total_font = self._theme.font(sizes.body, QFont.Weight.DemiBold)
        self._small_font = self._theme.font(sizes.caption)
        self._saved_font = self._theme.font(sizes.caption, QFont.Weight.DemiBold)

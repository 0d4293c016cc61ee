"""The product tiles: one list view that paints them, so that a search repaints within a frame."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.selling.browse import Tile

Index = QModelIndex | QPersistentModelIndex
TILE = Qt.ItemDataRole.UserRole
_NO_PARENT = QModelIndex()
TILE_PX, LARGE_TILE_PX = 132, 176
"""At least as wide is a tile, on a small screen and on one with room."""
WIDE_PX = 900
"""From this width on tiles, and their pictures, are large."""
LARGE_MORE_PX = 44
"""How much higher a large tile is than the smallest."""
ICON_PX, LARGE_ICON_PX = 22, 40


class TileModel(QAbstractListModel):
    """The tiles in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tiles: Sequence[Tile] = ()

    def show(self, tiles: Sequence[Tile]) -> None:
        """Replace all tiles."""
        self.beginResetModel()
        self.tiles = tiles
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.tiles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        tile = self.tiles[index.row()]
        if role == TILE:
            return tile
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return ", ".join(filter(None, (tile.name, tile.price, tile.badge)))
        return None


class TileView(QListView):
    """Tiles in as many equal columns as fit; emits the product tapped."""

    picked = Signal(str)
    detail_asked = Signal(str)
    """A product was clicked with the right button."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._tiles = TileModel()
        self._empty = ""
        self.setModel(self._tiles)
        self.setItemDelegate(TileDelegate(theme, self))
        self.setAccessibleName(translate("Sell", "Products"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setStyleSheet("QListView { background: transparent; border: none; }")
        self.setMouseTracking(True)
        self.clicked.connect(lambda index: self.picked.emit(index.data(TILE).product_id))
        theme.changed.connect(self.viewport().update)

    @property
    def tiles(self) -> Sequence[Tile]:
        """What is shown."""
        return self._tiles.tiles

    def show_tiles(self, tiles: Sequence[Tile], highlighted: int, empty: str) -> None:
        """Show tiles, one of them marked as what Enter takes (-1 for none)."""
        self._empty = empty
        if tiles is not self._tiles.tiles:
            self._tiles.show(tiles)
            self.scrollToTop()
        index = self._tiles.index(highlighted, 0) if highlighted >= 0 else QModelIndex()
        self.setCurrentIndex(index)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        size, gap = self._theme.tokens.size_px, self._theme.tokens.space.s
        width = self.viewport().width() - 4
        is_wide = width >= WIDE_PX
        columns = max(1, width // ((LARGE_TILE_PX if is_wide else TILE_PX) + gap))
        height = size.tile_height + (LARGE_MORE_PX if is_wide else 8)
        grid = QSize(width // columns, height + gap)
        if grid != self.gridSize():
            self.setGridSize(grid)
        super().resizeEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Two quick taps are two pieces."""
        self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if index.isValid():
            self.detail_asked.emit(index.data(TILE).product_id)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._tiles.tiles and self._empty:
            painter = QPainter(self.viewport())
            painter.setPen(self._theme.colour("text_muted"))
            painter.setFont(self._theme.font(self._theme.tokens.font_pt.heading))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(24, 24, -24, -24), flags, self._empty)


class TileDelegate(QStyledItemDelegate):
    """Paints a tile in its category's colour: name on top, price and stock badge below."""

    def __init__(self, theme: Theme, parent: TileView) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = parent
        self._names: dict[tuple[str, int], list[str]] = {}
        self._fetch_fonts()
        theme.changed.connect(self._fetch_fonts)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return self._view.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tile: Tile = index.data(TILE)
        gap = self._theme.tokens.space.s
        box: QRect = option.rect.adjusted(0, 0, -gap, -gap)
        state = option.state
        current = self._view.currentIndex() == index
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        strong = self._box(
            painter, box, tile, current, bool(state & QStyle.StateFlag.State_MouseOver)
        )
        inside = box.adjusted(12, 10, -12, -10)
        # Each text reads in its own direction, at the side of the tile where reading begins.
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        begin = Qt.AlignmentFlag.AlignLeft
        if option.direction == Qt.LayoutDirection.RightToLeft:
            begin = Qt.AlignmentFlag.AlignRight
        begin |= Qt.AlignmentFlag.AlignAbsolute
        self._name(painter, inside, tile.name, begin)
        painter.setFont(self._price_font)
        painter.setPen(self._theme.colour("text"))
        painter.drawText(inside, begin | Qt.AlignmentFlag.AlignBottom, tile.price)
        self._corner(painter, inside, tile, strong, option.direction)
        painter.restore()

    def _box(
        self, painter: QPainter, box: QRect, tile: Tile, current: bool, hovered: bool
    ) -> QColor:
        tint, strong = self._theme.accent(tile.accent)
        edge, width = tint.darker(106) if self._theme.scheme == "light" else tint.lighter(135), 1.0
        if hovered:
            edge = strong
        if current:
            edge, width = self._theme.colour("focus"), 2.5
        painter.setPen(QPen(edge, width))
        painter.setBrush(tint)
        inset = width / 2
        radius = self._theme.tokens.radius.l
        painter.drawRoundedRect(QRectF(box).adjusted(inset, inset, -inset, -inset), radius, radius)
        return strong

    def _name(self, painter: QPainter, inside: QRect, name: str, begin: Qt.AlignmentFlag) -> None:
        painter.setFont(self._name_font)
        painter.setPen(self._theme.colour("text"))
        metrics = QFontMetrics(self._name_font)
        for number, line in enumerate(self._lines(name, inside.width(), metrics)):
            left = inside.left()
            if begin & Qt.AlignmentFlag.AlignRight:
                left = inside.right() + 1 - metrics.horizontalAdvance(line)
            at = QPoint(left, inside.top() + metrics.ascent() + number * metrics.height())
            # At a point, not in a box: half the time, and a search paints dozens of them.
            painter.drawText(at, line)

    def _corner(
        self,
        painter: QPainter,
        inside: QRect,
        tile: Tile,
        strong: QColor,
        direction: Qt.LayoutDirection,
    ) -> None:
        """The badge, or else the category's icon, where reading ends."""
        if tile.badge:
            self._badge(painter, inside, tile, direction)
        elif tile.icon:
            size = LARGE_ICON_PX if self._view.width() >= WIDE_PX else ICON_PX
            picture = self._theme.pixmap(tile.icon, strong.name(), size)
            at = QRect(inside.right() - size + 1, inside.bottom() - size + 1, size, size)
            painter.drawPixmap(QStyle.visualRect(direction, inside, at).topLeft(), picture)

    def _badge(
        self, painter: QPainter, inside: QRect, tile: Tile, direction: Qt.LayoutDirection
    ) -> None:
        metrics = QFontMetrics(self._badge_font)
        free = inside.width() - QFontMetrics(self._price_font).horizontalAdvance(tile.price) - 8
        short = "0" if tile.is_warning else tile.badge.partition(" ")[0]
        text = tile.badge if metrics.horizontalAdvance(tile.badge) + 14 <= free else short
        width = metrics.horizontalAdvance(text) + 14
        at = QRect(inside.right() + 1 - width, inside.bottom() - 19, width, 20)
        pill = QRectF(QStyle.visualRect(direction, inside, at))
        painter.setPen(Qt.PenStyle.NoPen)
        tone = "danger" if tile.is_warning else "info"
        painter.setBrush(self._theme.colour(f"{tone}_soft"))
        painter.drawRoundedRect(pill, 10, 10)
        painter.setFont(self._badge_font)
        painter.setPen(self._theme.colour(f"on_{tone}_soft"))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _lines(self, name: str, width: int, metrics: QFontMetrics) -> list[str]:
        """The name in at most two lines, elided; remembered, as layout is what costs."""
        key = (name, width)
        if key not in self._names:
            if len(self._names) > 2000:
                self._names.clear()
            self._names[key] = _two_lines(name, width, metrics)
        return self._names[key]

    def _fetch_fonts(self) -> None:
        sizes = self._theme.tokens.font_pt
        self._name_font = self._theme.font(sizes.tile, QFont.Weight.Medium)
        self._price_font = self._theme.font(sizes.tile, QFont.Weight.Bold)
        self._badge_font = self._theme.font(sizes.caption, QFont.Weight.DemiBold)


def _two_lines(name: str, width: int, metrics: QFontMetrics) -> list[str]:
    first = ""
    words = name.split()
    while words:
        longer = f"{first} {words[0]}".strip()
        if metrics.horizontalAdvance(longer) > width:
            break
        first = longer
        words.pop(0)
    rest = " ".join(words)
    elide = Qt.TextElideMode.ElideRight
    if not first:
        return [metrics.elidedText(name, elide, width)]
    return [first, metrics.elidedText(rest, elide, width)] if rest else [first]

"""A table of words: rows of one height, two lines a cell, badges and ticks, drawn not built."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from app.kit.listing import Cell, Column
from app.kit.qt.focus import focus_by_click
from app.kit.qt.theme import Theme
from app.kit.translation import translate

Index = QModelIndex | QPersistentModelIndex
ROW_PX = 60
NEAR_END_PX = 4 * ROW_PX
_PAD = 14
_TICK = 22


class Table(QTableView):
    """Emits the row that was opened (click, Enter) and the row whose box was ticked (Space)."""

    opened = Signal(int)
    ticked = Signal(int)
    neared_end = Signal()
    """The last rows came into sight: time to show more of them, if there are any."""

    def __init__(self, theme: Theme, name: str, columns: Sequence[Column]) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self.cells = _Cells(self._columns)
        self.setModel(self.cells)
        self.setItemDelegate(_Painter(theme, self))
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        self._set_widths()
        theme.changed.connect(self.viewport().update)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    def show_rows(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Replace the rows; the current one stays current while it is there."""
        current = self.currentIndex().row()
        self.cells.replace(rows)
        if rows:
            self.selectRow(max(0, min(current, len(rows) - 1)))

    def add_rows(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Show more rows below those that are there."""
        self.cells.append(rows)

    def words(self) -> list[list[str]]:
        """What is shown, as words."""
        return [[cell.text for cell in row] for row in self.cells.rows]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        if row >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(row)
        elif row >= 0 and event.key() == Qt.Key.Key_Space:
            self.ticked.emit(row)
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        focus_by_click(self)
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if not index.isValid() or event.button() is not Qt.MouseButton.LeftButton:
            return
        cell = self.cells.rows[index.row()][index.column()]
        (self.opened if cell.tick is None else self.ticked).emit(index.row())

    def _scrolled(self, at: int) -> None:
        if at >= self.verticalScrollBar().maximum() - NEAR_END_PX:
            self.neared_end.emit()

    def _set_widths(self) -> None:
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(40)
        for number, column in enumerate(self._columns):
            if column.width < 0:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
            else:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Fixed)
                header.resizeSection(number, column.width)


class _Cells(QAbstractTableModel):
    def __init__(self, columns: tuple[Column, ...]) -> None:
        super().__init__()
        self._columns = columns
        self.rows: tuple[tuple[Cell, ...], ...] = ()

    def replace(self, rows: Sequence[Sequence[Cell]]) -> None:
        self.beginResetModel()
        self.rows = tuple(tuple(row) for row in rows)
        self.endResetModel()

    def append(self, rows: Sequence[Sequence[Cell]]) -> None:
        first = len(self.rows)
        self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
        self.rows += tuple(tuple(row) for row in rows)
        self.endInsertRows()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        cell = self.rows[index.row()][index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            ticked = (
                ""
                if cell.tick is None
                else "selected"
                if cell.tick
                else translate("Till", "not selected")
            )
            return " ".join(filter(None, (ticked, cell.text, cell.below)))
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (cell.text, cell.below)))
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].heading
        if role == Qt.ItemDataRole.TextAlignmentRole and self._columns[section].right:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None


class _Painter(QStyledItemDelegate):
    def __init__(self, theme: Theme, table: Table) -> None:
        super().__init__(table)
        self._theme = theme
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rows = self._table.cells.rows
        cell = rows[index.row()][index.column()]
        rect = QRect(option.rect)
        current = self._table.currentIndex().row() == index.row()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(rect, self._theme.colour("selection" if current else "surface"))
        painter.setPen(self._theme.colour("border"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inside = rect.adjusted(_PAD, 0, -_PAD, -1)
        ink = "on_selection" if current else "text"
        if cell.tick is not None:
            self._tick(painter, inside, cell.tick)
        elif cell.badge:
            self._badge(painter, inside, cell)
        else:
            self._words(painter, inside, cell, ink)
        painter.restore()

    def _words(self, painter: QPainter, rect: QRect, cell: Cell, ink: str) -> None:
        quiet = "text_muted" if ink == "text" else ink
        align = Qt.AlignmentFlag.AlignRight if cell.right else Qt.AlignmentFlag.AlignLeft
        upper, lower = rect, rect
        if cell.below:
            middle = rect.center().y()
            upper = QRect(rect.left(), rect.top() + 8, rect.width(), middle - rect.top() - 7)
            lower = QRect(rect.left(), middle + 1, rect.width(), rect.bottom() - middle - 8)
        pt = self._theme.tokens.font_pt
        weight = QFont.Weight.DemiBold if cell.strong else QFont.Weight.Normal
        self._line(
            painter, upper, cell.text, align, (pt.body, weight), quiet if cell.muted else ink
        )
        if cell.below:
            small = (pt.caption, QFont.Weight.Medium)
            self._line(painter, lower, cell.below, align, small, quiet)

    def _line(
        self,
        painter: QPainter,
        rect: QRect,
        text: str,
        align: Qt.AlignmentFlag,
        face: tuple[int, QFont.Weight],
        ink: str,
    ) -> None:
        painter.setFont(self._theme.font(*face))
        painter.setPen(self._theme.colour(ink))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, align | Qt.AlignmentFlag.AlignVCenter, shown)

    def _badge(self, painter: QPainter, rect: QRect, cell: Cell) -> None:
        painter.setFont(self._theme.font(self._theme.tokens.font_pt.caption, QFont.Weight.DemiBold))
        metrics = painter.fontMetrics()
        text = metrics.elidedText(cell.text, Qt.TextElideMode.ElideRight, rect.width() - 16)
        width, height = metrics.horizontalAdvance(text) + 18, 24
        pill = QRect(rect.left(), rect.center().y() - height // 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(f"{cell.badge}_soft"))
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setPen(self._theme.colour(f"on_{cell.badge}_soft"))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _tick(self, painter: QPainter, rect: QRect, ticked: bool) -> None:
        box = QRect(0, 0, _TICK, _TICK)
        box.moveCenter(rect.center())
        role = "primary" if ticked else "border_strong"
        painter.setPen(QPen(self._theme.colour(role), 2))
        painter.setBrush(self._theme.colour(role if ticked else "surface"))
        painter.drawRoundedRect(box, 6, 6)
        if ticked:
            painter.drawPixmap(
                box.adjusted(2, 2, -2, -2), self._theme.pixmap("check", "on_primary", 18)
            )

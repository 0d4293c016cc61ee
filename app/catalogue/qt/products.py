"""The products page: search, look, and open one to change it."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget

from app.catalogue.products import ProductRow, ProductsPresenter, ProductsState
from app.catalogue.qt.product import ProductSheet
from app.kit.qt.page import Empty, Page
from app.kit.qt.search import search_field
from app.kit.qt.strip import MessageStrip
from app.kit.qt.table import Cell, Column, Table
from app.kit.qt.workplace import Workplace

REFRESH_AFTER_MS = 300
_LIST: tuple[tuple[Column, Callable[[ProductRow], Cell]], ...] = (
    (Column("Product"), lambda row: Cell(row.product.name, strong=True)),
    (Column("SKU", 150), lambda row: Cell(row.product.sku, muted=True)),
    (Column("Category", 190), lambda row: Cell(row.category)),
    (Column("Price", 120, right=True), lambda row: Cell(row.price, right=True)),
    (Column("Stock", 120, right=True), lambda row: Cell(row.stock, right=True, muted=row.is_out)),
)
"""Each column with what it shows of a product."""
_SHOWN = frozenset({"product", "barcode", "category", "stock_movement"})
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class ProductsScreen(Page):
    """Thin: shows what the presenter holds; a row opens its product over the window."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place.theme, "Products", " ")
        self._place = place
        self.presenter = ProductsPresenter(
            place.till, place.formats, self.show_state, self.open_product
        )
        self._shown = ProductsState()
        self.sheet: ProductSheet | None = None
        self.search = search_field(place.theme, "Name, SKU, PLU or barcode (F2)")
        self.strip = MessageStrip(place.theme)
        self.table = Table(place.theme, "Products", tuple(column for column, _cell in _LIST))
        self.empty = Empty(place.theme, "search")
        self._refresh = QTimer(self)
        self._refresh.setSingleShot(True)
        self._refresh.setInterval(REFRESH_AFTER_MS)
        self._lay_out()
        self._connect()

    def open(self) -> None:
        """Show the catalogue as it is now, ready to search."""
        self.search.clear()
        self.presenter.open()
        self.search.setFocus()

    def open_product(self, product_id: str) -> None:
        """Open a product over the window."""
        self.sheet = ProductSheet(self.window(), self._place, product_id, self._closed)

    def show_state(self, state: ProductsState) -> None:
        """Show the presenter's state; what has not changed is not drawn anew."""
        if state.rows != self._shown.rows:
            self.table.show_rows(
                [tuple(cell(row) for _column, cell in _LIST) for row in state.rows]
            )
        self.subtitle.setText(state.count)
        self.empty.words.setText(state.empty)
        self._stack.setCurrentWidget(self.empty if state.empty else self.table)
        if state.note:
            self.strip.say("warning", state.note)
        else:
            self.strip.clear()
        self._shown = state

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            by = _STEPS.get(Qt.Key(event.key()))
            if by is not None:
                self._step(by)
                return True
        return False

    def _step(self, by: int) -> None:
        """Up and down go through the rows while the search keeps the keyboard."""
        last = len(self.presenter.state.rows) - 1
        if last >= 0:
            self.table.selectRow(min(max(self.table.currentIndex().row() + by, 0), last))

    def _closed(self) -> None:
        self.sheet = None
        self.presenter.refresh()
        self._focus_search()

    def _committed(self, changes: object) -> None:
        if self.isVisible() and set(getattr(changes, "types", ())) & _SHOWN:
            self._refresh.start()

    def _focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _connect(self) -> None:
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self.presenter.search)
        self.search.returnPressed.connect(
            lambda: self.presenter.choose(self.table.currentIndex().row())
        )
        self.table.opened.connect(self.presenter.choose)
        self._refresh.timeout.connect(self.presenter.refresh)
        self._place.bridge.committed.connect(self._committed)
        find = QShortcut(QKeySequence("F2"), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self._focus_search)

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        self.body.addWidget(self.search)
        self.body.addWidget(self.strip)
        self.body.addWidget(self._stack, 1)

"""The Orders page: receipts to find and open, and the sales on hold in this store."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedWidget

from app.kit.listing import Cell, Column
from app.kit.qt.basic import Button, columns
from app.kit.qt.choice import Choice
from app.kit.qt.page import Empty, Page, reachable
from app.kit.qt.search import search_field
from app.kit.qt.strip import MessageStrip
from app.kit.qt.table import Table
from app.kit.qt.workplace import Workplace
from app.kit.registry import Action
from app.kit.translation import translate
from app.receipts.finder import FoundRow, find
from app.selling.held import HeldView, held_views
from localdb.queries import receipt_search

RECEIPTS, ON_HOLD = 0, 1
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class OrdersPage(Page):
    """A receipt that is opened says what can be done with it; a held sale is recalled."""

    def __init__(
        self,
        place: Workplace,
        show_receipt: Callable[[str], object],
        recall: Callable[[str], object],
        actions: Sequence[Action],
    ) -> None:
        super().__init__(place.theme, translate("Orders", "Orders"), place.store_name)
        self._place = place
        self._show_receipt = show_receipt
        self._recall = recall
        self._receipts: tuple[FoundRow, ...] = ()
        self._held: tuple[HeldView, ...] = ()
        self.strip = MessageStrip(place.theme)
        self.which = Choice((translate("Orders", "Receipts"), translate("Orders", "On hold")))
        self.search = search_field(
            place.theme, translate("Orders", "Number, customer, date or amount (F2)")
        )
        self.receipts = Table(
            place.theme,
            translate("Orders", "Receipts"),
            (
                Column(translate("Orders", "Receipt")),
                Column(translate("Orders", "Date and time"), 190),
                Column(translate("Orders", "Customer"), 190),
                Column("", 110),
                Column(translate("Orders", "Total"), 130, right=True),
            ),
        )
        self.held = Table(
            place.theme,
            translate("Orders", "On hold"),
            (Column(translate("Orders", "Sale")), Column(translate("Orders", "Held"), 420)),
        )
        self.empty = Empty(place.theme, "receipt")
        self._stack = QStackedWidget()
        for widget in (self.receipts, self.held, self.empty):
            self._stack.addWidget(widget)
        self.buttons = [self._button(action) for action in actions]
        self._lay_out()
        self._connect()

    def open(self) -> None:
        """Begin with the newest receipts, ready to search."""
        self.search.clear()
        self.which.choose(RECEIPTS)
        self.refresh()
        self.search.setFocus()

    def refresh(self) -> None:
        """Show what there is now."""
        self._held = held_views(self._place.till, self._place.formats)
        self._receipts = find(self._place.till, self._place.formats, self.search.text())
        self.which.show_words(
            ON_HOLD, translate("Orders", "On hold ({count})", count=len(self._held))
        )
        is_held = self.which.chosen == ON_HOLD
        self.search.setVisible(not is_held)
        self.receipts.show_rows([_receipt_cells(row) for row in self._receipts])
        self.held.show_rows(
            [(Cell(one.label, strong=True), Cell(one.detail)) for one in self._held]
        )
        if is_held and not self._held:
            self._say_empty(translate("Orders", "No sale is on hold in this store."))
        elif not is_held and not self._receipts:
            self._say_empty(translate("Orders", "No receipt found. Try another search."))
        else:
            self._stack.setCurrentWidget(self.held if is_held else self.receipts)

    def take_scan(self, code: str) -> bool:
        """The code of a receipt opens it; anything else goes where it belongs."""
        sale_id = self._place.till.ask(receipt_search.by_code, code)
        if sale_id is None:
            return False
        self._show_receipt(sale_id)
        return True

    def say(
        self, tone: str, text: str, choices: Sequence[tuple[str, Callable[[], object]]] = ()
    ) -> None:
        """Show a message in its place, and what has changed; see `kit.qt.dialogue.Messages`."""
        self.strip.say(tone, text, choices)
        self.refresh()

    def clear(self) -> None:
        """Take the message away."""
        self.strip.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent):
            by = _STEPS.get(Qt.Key(event.key()))
            if event.type() == QEvent.Type.KeyPress and by is not None:
                row = self.receipts.currentIndex().row() + by
                self.receipts.selectRow(min(max(row, 0), len(self._receipts) - 1))
                return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F2:
            self.which.choose(RECEIPTS)
            self.search.setFocus()
            self.search.selectAll()
        elif event.key() == Qt.Key.Key_F8:
            self.which.choose(ON_HOLD)
        else:
            super().keyPressEvent(event)

    def _say_empty(self, words: str) -> None:
        self.empty.words.setText(words)
        self._stack.setCurrentWidget(self.empty)

    def _chosen(self, which: int) -> None:
        self.refresh()
        (self.search if which == RECEIPTS else self.held).setFocus()

    def _open_receipt(self, row: int) -> None:
        if 0 <= row < len(self._receipts):
            self._show_receipt(self._receipts[row].sale_id)

    def _recall_row(self, row: int) -> None:
        if 0 <= row < len(self._held):
            self._recall(self._held[row].id)

    def _button(self, action: Action) -> Button:
        button = reachable(Button(action.title).doing(action.run))
        button.setToolTip(action.shortcut)
        return button

    def _connect(self) -> None:
        self.search.installEventFilter(self)
        self.search.textChanged.connect(lambda _text: self.refresh())
        self.search.returnPressed.connect(
            lambda: self._open_receipt(self.receipts.currentIndex().row())
        )
        self.receipts.opened.connect(self._open_receipt)
        self.held.opened.connect(self._recall_row)
        self.which.changed.connect(self._chosen)

    def _lay_out(self) -> None:
        for button in self.buttons:
            self.tools.addWidget(button)
        self.which.setFixedWidth(330)
        above = columns(gap=12)
        above.addWidget(self.which)
        above.addWidget(self.strip, 1)
        above.addStretch()
        self.body.addLayout(above)
        self.body.addWidget(self.search)
        self.body.addWidget(self._stack, 1)


def _receipt_cells(row: FoundRow) -> tuple[Cell, ...]:
    return (
        Cell(row.number, strong=True),
        Cell(row.when),
        Cell(row.who),
        Cell(row.kind, badge="info") if row.kind else Cell(),
        Cell(row.total, right=True),
    )

"""The page of refunds: find the receipt, pick what comes back, refund or exchange it."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.kit.flow import Ask
from app.kit.listing import Cell, Column
from app.kit.qt.asking import ask
from app.kit.qt.basic import Button, columns, frame, label, rows, tall
from app.kit.qt.choice import Choice
from app.kit.qt.page import Empty, Page
from app.kit.qt.search import search_field
from app.kit.qt.strip import MessageStrip
from app.kit.qt.table import Table
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from app.receipts.finder import FoundRow
from app.returning.paying_back import Refund
from app.returning.refund import REASONS, LineRow, RefundPresenter, RefundState

_FOUND = (
    Column("Receipt"),
    Column("Date and time", 190),
    Column("Customer", 190),
    Column("", 110),
    Column("Total", 130, right=True),
)
_LINES = (
    Column("Item"),
    Column("Returning", 130, right=True),
    Column("Amount", 130, right=True),
    Column("Damaged", 110),
)
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
OTHER = "Other…"


class RefundScreen(Page):
    """Thin: a list of receipts, or the lines of one; scans go to the presenter."""

    pay_asked = Signal(object)
    exchange_asked = Signal(object)
    void_asked = Signal(str)
    receipt_asked = Signal(str)

    def __init__(self, place: Workplace) -> None:
        super().__init__(
            place.theme,
            translate("Refund", "Refund or exchange"),
            translate("Refund", "Scan the receipt, or search for it"),
        )
        self._place = place
        self.presenter = RefundPresenter(place.till, place.formats, self)
        self.strip = MessageStrip(place.theme)
        self.search = search_field(
            place.theme, translate("Refund", "Number, customer, date or amount (F2)")
        )
        self.found = Table(place.theme, translate("Refund", "Receipts"), _FOUND)
        self.empty = Empty(place.theme, "receipt")
        self.lines = Table(place.theme, translate("Refund", "Items on the receipt"), _LINES)
        self.number = label("", "heading")
        self.about = label("", "muted", wrap=True)
        self.due = label("", "total")
        self.reasons = Choice((*REASONS, OTHER))
        self.give_back = Button(translate("Refund", "Refund"), "charge").doing(
            self.presenter.refund
        )
        self.exchange_button = Button(translate("Refund", "Exchange"), "primary").doing(
            self.presenter.exchange
        )
        self._shown = RefundState()
        self._pages = QStackedWidget()
        self._results = QStackedWidget()
        self._lay_out()
        self._connect()
        self._add_keys()

    # ------------------------------------------------------------ for the window

    def open(self) -> None:
        """Begin with the newest receipts, ready to search."""
        self.search.clear()
        self.reasons.choose(0)
        self.presenter.open()
        self.search.setFocus()

    def open_sale(self, sale_id: str) -> None:
        """Begin with one receipt."""
        self.open()
        self.presenter.open_sale(sale_id)

    def take_scan(self, code: str) -> bool:
        """Every scan is about the receipt: its code, or goods on it."""
        self.presenter.scanned(code)
        return True

    # ------------------------------------------------------------ for the presenter

    def show_state(self, state: RefundState) -> None:
        """Show the list or the open receipt."""
        is_open = bool(state.number)
        self.subtitle.setText(
            translate("Refund", "Scan or tap each returned item, then refund or exchange")
            if is_open
            else translate("Refund", "Scan the receipt, or search for it")
        )
        if state.found != self._shown.found or not is_open:
            self.found.show_rows([_found_cells(row) for row in state.found])
            self.empty.words.setText(state.empty)
            self._results.setCurrentWidget(self.empty if state.empty else self.found)
        if state.lines != self._shown.lines:
            self.lines.show_rows([_line_cells(row) for row in state.lines])
        self.number.setText(state.number)
        self.about.setText(state.about)
        self.due.setText(state.due)
        for button in (self.give_back, self.exchange_button):
            button.setEnabled(state.can_give_back)
        self.give_back.setText(
            translate("Refund", "Refund {due}", due=state.due)
            if state.can_give_back
            else translate("Refund", "Refund")
        )
        if state.message:
            self.strip.say(state.tone, state.message)
        else:
            self.strip.clear()
        if is_open != bool(self._shown.number):
            self._pages.setCurrentIndex(int(is_open))
            (self.lines if is_open else self.search).setFocus()
        self._shown = state

    def ask(self, question: Ask, answer: Callable[[Any], None]) -> None:
        """Ask on a sheet over the window."""
        ask(self.window(), self._place, question, answer)

    def refund(self, payable: Refund) -> None:
        """The charge screen pays it out."""
        self.pay_asked.emit(payable)

    def exchange(self, payable: Refund) -> None:
        """The selling screen rings up what is taken instead."""
        self.exchange_asked.emit(payable)

    # ------------------------------------------------------------ keys

    def leave(self) -> None:
        """From a receipt back to the list, from the list back to selling."""
        if self._shown.number:
            self.presenter.open()
            self.search.selectAll()
        else:
            super().leave()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent):
            by = _STEPS.get(Qt.Key(event.key()))
            if event.type() == QEvent.Type.KeyPress and by is not None:
                last = len(self._shown.found) - 1
                row = self.found.currentIndex().row()
                if last >= 0:
                    self.found.selectRow(min(max(row + by, 0), last))
                return True
        return False

    def _add_keys(self) -> None:
        on_receipt = (
            ("+", lambda: self._step(1)),
            ("-", lambda: self._step(-1)),
            ("F4", lambda: self.presenter.ask_quantity(self._row())),
            ("F8", self.presenter.exchange),
            ("F12", self.presenter.refund),
            ("Ctrl+A", self.presenter.pick_all),
        )
        for key, action in on_receipt:
            self._shortcut(key, self._receipt, action)
        self._shortcut("F2", self, self._search_again)

    def _shortcut(self, key: str, where: QWidget, action: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(key), where)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.setAutoRepeat(key in ("+", "-"))
        shortcut.activated.connect(lambda: action())

    def _search_again(self) -> None:
        if self._shown.number:
            self.presenter.open()
        self.search.setFocus()
        self.search.selectAll()

    def _row(self) -> int:
        return self.lines.currentIndex().row()

    def _step(self, by: int) -> None:
        self.presenter.step(self._row(), by)

    def _reason_chosen(self, number: int) -> None:
        if number < len(REASONS):
            self.presenter.set_reason(REASONS[number])
        else:
            self.presenter.ask_reason()

    def _connect(self) -> None:
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self.presenter.search)
        self.search.returnPressed.connect(
            lambda: self.presenter.choose(self.found.currentIndex().row())
        )
        self.found.opened.connect(self.presenter.choose)
        self.lines.opened.connect(self.presenter.toggle)
        self.lines.ticked.connect(self.presenter.toggle_damaged)
        self.reasons.changed.connect(self._reason_chosen)

    # ------------------------------------------------------------ looks

    def _lay_out(self) -> None:
        finder = QWidget()
        inside = rows(gap=12)
        inside.addWidget(self.search)
        self._results.addWidget(self.found)
        self._results.addWidget(self.empty)
        inside.addWidget(self._results, 1)
        finder.setLayout(inside)
        self._receipt = self._receipt_side()
        self._pages.addWidget(finder)
        self._pages.addWidget(self._receipt)
        self.body.addWidget(self.strip)
        self.body.addWidget(self._pages, 1)

    def _receipt_side(self) -> QWidget:
        side = QWidget()
        inside = rows(gap=12)
        inside.addWidget(self._head())
        inside.addWidget(self.lines, 1)
        inside.addLayout(self._line_buttons())
        inside.addWidget(self.reasons)
        inside.addLayout(self._actions())
        side.setLayout(inside)
        return side

    def _head(self) -> QWidget:
        card = frame("card")
        inside = columns(margin=14, gap=16)
        left = rows(gap=2)
        left.addWidget(self.number)
        left.addWidget(self.about)
        right = rows(gap=0)
        said = label(translate("Refund", "Refund due"), "muted")
        for one in (said, self.due):
            one.setAlignment(Qt.AlignmentFlag.AlignRight)
            right.addWidget(one)
        show = Button("Receipt").with_icon(self.theme, "receipt")
        show.doing(lambda: self.receipt_asked.emit(self.presenter.sale_id))
        inside.addLayout(left, 1)
        inside.addWidget(show)
        inside.addLayout(right)
        card.setLayout(inside)
        return card

    def _line_buttons(self) -> Any:
        line = columns(gap=8)
        for words, icon, tip, action in (
            (translate("Refund", "− 1"), "minus", "-", lambda: self._step(-1)),
            (translate("Refund", "+ 1"), "plus", "+", lambda: self._step(1)),
            (
                translate("Refund", "Quantity"),
                "quantity",
                "F4",
                lambda: self.presenter.ask_quantity(self._row()),
            ),
            (
                translate("Refund", "Damaged"),
                "alert",
                "Space",
                lambda: self.presenter.toggle_damaged(self._row()),
            ),
            (
                translate("Refund", "Return all"),
                "check",
                "Ctrl+A",
                self.presenter.pick_all,
            ),
        ):
            button = Button(words).with_icon(self.theme, icon, size=20).doing(action)
            button.setToolTip(tip)
            line.addWidget(button, 1)
        return line

    def _actions(self) -> Any:
        line = columns(gap=8)
        void = Button(translate("Refund", "Void the sale")).with_icon(self.theme, "void")
        void.doing(lambda: self.void_asked.emit(self.presenter.sale_id))
        self.exchange_button.with_icon(self.theme, "transfer", "on_primary")
        self.exchange_button.setToolTip("F8")
        self.give_back.with_icon(self.theme, "refund", "on_charge", 26)
        self.give_back.setToolTip("F12")
        for button, share in ((void, 2), (self.exchange_button, 2), (self.give_back, 4)):
            tall(button, 64)
            line.addWidget(button, share)
        return line


def _found_cells(row: FoundRow) -> tuple[Cell, ...]:
    return (
        Cell(row.number, strong=True),
        Cell(row.when),
        Cell(row.who, muted=True),
        Cell(row.kind, badge="warning") if row.kind else Cell(),
        Cell(row.total, right=True),
    )


def _line_cells(row: LineRow) -> tuple[Cell, ...]:
    return (
        Cell(row.name, row.detail, strong=bool(row.back)),
        Cell(row.back or "–", right=True, strong=bool(row.back), muted=not row.back),
        Cell(row.amount, right=True),
        Cell(tick=row.is_damaged),
    )

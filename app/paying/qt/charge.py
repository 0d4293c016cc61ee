"""The charge screen: what is due, every way to pay it, and what the card terminal is at."""

from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QWidget,
)

from app.kit.flow import Ask
from app.kit.qt.asking import ask
from app.kit.qt.basic import Button, columns, frame, label, rows, tall
from app.kit.qt.dialogue import Choices
from app.kit.qt.keypad import BACKSPACE, CLEAR, ENTER, Key, Keypad, type_into
from app.kit.qt.sheet import Sheet
from app.kit.qt.strip import MessageStrip
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from app.paying.card_desk import CardDesk
from app.paying.charge import ChargePresenter
from app.paying.funds import ClaimedFunds
from app.paying.payable import Payable
from app.paying.qt.payment_list import PaymentList
from app.paying.qt.terminal_panel import AGAIN_KEY, KEYS, TerminalPanel
from app.paying.qt.ways_to_pay import WaysToPay
from app.paying.state import ChargeState
from app.selling.cart_view import LineView
from app.selling.done import Done
from app.selling.qt.cart_list import CartList
from localdb.domain.charge import Charge
from localdb.domain.methods import CARD, CASH

_SIDE = (
    Key(BACKSPACE, icon="backspace", tone="quiet", tip="Delete the last digit"),
    Key(CLEAR, "C", tone="quiet", tip="Clear"),
    Key(ENTER, icon="enter", tone="strong", rows=2, tip="Take it (Enter)"),
)
REFERENCE_MAX = 64


class AmountField(QLineEdit):
    """Takes an amount; a letter is no amount but chooses a method."""

    letter = Signal(str)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        chord = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        if event.text().isalpha() and not chord:
            self.letter.emit(event.text())
        else:
            super().keyPressEvent(event)


class ChargeScreen(QWidget):
    """Enter takes what is chosen, cash at first: exactly what is due, or the amount typed."""

    is_free_to_leave = False
    """There is no other way out than paying or going back."""
    left = Signal()
    done = Signal(object)

    def __init__(self, place: Workplace, desk: CardDesk) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._place = place
        self._theme = place.theme
        self.presenter = ChargePresenter(
            place.till,
            place.formats,
            self,
            desk,
            ClaimedFunds(place.till, place.now_us, place.claims),
            place.new_id,
        )
        self._sheet: Sheet | None = None
        self._waiting_scans: deque[str] = deque()
        self._fields()
        self._buttons()
        self._ways = QStackedWidget()
        self._lay_out()
        self._add_keys()
        self.amount.textChanged.connect(self._say_change)
        self._say_change()

    def _fields(self) -> None:
        self.amount = AmountField()
        self.amount.setProperty("role", "pin")
        self.amount.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.amount.setAccessibleName("Amount tendered")
        self.amount.setMaxLength(24)
        tall(self.amount, 64)
        self.reference = QLineEdit()
        self.reference.setMaxLength(REFERENCE_MAX)
        self.strip = MessageStrip(self._theme)
        self.notes = MessageStrip(self._theme)
        self.title = label("", "heading")
        self._total_words = label(translate("Charge", "Total"), "muted")
        self.total = label("", "title")
        self._amount_words = label("", "muted")
        self.basket = CartList(self._theme)
        self.basket.setSelectionMode(CartList.SelectionMode.NoSelection)
        self.basket.setAccessibleName(translate("Charge", "Basket"))
        self.tip = label("", "muted")
        self.remaining = label("", "total")
        self._remaining_words = label("Due", "heading")

    def _buttons(self) -> None:
        self.payments = PaymentList(self._theme)
        self.payments.taken_back.connect(self.presenter.take_back)
        self.terminal = TerminalPanel(self._theme)
        self.terminal.cancelled.connect(self.presenter.cancel_terminal)
        self.terminal.confirmed.connect(self.presenter.confirm)
        self.terminal.asked_again.connect(self.presenter.ask_again)
        self.ways = WaysToPay(self._theme)
        self.ways.cash_asked.connect(self._pay_quick)
        self.ways.method_asked.connect(self._pay)
        self.ways.tip_asked.connect(self.presenter.tip)
        self.ways.other_tip_asked.connect(self.presenter.ask_tip)
        self.take = Button("Cash", "charge").doing(self._take)
        self.card = Button("Card", "primary").doing(lambda: self._pay(CARD))

    # ------------------------------------------------------------ for the window

    def open(self, payable: Payable, lines: tuple[LineView, ...] = ()) -> None:
        """Begin to take payment; `lines` are those of the basket, if it has some."""
        self._clear_fields()
        self._show_basket(lines)
        self.notes.clear()
        self.presenter.open(payable)

    def resume(self, payable: Payable, charge: Charge, lines: tuple[LineView, ...] = ()) -> None:
        """Go on with a payment that was under way when the till was last used."""
        self._clear_fields()
        self._show_basket(lines)
        self.presenter.resume(payable, charge)

    def take_focus(self) -> None:
        """Keys go to the amount."""
        self.amount.setFocus()

    def take_scan(self, code: str) -> bool:
        """A gift card pays; anything else waits for the next cart, or for this one."""
        # Its first character may have chosen a method or asked for a tip, as if typed.
        if self._sheet is not None:
            self._sheet.cancel()
        self.presenter.select(CASH)
        if self.presenter.pay_scanned(code):
            self._took()
        else:
            self._waiting_scans.append(code)
            self._say_waiting(len(self._waiting_scans))
        return True

    def deliver_scans(self, scanned: Callable[[str], object]) -> None:
        """Hand over what was scanned during payment."""
        while self._waiting_scans:
            scanned(self._waiting_scans.popleft())

    def say(self, tone: str, text: str, choices: Choices = ()) -> None:
        """Show a message; see `kit.qt.dialogue.Messages`."""
        self.notes.say(tone, text, choices)

    def clear(self) -> None:
        """Take the message away."""
        self.notes.clear()

    def _say_waiting(self, scans: int) -> None:
        items = "1 scan waits" if scans == 1 else f"{scans} scans wait"
        self.strip.say("info", f"{items}. Go back to add it here, or pay first.")

    # ------------------------------------------------------------ for the presenter

    def show_state(self, state: ChargeState) -> None:
        """Show the presenter's state."""
        self.title.setText(state.title)
        self.total.setText(state.total)
        self.tip.setText(f"Tip {state.tip}")
        self.tip.setVisible(bool(state.tip))
        # One figure while nothing is paid: what is due is the total.
        for part in (self._total_words, self.total):
            part.setVisible(bool(state.payments or state.tip))
        self.remaining.setText(state.remaining)
        self._remaining_words.setText("Refund due" if state.is_refund else "Due")
        self.payments.show_payments(state.payments, can_take_back=state.terminal is None)
        self.ways.show_state(state)
        self._show_terminal(state)
        self._show_reference(state.reference_hint)
        self._name_buttons()
        if state.error:
            self.strip.say("error", state.error)
        elif state.info:
            self.strip.say("info", state.info)
        else:
            self.strip.clear()

    def ask(self, question: Ask, answer: Callable[[Any], None]) -> None:
        """Ask on a sheet over the window."""

        def answered(given: object) -> None:
            self._sheet = None
            answer(given)
            if self.presenter.is_open:
                self.take_focus()

        self._sheet = ask(self.window(), self._place, question, answered)

    def finish(self, done: Done) -> None:
        """It is paid and on disk."""
        self.done.emit(done)

    def leave(self) -> None:
        """Nothing was taken."""
        self.left.emit()

    # ------------------------------------------------------------ actions

    def _take(self) -> None:
        self._pay(self.presenter.state.selected)

    def _pay(self, code: str) -> None:
        typed, reference = self.amount.text().strip(), self.reference.text().strip()
        self.presenter.pay(code, typed, reference)
        self._took()

    def _pay_quick(self, minor: int) -> None:
        self.presenter.pay(CASH, self._place.formats.entry(minor))
        self._took()

    def _took(self) -> None:
        """A payment went through: the next amount is typed anew."""
        state = self.presenter.state
        waits = bool(state.reference_hint)
        if not state.error and not waits:
            self._clear_fields()
        if self.presenter.is_open and self._sheet is None:
            (self.reference if waits else self.amount).setFocus()

    def _letter(self, letter: str) -> None:
        state = self.presenter.state
        if state.terminal is not None:
            self._answer_doubt(letter.upper())
        elif letter.upper() == "T" and self.amount.text():
            self.presenter.tip_typed(self.amount.text())
            self.amount.clear()
        elif self.presenter.press(letter) and self.presenter.state.reference_hint:
            self.reference.setFocus()

    def _answer_doubt(self, letter: str) -> None:
        terminal = self.presenter.state.terminal
        if terminal is None or not terminal.is_doubtful:
            return
        if letter in KEYS:
            self.presenter.confirm(KEYS[letter])
        elif letter == AGAIN_KEY:
            self.presenter.ask_again()

    def _back(self) -> None:
        """Esc undoes one thing at a time: what is typed, what is chosen, the terminal, the rest."""
        state = self.presenter.state
        if state.terminal is not None and state.terminal.can_cancel:
            self.presenter.cancel_terminal()
        elif self.amount.text() or self.reference.text():
            self._clear_fields()
        elif state.selected != CASH:
            self.presenter.select(CASH)
            self.take_focus()
        else:
            self.presenter.back()

    def _pressed(self, sent: str) -> None:
        if sent == ENTER:
            self._take()
        elif sent == CLEAR:
            self.amount.clear()
        else:
            type_into(self.amount, sent)
        if (
            self.presenter.is_open
            and self._sheet is None
            and not self.presenter.state.reference_hint
        ):
            self.amount.setFocus()

    def _show_basket(self, lines: tuple[LineView, ...]) -> None:
        self.basket.show_lines(lines, -1)
        self._basket_card.setVisible(bool(lines))

    def _say_change(self) -> None:
        """While an amount is typed: what the customer would get back."""
        change = self.presenter.change_words(self.amount.text())
        self._amount_words.setText(change or translate("Charge", "Amount (blank = full amount)"))

    def _clear_fields(self) -> None:
        self.amount.clear()
        self.reference.clear()

    def _add_keys(self) -> None:
        self.amount.returnPressed.connect(self._take)
        self.amount.textChanged.connect(self._name_buttons)
        self.amount.letter.connect(self._letter)
        self.reference.returnPressed.connect(self._take)
        keys: tuple[tuple[str, Callable[[], None]], ...] = (
            ("Esc", self._back),
            ("F11", lambda: self._pay(CARD)),
            ("F12", lambda: self._pay(CASH)),
        )
        for key, action in keys:
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(action)

    # ------------------------------------------------------------ looks

    def _show_terminal(self, state: ChargeState) -> None:
        is_asked = state.terminal is not None
        if state.terminal is not None:
            self.terminal.show_terminal(state.terminal)
        self._ways.setCurrentIndex(1 if is_asked else 0)
        for part in (self.reference, self.card, self.take, self._keypad):
            part.setEnabled(not is_asked)
        # The field keeps the keyboard: in doubt a letter answers.
        self.amount.setReadOnly(is_asked)

    def _show_reference(self, hint: str) -> None:
        self.reference.setVisible(bool(hint))
        self.reference.setPlaceholderText(hint)
        self.reference.setAccessibleName(hint)

    def _name_buttons(self) -> None:
        """Say on the buttons what they would take now."""
        state, typed = self.presenter.state, self.amount.text()
        names = {method.code: method for method in state.methods}
        chosen = names.get(state.selected)
        # Where Enter takes the card already, a second button would say the same.
        self.card.setVisible(CARD in names and state.selected != CARD)
        amount = self.presenter.written(state.selected, typed)
        if state.is_paid:
            self.take.setText("Store the sale")
        else:
            self.take.setText(f"{chosen.name if chosen else 'Cash'}  {amount}")
        self.take.with_icon(self._theme, chosen.icon if chosen else "cash", "on_charge", 26)
        if CARD in names:
            self.card.setText(f"{names[CARD].name}  {self.presenter.written(CARD, typed)}")

    def _lay_out(self) -> None:
        page = columns(gap=12)
        page.setContentsMargins(12, 10, 12, 10)
        for part, share in ((self._left_side(), 6), (self._right_side(), 4)):
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            page.addWidget(part, share)
        self.setLayout(page)

    def _left_side(self) -> QWidget:
        side = QWidget()
        inside = rows(gap=10)
        top = columns(gap=12)
        back = Button("Back", "ghost").with_icon(self._theme, "back")
        top.addWidget(back.doing(self.presenter.back))
        top.addWidget(self.title, 1)
        inside.addLayout(top)
        inside.addWidget(self._due_card())
        inside.addWidget(self.notes)
        inside.addWidget(self.strip)
        self._ways.addWidget(_scrolling(self.ways))
        self._ways.addWidget(self.terminal)
        inside.addWidget(self._ways, 1)
        self._basket_card = frame("card")
        basket = rows(margin=1, gap=0)
        basket.addWidget(self.basket)
        self._basket_card.setLayout(basket)
        inside.addWidget(self._basket_card, 1)
        side.setLayout(inside)
        return side

    def _due_card(self) -> QWidget:
        card = frame("card")
        sums = columns(gap=16)
        left = rows(gap=2)
        left.addWidget(self._total_words)
        left.addWidget(self.total)
        left.addWidget(self.tip)
        left.addStretch(1)
        right = rows(gap=2)
        for words in (self._remaining_words, self.remaining):
            words.setAlignment(Qt.AlignmentFlag.AlignRight)
            right.addWidget(words)
        sums.addLayout(left)
        sums.addStretch(1)
        sums.addLayout(right)
        inside = rows(gap=8)
        inside.setContentsMargins(20, 14, 20, 14)
        inside.addLayout(sums)
        inside.addWidget(self.payments)
        card.setLayout(inside)
        return card

    def _right_side(self) -> QWidget:
        side = QWidget()
        inside = rows(gap=8)
        self._keypad = Keypad(
            self._theme, decimal_mark=self._place.formats.decimal_mark, sides=(_SIDE,)
        )
        self._keypad.pressed.connect(self._pressed)
        self.take.with_icon(self._theme, "cash", "on_charge", 26)
        self.take.setFixedHeight(72)
        self.card.with_icon(self._theme, "card", "on_primary", 24)
        tall(self.card, 60)
        self.card.setToolTip("F11")
        self.take.setToolTip("Enter; F12 for cash")
        inside.addStretch(1)
        inside.addWidget(self._amount_words)
        inside.addWidget(self.amount)
        inside.addWidget(self._keypad)
        inside.addWidget(self.reference)
        inside.addWidget(self.card)
        inside.addWidget(self.take)
        side.setLayout(inside)
        return side


def _scrolling(ways: QWidget) -> QScrollArea:
    """Many methods, many payments and a message at once are more than the smallest screen holds."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.viewport().setAutoFillBackground(False)
    area.setWidget(ways)
    # The page shows through; an area fills its widget by itself.
    ways.setAutoFillBackground(False)
    return area

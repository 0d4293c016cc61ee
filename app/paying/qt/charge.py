"""The charge screen: what is due, every way to pay it, and what the card terminal is at."""

from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QStackedWidget, QWidget

from app.kit.flow import Ask
from app.kit.qt.asking import ask
from app.kit.qt.basic import columns, frame, label, rows, tall
from app.kit.qt.dialogue import Choices
from app.kit.qt.fitting import FittedButton, FittedLabel
from app.kit.qt.keypad import BACKSPACE, CLEAR, ENTER, Key, Keypad, type_into
from app.kit.qt.sheet import Sheet
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from app.paying.basket import Basket
from app.paying.card_desk import CardDesk
from app.paying.charge import ChargePresenter
from app.paying.funds import ClaimedFunds
from app.paying.payable import Payable
from app.paying.qt.basket import BasketColumn
from app.paying.qt.terminal_panel import AGAIN_KEY, KEYS, TerminalPanel
from app.paying.qt.ways_to_pay import MethodTiles, QuickWays
from app.paying.splitting import SPLIT_KEY
from app.paying.state import ChargeState
from app.selling.done import Done
from localdb.domain.charge import Charge
from localdb.domain.methods import CARD, CASH

_SIDE = (
    Key(BACKSPACE, icon="backspace", tone="quiet", tip="Delete the last digit"),
    Key(CLEAR, "C", tone="quiet", tip="Clear"),
    Key(ENTER, icon="enter", tone="strong", rows=2, tip="Take it (Enter)"),
)
_CARD_STYLE = "min-height: 70px; max-height: 70px;"
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
NO_BASKET = Basket()
KEYPAD_MAX_PX = 520
REFERENCE_MAX = 64
TAKE_AROUND_PX = 72
"""Icon, edges and air of the buttons that take the money."""


class AmountField(QLineEdit):
    """Takes an amount; a letter is no amount but chooses a method, and a slash splits."""

    letter = Signal(str)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        chord = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        if (event.text().isalpha() or event.text() == SPLIT_KEY) and not chord & ~_KEYPAD:
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
        self.amount.textChanged.connect(self._say_amount)
        self._say_amount()

    def _fields(self) -> None:
        self.amount = AmountField()
        self.amount.setProperty("role", "pin")
        self.amount.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.amount.setAccessibleName(translate("Charge", "Amount tendered"))
        self.amount.setMaxLength(24)
        tall(self.amount, 64)
        self.reference = QLineEdit()
        self.reference.setMaxLength(REFERENCE_MAX)
        self.amount_words = label("", "muted")
        self.basket = BasketColumn(self._theme, self.presenter.back)
        self.basket.payments.taken_back.connect(self.presenter.terminal.take_back)
        self.strip, self.notes = self.basket.strip, self.basket.notes
        self.remaining = FittedLabel("total", self._theme.tokens.font_pt.total)
        self._remaining_words = label("", "heading")

    def _buttons(self) -> None:
        self.terminal = TerminalPanel(self._theme)
        self.terminal.cancelled.connect(self.presenter.terminal.cancel)
        self.terminal.confirmed.connect(self.presenter.terminal.confirm)
        self.terminal.asked_again.connect(self.presenter.terminal.ask_again)
        self.quick = QuickWays()
        self.quick.cash_asked.connect(self._pay_quick)
        self.quick.tip_asked.connect(self.presenter.tip)
        self.quick.other_tip_asked.connect(self.presenter.ask_tip)
        self.methods = MethodTiles(self._theme)
        self.methods.method_asked.connect(self._pay)
        self.methods.split_asked.connect(self.presenter.ask_split)
        large = self._theme.tokens.font_pt
        self.take = FittedButton("charge", large.charge, TAKE_AROUND_PX)
        self.take.doing(self._take)
        self.card = FittedButton("primary", large.heading, TAKE_AROUND_PX, _CARD_STYLE)
        self.card.doing(lambda: self._pay(CARD))

    # ------------------------------------------------------------ for the window

    def open(self, payable: Payable, basket: Basket = NO_BASKET) -> None:
        """Begin to take payment for a basket, or for something that has none."""
        self._clear_fields()
        self.basket.show_basket(basket)
        self.notes.clear()
        self.presenter.open(payable)

    def resume(self, payable: Payable, charge: Charge, basket: Basket = NO_BASKET) -> None:
        """Go on with a payment that was under way when the till was last used."""
        self._clear_fields()
        self.basket.show_basket(basket)
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
        items = (
            translate("Charge", "1 scan waits")
            if scans == 1
            else translate("Charge", "{scans} scans wait", scans=scans)
        )
        self.strip.say(
            "info",
            translate("Charge", "{items}. Go back to add it here, or pay first.", items=items),
        )

    # ------------------------------------------------------------ for the presenter

    def show_state(self, state: ChargeState) -> None:
        """Show the presenter's state."""
        self.basket.show_state(state)
        self.remaining.setText(state.remaining)
        due, back = translate("Charge", "Due"), translate("Charge", "Refund due")
        self._remaining_words.setText(back if state.is_refund else due)
        self.quick.show_state(state)
        self.methods.show_state(state)
        self._say_amount()
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
            self.presenter.terminal.confirm(KEYS[letter])
        elif letter == AGAIN_KEY:
            self.presenter.terminal.ask_again()

    def _back(self) -> None:
        """Esc undoes one thing at a time: what is typed, what is chosen, the terminal, the rest."""
        state = self.presenter.state
        if state.terminal is not None and state.terminal.can_cancel:
            self.presenter.terminal.cancel()
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

    def _say_amount(self) -> None:
        """Above the amount: the change while one is typed, else what none would mean."""
        state = self.presenter.state
        change = self.presenter.change_words(self.amount.text())
        full = translate("Charge", "Amount (blank = full amount)")
        share = translate("Charge", "{payment} (blank = its share)", payment=state.share)
        self.amount_words.setText(change or (share if state.share else full))

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
        for part in (self.reference, self.card, self.take):
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
            self.take.setText(translate("Charge", "Store the sale"))
        else:
            self.take.setText(f"{chosen.name if chosen else translate('Charge', 'Cash')}  {amount}")
        self.take.with_icon(self._theme, chosen.icon if chosen else "cash", "on_charge", 26)
        if CARD in names:
            self.card.setText(f"{names[CARD].name}  {self.presenter.written(CARD, typed)}")

    def _lay_out(self) -> None:
        page = columns(gap=12)
        page.setContentsMargins(12, 10, 12, 10)
        for part, share in ((self.basket, 4), (self._right_side(), 6)):
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            page.addWidget(part, share)
        self.setLayout(page)

    def _right_side(self) -> QWidget:
        side = QWidget()
        inside = rows(gap=8)
        inside.addWidget(self._due_card())
        self._ways.addWidget(self._ways_to_pay())
        self._ways.addWidget(self.terminal)
        inside.addWidget(self._ways, 1)
        side.setLayout(inside)
        return side

    def _due_card(self) -> QWidget:
        """What is due, and beside it the amount that is typed."""
        card = frame("card")
        due, typed = rows(gap=2), rows(gap=2)
        due.addWidget(self._remaining_words)
        due.addWidget(self.remaining)
        typed.addWidget(self.amount_words)
        typed.addWidget(self.amount)
        inside = columns(gap=16)
        inside.setContentsMargins(16, 10, 12, 10)
        inside.addLayout(due, 1)
        inside.addLayout(typed, 1)
        card.setLayout(inside)
        return card

    def _ways_to_pay(self) -> QWidget:
        ways = QWidget()
        keypad = Keypad(self._theme, decimal_mark=self._place.formats.decimal_mark, sides=(_SIDE,))
        keypad.pressed.connect(self._pressed)
        keypad.setMaximumHeight(KEYPAD_MAX_PX)
        self.take.with_icon(self._theme, "cash", "on_charge", 26)
        self.take.setFixedHeight(72)
        self.card.with_icon(self._theme, "card", "on_primary", 24)
        self.card.setToolTip("F11")
        self.take.setToolTip(translate("Charge", "Enter; F12 for cash"))
        keys, middle = rows(gap=0), columns(gap=8)
        keys.addWidget(keypad, 1)
        keys.addStretch(0)
        middle.addLayout(keys, 5)
        middle.addWidget(self.methods, 4)
        buttons = columns(gap=8)
        buttons.addWidget(self.card, 2)
        buttons.addWidget(self.take, 3)
        inside = rows(gap=8)
        inside.addWidget(self.quick)
        inside.addLayout(middle, 1)
        inside.addWidget(self.reference)
        inside.addLayout(buttons)
        ways.setLayout(inside)
        return ways

"""The charge screen: what is due, quick cash, cash or card; the selling screen shows the change."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QSizePolicy, QWidget

from app.presenters.charge import ChargePresenter, ChargeState, QuickCash
from app.presenters.selling import SellingPresenter
from app.widgets.basic import Button, columns, frame, label, rows, tall
from app.widgets.keypad import BACKSPACE, CLEAR, ENTER, Key, Keypad, type_into
from app.widgets.strip import MessageStrip
from app.workplace import Workplace

_SIDE = (
    Key(BACKSPACE, icon="backspace", tone="quiet", tip="Delete the last digit"),
    Key(CLEAR, "C", tone="quiet", tip="Clear"),
    Key(ENTER, icon="enter", tone="strong", rows=2, tip="Take cash (Enter)"),
)


class ChargeScreen(QWidget):
    """Enter takes cash: exactly what is due, or the amount typed."""

    left = Signal()
    done = Signal(object)

    def __init__(self, place: Workplace) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._theme = place.theme
        self.presenter = ChargePresenter(place.till, place.formats, self.show_state, self.done.emit)
        self.amount = QLineEdit()
        self.amount.setProperty("role", "pin")
        self.amount.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.amount.setAccessibleName("Amount tendered")
        self.amount.setMaxLength(15)
        tall(self.amount, 64)
        self.reference = QLineEdit()
        self.reference.setPlaceholderText("Card reference (optional)")
        self.reference.setAccessibleName("Card reference")
        self.reference.setMaxLength(64)
        self.strip = MessageStrip(place.theme)
        self.total = label("", "total")
        self.remaining = label("", "total")
        self._remaining_words = label("To pay", "heading")
        self._paid = rows(gap=6)
        self._paid_card = frame("card")
        self._quick = QGridLayout()
        self._quick.setSpacing(8)
        self.quick: list[Button] = []
        self.cash = Button("Cash", "charge").doing(self._pay_cash)
        self.card = Button("Card", "primary").doing(self._pay_card)
        self._lay_out()
        self._add_keys()

    def open(self, selling: SellingPresenter) -> None:
        """Begin to take payment for the open cart."""
        self.amount.clear()
        self.reference.clear()
        self.presenter.open(selling.cart, selling.totals().total_minor)

    def take_focus(self) -> None:
        """Keys go to the amount."""
        self.amount.setFocus()

    def say_waiting(self, scans: int) -> None:
        """Scans that came during payment go into the next cart, or this one after going back."""
        items = "1 scan waits" if scans == 1 else f"{scans} scans wait"
        self.strip.say("info", f"{items}. Go back to add it here, or pay first.")

    def show_state(self, state: ChargeState) -> None:
        """Show the presenter's state."""
        self.total.setText(state.total)
        self.remaining.setText(state.remaining)
        self._remaining_words.setText("To give back" if state.is_refund else "To pay")
        self._show_quick(state.quick)
        self._name_buttons()
        self._show_payments(state.payments)
        if state.error:
            self.strip.say("error", state.error)
        else:
            self.strip.clear()

    # ------------------------------------------------------------ actions

    def _pay_cash(self) -> None:
        typed = self.amount.text().strip()
        self.presenter.pay_cash(typed)
        self._took()

    def _pay_card(self) -> None:
        typed, reference = self.amount.text().strip(), self.reference.text().strip()
        self.presenter.pay_card(typed, reference)
        self._took()

    def _pay_quick(self, quick: QuickCash) -> None:
        self.presenter.pay("cash", quick.minor)
        self._took()

    def _took(self) -> None:
        """A payment went through: the next amount is typed anew."""
        if not self.presenter.state.error:
            self.amount.clear()
            self.reference.clear()
        if self.presenter.is_open:
            self.take_focus()

    def _back(self) -> None:
        if self.amount.text():
            self.amount.clear()
            return
        self.presenter.back()
        self.left.emit()

    def _leave(self) -> None:
        self.presenter.back()
        self.left.emit()

    def _pressed(self, sent: str) -> None:
        if sent == ENTER:
            self._pay_cash()
        elif sent == CLEAR:
            self.amount.clear()
        else:
            type_into(self.amount, sent)
        self.amount.setFocus()

    def _add_keys(self) -> None:
        self.amount.returnPressed.connect(self._pay_cash)
        self.amount.textChanged.connect(self._name_buttons)
        self.reference.returnPressed.connect(self._pay_card)
        for key, action in (("Esc", self._back), ("F11", self._pay_card), ("F12", self._pay_cash)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(action)

    # ------------------------------------------------------------ looks

    def _show_quick(self, quick: tuple[QuickCash, ...]) -> None:
        for button in self.quick:
            button.hide()
            button.deleteLater()
        self.quick = [self._quick_button(offer) for offer in quick]
        for number, button in enumerate(self.quick):
            self._quick.addWidget(button, number // 2, number % 2)

    def _quick_button(self, offer: QuickCash) -> Button:
        words = f"Exact  {offer.label}" if offer.is_exact else offer.label
        button = Button(words, "key", "strong" if offer.is_exact else "")
        tall(button, 72)
        button.doing(lambda: self._pay_quick(offer))
        return button

    def _name_buttons(self) -> None:
        """Say on the buttons what they would take now."""
        amount = self.presenter.written(self.amount.text())
        self.cash.setText(f"Cash  {amount}")
        self.card.setText(f"Card  {amount}")

    def _show_payments(self, payments: tuple[tuple[str, str], ...]) -> None:
        while item := self._paid.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for number, (method, amount) in enumerate(payments):
            is_last = number == len(payments) - 1
            self._paid.addWidget(self._payment_row(method, amount, is_last))
        self._paid_card.setVisible(bool(payments))

    def _payment_row(self, method: str, amount: str, is_last: bool) -> QWidget:
        row = QWidget()
        inside = columns(gap=8)
        inside.addWidget(label(method))
        inside.addStretch(1)
        inside.addWidget(label(amount, "amount"))
        if is_last:
            remove = Button("Take back", "ghost").with_icon(self._theme, "undo", "text_muted", 18)
            inside.addWidget(remove.doing(self.presenter.remove_last))
        row.setLayout(inside)
        row.setMinimumHeight(48)
        return row

    def _lay_out(self) -> None:
        page = columns(gap=12)
        page.setContentsMargins(12, 10, 12, 10)
        for part, share in ((self._left_side(), 6), (self._right_side(), 4)):
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            page.addWidget(part, share)
        self.setLayout(page)

    def _left_side(self) -> QWidget:
        side = QWidget()
        inside = rows(gap=14)
        top = columns(gap=12)
        back = Button("Back to the cart", "ghost").with_icon(self._theme, "back")
        top.addWidget(back.doing(self._leave))
        top.addStretch(1)
        inside.addLayout(top)
        inside.addWidget(self._due_card())
        inside.addWidget(self.strip)
        paid = rows(margin=16, gap=4)
        paid.addWidget(label("Paid so far", "caption"))
        paid.addLayout(self._paid)
        self._paid_card.setLayout(paid)
        inside.addWidget(self._paid_card)
        inside.addWidget(label("Cash", "heading"))
        inside.addLayout(self._quick)
        inside.addStretch(1)
        side.setLayout(inside)
        return side

    def _due_card(self) -> QFrame:
        card = frame("card")
        inside = columns(margin=20, gap=16)
        left = rows(gap=2)
        left.addWidget(label("Total", "muted"))
        left.addWidget(self.total)
        right = rows(gap=2)
        self._remaining_words.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.remaining.setAlignment(Qt.AlignmentFlag.AlignRight)
        right.addWidget(self._remaining_words)
        right.addWidget(self.remaining)
        inside.addLayout(left)
        inside.addStretch(1)
        inside.addLayout(right)
        card.setLayout(inside)
        return card

    def _right_side(self) -> QWidget:
        side = QWidget()
        inside = rows(gap=8)
        keypad = Keypad(self._theme, sides=(_SIDE,))
        keypad.pressed.connect(self._pressed)
        self.cash.with_icon(self._theme, "cash", "on_charge", 26)
        self.cash.setFixedHeight(72)
        self.card.with_icon(self._theme, "card", "on_primary", 24)
        tall(self.card, 60)
        self.card.setToolTip("F11")
        self.cash.setToolTip("Enter or F12")
        inside.addStretch(1)
        inside.addWidget(label("Amount  ·  leave empty for all of it", "muted"))
        inside.addWidget(self.amount)
        inside.addWidget(keypad)
        inside.addWidget(self.reference)
        inside.addWidget(self.card)
        inside.addWidget(self.cash)
        side.setLayout(inside)
        return side

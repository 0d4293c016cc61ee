"""The right-hand column of the selling screen: customer, cart or last change, totals."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QMenu, QStackedWidget, QWidget

from app.kit.qt.basic import Button, Icon, columns, frame, label, rows
from app.kit.qt.fitting import FittedLabel
from app.kit.qt.theme import Theme, restyle
from app.kit.translation import translate
from app.selling.cart_view import CartView
from app.selling.done import Done
from app.selling.qt.cart_list import CartList
from app.selling.qt.line_actions import LineActions

WIDE_PX = 440
"""From this width on the row names its buttons."""
WORDS_PX = 104


class CustomerRow(QFrame):
    """Who is buying; a tap opens the list of customers."""

    asked = Signal()
    cleared = Signal()
    hold_asked = Signal()
    recall_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.menu = QMenu(self)
        """What can be done to the whole cart."""
        self.more = Button("", "ghost").with_icon(theme, "more", "text_muted")
        self.more.setFixedSize(48, 48)
        self.more.setStyleSheet("padding: 0")
        self.more.setAccessibleName(translate("Sell", "More for this sale"))
        self.more.setToolTip(translate("Sell", "More for this sale"))
        self.more.doing(self._open_menu)
        self.button = Button(translate("Sell", "Customer"), "ghost").with_icon(
            theme, "customer", "text_muted"
        )
        self.button.doing(self.asked.emit)
        self.button.setStyleSheet("text-align: left; padding-left: 10px; padding-right: 2px;")
        self.clear = Button("", "ghost").with_icon(theme, "close", "text_muted", 18)
        self.clear.setFixedSize(48, 48)
        self.clear.setAccessibleName(translate("Sell", "Remove the customer"))
        self.clear.doing(self.cleared.emit)
        self.hold = self._small(theme, "hold", translate("Sell", "Hold sale (F7)"))
        self.hold.doing(self.hold_asked.emit)
        self.held = self._small(theme, "recall", translate("Sell", "Recall a held sale (F8)"))
        self.held.doing(self.recall_asked.emit)
        self._held_count = 0
        layout = columns(gap=2)
        layout.addWidget(self.button, 1)
        layout.addWidget(self.clear)
        layout.addWidget(self.hold)
        layout.addWidget(self.held)
        layout.addWidget(self.more)
        self.setLayout(layout)
        self.setFixedHeight(50)

    def show_customer(self, name: str) -> None:
        """Show the customer's name."""
        self.button.setText(name or translate("Sell", "Customer"))
        self.clear.setVisible(bool(name))

    def show_held(self, count: int) -> None:
        """Show how many sales are on hold in the store."""
        self._held_count = count
        self.held.setEnabled(count > 0)
        self._name_buttons()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say in words what the icons mean, where there is room."""
        super().resizeEvent(event)
        self._name_buttons()

    def _name_buttons(self) -> None:
        count, is_wide = self._held_count, self.width() >= WIDE_PX
        for button in (self.hold, self.held):
            button.setFixedWidth(WORDS_PX if is_wide else 52)
        self.hold.setText(translate("Sell", "Hold") if is_wide else "")
        counted = translate("Sell", "Held ({count})", count=count)
        words = counted if count else translate("Sell", "Held")
        self.held.setText(words if is_wide else str(count or ""))

    def _small(self, theme: Theme, icon: str, says: str) -> Button:
        button = Button("", "ghost").with_icon(theme, icon, "text_muted", 20)
        button.setFixedHeight(48)
        button.setStyleSheet("padding: 0")
        button.setAccessibleName(says)
        button.setToolTip(says)
        return button

    def _open_menu(self) -> None:
        below = self.more.mapToGlobal(self.more.rect().bottomRight())
        below.setX(below.x() - self.menu.sizeHint().width())
        self.menu.popup(below)


class ExchangeRow(QFrame):
    """What is being given back for the cart; hidden while nothing is."""

    cleared = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "strip-info")
        self.words = label("", wrap=True)
        clear = Button("", "ghost").with_icon(theme, "close", "on_info_soft", 18)
        clear.setFixedSize(48, 48)
        clear.setAccessibleName(translate("Sell", "Cancel the exchange"))
        clear.doing(self.cleared.emit)
        layout = columns(gap=8)
        layout.setContentsMargins(12, 0, 0, 0)
        layout.addWidget(Icon(theme, "transfer", "on_info_soft", 20))
        layout.addWidget(self.words, 1)
        layout.addWidget(clear)
        self.setLayout(layout)
        self.hide()

    def show_text(self, text: str) -> None:
        """Say what comes back; nothing hides it."""
        self.words.setText(text)
        self.setVisible(bool(text))


class TotalsBlock(QWidget):
    """Discount and tax in small, the total in large."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.discount = label("", "success")
        self.tax = label("", "caption")
        self.count = label("", "caption")
        self.total = FittedLabel("total", theme.tokens.font_pt.total)
        self.total.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.total.setAccessibleName(translate("Sell", "Total"))
        small = rows(gap=0)
        small.addStretch(1)
        self.caption = label(translate("Sell", "Total"), "strong")
        first = columns(gap=8)
        first.addWidget(self.caption)
        first.addWidget(self.count, 1)
        small.addLayout(first)
        small.addWidget(self.discount)
        small.addWidget(self.tax)
        small.addStretch(1)
        layout = columns(gap=8)
        layout.setContentsMargins(14, 2, 14, 2)
        layout.addLayout(small)
        layout.addWidget(self.total, 1)
        self.setLayout(layout)
        self.setFixedHeight(66)

    def show_cart(self, cart: CartView) -> None:
        """Show what a cart comes to."""
        self.discount.setText(
            translate("Sell", "Saved {value}", value=cart.discount.lstrip("−"))
            if cart.discount
            else ""
        )
        self.discount.setVisible(bool(cart.discount))
        self.tax.setText(cart.tax)
        self.count.setText(cart.count if cart.lines else "")
        self.total.setText(cart.total)
        self.caption.setText("REFUND" if cart.pays_out else translate("Sell", "Total"))
        self.total.setAccessibleName(
            translate("Sell", "Refund") if cart.pays_out else translate("Sell", "Total")
        )
        for part in (self.caption, self.total):
            restyle(part, "tone", "danger" if cart.pays_out else "")


class ChangePanel(QWidget):
    """The change in large figures, until the next item; and what can be done with the receipt."""

    receipt_asked = Signal()
    retry_asked = Signal()
    mail_asked = Signal()
    gift_asked = Signal()
    correct_asked = Signal()
    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._caption = label("", "heading")
        self.change = FittedLabel("change", theme.tokens.font_pt.change)
        self._number = label("", "muted")
        self.left = label("", "strong", wrap=True)
        for centred in (self._caption, self.change, self._number, self.left):
            centred.setAlignment(Qt.AlignmentFlag.AlignCenter)
        tick = Icon(theme, "check", "success", 30)
        show = Button(translate("Sell", "Receipt")).with_icon(theme, "receipt")
        self.mail = Button(translate("Sell", "E-mail")).with_icon(theme, "export")
        self.again = Button(translate("Sell", "Reprint")).with_icon(theme, "print")
        self.gift = Button(translate("Sell", "Gift receipt")).with_icon(theme, "gift-card")
        self.correct = Button(translate("Sell", "Wrong payment type? Change it"), "ghost")
        self.correct.with_icon(theme, "edit", "text_muted", 18)
        self.new_sale = Button(translate("Sell", "New sale"), "primary")
        self.new_sale.setToolTip("Esc")
        for button, asked in (
            (show, self.receipt_asked),
            (self.again, self.retry_asked),
            (self.mail, self.mail_asked),
            (self.gift, self.gift_asked),
            (self.correct, self.correct_asked),
            (self.new_sale, self.closed),
        ):
            button.doing(asked.emit)
        buttons = QGridLayout()
        buttons.setSpacing(8)
        for number, button in enumerate((show, self.mail, self.again, self.gift)):
            buttons.addWidget(button, number // 2, number % 2)
        layout = rows(gap=2)
        layout.setContentsMargins(14, 8, 14, 10)
        layout.addStretch(1)
        layout.addWidget(tick, 0, Qt.AlignmentFlag.AlignHCenter)
        for words in (self._caption, self.change, self._number, self.left):
            layout.addWidget(words)
        layout.addStretch(2)
        layout.addWidget(self.correct)
        layout.addLayout(buttons)
        layout.addSpacing(6)
        layout.addWidget(self.new_sale)
        self.setLayout(layout)

    def offer_printing(self, can_print: bool) -> None:
        """Whether this till has a printer that could print it again."""
        for button in (self.again, self.gift):
            button.setVisible(can_print)

    def show_done(self, done: Done) -> None:
        """Show how a sale ended."""
        caption, figure = translate("Sell", "Paid (no change due)"), done.total
        if done.paid_out:
            caption, figure = translate("Sell", "Refunded"), done.paid_out
        elif done.has_change:
            caption, figure = translate("Sell", "Change"), done.change
        self._caption.setText(caption)
        self.change.setText(figure)
        total = translate("Sell", "Total {amount}", amount=done.total)
        self._number.setText(f"{total}  ·  {done.receipt_number}")
        self.left.setText("\n".join(done.left))
        self.left.setVisible(bool(done.left))


class CartPanel(QFrame):
    """Shows the cart, or how the last sale ended."""

    def __init__(self, theme: Theme, choose: Callable[[str], object]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.customer = CustomerRow(theme)
        self.exchange = ExchangeRow(theme)
        self.list = CartList(theme)
        self.list.chosen.connect(choose)
        self.line_actions = LineActions(theme)
        self.totals = TotalsBlock(theme)
        self.change = ChangePanel(theme)
        self.change.closed.connect(self.hide_change)
        cart = QWidget()
        inside = rows(gap=0)
        inside.addWidget(self.customer)
        inside.addWidget(self.exchange)
        inside.addWidget(frame("rule"))
        inside.addWidget(self.list, 1)
        inside.addWidget(frame("rule"))
        inside.addWidget(self.line_actions)
        inside.addWidget(self.totals)
        cart.setLayout(inside)
        self._pages = QStackedWidget()
        self._pages.addWidget(cart)
        self._pages.addWidget(self.change)
        outer = rows(margin=1, gap=0)
        outer.addWidget(self._pages)
        self.setLayout(outer)

    @property
    def shows_change(self) -> bool:
        """Whether the last sale's change is still up."""
        return self._pages.currentWidget() is self.change

    def show_cart(self, cart: CartView) -> None:
        """Show a cart; the first item of the next sale takes the change away."""
        self.customer.show_customer(cart.customer)
        self.list.show_lines(cart.lines, cart.selected)
        self.totals.show_cart(cart)
        if cart.lines or cart.customer:
            self._pages.setCurrentIndex(0)

    def show_change(self, done: Done) -> None:
        """Show how a sale ended."""
        self.change.show_done(done)
        self._pages.setCurrentWidget(self.change)

    def hide_change(self) -> None:
        """Back to the cart."""
        self._pages.setCurrentIndex(0)

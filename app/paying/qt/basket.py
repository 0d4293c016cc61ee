"""The left side of the charge screen: what is paid for, its sums, and the payments so far."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.kit.qt.basic import Button, columns, frame, label, rows
from app.kit.qt.fitting import FittedLabel
from app.kit.qt.strip import MessageStrip
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.paying.basket import Basket
from app.paying.qt.payment_list import PaymentList
from app.paying.state import ChargeState
from app.selling.qt.cart_list import CartList


class BasketColumn(QWidget):
    """Messages take their room from the list of lines, so that nothing to be tapped moves."""

    def __init__(self, theme: Theme, back: Callable[[], object]) -> None:
        super().__init__()
        self.title = FittedLabel("heading", theme.tokens.font_pt.heading)
        self.notes = MessageStrip(theme)
        """What the card terminal has to say, and other features."""
        self.strip = MessageStrip(theme)
        """What the payment has to say."""
        self.lines = CartList(theme)
        self.lines.setSelectionMode(CartList.SelectionMode.NoSelection)
        self.lines.setAccessibleName(translate("Charge", "Basket"))
        self.payments = PaymentList(theme)
        self._sums = {name: _Sum() for name in ("savings", "tax", "tip", "total")}
        self._basket = Basket()
        top = columns(gap=12)
        leave = Button(translate("Charge", "Back"), "ghost").with_icon(theme, "back")
        top.addWidget(leave.doing(back))
        top.addWidget(self.title, 1)
        self._card = frame("card")
        inside = rows(margin=1, gap=0)
        inside.addWidget(self.lines, 1)
        self._card.setLayout(inside)
        self._money = frame("card")
        sums = rows(gap=4)
        sums.setContentsMargins(14, 10, 14, 10)
        for one in self._sums.values():
            sums.addWidget(one)
        sums.addWidget(self.payments)
        self._money.setLayout(sums)
        column = rows(gap=8)
        column.addLayout(top)
        column.addWidget(self.notes)
        column.addWidget(self.strip)
        column.addWidget(self._card, 1)
        column.addWidget(self._money)
        column.addStretch(0)
        self.setLayout(column)

    @property
    def total(self) -> QLabel:
        """The figure of the total."""
        return self._sums["total"].figure

    def show_basket(self, basket: Basket) -> None:
        """Show what is being paid for."""
        self._basket = basket
        self.lines.show_lines(basket.lines, -1)
        self._card.setVisible(bool(basket.lines))

    def show_state(self, state: ChargeState) -> None:
        """Show the sums and the payments; one figure while nothing is paid: what is due."""
        self.title.setText(state.title)
        is_split = bool(state.payments or state.tip)
        shown = {
            "savings": (translate("Charge", "Saved"), self._basket.savings),
            "tax": ("", self._basket.tax),
            "tip": (translate("Charge", "Tip"), state.tip),
            "total": (translate("Charge", "Total"), state.total if is_split else ""),
        }
        for name, (words, figure) in shown.items():
            self._sums[name].show_sum(words, figure)
        self.payments.show_payments(state.payments, can_take_back=state.terminal is None)
        has_any = any(not one.isHidden() for one in self._sums.values())
        self._money.setVisible(has_any or bool(state.payments))


class _Sum(QWidget):
    """Words at the left, their figure at the right."""

    def __init__(self) -> None:
        super().__init__()
        self._words = label("", "muted")
        self.figure = label("", "strong")
        self.figure.setAlignment(Qt.AlignmentFlag.AlignRight)
        line = columns(gap=8)
        line.addWidget(self._words, 1)
        line.addWidget(self.figure)
        self.setLayout(line)

    def show_sum(self, words: str, figure: str) -> None:
        """Show it where there is a figure."""
        self._words.setText(words)
        self.figure.setText(figure)
        self.setVisible(bool(figure))

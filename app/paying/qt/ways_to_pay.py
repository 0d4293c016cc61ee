"""The ways to pay, to be tapped: tips, quick cash, and a button for each method."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app.kit.qt.basic import Button, columns, label, rows
from app.kit.qt.fitting import FittedButton
from app.kit.qt.theme import Theme
from app.paying.qt.method_button import MethodButton
from app.paying.state import ChargeState, MethodView, QuickCash, TipView
from localdb.domain.methods import CARD, CASH

METHODS_IN_ROW = 3
QUICK_PT = 11
QUICK_AROUND_PX = 10


class WaysToPay(QWidget):
    """Draws only what differs from what it shows; cards have a button of their own elsewhere."""

    cash_asked = Signal(int)
    method_asked = Signal(str)
    tip_asked = Signal(int)
    other_tip_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown = ChargeState()
        self._shown_quick: tuple[Sequence[QuickCash], bool] = ((), False)
        self._quick = QGridLayout()
        self._methods = QGridLayout()
        for grid in (self._quick, self._methods):
            grid.setSpacing(8)
        for column in range(METHODS_IN_ROW):
            self._methods.setColumnStretch(column, 1)
        self._tips = columns(gap=8)
        self._tips_words = label("Tip  (T)", "muted")
        self._quick_words = label("Cash", "muted")
        self.quick: list[Button] = []
        self.methods: list[MethodButton] = []
        self.tips: list[Button] = []
        tips = columns(gap=12)
        tips.addWidget(self._tips_words)
        tips.addLayout(self._tips, 1)
        inside = rows(gap=10)
        inside.addLayout(tips)
        notes = columns(gap=12)
        notes.addWidget(self._quick_words)
        notes.addLayout(self._quick, 1)
        inside.addLayout(notes)
        inside.addLayout(self._methods)
        inside.addStretch(1)
        self.setLayout(inside)
        self._tips_words.hide()
        self._quick_words.hide()

    def show_state(self, state: ChargeState) -> None:
        """Show what can be tapped."""
        # Where Enter pays out in cash already, a second button would say the same.
        quick = () if state.is_refund and state.selected == CASH else state.quick
        if (quick, state.is_refund) != self._shown_quick:
            self._shown_quick = quick, state.is_refund
            self._show_quick(quick, is_refund=state.is_refund)
        if state.methods != self._shown.methods:
            self._show_methods(state.methods)
        if state.tips != self._shown.tips:
            self._show_tips(state.tips)
        self._shown = state

    def _show_quick(self, quick: Sequence[QuickCash], *, is_refund: bool) -> None:
        _drop(self.quick)
        self._quick_words.setVisible(bool(quick) and not is_refund)
        self.quick = [self._quick_button(offer, is_refund=is_refund) for offer in quick]
        for number, button in enumerate(self.quick):
            self._quick.addWidget(button, 0, number)

    def _quick_button(self, offer: QuickCash, *, is_refund: bool) -> Button:
        exact = "Cash" if is_refund else "Exact"
        words = f"{exact} {offer.label}" if offer.is_exact else offer.label
        button = FittedButton(
            "key", QUICK_PT, QUICK_AROUND_PX, "min-height: 60px; min-width: 60px;"
        )
        if offer.is_exact:
            button.setProperty("tone", "strong")
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        button.setText(words)
        return button.doing(partial(self.cash_asked.emit, offer.minor))

    def _show_methods(self, methods: Sequence[MethodView]) -> None:
        _drop(self.methods)
        self.methods = [
            MethodButton(self._theme, method) for method in methods if method.code != CARD
        ]
        for number, button in enumerate(self.methods):
            button.doing(partial(self.method_asked.emit, button.code))
            self._methods.addWidget(button, number // METHODS_IN_ROW, number % METHODS_IN_ROW)

    def _show_tips(self, tips: Sequence[TipView]) -> None:
        _drop(self.tips)
        self.tips = [self._tip_button(tip) for tip in tips]
        if tips:
            self.tips.append(Button("Other…", "chip").doing(self.other_tip_asked.emit))
        for button in self.tips:
            button.setStyleSheet("padding: 0 4px; min-height: 52px; border-radius: 12px;")
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self._tips.addWidget(button, 1)
        self._tips_words.setVisible(bool(tips))

    def _tip_button(self, tip: TipView) -> Button:
        button = Button(tip.label, "chip").doing(partial(self.tip_asked.emit, tip.minor))
        button.setCheckable(True)
        button.setChecked(tip.is_chosen)
        return button


def _drop(buttons: Sequence[Button]) -> None:
    for button in buttons:
        button.hide()
        button.deleteLater()

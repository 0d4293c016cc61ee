"""The ways to pay, to be tapped: tips and quick cash in rows, and a tile for each method."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QSizePolicy, QWidget

from app.kit.qt.basic import Button, columns, label, rows
from app.kit.qt.fitting import FittedButton
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.paying.qt.method_button import MethodButton
from app.paying.splitting import SPLIT_KEY
from app.paying.state import ChargeState, MethodView, QuickCash, TipView
from localdb.domain.methods import CARD, CASH

QUICK_PT = 11
QUICK_AROUND_PX = 10
TILE_PX = 150
"""About as wide as the tile of a method is; two beside each other at least."""
SPLIT = "split"


class QuickWays(QWidget):
    """Tips and quick cash; draws only what differs from what it shows."""

    cash_asked = Signal(int)
    tip_asked = Signal(int)
    other_tip_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._shown = ChargeState()
        self._shown_quick: tuple[Sequence[QuickCash], bool] = ((), False)
        self._quick, self._tips = columns(gap=8), columns(gap=8)
        self._tips_words = label(translate("Charge", "Tip  (T)"), "muted")
        self._quick_words = label(translate("Charge", "Cash"), "muted")
        self.quick: list[Button] = []
        self.tips: list[Button] = []
        inside = rows(gap=8)
        for words, row in ((self._tips_words, self._tips), (self._quick_words, self._quick)):
            line = columns(gap=12)
            line.addWidget(words)
            line.addLayout(row, 1)
            inside.addLayout(line)
            words.hide()
        self.setLayout(inside)

    def show_state(self, state: ChargeState) -> None:
        """Show what can be tapped."""
        # Where Enter pays out in cash already, a second button would say the same.
        quick = () if state.is_refund and state.selected == CASH else state.quick
        if (quick, state.is_refund) != self._shown_quick:
            self._shown_quick = quick, state.is_refund
            self._show_quick(quick, is_refund=state.is_refund)
        if state.tips != self._shown.tips:
            self._show_tips(state.tips)
        self._shown = state

    def _show_quick(self, quick: Sequence[QuickCash], *, is_refund: bool) -> None:
        _drop(self.quick)
        self._quick_words.setVisible(bool(quick) and not is_refund)
        self.quick = [self._quick_button(offer, is_refund=is_refund) for offer in quick]
        for button in self.quick:
            self._quick.addWidget(button, 1)

    def _quick_button(self, offer: QuickCash, *, is_refund: bool) -> Button:
        in_cash = translate("Charge", "Cash {amount}", amount=offer.label)
        words = offer.label
        if offer.is_exact:
            exact = translate("Charge", "Exact {amount}", amount=offer.label)
            words = in_cash if is_refund else exact
        button = FittedButton(
            "key", QUICK_PT, QUICK_AROUND_PX, "min-height: 60px; min-width: 60px;"
        )
        if offer.is_exact:
            button.setProperty("tone", "strong")
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        button.setText(words)
        button.setAccessibleName(in_cash)
        return button.doing(partial(self.cash_asked.emit, offer.minor))

    def _show_tips(self, tips: Sequence[TipView]) -> None:
        _drop(self.tips)
        self.tips = [self._tip_button(tip) for tip in tips]
        if tips:
            other = Button(translate("Charge", "Other…"), "chip")
            self.tips.append(other.doing(self.other_tip_asked.emit))
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


class MethodTiles(QScrollArea):
    """A tile for each method but cash and card, which have buttons of their own; and splitting."""

    method_asked = Signal(str)
    split_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[MethodView, ...] = ()
        self._columns = 0
        self.methods: list[MethodButton] = []
        self._inside = QWidget()
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        around = rows()
        around.addLayout(self._grid)
        around.addStretch(1)
        self._inside.setLayout(around)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setWidget(self._inside)
        # The page shows through; an area fills its widget by itself.
        self._inside.setAutoFillBackground(False)

    def show_state(self, state: ChargeState) -> None:
        """Show the methods on offer, and splitting where there is something to split."""
        tiles = tuple(method for method in state.methods if method.code != CARD)
        if state.can_split:
            words = translate("Charge", "Split evenly")
            tiles += (MethodView(SPLIT, words, "split", SPLIT_KEY, bool(state.share)),)
        if tiles == self._shown:
            return
        self._shown = tiles
        _drop(self.methods)
        self.methods = [MethodButton(self._theme, tile) for tile in tiles]
        for button in self.methods:
            button.doing(partial(self._asked, button.code))
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._columns != self._columns_now():
            self._place()

    def _columns_now(self) -> int:
        return max(2, self.width() // TILE_PX)

    def _place(self) -> None:
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 0)
        self._columns = self._columns_now()
        for number, button in enumerate(self.methods):
            self._grid.addWidget(button, number // self._columns, number % self._columns)
        for column in range(self._columns):
            self._grid.setColumnStretch(column, 1)

    def _asked(self, code: str) -> None:
        if code == SPLIT:
            self.split_asked.emit()
        else:
            self.method_asked.emit(code)


def _drop(buttons: Sequence[Button]) -> None:
    for button in buttons:
        button.hide()
        button.deleteLater()

"""The payments taken so far, each with a way to take it back; scrolls when there are many."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.kit.qt.basic import Button, columns, label, rows
from app.kit.qt.fitting import CutLabel
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.paying.state import PaymentView

ROW_PX = 50
ROWS_SHOWN = 3


class PaymentList(QScrollArea):
    """The newest on top; grows to three rows, then scrolls."""

    taken_back = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.hide()

    def show_payments(self, payments: Sequence[PaymentView], *, can_take_back: bool) -> None:
        """Show them, given in the order taken."""
        inside = QWidget()
        column = rows(gap=0)
        for position, payment in reversed(list(enumerate(payments))):
            column.addWidget(self._row(position, payment, can_take_back=can_take_back))
        inside.setLayout(column)
        self.setWidget(inside)
        # The card below shows through; an area fills its widget by itself.
        inside.setAutoFillBackground(False)
        self.setFixedHeight(ROW_PX * min(max(len(payments), 1), ROWS_SHOWN))
        self.setVisible(bool(payments))

    def _row(self, position: int, payment: PaymentView, *, can_take_back: bool) -> QWidget:
        row = QWidget()
        words = columns(gap=8)
        named = rows(gap=0)
        named.addStretch(1)
        named.addWidget(CutLabel(payment.name, "strong"))
        if payment.detail:
            named.addWidget(CutLabel(payment.detail, "caption"))
        named.addStretch(1)
        words.addLayout(named, 1)
        words.addWidget(label(payment.amount, "amount"))
        back = Button("", "ghost").with_icon(self._theme, "undo", "text_muted", 20)
        back.setFixedSize(48, 48)
        back.setStyleSheet("padding: 0")
        spoken = translate(
            "Charge", "Remove {name} {amount}", name=payment.name, amount=payment.amount
        )
        back.setAccessibleName(spoken)
        back.setToolTip(spoken)
        back.setEnabled(can_take_back)
        words.addWidget(back.doing(lambda: self.taken_back.emit(position)))
        row.setLayout(words)
        row.setFixedHeight(ROW_PX)
        return row

"""Choosing which payment of a sale was wrong."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from app.kit.qt.basic import Button, label, tall
from app.kit.qt.page import reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.paying.correction import WrongPayment


class PaymentsSheet(Sheet):
    """Calls `chosen` with the payment that is to be made anew."""

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        payments: Sequence[WrongPayment],
        chosen: Callable[[str], object],
    ) -> None:
        super().__init__(host, theme, translate("Charge", "Which payment was wrong?"))
        self.body.addWidget(
            label(translate("Charge", "It will be reversed and taken again."), "muted")
        )
        self.payments: list[Button] = []
        for payment in payments:
            button = Button(payment.words)
            tall(button, 56)
            reachable(button).doing(partial(self._choose, payment.payment_id, chosen))
            self.body.addWidget(button)
            self.payments.append(button)
        self.open(self.payments[0] if self.payments else None)

    def _choose(self, payment_id: str, chosen: Callable[[str], object]) -> None:
        self.close_sheet()
        chosen(payment_id)

"""A gift card: what is on it, and putting money on it."""

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget

from app.customers.gift_cards import GiftCardPresenter, GiftCardState
from app.kit.flow import Ask
from app.kit.qt.asking import ask
from app.kit.qt.basic import Button, columns, label
from app.kit.qt.number import NumberField
from app.kit.qt.page import reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import restyle
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from localdb.domain.records import GiftCard

_CODE_MAX = 64


class GiftCardSheet(Sheet):
    """Calls `load` with the card, the amount, and whether the card is new."""

    def __init__(
        self,
        host: QWidget,
        place: Workplace,
        load: Callable[[GiftCard, int, bool], object],
        code: str = "",
    ) -> None:
        super().__init__(host, place.theme, translate("Customers", "Gift card"), 480)
        self._host = host
        self._place = place
        self.presenter = GiftCardPresenter(
            place.till,
            place.formats,
            place.now_us,
            self.show_state,
            self._ask,
            lambda card, amount, is_new: self._end(lambda: load(card, amount, is_new)),
        )
        self.code = QLineEdit()
        self.code.setAccessibleName(translate("Customers", "Card code"))
        self.code.setPlaceholderText(translate("Customers", "Scan or type the card"))
        self.code.setMaxLength(_CODE_MAX)
        self.code.textEdited.connect(self.presenter.look)
        self.field = NumberField(place.theme, "", place.formats.symbol, place.formats.decimal_mark)
        self.field.entered.connect(self.accept)
        self.amount = self.field.edit
        self.amount.setAccessibleName(translate("Customers", "Amount to put on it"))
        self.balance = label("", "total")
        self.said = label("", "muted", wrap=True)
        self.block = reachable(Button("", "ghost").doing(self.presenter.block))
        self.load = reachable(Button("", "primary").doing(self.accept))
        self._lay_out()
        self.presenter.look(code)
        self.open(self.amount if code else self.code)

    def show_state(self, state: GiftCardState) -> None:
        """Show the presenter's state; the code keeps its cursor while it is typed."""
        if state.card is None and not state.code:
            self.amount.clear()
        if not self.code.hasFocus():
            self.code.setText(state.code)
        self.balance.setText(state.balance)
        self.balance.setVisible(bool(state.balance))
        self.said.setText(state.said)
        self.said.setVisible(bool(state.said))
        restyle(self.said, "role", "muted" if state.is_good else "error")
        self.field.complain(state.error)
        self.field.setEnabled(state.can_load)
        self.load.setText(state.action)
        self.load.setEnabled(state.can_load)
        self.block.setText(state.block)
        self.block.setVisible(bool(state.block))

    def take_scan(self, code: str) -> bool:
        """A scan while the sheet is open is another card; an amount typed for one is not its."""
        self.code.setText(code)
        self.amount.clear()
        self.presenter.look(code)
        self.amount.setFocus()
        return True

    def accept(self) -> None:
        if self.code.hasFocus() and self.presenter.state.can_load:
            self.amount.setFocus()
        else:
            self.presenter.load(self.amount.text())

    def _lay_out(self) -> None:
        buttons = columns(gap=8)
        buttons.addWidget(self.block)
        buttons.addStretch(1)
        buttons.addWidget(self.load)
        for part in (self.code, self.balance, self.said, self.field):
            self.body.addWidget(part)
        self.body.addLayout(buttons)

    def _ask(self, question: Ask, answer: Callable[[object], None]) -> None:
        ask(self._host, self._place, question, answer)

    def _end(self, then: Callable[[], object]) -> None:
        self.close_sheet()
        then()

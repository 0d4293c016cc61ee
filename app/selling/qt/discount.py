"""A discount, on one line or on the whole cart, as a percentage or as an amount."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.kit.flow import AskDiscount
from app.kit.formats import Formats
from app.kit.qt.asking import Answer
from app.kit.qt.basic import Button, columns, label
from app.kit.qt.choice import Choice
from app.kit.qt.number import NumberField
from app.kit.qt.page import reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from app.selling.state import DiscountAnswer
from localdb.domain.pricing import Discount
from localdb.errors import Refusal

LINE, CART = 0, 1
PERCENT, AMOUNT = 0, 1
_USUAL_PERCENT = (5, 10, 20, 50)


class DiscountSheet(Sheet):
    """Calls `answer` with a DiscountAnswer, or None."""

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        formats: Formats,
        question: AskDiscount,
        answer: Callable[[DiscountAnswer | None], object],
    ) -> None:
        super().__init__(host, theme, translate("Sell", "Discount"), 440)
        self._formats = formats
        self._answer = answer
        places = (translate("Sell", "This item"), translate("Sell", "Whole cart"))
        self.where = Choice(places, LINE if question.subject else CART)
        self.where.allow(LINE, question.subject is not None)
        self.where.setToolTip(translate("Sell", "Ctrl+Enter: whole cart"))
        for keys in (translate("Sell", "Ctrl+Return"), translate("Sell", "Ctrl+Enter")):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self._accept_for_cart)
        self.how = Choice(("%", formats.symbol), PERCENT)
        self.field = NumberField(theme, question.initial, "%", formats.decimal_mark)
        self.how.changed.connect(self._show_unit)
        self.field.entered.connect(self.accept)
        self._lay_out(question)
        self.on_cancel(lambda: answer(None))
        self.open(self.field.edit)

    def accept(self) -> None:
        try:
            discount = self._discount()
        except Refusal as refusal:
            self.field.complain(str(refusal))
            return
        self._finish(discount)

    def _accept_for_cart(self) -> None:
        """Off the whole cart, whatever is chosen."""
        self.where.choose(CART)
        self.accept()

    def _discount(self) -> Discount:
        typed = self.field.edit.text()
        if self.how.chosen == PERCENT:
            rate = self._formats.parse_percent(typed)
            if rate is None:
                raise Refusal(translate("Sell", "Type a percentage, such as 10."))
            return Discount(rate_ppm=rate)
        minor = self._formats.parse_money(typed)
        if minor is None:
            raise Refusal(translate("Sell", "Type an amount, such as 2.50."))
        return Discount(amount_minor=minor)

    def _finish(self, discount: Discount | None) -> None:
        on_cart = self.where.chosen == CART
        self.close_sheet()
        self._answer(DiscountAnswer(on_cart, discount))

    def _show_unit(self) -> None:
        self.field.unit.setText("%" if self.how.chosen == PERCENT else self._formats.symbol)
        self.field.complain("")

    def _lay_out(self, question: AskDiscount) -> None:
        if question.subject:
            self.body.addWidget(label(question.subject, "muted", wrap=True))
        choices = columns(gap=20)
        choices.addWidget(self.where, 2)
        choices.addWidget(self.how, 1)
        self.body.addLayout(choices)
        usual = columns(gap=8)
        for percent in _USUAL_PERCENT:
            usual.addWidget(reachable(Button(f"{percent} %")).doing(partial(self._take, percent)))
        self.body.addLayout(usual)
        self.body.addWidget(self.field)
        buttons = columns(gap=8)
        buttons.addWidget(
            reachable(Button(translate("Sell", "No discount"))).doing(lambda: self._finish(None))
        )
        buttons.addWidget(
            reachable(Button(translate("Sell", "Apply"), "primary")).doing(self.accept), 1
        )
        self.body.addLayout(buttons)

    def _take(self, percent: int) -> None:
        self.how.choose(PERCENT)
        self.field.edit.setText(str(percent))
        self.accept()


def discount_sheet(host: QWidget, place: Workplace, question: AskDiscount, answer: Answer) -> Sheet:
    """Open the sheet over `host`; see `kit.qt.asking`."""
    return DiscountSheet(host, place.theme, place.formats, question, answer)

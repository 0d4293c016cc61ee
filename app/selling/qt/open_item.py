"""Selling goods that the catalogue does not know: a price, and if wanted a name and another tax."""

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget

from app.kit.flow import AskOpenItem, OpenItemAnswer
from app.kit.formats import Formats
from app.kit.qt.asking import Answer
from app.kit.qt.basic import Button, tall
from app.kit.qt.focus import DropDown
from app.kit.qt.number import NumberField
from app.kit.qt.page import reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from localdb.domain.numbers import AmbiguousNumber

NAME_MAX = 60


class OpenItemSheet(Sheet):
    """Calls `answer` with an OpenItemAnswer, or None; the price alone is enough."""

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        formats: Formats,
        question: AskOpenItem,
        answer: Callable[[OpenItemAnswer | None], object],
    ) -> None:
        super().__init__(host, theme, question.name)
        self._formats = formats
        self._question = question
        self._answer = answer
        self.price = NumberField(theme, "", formats.symbol, formats.decimal_mark)
        self.price.entered.connect(self.accept)
        self.name = QLineEdit()
        self.name.setMaxLength(NAME_MAX)
        self.name.setPlaceholderText(translate("Sell", "Name (optional)"))
        self.name.setAccessibleName(translate("Sell", "Name"))
        tall(self.name, 48)
        self.tax = DropDown()
        self.tax.setAccessibleName(translate("Sell", "Tax"))
        for one in question.taxes:
            self.tax.addItem(one.name, one.id)
        at = self.tax.findData(question.tax_id)
        if at < 0:
            self.tax.insertItem(0, translate("Sell", "Highest tax of the shop"), None)
            at = 0
        self.tax.setCurrentIndex(at)
        if len(question.taxes) < 2:
            self.tax.hide()
        self.body.addWidget(self.price)
        self.body.addWidget(self.name)
        self.body.addWidget(self.tax)
        add = reachable(Button(translate("Sell", "Add to sale"), "primary")).doing(self.accept)
        tall(add, 60)
        self.body.addWidget(add)
        self.on_cancel(lambda: answer(None))
        self.open(self.price.edit)

    def accept(self) -> None:
        try:
            minor = self._formats.parse_money(self.price.edit.text())
        except AmbiguousNumber as both:
            self.price.complain(str(both))
            return
        if minor is None or minor < 0:
            self.price.complain(translate("Sell", "Type an amount, such as 12.50."))
            return
        self.close_sheet()
        self._answer(OpenItemAnswer(minor, self.name.text().strip(), self.tax.currentData()))


def open_item_sheet(
    host: QWidget, place: Workplace, question: AskOpenItem, answer: Answer
) -> Sheet:
    """Open the sheet over `host`; see `kit.qt.asking`."""
    return OpenItemSheet(host, place.theme, place.formats, question, answer)

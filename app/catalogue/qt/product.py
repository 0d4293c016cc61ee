"""One product on a sheet: its fields, its barcodes, its stock, its variants."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from app.catalogue.product import CODES, product_form, question_adjust, stock_words
from app.catalogue.variants import variants_form
from app.kit.qt.asking import ask
from app.kit.qt.basic import Button, columns, label, rows
from app.kit.qt.form import FormSheet
from app.kit.qt.page import reachable
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from localdb.domain.records import Product
from localdb.errors import EvertillError, ValidationRefusal
from localdb.queries import lists
from localdb.services import catalogue


class ProductSheet(FormSheet[Product]):
    """Opens on the price of a product, or on the name of a new one.

    `typed` is what was searched for and not found: a new product's code where it is a number, else
    its name.
    """

    def __init__(
        self,
        host: QWidget,
        place: Workplace,
        product_id: str | None,
        closed: Callable[[], object],
        typed: str = "",
    ) -> None:
        is_new = product_id is None
        super().__init__(
            host,
            place,
            product_form(place.till, place.formats),
            product_id,
            closed,
            values=_known(place, typed) if is_new else None,
            focus="name" if is_new and (not typed or typed.isdigit()) else "price_minor",
        )
        self._say_stock()

    def scanned(self, code: str) -> bool:
        """A scanned code becomes one of the product's barcodes."""
        held = self.texts[CODES].text().strip().rstrip(",")
        entry = f"{held}, {code}" if held else code
        self.presenter.type(CODES, entry)
        self.texts[CODES].setText(entry)
        return True

    def more_parts(self) -> list[QWidget]:
        """The stock, and the way to variants."""
        self.stock = label("", "strong")
        self.adjust = reachable(Button(translate("Product", "Adjust stock")).doing(self._adjust))
        self.variants = reachable(
            Button(translate("Product", "Add variants")).doing(self._add_variants)
        )
        self._stock_box = _captioned(translate("Product", "Stock"), self.stock, self.adjust)
        self._variants_box = _captioned(translate("Product", "Variants"), self.variants)
        for box in (self._stock_box, self._variants_box):
            box.hide()
        return [self._stock_box, self._variants_box]

    # ------------------------------------------------------------ stock and variants

    def _say_stock(self) -> None:
        product = self.presenter.loaded
        words = stock_words(self.place.till, self.place.formats, product) if product else ""
        self.stock.setText(words)
        self._stock_box.setVisible(bool(words))
        self._variants_box.setVisible(product is not None and product.variant_of is None)

    def _adjust(self) -> None:
        product = self.presenter.loaded
        if product is not None:
            question = question_adjust(self.place.formats, product, self.stock.text())
            ask(self.host, self.place, question, self._adjusted)

    def _adjusted(self, answer: object) -> None:
        product = self.presenter.loaded
        if product is None or not isinstance(answer, int):
            return
        try:
            self.place.till.write(catalogue.correct_stock, product.id, answer)
        except ValidationRefusal:
            too_high = translate("Product", "That quantity is too high. Type a smaller one.")
            self.strip.say("error", too_high)
        except EvertillError as error:
            self.strip.say("error", str(error))
        else:
            self.strip.clear()
            self._say_stock()

    def _add_variants(self) -> None:
        product = self.presenter.loaded
        if product is not None:
            form = variants_form(self.place.till, product)
            FormSheet(self.host, self.place, form, None, lambda: None)

    def _committed(self, changes: Any) -> None:
        super()._committed(changes)
        if self.isHidden():
            return
        if "barcode" in changes.types:
            self.presenter.look()
        if "stock_movement" in changes.types:
            self._say_stock()


def _known(place: Workplace, typed: str) -> Mapping[str, Any]:
    """What a new product begins with: what was typed, and the shop's first tax class."""
    taxes = place.till.ask(lists.tax_classes)
    known: dict[str, Any] = {"tax_class_id": taxes[0].id} if taxes else {}
    if typed:
        known |= {CODES: (typed,)} if typed.isdigit() else {"name": typed}
    return known


def _captioned(caption: str, *parts: QWidget) -> QWidget:
    box = QWidget()
    inside = rows(gap=4)
    inside.addWidget(label(caption, "caption"))
    line = columns(gap=12)
    for part in parts:
        line.addWidget(part, 1)
    inside.addLayout(line)
    inside.addStretch(1)
    box.setLayout(inside)
    return box

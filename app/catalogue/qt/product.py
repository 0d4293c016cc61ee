"""One product: its fields, its stock, and taking it off sale."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from app.catalogue.product import FORM, PICKED, TYPED, ProductPresenter, ProductState
from app.kit.qt.asking import ask
from app.kit.qt.basic import Button, columns, label, rows
from app.kit.qt.field import FieldBox, show_choices
from app.kit.qt.focus import DropDown
from app.kit.qt.page import reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.strip import MessageStrip
from app.kit.qt.workplace import Workplace
from app.kit.words import field_words
from localdb.domain.records import Product

_WIDTH = 640
_TEXT_MAX = 255
_COLUMNS = 2


class ProductSheet(Sheet):
    """Enter saves, Esc leaves; calls `closed` once when it is gone."""

    def __init__(
        self, host: QWidget, place: Workplace, product_id: str, closed: Callable[[], object]
    ) -> None:
        super().__init__(host, place.theme, "Product", _WIDTH)
        self._host = host
        self._place = place
        self._closed = closed
        self.presenter = ProductPresenter(place.till, place.formats, self.show_state, self._end)
        self.texts = {name: self._text(name) for name in TYPED}
        self.boxes = {name: self._box(name) for name in PICKED}
        self.fields = self._fields()
        self.strip = MessageStrip(place.theme)
        self._add_parts()
        self._lay_out()
        self.on_cancel(closed)
        place.bridge.committed.connect(self._committed)
        self.presenter.open(product_id)
        self.open(self.texts["price_minor"])
        self.texts["price_minor"].selectAll()

    def accept(self) -> None:
        if self.presenter.state.moved:
            return
        question = self.presenter.question_save()
        if question is None:
            self._save()
        else:
            ask(self._host, self._place, question, self._price_asked)

    def show_state(self, state: ProductState) -> None:
        """Show the presenter's state; a field that is being typed into keeps its cursor."""
        self._title.setText(state.title)
        self._sku.setText(f"SKU {state.sku}")
        for name, edit in self.texts.items():
            if edit.text() != state.entries[name]:
                edit.setText(state.entries[name])
        for name, box in self.boxes.items():
            show_choices(box, state.choices[name], state.entries[name])
        for name, field in self.fields.items():
            field.say(state.errors.get(name, ""), state.hints.get(name, ""))
        self._stock.setText(state.stock)
        self._stock_box.setVisible(bool(state.stock))
        self.save.setEnabled(state.can_save)
        self.remove.setEnabled(not state.moved)
        self._show_strip(state)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F5 and self.presenter.state.can_reload:
            self.presenter.reload()
            event.accept()
        else:
            super().keyPressEvent(event)

    def _show_strip(self, state: ProductState) -> None:
        if state.moved:
            reload = (("Reload (F5)", self.presenter.reload),) if state.can_reload else ()
            self.strip.say("warning", state.moved, reload)
        elif state.error:
            self.strip.say("error", state.error)
        else:
            self.strip.clear()

    # ------------------------------------------------------------ doing

    def _price_asked(self, answer: object) -> None:
        if answer:
            self._save()
        else:
            self.texts["price_minor"].setFocus()

    def _save(self) -> None:
        self.presenter.save()
        for name, field in self.fields.items():
            if name in self.presenter.state.errors:
                field.edit.setFocus()
                return

    def _end(self) -> None:
        self.close_sheet()
        self._closed()

    def _adjust(self) -> None:
        ask(self._host, self._place, self.presenter.question_adjust(), self._adjusted)

    def _adjusted(self, answer: object) -> None:
        self.presenter.adjust(answer if isinstance(answer, int) else None)

    def _remove(self) -> None:
        ask(self._host, self._place, self.presenter.question_remove(), self._removed)

    def _removed(self, answer: object) -> None:
        if answer:
            self.presenter.remove()

    def _committed(self, changes: object) -> None:
        touched = set(getattr(changes, "types", ()))
        if not self.isHidden() and touched & {"product", "stock_movement"}:
            self.presenter.look()

    # ------------------------------------------------------------ putting it together

    def _text(self, name: str) -> QLineEdit:
        edit = QLineEdit()
        edit.setMaxLength(_TEXT_MAX)
        if name.endswith("_minor"):
            edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        edit.textEdited.connect(partial(self.presenter.type, name))
        return edit

    def _box(self, name: str) -> QComboBox:
        box = DropDown()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(4)
        box.activated.connect(lambda _row: self.presenter.type(name, box.currentData()))
        return box

    def _fields(self) -> dict[str, FieldBox]:
        symbol = self._place.formats.symbol
        edits: dict[str, QLineEdit | QComboBox] = {**self.texts, **self.boxes}
        return {
            name: FieldBox(
                field_words(Product.TYPE, name), symbol if name.endswith("_minor") else "", edit
            )
            for name, edit in edits.items()
        }

    def _add_parts(self) -> None:
        self._sku = label("", "muted")
        self._stock = label("", "strong")
        self.adjust = reachable(Button("Adjust by…").doing(self._adjust))
        self.remove = reachable(Button("Archive product", "ghost").doing(self._remove))
        self.remove.with_icon(self._place.theme, "trash")
        self.leave = reachable(Button("Cancel").doing(self.cancel))
        self.save = reachable(Button("Save", "primary").doing(self.accept))
        self._stock_box = QWidget()
        inside = rows(gap=4)
        inside.addWidget(label("Stock", "caption"))
        line = columns(gap=12)
        line.addWidget(self._stock, 1)
        line.addWidget(self.adjust)
        inside.addLayout(line)
        inside.addStretch(1)
        self._stock_box.setLayout(inside)

    def _lay_out(self) -> None:
        self.body.addWidget(self._sku)
        self.body.addWidget(self.strip)
        self.body.addLayout(self._form())
        self.body.addSpacing(8)
        buttons = columns(gap=8)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.save)
        self.body.addLayout(buttons)

    def _form(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
        row, column = 0, 0
        boxes = [(self.fields[name], span) for name, span in FORM.items()]
        for box, span in (*boxes, (self._stock_box, 1)):
            if column + span > _COLUMNS:
                row, column = row + 1, 0
            grid.addWidget(box, row, column, 1, span)
            column += span
        return grid

"""The form of one customer."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from app.customers.customers import TYPED, CustomersPresenter, CustomersState
from app.kit.qt.basic import Button, label, rows
from app.kit.qt.field import FieldBox, show_choices
from app.kit.qt.focus import DropDown
from app.kit.qt.page import reachable
from app.kit.translation import translate
from app.kit.words import field_words
from localdb.domain.records import Customer

_TEXT_MAX = 255
_PLACES = {
    "name": (0, 0, 2),
    "phone": (1, 0, 1),
    "email": (1, 1, 1),
    "card": (2, 0, 1),
    "group_id": (2, 1, 1),
    "vat_number": (3, 0, 1),
    "credit_limit_minor": (3, 1, 1),
    "address": (4, 0, 2),
    "note": (5, 0, 1),
}
"""Field -> row, column and how many columns it takes."""
_TAX_PLACE = (5, 1)


class CustomerForm(QWidget):
    """Passes what is typed on, and shows what is wrong with it at its field."""

    def __init__(self, presenter: CustomersPresenter, symbol: str) -> None:
        super().__init__()
        self._presenter = presenter
        self.texts = {name: self._text(name) for name in TYPED}
        self.group = DropDown()
        self.group.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.group.activated.connect(
            lambda _row: presenter.type("group_id", self.group.currentData())
        )
        edits: dict[str, QLineEdit | QComboBox] = {**self.texts, "group_id": self.group}
        self.fields = {
            name: FieldBox(
                field_words(Customer.TYPE, name), symbol if name.endswith("_minor") else "", edit
            )
            for name, edit in edits.items()
        }
        self.tax_exempt = reachable(Button(translate("Customers", "Tax exempt"), "chip"))
        self.tax_exempt.setCheckable(True)
        self.tax_exempt.toggled.connect(lambda on: presenter.type("tax_exempt", "1" if on else ""))
        self._lay_out()

    def show_state(self, state: CustomersState) -> None:
        """Show the entries and what is wrong with them; a field being typed in keeps its cursor."""
        for name, edit in self.texts.items():
            if edit.text() != state.entries[name]:
                edit.setText(state.entries[name])
        show_choices(self.group, state.groups, state.entries["group_id"])
        self.tax_exempt.setChecked(bool(state.entries["tax_exempt"]))
        for name, field in self.fields.items():
            field.say(state.errors.get(name, ""), "")
        if wrong := next((name for name in self.fields if name in state.errors), None):
            self.fields[wrong].edit.setFocus()

    def take_focus(self, state: CustomersState) -> None:
        """The first field that is empty has the keyboard."""
        first = self.texts["phone" if state.entries["name"] else "name"]
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _text(self, name: str) -> QLineEdit:
        edit = QLineEdit()
        edit.setMaxLength(_TEXT_MAX)
        if name.endswith("_minor"):
            edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        edit.textEdited.connect(partial(self._presenter.type, name))
        return edit

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for column in range(2):
            grid.setColumnStretch(column, 1)
        for name, (row, column, span) in _PLACES.items():
            grid.addWidget(self.fields[name], row, column, 1, span)
        tax = QWidget()
        inside = rows(gap=4)
        inside.addWidget(label(translate("Customers", "Tax"), "caption"))
        inside.addWidget(self.tax_exempt)
        inside.addStretch(1)
        tax.setLayout(inside)
        grid.addWidget(tax, *_TAX_PLACE)
        self.setLayout(grid)

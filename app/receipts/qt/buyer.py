"""Who an invoice is made out to."""

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from app.kit.qt.basic import Button, label
from app.kit.qt.page import reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme, restyle
from app.kit.translation import translate
from localdb.domain.invoice import buyer_text
from localdb.errors import EvertillError, ValidationRefusal

FIELDS = {"name": "Name", "address": "Address", "vat_number": "VAT number"}


class BuyerSheet(Sheet):
    """Calls `answer` with the buyer as printed; what it refuses is said on the sheet."""

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        known: tuple[str, str, str],
        answer: Callable[[str], object],
    ) -> None:
        super().__init__(host, theme, translate("Orders", "Invoice to"), 460)
        self._answer = answer
        name, address, vat_number = known
        self.name, self.vat_number = QLineEdit(name), QLineEdit(vat_number)
        self.address = QPlainTextEdit(address)
        self.address.setTabChangesFocus(True)
        self.address.setFixedHeight(96)
        self.name.setMaxLength(255)
        self.vat_number.setMaxLength(32)
        self.problem = label("", "error", wrap=True)
        fields: dict[str, QWidget] = {
            "name": self.name, "address": self.address, "vat_number": self.vat_number
        }  # fmt: skip
        self._fields = fields
        for key, field in fields.items():
            field.setAccessibleName(FIELDS[key])
            self.body.addWidget(label(FIELDS[key], "caption"))
            self.body.addWidget(field)
        self.body.addWidget(self.problem)
        self.problem.hide()
        self.body.addWidget(
            reachable(Button(translate("Invoice", "Save buyer"), "primary")).doing(self.accept)
        )
        self.open(self.name)

    def accept(self) -> None:
        try:
            buyer = buyer_text(self.name.text(), self.address.toPlainText(), self.vat_number.text())
            self._answer(buyer)
        except ValidationRefusal as refusal:
            self._complain(refusal.errors)
        except EvertillError as error:
            self.problem.setText(str(error))
            self.problem.show()
        else:
            self.close_sheet()

    def _complain(self, errors: dict[str, str]) -> None:
        self.problem.setText("\n".join(f"{FIELDS[name]} {said}." for name, said in errors.items()))
        self.problem.show()
        for name, field in self._fields.items():
            restyle(field, "state", "error" if name in errors else "")

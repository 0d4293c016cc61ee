"""Asking for one number: a weight, a price, a quantity, cash in the drawer."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from app.kit.flow import AskNumber, NumberKind
from app.kit.formats import Formats
from app.kit.qt.basic import Button, columns, label, rows, tall
from app.kit.qt.keypad import BACKSPACE, CLEAR, ENTER, Key, Keypad, type_into
from app.kit.qt.page import reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme, restyle
from app.kit.translation import translate
from localdb.domain.numbers import AmbiguousNumber

NUMBER_MAX = 24
"""Characters of a typed number with its grouping and currency."""
_BACKSPACE = Key(BACKSPACE, icon="backspace", tone="quiet", tip="Delete the last digit")
_CLEAR = Key(CLEAR, "C", tone="quiet", tip="Clear")
_SIGN = Key("-", "+/−", tone="quiet", tip="Change the sign")
_ENTER = Key(ENTER, icon="enter", tone="strong", tip="Enter")
_UNSIGNED = (_BACKSPACE, _CLEAR, replace(_ENTER, rows=2))
_WRONG = {
    "money": "Type an amount, such as 12.50.",
    "quantity": "Type a quantity, such as 3.",
    "weight": "Type a weight, such as 0.525.",
    "percent": "Type a percentage, such as 10.",
}


class NumberField(QWidget):
    """A large field with its unit and a keypad below it."""

    entered = Signal()

    def __init__(
        self, theme: Theme, initial: str, unit: str, decimal_mark: str, *, signed: bool = False
    ) -> None:
        super().__init__()
        self.edit = QLineEdit(initial)
        self.edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.edit.setProperty("role", "pin")
        self.edit.setMaxLength(NUMBER_MAX)
        self.edit.selectAll()
        self.unit = label(unit, "heading")
        self.problem = label("", "error", wrap=True)
        side = (_BACKSPACE, _CLEAR, _SIGN, _ENTER) if signed else _UNSIGNED
        pad = Keypad(theme, decimal_mark=decimal_mark, sides=(side,))
        pad.pressed.connect(self._pressed)
        line = columns(gap=10)
        line.addWidget(self.edit, 1)
        line.addWidget(self.unit)
        layout = rows(gap=10)
        layout.addLayout(line)
        layout.addWidget(self.problem)
        layout.addWidget(pad)
        self.setLayout(layout)
        # The keys stay where they are when something is wrong.
        keep = self.problem.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.problem.setSizePolicy(keep)
        self.problem.hide()
        self.edit.textChanged.connect(lambda: self.complain(""))

    def complain(self, text: str) -> None:
        """Say what is wrong with the number; empty takes it back."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
        restyle(self.edit, "state", "error" if text else "")

    def _pressed(self, sent: str) -> None:
        if sent == ENTER:
            self.entered.emit()
        elif sent == CLEAR:
            self.edit.clear()
        elif sent == "-":
            text = self.edit.text()
            self.edit.setText(text[1:] if text.startswith("-") else f"-{text}")
        else:
            type_into(self.edit, sent)


class NumberSheet(Sheet):
    """Calls `answer` with minor units or thousandths, or None."""

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        formats: Formats,
        question: AskNumber,
        answer: Callable[[int | None], object],
    ) -> None:
        super().__init__(host, theme, question.title)
        self._formats = formats
        self._question = question
        self._answer = answer
        self.field = NumberField(
            theme,
            question.initial,
            _unit(question, formats),
            formats.decimal_mark,
            signed=question.kind in ("quantity", "weight"),
        )
        self.field.entered.connect(self.accept)
        if question.subject:
            self.body.addWidget(label(question.subject, "muted", wrap=True))
        self.body.addWidget(self.field)
        confirm = reachable(Button(question.yes or _yes(question.kind), "primary")).doing(
            self.accept
        )
        tall(confirm, 60)
        self.body.addWidget(confirm)
        self.on_cancel(lambda: answer(None))
        self.open(self.field.edit)

    def accept(self) -> None:
        try:
            value = self._value()
        except AmbiguousNumber as both:
            self.field.complain(str(both))
            return
        if value is None:
            self.field.complain(_WRONG[self._question.kind])
            return
        self.close_sheet()
        self._answer(value)

    def _value(self) -> int | None:
        typed = self.field.edit.text()
        if self._question.kind == "money":
            minor = self._formats.parse_money(typed)
            return None if minor is None or minor < 0 else minor
        if self._question.kind == "percent":
            ppm = self._formats.parse_percent(typed)
            return None if ppm is None else ppm // 10
        milli = self._formats.parse_quantity(typed)
        return None if milli == 0 else milli


def _yes(kind: NumberKind) -> str:
    """The usual words of the button."""
    return {
        "money": translate("Number", "Use this amount"),
        "quantity": translate("Number", "Use this quantity"),
        "weight": translate("Number", "Use this weight"),
        "percent": translate("Number", "Use this percentage"),
    }[kind]


def _unit(question: AskNumber, formats: Formats) -> str:
    """What stands behind the number: `€`, `€/kg`, `kg` or `%`."""
    if question.kind == "percent":
        return "%"
    if question.kind != "money":
        return question.unit
    per_unit = question.unit not in ("", "piece")
    return f"{formats.symbol}/{question.unit}" if per_unit else formats.symbol

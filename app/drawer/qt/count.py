"""Counting cash: a field for each note and coin, or one for the sum; a keypad for touch."""

from collections.abc import Callable

from PySide6.QtCore import QRegularExpression, Qt
from PySide6.QtGui import QKeyEvent, QRegularExpressionValidator
from PySide6.QtWidgets import QApplication, QGridLayout, QLineEdit, QStackedWidget, QWidget

from app.drawer.cash_count import CashEntry
from app.kit.flow import AskCash
from app.kit.formats import Formats
from app.kit.qt.asking import Answer
from app.kit.qt.basic import Button, columns, label, rows, tall
from app.kit.qt.choice import Choice
from app.kit.qt.keypad import BACKSPACE, CLEAR, ENTER, Key, Keypad, type_into
from app.kit.qt.page import reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from localdb.domain.cash_count import CashCount
from localdb.errors import Refusal

PIECES, SUM = 0, 1
_DIGITS = r"\d{0,6}"
ROW_PX = 48
WIDE, NARROW = 900, 420
_KEYS = (
    Key(BACKSPACE, icon="backspace", tone="quiet", tip="Delete the last digit"),
    Key(CLEAR, "C", tone="quiet", tip="Clear"),
    Key(ENTER, icon="enter", tone="strong", rows=2, tip="Next"),
)
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class CountSheet(Sheet):
    """Calls `answer` with a `CashCount`, or None.

    Enter goes to the next field, F2 from pieces to a sum and back, F12 is done.
    """

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        formats: Formats,
        question: AskCash,
        answer: Callable[[CashCount | None], object],
    ) -> None:
        self._entry = CashEntry(formats, question.expected_minor)
        values = self._entry.notes + self._entry.coins
        super().__init__(host, theme, question.title, WIDE if values else NARROW)
        self._formats = formats
        self._answer = answer
        self._yes = question.yes or translate("Cash", "Use {amount}")
        self.done = reachable(Button("", "primary")).doing(self.finish)
        self.fields = {value: _field(formats.money(value)) for value in values}
        self._sums = {value: label("", "muted") for value in values}
        self.sum = QLineEdit()
        if question.initial_minor is not None:
            self.sum.setText(formats.entry(question.initial_minor))
        self.total = label("", "title")
        self.difference = label("", "muted", wrap=True)
        self.problem = label("", "error", wrap=True)
        self.how = Choice(
            (translate("Cash", "Notes and coins"), translate("Cash", "Total only")), SUM
        )
        self._stack = QStackedWidget()
        self._lay_out(question, bool(values))
        self._connect()
        self.on_cancel(lambda: answer(None))
        self.open(self.sum)
        self._show_mode(PIECES if values and question.by_pieces else SUM)
        self._counted()

    # ------------------------------------------------------------ what was typed

    def accept(self) -> None:
        """Enter: the next field, or done on the last one."""
        fields = list(self.fields.values())
        focused = QApplication.focusWidget()
        if self.how.chosen == PIECES and focused in fields[:-1]:
            self._step(1)
        else:
            self.finish()

    def finish(self) -> None:
        """Hand the count over; what is wrong with it is said."""
        try:
            count = self._count()
        except Refusal as refusal:
            self.problem.setText(str(refusal))
            self.problem.show()
            return
        self.close_sheet()
        self._answer(count)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_F12:
            self.finish()
            event.accept()
        elif key == Qt.Key.Key_F2 and self.fields:
            self._show_mode(PIECES if self.how.chosen == SUM else SUM)
            event.accept()
        elif key in _STEPS and self.how.chosen == PIECES:
            self._step(_STEPS[key])
            event.accept()
        else:
            super().keyPressEvent(event)

    def _count(self) -> CashCount:
        if self.how.chosen == SUM:
            return self._entry.of_sum(self.sum.text())
        return self._entry.of_pieces({v: field.text() for v, field in self.fields.items()})

    def _counted(self) -> None:
        """Show what it comes to so far."""
        self.problem.hide()
        for value, field in self.fields.items():
            self._sums[value].setText(self._entry.line(value, field.text()))
        try:
            count = self._count()
        except Refusal:
            count = None
        total = self._entry.total(count)
        self.total.setText(total)
        self.done.setText(self._yes.format(amount=total))
        self.difference.setText(self._entry.difference(count))

    def _step(self, by: int) -> None:
        fields = list(self.fields.values())
        focused = QApplication.focusWidget()
        at = next((n for n, field in enumerate(fields) if field is focused), 0)
        self._enter(fields[(at + by) % len(fields)])

    def _enter(self, field: QLineEdit) -> None:
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.selectAll()

    def _show_mode(self, mode: int) -> None:
        self.how.choose(mode)
        self._stack.setCurrentIndex(mode if self.fields else 0)
        self._enter(next(iter(self.fields.values())) if mode == PIECES else self.sum)
        self._counted()

    def _pressed(self, sent: str) -> None:
        """A key of the keypad, into the field that has the focus."""
        focused = QApplication.focusWidget()
        field = focused if isinstance(focused, QLineEdit) else self.sum
        if sent == ENTER:
            self.accept()
        elif sent == CLEAR:
            field.clear()
        else:
            type_into(field, sent)

    # ------------------------------------------------------------ putting it together

    def _connect(self) -> None:
        for field in (*self.fields.values(), self.sum):
            field.textChanged.connect(self._counted)
        self.how.changed.connect(self._show_mode)

    def _lay_out(self, question: AskCash, has_values: bool) -> None:
        self.sum.setProperty("role", "pin")
        self.sum.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.sum.setMaxLength(24)
        self.sum.setAccessibleName(translate("Cash", "Amount counted"))
        if question.subject:
            self.body.addWidget(label(question.subject, "muted", wrap=True))
        if has_values:
            self.how.setToolTip("F2")
            self.body.addWidget(self.how)
            self._stack.addWidget(self._pieces())
        self._stack.addWidget(self._whole())
        pad = Keypad(self.theme, decimal_mark=self._formats.decimal_mark, sides=(_KEYS,))
        pad.pressed.connect(self._pressed)
        side = rows(gap=8)
        side.addWidget(label(translate("Cash", "Total"), "muted"))
        side.addWidget(self.total)
        side.addWidget(self.difference)
        side.addStretch(1)
        side.addWidget(self.problem)
        side.addWidget(pad)
        self.done.setToolTip("F12")
        tall(self.done, 60)
        side.addWidget(self.done)
        both = columns(gap=24) if has_values else rows(gap=8)
        both.addWidget(self._stack, 1)
        both.addLayout(side)
        self.body.addLayout(both)

    def _pieces(self) -> QWidget:
        """Notes on the left, coins on the right."""
        page = QWidget()
        grids = columns(gap=24)
        for title, values in (
            (translate("Cash", "Notes"), self._entry.notes),
            (translate("Cash", "Coins"), self._entry.coins),
        ):
            grid = QGridLayout()
            grid.setContentsMargins(0, 0, 0, 0)
            grid.setHorizontalSpacing(10)
            grid.setVerticalSpacing(4)
            grid.addWidget(label(title, "muted"), 0, 0, 1, 3)
            for row, value in enumerate(values, start=1):
                grid.addWidget(label(self._formats.money(value), "strong"), row, 0)
                grid.addWidget(self.fields[value], row, 1)
                self._sums[value].setMinimumWidth(84)
                self._sums[value].setAlignment(_RIGHT)
                grid.addWidget(self._sums[value], row, 2)
            grid.setRowStretch(len(values) + 1, 1)
            grid.setColumnStretch(2, 1)
            grids.addLayout(grid, 1)
        page.setLayout(grids)
        return page

    def _whole(self) -> QWidget:
        page = QWidget()
        line = columns(gap=10)
        line.addWidget(self.sum, 1)
        line.addWidget(label(self._formats.symbol, "heading"))
        inside = rows(gap=8)
        inside.addLayout(line)
        inside.addStretch(1)
        page.setLayout(inside)
        return page


def _field(name: str) -> QLineEdit:
    made = QLineEdit()
    made.setAccessibleName(translate("Cash", "How many {note}", note=name))
    made.setValidator(QRegularExpressionValidator(QRegularExpression(_DIGITS), made))
    made.setAlignment(Qt.AlignmentFlag.AlignRight)
    made.setFixedWidth(84)
    made.setPlaceholderText("0")
    tall(made, ROW_PX)
    return made


def count_sheet(host: QWidget, place: Workplace, question: AskCash, answer: Answer) -> Sheet:
    """Open the sheet over `host`; see `kit.qt.asking`."""
    return CountSheet(host, place.theme, place.formats, question, answer)

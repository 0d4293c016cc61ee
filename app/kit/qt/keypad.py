"""The keypad: digits on the left, actions on the right; keys never take the focus."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSizePolicy, QWidget

from app.kit.qt.basic import Button, RepeatButton
from app.kit.qt.theme import Theme

BACKSPACE = "backspace"
CLEAR = "clear"
ENTER = "enter"


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what it sends, and its label or icon; `rows` high."""

    sends: str
    label: str = ""
    icon: str = ""
    tone: str = ""
    rows: int = 1
    tip: str = ""


DIGITS = (
    ("7", "8", "9"),
    ("4", "5", "6"),
    ("1", "2", "3"),
)


class Keypad(QWidget):
    """Digits, and up to two columns of further keys; emits what each key sends.

    ``last_row`` stands in for the usual one of 0, 00 and the shop's ``decimal_mark``.
    """

    pressed = Signal(str)

    def __init__(
        self,
        theme: Theme,
        *,
        last_row: Sequence[Key] = (),
        decimal_mark: str = ".",
        sides: Sequence[Sequence[Key]] = (),
    ) -> None:
        super().__init__()
        self._theme = theme
        # Digits stand in the same order wherever words run from right to left.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.tokens.space.xs)
        digits = [[Key(digit, digit) for digit in row] for row in DIGITS]
        last = last_row or (Key("0", "0"), Key("00", "00"), Key(decimal_mark, decimal_mark))
        for row, keys in enumerate((*digits, last)):
            for column, key in enumerate(keys):
                self._add(key, row, column)
        for column, side in enumerate(sides, start=3):
            self._add_side(side, column)

    def _add_side(self, keys: Sequence[Key], column: int) -> None:
        row = 0
        for key in keys:
            self._add(key, row, column)
            row += key.rows

    def _add(self, key: Key, row: int, column: int) -> None:
        button: Button = RepeatButton(key.label, "key", key.tone)
        if key.icon:
            role = "on_primary_soft" if key.tone == "strong" else "text"
            button.with_icon(self._theme, key.icon, role, 20 if key.label else 24)
        button.setAccessibleName(key.tip or key.label or key.sends)
        if key.tip:
            button.setToolTip(key.tip)
        size = self._theme.tokens.size_px
        button.setMinimumSize(QSize(size.key_width, size.key_height * key.rows))
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        button.doing(lambda: self.pressed.emit(key.sends))
        self._grid.addWidget(button, row, column, key.rows, 1)


def type_into(field: QLineEdit, sent: str) -> None:
    """Let a key of the keypad act on a field as the keyboard would."""
    if sent == BACKSPACE:
        field.backspace()
    else:
        field.insert(sent)

"""A row of buttons of which exactly one is chosen."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from app.kit.qt.basic import Button, columns


class Choice(QWidget):
    """Emits the number of the option that was chosen."""

    changed = Signal(int)

    def __init__(self, options: Sequence[str], chosen: int = 0) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        row = columns(gap=6)
        for number, text in enumerate(options):
            button = Button(text, "chip")
            button.setCheckable(True)
            button.setChecked(number == chosen)
            self._group.addButton(button, number)
            row.addWidget(button, 1)
        self.setLayout(row)
        self._group.idToggled.connect(self._toggled)

    @property
    def chosen(self) -> int:
        """The number of the option chosen."""
        return self._group.checkedId()

    def choose(self, number: int) -> None:
        """Choose an option."""
        self._group.button(number).setChecked(True)

    def show_words(self, number: int, words: str) -> None:
        """Give an option other words."""
        self._group.button(number).setText(words)

    def allow(self, number: int, allowed: bool) -> None:
        """Whether an option can be chosen."""
        self._group.button(number).setEnabled(allowed)

    def _toggled(self, number: int, on: bool) -> None:
        if on:
            self.changed.emit(number)

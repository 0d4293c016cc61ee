"""The row of category chips; those that do not fit wait behind one that says how many."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QMenu, QSizePolicy, QWidget

from app.kit.qt.basic import Button, columns
from app.kit.qt.theme import Theme
from app.selling.browse import Chip

GAP_PX = 8


class ChipBar(QWidget):
    """One chip is chosen at a time, and always in sight; emits its category, None for all."""

    chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._chips: tuple[Chip, ...] = ()
        self._buttons: list[Button] = []
        self._group = QButtonGroup(self)
        self._row = columns(gap=GAP_PX)
        self.menu = QMenu(self)
        self.more = Button("", "chip").with_icon(theme, "chevron-right", "text_muted", 18)
        self.more.setAccessibleName("More categories")
        self.more.doing(self._open_menu)
        self._row.addWidget(self.more)
        self._row.addStretch(1)
        self.setLayout(self._row)
        self.setFixedHeight(theme.tokens.size_px.chip)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_chips(self, chips: tuple[Chip, ...], chosen: str | None) -> None:
        """Show the categories, one of them chosen."""
        if chips != self._chips:
            self._chips = chips
            self._rebuild(chips)
        for chip, button in zip(chips, self._buttons, strict=True):
            button.setChecked(chip.category_id == chosen)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _rebuild(self, chips: Sequence[Chip]) -> None:
        for button in self._buttons:
            self._group.removeButton(button)
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = [self._button(chip) for chip in chips]
        for at, button in enumerate(self._buttons):
            self._row.insertWidget(at, button)

    def _button(self, chip: Chip) -> Button:
        button = Button(chip.name, "chip")
        button.setCheckable(True)
        button.setAccessibleName(f"Category {chip.name}")
        button.doing(lambda: self.chosen.emit(chip.category_id))
        self._group.addButton(button)
        return button

    def _fit(self) -> None:
        """Show as many as there is room for, in order; the chosen one takes the last place."""
        shown = self._shown()
        for at, button in enumerate(self._buttons):
            button.setVisible(at in shown)
        hidden = len(self._buttons) - len(shown)
        self.more.setText(f"{hidden} more")
        self.more.setVisible(hidden > 0)

    def _shown(self) -> set[int]:
        widths = [button.sizeHint().width() + GAP_PX for button in self._buttons]
        room = self.width() + GAP_PX
        if sum(widths) <= room:
            return set(range(len(widths)))
        room -= self.more.sizeHint().width() + GAP_PX
        chosen = next((at for at, b in enumerate(self._buttons) if b.isChecked()), 0)
        shown, used = {chosen}, widths[chosen]
        for at, width in enumerate(widths):
            if at in shown:
                continue
            if used + width > room:
                break
            shown.add(at)
            used += width
        return shown

    def fill_menu(self) -> None:
        """Put into the menu what has no room in the row."""
        self.menu.clear()
        for chip, button in zip(self._chips, self._buttons, strict=True):
            if button.isHidden():
                action = self.menu.addAction(chip.name.replace("&", "&&"))
                action.triggered.connect(partial(self.chosen.emit, chip.category_id))

    def _open_menu(self) -> None:
        self.fill_menu()
        self.menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

"""Carts on hold, to recall one."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from app.kit.qt.basic import label
from app.kit.qt.picker import Picker
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.selling.held import HeldView


class HeldSheet(Sheet):
    """Calls `recall` with the id of the cart taken."""

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        held: Sequence[HeldView],
        recall: Callable[[str], object],
    ) -> None:
        super().__init__(host, theme, translate("Sell", "On hold"), 520)
        self._held = held
        self._recall = recall
        self.list = Picker(translate("Sell", "Held sales"))
        self.list.show_rows([(cart.label, cart.detail) for cart in held])
        self.list.setFixedHeight(min(max(len(held), 1), 6) * 56 + 4)
        self.list.picked.connect(self._take)
        self.body.addWidget(self.list)
        if not held:
            self.list.hide()
            self.body.addWidget(
                label(translate("Sell", "No sale is on hold in this store."), "muted")
            )
        self.open(self.list if held else None)

    def accept(self) -> None:
        if self._held:
            self._take(self.list.currentRow())

    def _take(self, number: int) -> None:
        self.close_sheet()
        self._recall(self._held[number].id)

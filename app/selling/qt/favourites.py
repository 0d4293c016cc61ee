"""Arranging the page of favourites: on the left what is on it, on the right what to add."""

from collections.abc import Callable

from PySide6.QtWidgets import QLayout, QWidget

from app.kit.qt.basic import Button, columns, label, rows
from app.kit.qt.page import reachable
from app.kit.qt.picker import Picker
from app.kit.qt.search import search_field
from app.kit.qt.sheet import Sheet
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from app.selling.favourites import FavouritesPresenter, FavouritesState

_ROWS = 6
_ROW_PX = 56


class FavouritesSheet(Sheet):
    """Calls `closed` when it is gone; every change is stored as it is made."""

    def __init__(self, host: QWidget, place: Workplace, closed: Callable[[], object]) -> None:
        super().__init__(host, place.theme, translate("Sell", "Favourites"), 820)
        self._place = place
        self.list = Picker(translate("Sell", "Favourites"))
        self.found = Picker(translate("Sell", "Products to add"))
        self.search = search_field(place.theme, translate("Sell", "Find a product to add"))
        self.problem = label("", "error", wrap=True)
        self.presenter = FavouritesPresenter(place.till, self.show_state)
        self.list.picked.connect(self.presenter.select)
        self.list.currentRowChanged.connect(self._chose)
        self.found.picked.connect(self.presenter.add)
        self.search.textChanged.connect(self.presenter.search)
        both = columns(gap=16)
        both.addLayout(self._left(place), 1)
        both.addLayout(self._right(), 1)
        self.body.addLayout(both)
        self.body.addWidget(self.problem)
        self.body.addWidget(
            reachable(Button(translate("Sell", "Done"), "primary")).doing(self.cancel)
        )
        self.on_cancel(closed)
        self.presenter.open()
        self.open(self.search)

    def accept(self) -> None:
        if self.search.hasFocus():
            self.presenter.add(0)

    def show_state(self, state: FavouritesState) -> None:
        """Show the presenter's state."""
        money = self._place.formats.money
        for picker, tiles in ((self.list, state.chosen), (self.found, state.found)):
            picker.blockSignals(True)
            picker.show_rows([(tile.name, money(tile.price_minor)) for tile in tiles])
            picker.blockSignals(False)
        self.list.blockSignals(True)
        self.list.setCurrentRow(state.current)
        self.list.blockSignals(False)
        self.up.setEnabled(state.current > 0)
        self.down.setEnabled(0 <= state.current < len(state.chosen) - 1)
        self.remove.setEnabled(state.current >= 0)
        self.problem.setText(state.error)
        self.problem.setVisible(bool(state.error))

    def _chose(self, number: int) -> None:
        if number >= 0:
            self.presenter.select(number)

    def _left(self, place: Workplace) -> QLayout:
        side = rows(gap=8)
        side.addWidget(label(translate("Sell", "On the page, in this order"), "caption"))
        self.list.setFixedHeight(_ROWS * _ROW_PX + 4)
        side.addWidget(self.list)
        buttons = columns(gap=8)
        self.up = reachable(Button(translate("Sell", "Up"))).doing(lambda: self.presenter.move(-1))
        self.down = reachable(Button(translate("Sell", "Down"))).doing(
            lambda: self.presenter.move(1)
        )
        self.remove = reachable(Button(translate("Sell", "Remove"))).doing(self.presenter.remove)
        for button in (self.up, self.down, self.remove):
            buttons.addWidget(button, 1)
        side.addLayout(buttons)
        return side

    def _right(self) -> QLayout:
        side = rows(gap=8)
        side.addWidget(self.search)
        self.found.setFixedHeight(_ROWS * _ROW_PX + 4)
        side.addWidget(self.found)
        side.addWidget(
            label(
                translate("Sell", "Tap one to add it, or Enter for the first."), "muted", wrap=True
            )
        )
        side.addStretch(1)
        return side

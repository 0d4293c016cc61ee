"""Another person takes the till: a digit picks who, then the PIN; or a badge."""

from collections.abc import Callable

from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.presenters.pin import PinState
from app.presenters.signin import SwitchPresenter
from app.theme import Theme
from app.widgets.basic import columns, label, rows
from app.widgets.pin import PeopleGrid, PersonTile, PinPad
from app.widgets.sheet import Sheet
from localdb.domain.records import User
from localdb.services.till import Till


class SwitchSheet(Sheet):
    """Calls `switched` once somebody else is at the till; the open cart stays where it is."""

    def __init__(
        self, host: QWidget, theme: Theme, till: Till, switched: Callable[[User], object]
    ) -> None:
        super().__init__(host, theme, "Who takes over?", 640)
        self._switched = switched
        self.presenter = SwitchPresenter(till, self._show_state, self._signed_in)
        self._grid = PeopleGrid(theme, 1, self.presenter.choose, numbered=True)
        self._who = label("", "strong", wrap=True)
        self.pad = PinPad(theme, self.presenter, "Take over")
        self._lay_out()
        self.presenter.open()
        self.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.pad.take_key(event):
            super().keyPressEvent(event)

    def take_scan(self, code: str) -> bool:
        """A scan while somebody takes over is a badge."""
        self.presenter.badge(code)
        return True

    def tile(self, name: str) -> PersonTile:
        """The tile of a person."""
        return self._grid.tile(name)

    def _show_state(self, state: PinState) -> None:
        self._grid.show_state(state)
        chosen = f"PIN for {state.chosen_name}"
        self._who.setText(chosen if state.chosen else "Press a number, or scan a badge")
        self.pad.show_state(state)

    def _signed_in(self, user: User) -> None:
        self.close_sheet()
        self._switched(user)

    def _lay_out(self) -> None:
        right = rows(gap=8)
        right.addWidget(self._who)
        right.addWidget(self.pad)
        both = columns(gap=20)
        both.addWidget(self._grid, 1)
        both.addLayout(right, 1)
        self.body.addLayout(both)

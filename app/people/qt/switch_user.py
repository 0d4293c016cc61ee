"""Another person takes the till: a digit picks who, then the PIN; or a badge."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.kit.pin import PinState
from app.kit.qt.basic import columns, label, rows
from app.kit.qt.pin import PeopleGrid, PinPad
from app.kit.qt.pin_sheet import PinSheet
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.people.signin import SwitchPresenter
from localdb.domain.records import User
from localdb.services.till import Till


class SwitchSheet(PinSheet):
    """Calls `switched` once somebody else is at the till; the open cart stays where it is."""

    def __init__(
        self, host: QWidget, theme: Theme, till: Till, switched: Callable[[User], object]
    ) -> None:
        super().__init__(host, theme, translate("People", "Switch user"), 640)
        self._switched = switched
        self.presenter = SwitchPresenter(till, self._show_state, self._signed_in)
        self.grid = PeopleGrid(theme, 1, self.presenter.choose, numbered=True)
        self._who = label("", "strong", wrap=True)
        self.pad = PinPad(theme, self.presenter, translate("People", "Switch"))
        self._lay_out()
        self.presenter.open()
        self.open()

    def _show_state(self, state: PinState) -> None:
        self.grid.show_state(state)
        nobody = translate("Sign in", "Press your number, or scan a badge")
        if state.is_pin_alone:
            nobody = translate("Sign in", "Enter your PIN, or scan a badge")
        self._who.setText(state.wanted if state.chosen else nobody)
        self.pad.show_state(state)

    def _signed_in(self, user: User) -> None:
        self.close_sheet()
        self._switched(user)

    def _lay_out(self) -> None:
        right = rows(gap=8)
        right.addWidget(self._who)
        right.addWidget(self.pad)
        both = columns(gap=20)
        both.addWidget(self.grid, 1)
        both.addLayout(right, 1)
        self.body.addLayout(both)

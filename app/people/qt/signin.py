"""The sign-in screen: who you are on the left, your PIN on the right."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.kit.pin import PinState
from app.kit.qt.basic import Icon, columns, frame, label, rows
from app.kit.qt.pin import PeopleGrid, PersonTile, PinPad
from app.kit.qt.theme import Theme
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from app.people.signin import SignInPresenter

TILE_COLUMNS = 2


def nobody_chosen(state: PinState) -> str:
    """What is asked for while nobody is chosen."""
    if state.is_pin_alone:
        return translate("Sign in", "Enter your PIN")
    return translate("Sign in", "Select your name")


class SignInScreen(QWidget):
    """Takes digits from the keyboard and from the pad alike."""

    signed_in = Signal(object)

    def __init__(self, place: Workplace) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._theme: Theme = place.theme
        self.presenter = SignInPresenter(
            place.till, self.render_state, self.signed_in.emit, place.pin_hint
        )
        self._grid = PeopleGrid(place.theme, TILE_COLUMNS, self.presenter.choose, numbered=True)
        self._who = label("", "heading")
        self._how = label("", "muted")
        self._till_name = place.till_name
        self._pad = PinPad(place.theme, self.presenter, translate("People", "Sign in"))
        self._hint = label(place.pin_hint, "muted", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        if not place.pin_hint:
            self._hint.hide()
        self._lay_out(place)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def error(self) -> str:
        """The message shown, if any."""
        return self._pad.error

    def render_state(self, state: PinState) -> None:
        """Show the presenter's state."""
        self._grid.show_state(state)
        self._who.setText(state.wanted if state.chosen else nobody_chosen(state))
        self._pad.show_state(state)
        how = translate("Sign in", "Press your number, or tap your name")
        if state.is_pin_alone:
            how = translate("Sign in", "Type your PIN, or tap your name")
        self._how.setText(f"{self._till_name}  ·  {how}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.presenter.clear()
        elif not self._pad.take_key(event):
            super().keyPressEvent(event)

    def take_scan(self, code: str) -> bool:
        """A badge signs its bearer in; nothing else is scanned here."""
        self.presenter.badge(code)
        return True

    def tile(self, name: str) -> PersonTile:
        """The tile of a person."""
        return self._grid.tile(name)

    def _lay_out(self, place: Workplace) -> None:
        left = rows(gap=20)
        left.addStretch(2)
        left.addWidget(Icon(self._theme, "store", "primary", 44))
        left.addWidget(label(place.store_name, "title"))
        left.addWidget(self._how)
        left.addWidget(self._grid)
        left.addStretch(3)
        card = frame("card")
        card.setFixedWidth(360)
        inside = rows(margin=24, gap=16)
        inside.addWidget(self._who, 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addWidget(self._pad)
        inside.addWidget(self._hint)
        card.setLayout(inside)
        page = columns(margin=20, gap=40)
        page.addStretch(1)
        page.addLayout(left)
        page.addWidget(card, 0, Qt.AlignmentFlag.AlignVCenter)
        page.addStretch(1)
        self.setLayout(page)

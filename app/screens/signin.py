"""The sign-in screen: who you are on the left, your PIN on the right."""

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.presenters.signin import Person, SignInPresenter, SignInState
from app.theme import Theme, restyle
from app.widgets.basic import Button, Icon, columns, frame, label, rows, tall
from app.widgets.keypad import BACKSPACE, CLEAR, Key, Keypad
from app.widgets.strip import MessageStrip
from app.workplace import Workplace

PIN_SHOWN = 4
TILE_COLUMNS = 2
_LAST_ROW = (
    Key(CLEAR, "C", tone="quiet", tip="Clear"),
    Key("0", "0"),
    Key(BACKSPACE, icon="backspace", tone="quiet", tip="Delete the last digit"),
)


class SignInScreen(QWidget):
    """Takes digits from the keyboard and from the pad alike."""

    signed_in = Signal(object)

    def __init__(self, place: Workplace) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._theme = place.theme
        self._people: tuple[Person, ...] = ()
        self._tiles: dict[str, PersonTile] = {}
        self.presenter = SignInPresenter(
            place.till, self.render_state, self.signed_in.emit, place.pin_hint
        )
        self._grid = QGridLayout()
        self._grid.setSpacing(12)
        self._who = label("", "heading")
        self._dots = PinDots(place.theme)
        self._strip = MessageStrip(place.theme)
        self._hint = label(place.pin_hint, "muted", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setVisible(bool(place.pin_hint))
        self._pad = Keypad(place.theme, last_row=_LAST_ROW)
        self._pad.pressed.connect(self._pressed)
        self._go = Button("Sign in", "primary").doing(self.presenter.enter)
        tall(self._go, 60)
        self._lay_out(place)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def error(self) -> str:
        """The message shown, if any."""
        return self._strip.text

    def render_state(self, state: SignInState) -> None:
        """Show the presenter's state."""
        if state.people != self._people:
            self._people = state.people
            self._rebuild(state.people)
        for user_id, tile in self._tiles.items():
            tile.setChecked(user_id == state.chosen)
        self._who.setText(f"PIN for {state.chosen_name}" if state.chosen else "Who are you?")
        self._dots.show_typed(state.typed)
        if state.error:
            self._strip.say("error", state.error)
        else:
            self._strip.clear()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text()
        if text.isdigit() and text.isascii():
            self.presenter.digit(text)
        elif event.key() == Qt.Key.Key_Backspace:
            self.presenter.backspace()
        elif event.key() == Qt.Key.Key_Escape:
            self.presenter.clear()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.presenter.enter()
        else:
            super().keyPressEvent(event)

    def tile(self, name: str) -> "PersonTile":
        """The tile of a person."""
        return next(self._tiles[p.id] for p in self._people if p.name == name)

    def _pressed(self, sent: str) -> None:
        actions = {BACKSPACE: self.presenter.backspace, CLEAR: self.presenter.clear}
        action = actions.get(sent)
        if action is not None:
            action()
        else:
            self.presenter.digit(sent)

    def _rebuild(self, people: tuple[Person, ...]) -> None:
        for tile in self._tiles.values():
            tile.deleteLater()
        self._tiles = {}
        for number, person in enumerate(people):
            tile = PersonTile(self._theme, person)
            tile.clicked.connect(lambda _on, chosen=person.id: self.presenter.choose(chosen))
            self._tiles[person.id] = tile
            self._grid.addWidget(tile, number // TILE_COLUMNS, number % TILE_COLUMNS)

    def _lay_out(self, place: Workplace) -> None:
        left = rows(gap=20)
        left.addStretch(2)
        left.addWidget(Icon(self._theme, "store", "primary", 44))
        left.addWidget(label(place.store_name, "title"))
        left.addWidget(label(f"{place.till_name}  ·  Choose your name", "muted"))
        left.addLayout(self._grid)
        left.addStretch(3)
        card = frame("card")
        card.setFixedWidth(360)
        inside = rows(margin=24, gap=16)
        inside.addWidget(self._who, 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addWidget(self._dots)
        inside.addWidget(self._strip)
        inside.addWidget(self._pad)
        inside.addWidget(self._go)
        inside.addWidget(self._hint)
        card.setLayout(inside)
        page = columns(margin=20, gap=40)
        page.addStretch(1)
        page.addLayout(left)
        page.addWidget(card, 0, Qt.AlignmentFlag.AlignVCenter)
        page.addStretch(1)
        self.setLayout(page)


class PersonTile(Button):
    """A person to sign in as."""

    def __init__(self, theme: Theme, person: Person) -> None:
        super().__init__("", "tile")
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setAccessibleName(f"{person.name}, {person.role}")
        self.setStyleSheet("PersonTile { min-width: 218px; min-height: 78px; max-height: 78px; }")
        badge = label(person.initials, "badge")
        restyle(badge, "tone", "primary")
        badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        badge.setFixedSize(44, 44)
        badge.setStyleSheet("border-radius: 22px; font-size: 13pt;")
        names = rows(gap=2)
        names.addStretch(1)
        names.addWidget(label(person.name, "strong"))
        names.addWidget(label(person.role, "caption"))
        names.addStretch(1)
        inside = columns(gap=12)
        inside.setContentsMargins(14, 0, 14, 0)
        inside.addWidget(badge)
        inside.addLayout(names, 1)
        self._tick = Icon(theme, "check", "primary", 22)
        self._tick.setVisible(False)
        inside.addWidget(self._tick)
        self.setLayout(inside)
        self.toggled.connect(self._show_choice)
        for child in self.findChildren(QLabel):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _show_choice(self, chosen: bool) -> None:
        self._tick.setVisible(chosen)
        restyle(self, "accent", "teal" if chosen else "")


class PinDots(QWidget):
    """How much of the PIN was typed, never what."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._typed = 0
        self.setFixedHeight(28)
        theme.changed.connect(self.update)

    def show_typed(self, typed: int) -> None:
        """Fill this many dots."""
        self._typed = typed
        self.setAccessibleName(f"{typed} digits typed")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown = max(self._typed, PIN_SHOWN)
        step = 26
        left = (self.width() - step * (shown - 1)) / 2
        for number in range(shown):
            typed = number < self._typed
            role = "primary" if typed else "border_strong"
            painter.setPen(QPen(self._theme.colour(role), 2))
            fill = self._theme.colour(role) if typed else Qt.BrushStyle.NoBrush
            painter.setBrush(fill)
            painter.drawEllipse(QPointF(left + number * step, self.height() / 2), 7, 7)

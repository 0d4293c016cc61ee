"""Who it is and what was typed of the PIN: tiles of people, dots, and the pad below them."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.kit.pin import Person, PinPresenter, PinState
from app.kit.qt.basic import Button, Icon, columns, label, rows, tall
from app.kit.qt.keypad import BACKSPACE, CLEAR, Key, Keypad
from app.kit.qt.late_enter import LateEnter
from app.kit.qt.page import Scroll
from app.kit.qt.strip import MessageStrip
from app.kit.qt.theme import Theme, restyle
from app.kit.translation import translate

PIN_SHOWN = 4
KEYS = 9
"""People who have a digit of their own."""
_LAST_ROW = (
    Key(CLEAR, "C", tone="quiet", tip="Clear"),
    Key("0", "0"),
    Key(BACKSPACE, icon="backspace", tone="quiet", tip="Delete the last digit"),
)


class PinPad(QWidget):
    """Dots, a message and digits; keys of the keyboard go through `take_key`."""

    def __init__(self, theme: Theme, presenter: PinPresenter, words: str) -> None:
        super().__init__()
        self._presenter = presenter
        self._dots = PinDots(theme)
        self._strip = MessageStrip(theme)
        # The keys stay where they are when something is wrong.
        keep = self._strip.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self._strip.setSizePolicy(keep)
        self._waiting = QTimer(self)
        self._waiting.setInterval(1000)
        self._waiting.timeout.connect(presenter.count_down)
        pad = Keypad(theme, last_row=_LAST_ROW)
        pad.pressed.connect(self._pressed)
        go = Button(words, "primary").doing(presenter.enter)
        tall(go, 60)
        layout = rows(gap=16)
        for part in (self._dots, self._strip, pad, go):
            layout.addWidget(part)
        self.setLayout(layout)

    @property
    def error(self) -> str:
        """The message shown, if any."""
        return self._strip.text

    def show_state(self, state: PinState) -> None:
        """Show how much was typed, and what is wrong."""
        self._dots.show_typed(state.typed)
        if bool(state.wait_s) != self._waiting.isActive():
            (self._waiting.start if state.wait_s else self._waiting.stop)()
        if state.message:
            self._strip.say("error", state.message)
        else:
            self._strip.clear()

    def take_key(self, event: QKeyEvent) -> bool:
        """Whether a key meant the PIN; it was acted on then."""
        text, key = event.text(), event.key()
        if text.isdigit() and text.isascii():
            window = self.window().windowHandle()
            self._presenter.digit(text)
            if self._presenter.went_by_itself and window is not None:
                LateEnter(window, event.timestamp())
        elif key == Qt.Key.Key_Backspace:
            self._presenter.backspace()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._presenter.enter()
        else:
            return False
        return True

    def _pressed(self, sent: str) -> None:
        actions = {BACKSPACE: self._presenter.backspace, CLEAR: self._presenter.clear}
        action = actions.get(sent)
        if action is not None:
            action()
        else:
            self._presenter.digit(sent)


class PeopleGrid(Scroll):
    """Tiles of people; calls `choose` with the id of the one that was tapped."""

    def __init__(
        self,
        theme: Theme,
        columns: int,
        choose: Callable[[str], object],
        *,
        numbered: bool = False,
    ) -> None:
        self._grid = QGridLayout()
        self._grid.setSpacing(12)
        around = rows()
        around.addLayout(self._grid)
        around.addStretch(1)
        super().__init__(around)
        self._theme = theme
        self._columns = columns
        self._choose = choose
        self._numbered = numbered
        self._people: tuple[Person, ...] = ()
        self._has_keys = numbered
        self._tiles: dict[str, PersonTile] = {}

    def show_state(self, state: PinState) -> None:
        """Show who can be picked, and who is."""
        has_keys = self._numbered and not state.is_pin_alone
        if (state.people, has_keys) != (self._people, self._has_keys):
            self._people, self._has_keys = state.people, has_keys
            self._rebuild()
        for user_id, tile in self._tiles.items():
            tile.setChecked(user_id == state.chosen)

    def tile(self, name: str) -> "PersonTile":
        """The tile of a person."""
        return next(self._tiles[p.id] for p in self._people if p.name == name)

    def _rebuild(self) -> None:
        for tile in self._tiles.values():
            tile.hide()
            tile.deleteLater()
        self._tiles = {}
        for number, person in enumerate(self._people):
            has_key = self._has_keys and number < KEYS
            tile = PersonTile(self._theme, person, str(number + 1) if has_key else "")
            tile.clicked.connect(lambda _on, chosen=person.id: self._choose(chosen))
            self._tiles[person.id] = tile
            self._grid.addWidget(tile, number // self._columns, number % self._columns)
        # A scroll area asks for no width of its own.
        self.setMinimumWidth(
            self._grid.sizeHint().width() + self.verticalScrollBar().sizeHint().width()
        )


class PersonTile(Button):
    """A person to pick."""

    def __init__(self, theme: Theme, person: Person, number: str = "") -> None:
        super().__init__("", "tile")
        self.setCheckable(True)
        self.setAutoExclusive(True)
        spoken = f"{person.name}, {person.role}"
        self.setAccessibleName(f"{number}: {spoken}" if number else spoken)
        self.setStyleSheet("PersonTile { min-width: 218px; min-height: 78px; max-height: 78px; }")
        badge = label(number or person.initials, "badge")
        restyle(badge, "tone", "primary")
        badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        badge.setFixedSize(44, 44)
        badge.setStyleSheet("border-radius: 22px; font-size: 13pt;")
        names = rows(gap=2)
        names.addStretch(1)
        names.addWidget(label(person.name, "strong", wrap=True))
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
        self.setAccessibleName(translate("Till", "{typed} digits typed", typed=typed))
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

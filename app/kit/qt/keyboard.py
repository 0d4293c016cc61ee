"""An on-screen keyboard for tills without a keyboard: opens with text fields, covers none."""

from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QPlainTextEdit, QWidget
from shiboken6 import isValid

from app.kit.keyboard import KeyboardState
from app.kit.qt.basic import Button, RepeatButton, columns, rows, tall
from app.kit.qt.focus import TEXT_FIELDS
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme
from app.kit.translation import translate

_KEY_PX = 50
_GAP_PX = 4
_AWAY_PX = 6
"""Between the keyboard and the field it writes into."""
_HAS_A_KEYPAD = "pin"
"""The role of fields for numbers, which have keys of their own."""


TextField = QLineEdit | QPlainTextEdit


class Keyboard(QFrame):
    """Lies over the window; its keys take no focus, so the field keeps the cursor."""

    def __init__(self, host: QWidget, theme: Theme, language: str) -> None:
        super().__init__(host)
        self.setProperty("role", "raised")
        self.setAccessibleName(translate("Till", "Keyboard"))
        # Latin letters stand as on any keyboard, also where one reads from right to left.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._host = host
        self._theme = theme
        self._is_allowed = False
        self._field: TextField | None = None
        self.state = KeyboardState(language.replace("-", "_").partition("_")[0])
        self.keys: dict[str, Button] = {}
        self._page = rows(margin=8, gap=_GAP_PX)
        self.setLayout(self._page)
        self.hide()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._focus_moved)
        host.installEventFilter(self)

    def allow(self, allowed: bool) -> None:
        """Whether this till has it at all."""
        self._is_allowed = allowed
        if not allowed:
            self.hide()

    def open_for(self, field: TextField) -> None:
        """Write into a field from now on."""
        self._field = field
        if not self.keys:
            # Most tills never need it, and none before somebody signs in.
            self._build()
        self._place()
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host:
            if event.type() == QEvent.Type.Resize and self.isVisible():
                self._place()
        elif event.type() == QEvent.Type.MouseButtonPress and self._is_allowed:
            # A field of several lines is tapped on its viewport.
            field = watched if isinstance(watched, TEXT_FIELDS) else watched.parent()
            if isinstance(field, TEXT_FIELDS) and _is_for_text(field):
                self.open_for(field)
        return False

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        if not isValid(self):
            return
        if not isinstance(new, TEXT_FIELDS) or new.window() is not self._host.window():
            self.hide()
            return
        # A tap opens it again after it was put away.
        tapped = new if isinstance(new, QLineEdit) else new.viewport()
        tapped.removeEventFilter(self)
        tapped.installEventFilter(self)
        if self._is_allowed and _is_for_text(new) and _is_asked_for(new):
            self.open_for(new)
        else:
            self.hide()

    # ------------------------------------------------------------ keys

    def _write(self, text: str) -> None:
        if self._field is not None and isValid(self._field):
            if isinstance(self._field, QLineEdit):
                self._field.insert(text)
            else:
                self._field.insertPlainText(text)
        self._turn(self.state.pressed())

    def _erase(self) -> None:
        if self._field is not None and isValid(self._field):
            if isinstance(self._field, QLineEdit):
                self._field.backspace()
            else:
                self._field.textCursor().deletePreviousChar()

    def _enter(self) -> None:
        """As the key would: the field's own action first, then its sheet's."""
        if self._field is None or not isValid(self._field):
            return
        field, none = self._field, Qt.KeyboardModifier.NoModifier
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            if isValid(field):
                QApplication.sendEvent(field, QKeyEvent(kind, Qt.Key.Key_Return, none, "\r"))

    def _turn(self, state: KeyboardState) -> None:
        if state != self.state:
            self.state = state
            self._build()

    # ------------------------------------------------------------ looks

    def _build(self) -> None:
        """Lay the keys of the page out anew."""
        while item := self._page.takeAt(0):
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.keys = {}
        for letters in self.state.rows:
            self._page.addWidget(self._row([self._letter(letter) for letter in letters]))
        self._page.addWidget(self._row(self._bottom(), wide="space"))

    def _row(self, made: list[tuple[str, Button]], wide: str = "") -> QWidget:
        row = QWidget()
        line = columns(gap=_GAP_PX)
        for name, button in made:
            self.keys[name] = button
            tall(button, _KEY_PX, "padding: 0; min-width: 46px;")
            line.addWidget(button, 5 if name == wide else 1)
        row.setLayout(line)
        return row

    def _letter(self, letter: str) -> tuple[str, Button]:
        return letter, RepeatButton(letter).doing(partial(self._write, letter))

    def _bottom(self) -> list[tuple[str, Button]]:
        state = self.state
        shift = Button("Shift").with_icon(self._theme, "chevron-up")
        shift.doing(lambda: self._turn(self.state.shifted()))
        shift.setProperty("variant", "primary" if state.shift else "")
        accents = Button("abc" if state.page == "accents" else "àéö")
        accents.doing(lambda: self._turn(self.state.turned("accents")))
        signs = Button("abc" if state.page == "signs" else "&@#")
        signs.doing(lambda: self._turn(self.state.turned("signs")))
        space = RepeatButton(translate("Till", "Space")).doing(partial(self._write, " "))
        erase = RepeatButton().with_icon(self._theme, "backspace").doing(self._erase)
        erase.setAutoRepeat(True)
        enter = Button().with_icon(self._theme, "enter").doing(self._enter)
        away = Button().with_icon(self._theme, "chevron-down").doing(self.hide)
        for button, says in (
            (accents, translate("Till", "Accents")),
            (signs, translate("Till", "Signs")),
            (erase, translate("Till", "Delete the last character")),
            (enter, translate("Till", "Enter")),
            (away, translate("Till", "Put the keyboard away")),
        ):
            button.setAccessibleName(says)
        return [
            ("shift", shift),
            ("accents", accents),
            ("signs", signs),
            ("space", space),
            ("erase", erase),
            ("enter", enter),
            ("away", away),
        ]

    def _place(self) -> None:
        """At the bottom of the window, or on top when the field is down there."""
        wide, height = self._host.width(), self.sizeHint().height()
        low = QRect(0, self._host.height() - height, wide, height)
        if self._field is not None and isValid(self._field):
            corner = self._field.mapTo(self._host, QPoint(0, 0))
            field = QRect(corner, self._field.size()).adjusted(0, -_AWAY_PX, 0, _AWAY_PX)
            if low.intersects(field):
                low.moveTop(0)
        self.setGeometry(low)


def _is_for_text(field: TextField) -> bool:
    return not field.isReadOnly() and field.property("role") != _HAS_A_KEYPAD


def _is_asked_for(field: TextField) -> bool:
    """Whether focus alone opens it: the selling screen's field has the focus all day."""
    if field.property("role") != "search":
        return True
    above: QWidget | None = field.parentWidget()
    while above is not None and not isinstance(above, Sheet):
        above = above.parentWidget()
    return above is not None

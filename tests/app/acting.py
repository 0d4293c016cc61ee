"""What a cashier does with hands: keys, scans and taps on the real window."""

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.devices.wedge import GAP_MAX_MS, GS
from app.kit.qt.sheet import Sheet
from app.shell.window import MainWindow
from tests.app.stage import MANAGER_PIN, Stage

SCANNER_MS, PERSON_MS = 5, 120
"""Between two keys of a scanner, and of a quick typist."""
NO_MODIFIER = Qt.KeyboardModifier.NoModifier
_TYPED = {Qt.Key.Key_Return: "\r", Qt.Key.Key_Enter: "\r", Qt.Key.Key_Tab: "\t"}


def key(stage: Stage, pressed: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
    """Press a key, as the window system would deliver it."""
    _press(stage, pressed, _TYPED.get(pressed, ""), PERSON_MS, modifier or NO_MODIFIER)


def type_text(stage: Stage, text: str) -> None:
    """Type at the speed of a person, and let the hand come to rest."""
    for character in text:
        _press(stage, _key(character), character, PERSON_MS)
        QApplication.processEvents()
    QTest.qWait(GAP_MAX_MS + 10)


def press(stage: Stage, character: str, after_ms: int) -> None:
    """Type one character so long after the last key."""
    _press(stage, _key(character), character, after_ms)


def scan(
    stage: Stage, code: str, end: Qt.Key = Qt.Key.Key_Return, first_ms: int = PERSON_MS
) -> None:
    """Send a code as a wedge scanner does: all at once, then Enter; GS comes as Ctrl and ]."""
    for number, character in enumerate(code):
        after_ms = SCANNER_MS if number else first_ms
        if character == GS:
            _press(stage, Qt.Key.Key_Control, "", after_ms)
            _press(stage, Qt.Key.Key_BracketRight, "", 0, Qt.KeyboardModifier.ControlModifier)
        else:
            _press(stage, _key(character), character, after_ms)
    _press(stage, end, _TYPED[end], SCANNER_MS)


def _press(
    stage: Stage,
    pressed: Qt.Key,
    text: str,
    after_ms: int,
    modifier: Qt.KeyboardModifier = NO_MODIFIER,
) -> None:
    """A key with the time a keyboard would give it: a slow machine turns no scan into typing."""
    stage.key_at_ms += after_ms
    handle = stage.window.windowHandle()
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, pressed, modifier, text)
        event.setTimestamp(stage.key_at_ms)
        QCoreApplication.sendEvent(handle, event)


def _key(character: str) -> Qt.Key:
    return Qt.Key(ord(character.upper()))


def tap(widget: QWidget) -> None:
    """Press and release the left button on a widget."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def sheet(stage: Stage) -> Sheet:
    """The sheet that is open."""
    return next(s for s in stage.window.findChildren(Sheet) if s.isVisible())


def has_sheet(stage: Stage) -> bool:
    """Whether anything is being asked."""
    return any(s.isVisible() for s in stage.window.findChildren(Sheet))


def sign_in(
    stage: Stage, qtbot: QtBot, name: str = "Mara Lindqvist", pin: str = MANAGER_PIN
) -> None:
    """Sign in by touch and keyboard, and open the shift with 100.00 if asked."""
    tap(stage.signin.tile(name))
    type_text(stage, pin)
    key(stage, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: stage.till.user is not None)
    if has_sheet(stage):
        type_text(stage, "100")
        key(stage, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not has_sheet(stage))


def cart(stage: Stage) -> list[str]:
    """The cart as the screen shows it: `Milk 1 l | 3 × €1.29 | €3.87`."""
    return [
        f"{line.name} | {line.detail} | {line.total}" for line in stage.selling.panel.list.lines
    ]


def menu_entries(window: MainWindow) -> list[QAction]:
    """What can be done now, as Ctrl+K lists it: its words and how to do it."""
    entries = []
    for found in window.found(""):
        entry = QAction(found.title, window)
        entry.triggered.connect(lambda _on=False, run=found.run: run())
        entries.append(entry)
    return entries

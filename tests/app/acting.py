"""What a cashier does with hands: keys, scans and taps on the real window."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.devices.wedge import GAP_MAX_MS
from app.widgets.sheet import Sheet
from tests.app.stage import MANAGER_PIN, Stage

SLOW_MS = 45
"""Between two keys of a quick typist; slower than any scanner."""


def key(stage: Stage, pressed: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
    """Press a key, as the window system would deliver it."""
    handle = stage.window.windowHandle()
    QTest.keyClick(handle, pressed, modifier or Qt.KeyboardModifier.NoModifier)


def type_text(stage: Stage, text: str) -> None:
    """Type at the speed of a person, and let the hand come to rest."""
    for character in text:
        QTest.qWait(SLOW_MS)
        QTest.keyClick(stage.window.windowHandle(), character)  # type: ignore[call-overload]
    QTest.qWait(GAP_MAX_MS + 10)


def scan(stage: Stage, code: str, end: Qt.Key = Qt.Key.Key_Return) -> None:
    """Send a code as a wedge scanner does: all at once, then Enter."""
    for character in code:
        QTest.keyClick(stage.window.windowHandle(), character)  # type: ignore[call-overload]
    key(stage, end)


def tap(widget: QWidget) -> None:
    """Press and release the left button on a widget."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def sheet(stage: Stage) -> Sheet:
    """The sheet that is open."""
    return next(s for s in stage.window.findChildren(Sheet) if s.isVisible())


def has_sheet(stage: Stage) -> bool:
    """Whether anything is being asked."""
    return any(s.isVisible() for s in stage.window.findChildren(Sheet))


def sign_in(stage: Stage, qtbot: QtBot, name: str = "Mara Lindqvist") -> None:
    """Sign in by touch and keyboard, and open the shift with 100.00 if asked."""
    tap(stage.window.signin.tile(name))
    type_text(stage, MANAGER_PIN)
    key(stage, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: stage.till.user is not None)
    if has_sheet(stage):
        type_text(stage, "100")
        key(stage, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not has_sheet(stage))


def cart(stage: Stage) -> list[str]:
    """The cart as the screen shows it: `Milk 1 l | 3 × €1.29 | €3.87`."""
    return [
        f"{line.name} | {line.detail} | {line.total}"
        for line in stage.window.selling.panel.list.lines
    ]

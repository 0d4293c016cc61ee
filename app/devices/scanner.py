"""The wedge scanner at the window: a scan lands whatever has the focus, typing is left alone.

The filter sits on the window that has the keyboard, not on the application, where it would be
called in Python for every event of every object.
"""

import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication, QLineEdit
from shiboken6 import isValid

from app.devices.wedge import GAP_MAX_MS, Scan, Verdict, Wedge, spelled

_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
_CHORDS = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)

_SILENT = (
    Qt.Key.Key_Shift,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_NumLock,
    Qt.Key.Key_Control,
)
"""Sent by a scanner between the characters of one code."""
_CONTROLS = "\x02\x03\x1d"
"""STX and ETX, which may frame a code, and GS, which ends an element of a GS1 element string.
A keyboard has no key for them: a scanner presses Ctrl with B, C or ]."""
_PRESSED_AS = {Qt.Key.Key_B: "\x02", Qt.Key.Key_C: "\x03", Qt.Key.Key_BracketRight: "\x1d"}


def _clock_ms() -> float:
    return time.monotonic() * 1000


class Scanner(QObject):
    """Turns bursts of keys into `scanned(code)`; everything else reaches its widget in order."""

    scanned = Signal(str)

    def __init__(
        self,
        application: QGuiApplication,
        wedge: Wedge | None = None,
        clock_ms: Callable[[], float] = _clock_ms,
    ) -> None:
        super().__init__(application)
        self._application = application
        self._wedge = wedge or Wedge()
        self._clock_ms = clock_ms
        self._held: list[QKeyEvent] = []
        self._window: QWindow | None = None
        self._field: QLineEdit | None = None
        self._field_before = ("", 0)
        self._replaying = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(GAP_MAX_MS + 20)
        self._patience.timeout.connect(self._give_up)
        application.focusWindowChanged.connect(self._watch)
        self._watch(application.focusWindow())

    def configure(self, prefix: str, suffix: str) -> None:
        """Take over what the shop's scanners put around a code; `<STX>` by name."""
        self._give_up()
        self._wedge = Wedge(spelled(prefix), spelled(suffix))

    def stop(self) -> None:
        """Leave the keyboard alone from now on."""
        self._application.focusWindowChanged.disconnect(self._watch)
        self._watch(None)
        self._patience.stop()

    def _watch(self, window: QWindow | None) -> None:
        if self._window is not None and isValid(self._window):
            self._window.removeEventFilter(self)
        self._window = window
        if window is not None:
            window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if self._replaying or not isinstance(event, QKeyEvent):
            return False
        if event.key() in _SILENT:
            return False
        if event.type() == QEvent.Type.ShortcutOverride and not self._may_be_scanned(event):
            # A shortcut acts before its key press arrives: what was typed comes first.
            self._give_up()
        return event.type() == QEvent.Type.KeyPress and self._pressed(event)

    def _pressed(self, event: QKeyEvent) -> bool:
        """Take one key; true when it is not to reach its widget now."""
        # The system's own stamp, when there is one: a busy program must not stretch the gaps.
        at_ms = float(event.timestamp()) or self._clock_ms()
        if event.key() in _ENDS:
            return self._ended(at_ms)
        if not self._may_be_scanned(event):
            self._give_up()
            return False
        return self._typed(event, at_ms)

    def _may_be_scanned(self, event: QKeyEvent) -> bool:
        """Whether a key could be part of a scan: a character, or what ends one."""
        if event.isAutoRepeat():
            return False
        control = control_character(event)
        if control:
            return self._wedge.expects(control)
        if event.modifiers() & _CHORDS:
            return False
        return event.key() in _ENDS or _prints(event.text())

    def _typed(self, event: QKeyEvent, at_ms: float) -> bool:
        verdict = self._wedge.character(control_character(event) or event.text(), at_ms)
        if verdict is Verdict.PASS:
            self._release()
            if self._wedge.has_just_begun:
                self._remember_field()
            return False
        self._held.append(_copy(event))
        self._patience.start()
        scan = self._wedge.suffix_seen()
        if scan is not None:
            self._deliver(scan)
        return True

    def _ended(self, at_ms: float) -> bool:
        scan = self._wedge.end(at_ms)
        if scan is None:
            self._release()
            return False
        self._deliver(scan)
        return True

    def _deliver(self, scan: Scan) -> None:
        self._patience.stop()
        self._held.clear()
        if scan.leaked:
            self._restore_field(scan.typed)
        self.scanned.emit(scan.code)

    def _give_up(self) -> None:
        """It was a person after all: hand over what was withheld."""
        self._wedge.reset()
        self._release()

    def _release(self) -> None:
        self._patience.stop()
        held, self._held = self._held, []
        self._replaying = True
        try:
            for event in held:
                if self._window is not None:
                    QCoreApplication.sendEvent(self._window, event)
        finally:
            self._replaying = False

    def _remember_field(self) -> None:
        focus = QApplication.focusWidget()
        self._field = focus if isinstance(focus, QLineEdit) else None
        if self._field is not None:
            self._field_before = (self._field.text(), self._field.cursorPosition())

    def _restore_field(self, typed: str) -> None:
        """Take back the first character of a scan, delivered as if typed; what was typed stays."""
        if self._field is None or not isValid(self._field):
            return
        text, cursor = self._field_before
        self._field.setText(text)
        self._field.setCursorPosition(cursor)
        self._field.insert(typed)


def control_character(event: QKeyEvent) -> str:
    """The control character that a key press stands for; empty for any other key."""
    text = event.text()
    if len(text) == 1 and text in _CONTROLS:
        return text
    # Some window systems leave the text of a chord empty.
    chord = event.modifiers() & _CHORDS == Qt.KeyboardModifier.ControlModifier
    return _PRESSED_AS.get(Qt.Key(event.key()), "") if chord else ""


def _prints(text: str) -> bool:
    return bool(text) and text.isprintable()


def _copy(event: QKeyEvent) -> QKeyEvent:
    copy = QKeyEvent(
        event.type(), event.key(), event.modifiers(), event.text(), event.isAutoRepeat()
    )
    copy.setTimestamp(event.timestamp())
    return copy

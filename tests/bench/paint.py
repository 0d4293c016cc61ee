"""A window driven by key events and watched for its paints, and a bare one; imports only Qt.

Key events are sent to the native window, where the platform delivers them, with made-up time
stamps: a scanner's keys come 5 ms apart and a person's 200 ms, whatever the real pace.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QStringListModel, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QListView, QMainWindow, QVBoxLayout, QWidget

SIZE = (1280, 800)
SCANNER_GAP_MS = 5
PERSON_GAP_MS = 200
PATIENCE_S = 10.0
_ALL = QEventLoop.ProcessEventsFlag.AllEvents
_NO_MODIFIER = Qt.KeyboardModifier.NoModifier


def application() -> QApplication:
    """The process's one application."""
    running = QApplication.instance()
    return running if isinstance(running, QApplication) else QApplication(["bench"])


def remove(window: QWidget) -> None:
    """Close a window and end its timers."""
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)


def until(happened: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Run the event loop until something has happened."""
    give_up_at = time.monotonic() + patience_s
    while not happened():
        QApplication.processEvents(_ALL, 5)
        if time.monotonic() > give_up_at:
            raise TimeoutError("the window did not do what was awaited")


def settle(quiet_s: float = 0.002) -> None:
    """Let the event loop do what it still has to."""
    end = time.monotonic() + quiet_s
    while time.monotonic() < end:
        QApplication.processEvents(_ALL, 1)


class Keys:
    """One keyboard at one window."""

    def __init__(self, window: QWidget) -> None:
        self._handle = window.windowHandle()
        self._at_ms = 1_000_000

    def scan(self, code: str) -> None:
        """The keys of a wedge scanner, Enter included."""
        self._at_ms += 10 * PERSON_GAP_MS
        for character in code:
            self._press(_key(character), character, SCANNER_GAP_MS)
        self._press(Qt.Key.Key_Return, "\r", SCANNER_GAP_MS)

    def type(self, character: str) -> None:
        """One key of a person."""
        self._press(_key(character), character, PERSON_GAP_MS)

    def press(self, key: Qt.Key) -> None:
        """A key of a person that types nothing."""
        self._press(key, "\r" if key == Qt.Key.Key_Return else "", PERSON_GAP_MS)

    def _press(self, key: Qt.Key, text: str, gap_ms: int) -> None:
        self._at_ms += gap_ms
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, _NO_MODIFIER, text)
            event.setTimestamp(self._at_ms)
            QCoreApplication.sendEvent(self._handle, event)


def _key(character: str) -> Qt.Key:
    return Qt.Key(ord(character.upper()))


class PaintWatch(QObject):
    """Says when a widget has been painted for the first time after something became true."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._ready: Callable[[], bool] | None = None
        self._painted_at: float | None = None
        widget.installEventFilter(self)

    def wait_ms(self, began: float, ready: Callable[[], bool] = lambda: True) -> float:
        """Milliseconds from ``began`` (perf_counter) to the end of that paint."""
        self._ready, self._painted_at = ready, None
        until(lambda: self._painted_at is not None)
        assert self._painted_at is not None
        return (self._painted_at - began) * 1000

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint and self._ready is not None and self._ready():
            self._ready = None
            # Comes back once the whole update, of which this paint is a part, is done.
            QCoreApplication.postEvent(self, QEvent(QEvent.Type.User))
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.User:
            self._painted_at = time.perf_counter()
            return True
        return super().event(event)


class BareWindow(QMainWindow):
    """The least that shows a list and takes a line of text: what the toolkit itself costs."""

    def __init__(self) -> None:
        super().__init__()
        self.field, self.list, self.lines = QLineEdit(), QListView(), QStringListModel()
        self.list.setModel(self.lines)
        self.list.setUniformItemSizes(True)
        layout = QVBoxLayout()
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        body = QWidget()
        body.setLayout(layout)
        self.setCentralWidget(body)
        self.resize(*SIZE)
        self.field.setFocus()
        self.field.returnPressed.connect(self._add)

    def _add(self) -> None:
        self.lines.setStringList([*self.lines.stringList()[-20:], self.field.text()])
        self.field.clear()


@contextmanager
def bare_window() -> Iterator[BareWindow]:
    """A bare window on screen."""
    application()
    window = BareWindow()
    window.show()
    settle(0.05)
    try:
        yield window
    finally:
        remove(window)

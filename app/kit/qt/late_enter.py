"""The Enter that a hand still presses after a PIN that went through by itself."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QWindow

LATE_MS = 1500
_ENTERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class LateEnter(QObject):
    """Takes one Enter off a window, if it is the next key and comes soon; then it is gone.

    Else it would answer whatever is asked next: how much cash is in the drawer, say.
    """

    def __init__(self, window: QWindow, typed_at_ms: int) -> None:
        super().__init__(window)
        self._typed_at_ms = typed_at_ms
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        watched.removeEventFilter(self)
        self.deleteLater()
        in_time = event.timestamp() - self._typed_at_ms <= LATE_MS
        return in_time and event.key() in _ENTERS

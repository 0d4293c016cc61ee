"""Noticing that nobody has touched the till for a while."""

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QWindow

_TOUCHES = (
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.TouchBegin,
    QEvent.Type.Wheel,
)


class IdleWatch(QObject):
    """Emits `idle` when a window saw neither key nor touch for `after_s` seconds, and again after
    as long: whoever could not act on it the first time is told once more."""

    idle = Signal()

    def __init__(self, window: QWindow, after_s: int) -> None:
        super().__init__(window)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.idle)
        self.wait(after_s)
        window.installEventFilter(self)

    @property
    def after_s(self) -> int:
        """How long it waits."""
        return self._timer.interval() // 1000

    def wait(self, after_s: int) -> None:
        """Wait this long from now on; the same as before leaves the time that runs alone."""
        if after_s * 1000 != self._timer.interval() or not self._timer.isActive():
            self._timer.start(after_s * 1000)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in _TOUCHES:
            self._timer.start()
        return False

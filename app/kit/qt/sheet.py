"""A dialog inside the window: dims what is behind it and keeps the keyboard to itself.

No window of its own: nothing for a window manager to hide, and a scan still lands.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from app.kit.qt.basic import Button, columns, frame, label, rows
from app.kit.qt.theme import Theme
from app.kit.translation import translate


class Sheet(QWidget):
    """Shown over `host`; Esc and the cross call `cancelled`, Enter calls `accepted`."""

    def __init__(self, host: QWidget, theme: Theme, title: str, width: int = 420) -> None:
        super().__init__(host)
        self.theme = theme
        # The window's own, known also while another program is in front.
        before: QWidget | None = host.window().focusWidget()
        self._before = before or host
        self._on_cancel: Callable[[], object] = lambda: None
        self.card = frame("raised")
        self.card.setFixedWidth(width)
        self.card.setAccessibleName(title)
        self._title = label(title, "heading")
        close = Button("", "ghost").with_icon(theme, "close").doing(self.cancel)
        close.setAccessibleName(translate("Till", "Close"))
        close.setFixedSize(48, 48)
        top = columns()
        top.addWidget(self._title, 1)
        top.addWidget(close)
        self.body = rows(gap=12)
        inside = rows(margin=16, gap=12)
        inside.addLayout(top)
        inside.addLayout(self.body, 1)
        self.card.setLayout(inside)
        outside = rows(margin=16)
        outside.addWidget(self.card, 0, Qt.AlignmentFlag.AlignCenter)
        self.setLayout(outside)
        # No focus by a click: what was typed next went to the sheet instead of its field.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        host.installEventFilter(self)

    def open(self, focus: QWidget | None = None) -> None:
        """Cover the host and take the keyboard."""
        self._cover()
        self.show()
        self.raise_()
        (focus or self).setFocus(Qt.FocusReason.PopupFocusReason)

    def on_cancel(self, action: Callable[[], object]) -> None:
        """What to do when it is closed without an answer."""
        self._on_cancel = action

    def cancel(self) -> None:
        """Close without an answer; once closed, nothing."""
        if self.isHidden():
            return
        self.close_sheet()
        self._on_cancel()

    def accept(self) -> None:
        """Enter was pressed; for a subclass."""

    def take_scan(self, code: str) -> bool:
        """Whether a scan was meant for this sheet; for a subclass that reads badges."""
        return False

    def close_sheet(self) -> None:
        """Go away and give the focus back."""
        self.hide()
        if isValid(self._before) and self._before.isVisible():
            self._before.setFocus()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancel()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accept()
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.parent():
            self._cover()
        return False

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab stays inside; where nothing takes it, the sheet has the keyboard."""
        inside = [w for w in self.findChildren(QWidget) if _takes_tab(w)]
        focused = QApplication.focusWidget()
        if inside:
            at = inside.index(focused) if focused in inside else -1
            step = inside[(at + (1 if forward else -1)) % len(inside)]
            step.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), QColor(8, 14, 12, 150))

    def _cover(self) -> None:
        host = self.parentWidget()
        if host is not None:
            self.setGeometry(host.rect())


def _takes_tab(widget: QWidget) -> bool:
    by_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    return bool(by_tab) and widget.isVisible() and widget.isEnabled()

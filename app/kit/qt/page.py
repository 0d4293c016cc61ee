"""What the manager's pages have in common: a way back, a title, actions, and quiet states."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QScroller,
    QVBoxLayout,
    QWidget,
)

from app.kit.qt.basic import Button, Icon, columns, label, rows
from app.kit.qt.theme import Theme
from app.kit.translation import translate

MARGIN = 20
_AROUND_PX = 40
"""Kept in sight above and below what gets the keyboard: its caption, and what is wrong with it."""


class Page(QWidget):
    """A screen with a head; Esc and the arrow leave it."""

    left = Signal()

    def __init__(self, theme: Theme, title: str, subtitle: str = "") -> None:
        super().__init__()
        self.setProperty("role", "page")
        self.theme = theme
        self.back = Button("", "ghost").with_icon(theme, "back").doing(self.leave)
        self.back.setAccessibleName(translate("Till", "Back"))
        self.back.setToolTip(translate("Till", "Back (Esc)"))
        self.back.setFixedSize(48, 48)
        self.back.setStyleSheet("padding: 0")
        self.tools = columns(gap=8)
        words = rows(gap=0)
        words.addWidget(label(title, "title"))
        self.subtitle = label(subtitle, "muted")
        if not subtitle:
            # Never shown here: without a parent it would be a window for a moment.
            self.subtitle.hide()
        words.addWidget(self.subtitle)
        head = columns(gap=10)
        head.addWidget(self.back)
        head.addLayout(words, 1)
        head.addLayout(self.tools)
        self.body = rows(gap=12)
        outside = rows(gap=14)
        outside.setContentsMargins(MARGIN, 14, MARGIN, MARGIN)
        outside.addLayout(head)
        outside.addLayout(self.body, 1)
        self.setLayout(outside)

    def open(self) -> None:
        """Called each time the page is shown."""

    def take_scan(self, code: str) -> bool:
        """Whether this page makes use of a scanned code; else it goes to the cart."""
        return False

    def leave(self) -> None:
        """Go back to where one came from."""
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)


class Empty(QFrame):
    """Said where a list would be: an icon and one sentence."""

    def __init__(self, theme: Theme, icon: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.icon = Icon(theme, icon, "text_muted", 48)
        self.words = label("", "heading", wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = rows(margin=24, gap=14)
        layout.addStretch(2)
        layout.addWidget(self.icon, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self.words)
        layout.addStretch(3)
        self.setLayout(layout)


class Scroll(QScrollArea):
    """Holds a column of things that may be taller than the window."""

    def __init__(self, inside: QVBoxLayout) -> None:
        super().__init__()
        holder = self._holder = QWidget()
        holder.setLayout(inside)
        self.setWidget(holder)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setStyleSheet(
            "QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }"
        )
        holder.installEventFilter(self)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._follow)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.TouchGesture)

    def _follow(self, _before: QWidget | None, now: QWidget | None) -> None:
        """What gets the keyboard comes into sight, however it got it."""
        if now is not None and self._holder.isAncestorOf(now):
            self.ensureWidgetVisible(now, 0, _AROUND_PX)

    def sizeHint(self) -> QSize:
        """As high as what it holds: a sheet is no larger than it need be."""
        holder = self._holder
        width = self.viewport().width()
        height = holder.heightForWidth(width) if holder.hasHeightForWidth() else -1
        return QSize(width, max(height, holder.sizeHint().height()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


def reachable(button: Button) -> Button:
    """A button that Tab stops at: on a manager's page no scan waits for the focus."""
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def fact(name: str, value: QLabel) -> QHBoxLayout:
    """A line of a list of facts: a muted name, then what it is."""
    line = columns(gap=12)
    said = label(name, "muted")
    said.setFixedWidth(190)
    line.addWidget(said, 0, Qt.AlignmentFlag.AlignTop)
    value.setWordWrap(True)
    line.addWidget(value, 1)
    return line

"""A button that pays by one method: its icon and name, and the letter that chooses it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from app.kit.qt.basic import Button, columns, label
from app.kit.qt.theme import Theme
from app.paying.state import MethodView

HEIGHT_PX = 56
ROOM_BESIDE_PX = 80
"""What the icon, the letter and the distances between take of the width."""


class MethodButton(Button):
    """Shows the letter at its right edge; the chosen one is filled."""

    def __init__(self, theme: Theme, method: MethodView) -> None:
        super().__init__(method.name, "method", "chosen" if method.is_selected else "")
        self.code = method.code
        role = "on_primary_soft" if method.is_selected else "text"
        self.with_icon(theme, method.icon, role, 20)
        self.setFixedHeight(HEIGHT_PX)
        # As wide as its column, whatever it is called.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        # The name is cut before it runs into the letter.
        room = columns()
        room.setContentsMargins(10, 0, 10, 0)
        room.addStretch(1)
        self.hint = label(method.key, "key-hint")
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        if not method.key:
            self.hint.hide()
        room.addWidget(self.hint, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(room)
        spoken = f"{method.name}, key {method.key}" if method.key else method.name
        self.setAccessibleName(spoken)
        self.setToolTip(method.name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() - ROOM_BESIDE_PX
        name = self.fontMetrics().elidedText(self.toolTip(), Qt.TextElideMode.ElideRight, room)
        if name != self.words:
            self.setText(name)

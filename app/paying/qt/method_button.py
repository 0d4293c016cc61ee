"""A tile that pays by one method: its icon and name, and the letter that chooses it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy

from app.kit.qt.basic import Button, Icon, columns, label, rows, tall
from app.kit.qt.fitting import CutLabel
from app.kit.qt.theme import Theme
from app.paying.state import MethodView

HEIGHT_PX = 68
_AROUND_PX = 12


class MethodButton(Button):
    """The chosen one is filled; a name that is too long is cut, and whole in its tool tip."""

    def __init__(self, theme: Theme, method: MethodView) -> None:
        super().__init__("", "method", "chosen" if method.is_selected else "")
        self.code = method.code
        self.words = method.name
        tall(self, HEIGHT_PX, "padding: 0;")
        # As wide as its column, whatever it is called.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        role = "on_primary_soft" if method.is_selected else "text"
        name = CutLabel(method.name, "strong")
        hint = label(method.key, "key-hint")
        if not method.key:
            hint.hide()
        icon = Icon(theme, method.icon, role, 22)
        top = columns(gap=4)
        top.addWidget(icon)
        top.addStretch(1)
        top.addWidget(hint)
        inside = rows(margin=_AROUND_PX, gap=2)
        inside.setContentsMargins(_AROUND_PX, 8, _AROUND_PX, 8)
        inside.addLayout(top)
        inside.addWidget(name)
        self.setLayout(inside)
        for part in (icon, hint, name):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        spoken = f"{method.name}, key {method.key}" if method.key else method.name
        self.setAccessibleName(spoken)
        self.setToolTip(method.name)

"""The recovery sheet over the window, once somebody's PIN has allowed it."""

from PySide6.QtWidgets import QWidget

from app.kit.qt.basic import Button, rows
from app.kit.qt.page import Scroll, reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.setup.qt.recovery import RecoveryPanel
from app.setup.recovery import Recovery

WIDTH = 560
_AROUND_PX = 190


class RecoveryDialog(Sheet):
    """Enter and Esc close it."""

    def __init__(self, host: QWidget, theme: Theme, recovery: Recovery) -> None:
        super().__init__(host, theme, translate("Recovery", "Recovery sheet"), WIDTH)
        self.panel = RecoveryPanel(theme, recovery)
        inside = rows()
        inside.addWidget(self.panel)
        area = Scroll(inside)
        area.setMinimumHeight(min(self.panel.sizeHint().height() + 4, host.height() - _AROUND_PX))
        self.body.addWidget(area, 1)
        self.body.addWidget(
            reachable(Button(translate("Recovery", "Close"), "primary").doing(self.cancel))
        )
        self.open()

    def accept(self) -> None:
        self.cancel()

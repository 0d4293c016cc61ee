"""What shows from anywhere in the shop that a till only practises: a banner on every screen."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from app.kit.qt.basic import Button, Icon, columns, label
from app.kit.qt.theme import Theme
from app.kit.translation import translate

BANNER = "TRAINING MODE: sales are not recorded and the drawer stays closed"


class TrainingBanner(QFrame):
    """Below the bar on top while training is on; its button ends it."""

    end_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "strip-training")
        self.setAccessibleName(BANNER)
        self.end = Button(translate("Till", "End training"), "ghost").doing(self.end_asked.emit)
        layout = columns(gap=12)
        layout.setContentsMargins(16, 4, 8, 4)
        layout.addWidget(Icon(theme, "info", "on_training", 22))
        layout.addWidget(label(BANNER, wrap=True), 1)
        layout.addWidget(self.end)
        self.setLayout(layout)
        self.hide()

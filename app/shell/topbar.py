"""The bar on top: where this till stands, what can be found, and whether it is in sync."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from app.kit.qt.basic import Button, Icon, columns, label, rows
from app.kit.qt.theme import Theme, restyle
from app.kit.translation import translate
from app.syncing.chip import SyncChip

HEIGHT = 60


class TopBar(QFrame):
    """Emits what was asked for; knows nothing else."""

    sync_asked = Signal()
    find_asked = Signal()

    def __init__(self, theme: Theme, store: str, till: str) -> None:
        super().__init__()
        self.setProperty("role", "topbar")
        self.setFixedHeight(HEIGHT)
        self._theme = theme
        self.chip = Button().doing(self.sync_asked.emit)
        self.chip.setProperty("role", "chip-ok")
        self.chip.setMaximumHeight(48)
        self.finder = Button(translate("Top bar", "Find"), "ghost").doing(self.find_asked.emit)
        self.finder.with_icon(theme, "search", "text_muted", 20)
        self.finder.setToolTip("Ctrl+K")
        self._lay_out(store, till)
        self.show_cashier(None)

    def show_cashier(self, name: str | None) -> None:
        """Somebody is at the till; None while nobody is."""
        self.finder.setVisible(name is not None)

    def show_sync(self, chip: SyncChip) -> None:
        """Show how the sync stands."""
        if self.chip.words == chip.text and self.chip.property("role") == chip.role:
            return
        self.chip.setText(chip.text)
        self.chip.setAccessibleName(translate("Top bar", "Sync: {state}", state=chip.text))
        restyle(self.chip, "role", chip.role)
        tones = {"chip-ok": "success", "chip-busy": "info", "chip-warning": "warning"}
        self.chip.with_icon(self._theme, chip.icon, f"on_{tones.get(chip.role, 'danger')}_soft", 18)

    def _lay_out(self, store: str, till: str) -> None:
        names = rows(gap=0)
        names.addStretch(1)
        names.addWidget(label(store, "strong"))
        names.addWidget(label(till, "caption"))
        names.addStretch(1)
        layout = columns(gap=10)
        layout.setContentsMargins(16, 0, 12, 0)
        layout.addWidget(Icon(self._theme, "store", "primary", 26))
        layout.addLayout(names)
        layout.addStretch(1)
        layout.addWidget(self.finder)
        layout.addSpacing(8)
        layout.addWidget(self.chip)
        self.setLayout(layout)

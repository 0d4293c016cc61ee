"""The bar on top: where this till stands, who is at it, and whether it is in sync."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QMenu

from app.kit.qt.basic import Button, Icon, columns, label, rows
from app.kit.qt.theme import Theme, restyle
from app.syncing.chip import SyncChip

HEIGHT = 60


class TopBar(QFrame):
    """Emits what was asked for; knows nothing else."""

    lock_asked = Signal()
    sync_asked = Signal()

    def __init__(self, theme: Theme, store: str, till: str) -> None:
        super().__init__()
        self.setProperty("role", "topbar")
        self.setFixedHeight(HEIGHT)
        self._theme = theme
        self.menu = QMenu(self)
        self.chip = Button().doing(self.sync_asked.emit)
        self.chip.setProperty("role", "chip-ok")
        self.chip.setMaximumHeight(48)
        self._cashier_icon = Icon(theme, "user", "text_muted", 20)
        self._cashier = label("", "strong")
        self.lock = self._tool("lock", "Lock (Ctrl+L)").doing(self.lock_asked.emit)
        self._scheme = self._tool("moon", "Light or dark").doing(theme.toggle)
        self._more = self._tool("menu", "Menu")
        self._more.doing(self._open_menu)
        self._lay_out(store, till)
        theme.changed.connect(self._draw_scheme)
        self._draw_scheme()
        self.show_cashier(None)

    def show_cashier(self, name: str | None) -> None:
        """Show who is at the till; None while nobody is."""
        self._cashier.setText(name or "")
        for widget in (self._cashier, self._cashier_icon, self.lock, self._more):
            widget.setVisible(name is not None)

    def offer_menu(self, offered: bool) -> None:
        """Whether the menu can be opened."""
        self._more.setEnabled(offered)

    def show_sync(self, chip: SyncChip) -> None:
        """Show how the sync stands."""
        if self.chip.words == chip.text and self.chip.property("role") == chip.role:
            return
        self.chip.setText(chip.text)
        self.chip.setAccessibleName(f"Sync: {chip.text}")
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
        layout.setContentsMargins(16, 0, 8, 0)
        layout.addWidget(Icon(self._theme, "store", "primary", 26))
        layout.addLayout(names)
        layout.addStretch(1)
        layout.addWidget(self.chip)
        layout.addSpacing(8)
        layout.addWidget(self._cashier_icon)
        layout.addWidget(self._cashier)
        layout.addSpacing(4)
        for button in (self.lock, self._scheme, self._more):
            layout.addWidget(button)
        self.setLayout(layout)

    def _tool(self, icon: str, tip: str) -> Button:
        button = Button("", "ghost").with_icon(self._theme, icon, "text")
        button.setFixedSize(48, 48)
        button.setStyleSheet("padding: 0")
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    def _draw_scheme(self) -> None:
        self._scheme.with_icon(self._theme, "moon" if self._theme.scheme == "light" else "sun")

    def _open_menu(self) -> None:
        below = self._more.mapToGlobal(self._more.rect().bottomRight())
        below.setX(below.x() - self.menu.sizeHint().width())
        self.menu.popup(below)

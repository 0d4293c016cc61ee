"""The rail at the left: the same entries in the same places for everyone who may use them."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QToolButton, QWidget

from app.kit.qt.basic import label, rows
from app.kit.qt.sections import Section
from app.kit.qt.theme import Theme
from app.kit.translation import translate

WIDTH = 72
ENTRY_HEIGHT = 60
ICON_PX = 24
MARGIN = 4
COUNT_MAX = 99


class RailButton(QToolButton):
    """An icon over a name; a count may stand at its corner."""

    def __init__(self, theme: Theme, icon: str, words: str, tip: str) -> None:
        super().__init__()
        self._theme = theme
        self._icon = icon
        self._count = label("", "rail-count")
        self._count.setParent(self)
        self._count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._count.hide()
        self.setProperty("variant", "rail")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(QSize(ICON_PX, ICON_PX))
        self.setFixedSize(WIDTH, ENTRY_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._words = ""
        self.show_words(words)
        self.setToolTip(tip)
        theme.changed.connect(self._draw)
        self.toggled.connect(lambda _on: self._draw())
        self._draw()

    def show_words(self, words: str) -> None:
        """Show a name, cut where it is too long for the rail; it is read out whole."""
        self._words = words
        self.setAccessibleName(words)
        self._elide()

    def changeEvent(self, event: QEvent) -> None:
        """Cut the name anew once the style has given it its font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._elide()

    def _elide(self) -> None:
        room = WIDTH - 2 * MARGIN
        shown = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room)
        self.setText(shown.replace("&", "&&"))

    def show_count(self, count: int) -> None:
        """Show how many things wait there; 0 shows nothing."""
        self._count.setText(str(count) if count <= COUNT_MAX else f"{COUNT_MAX}+")
        self._count.adjustSize()
        self._count.setMinimumWidth(self._count.height())
        self._count.move(WIDTH - self._count.width() - 8, 4)
        self._count.setVisible(count > 0)

    @property
    def count(self) -> str:
        """The count shown; empty for none."""
        return "" if self._count.isHidden() else self._count.text()

    def _draw(self) -> None:
        role = "on_primary_soft" if self.isChecked() else "text_muted"
        self.setIcon(self._theme.icon(self._icon, role))


class Rail(QFrame):
    """Emits what was asked for; knows nothing else."""

    chosen = Signal(str)
    """With the name of a section."""
    help_asked = Signal()
    lock_asked = Signal()
    person_asked = Signal()

    def __init__(self, theme: Theme, entries: tuple[Section, ...]) -> None:
        super().__init__()
        self.setProperty("role", "rail")
        self.setFixedWidth(WIDTH)
        self.entries: dict[str, RailButton] = {}
        layout = rows(gap=2)
        layout.setContentsMargins(0, 6, 0, 6)
        for number, section in enumerate(entries, start=1):
            button = RailButton(
                theme,
                section.icon,
                section.title,
                f"Alt+{number}",
            )
            button.setCheckable(True)
            button.clicked.connect(lambda _on, name=section.name: self.chosen.emit(name))
            self.entries[section.name] = button
            layout.addWidget(button)
        layout.addStretch(1)
        self.help = RailButton(theme, "help", translate("Rail", "Help"), "F1")
        self.help.clicked.connect(self.help_asked)
        self.lock = RailButton(theme, "lock", translate("Rail", "Lock"), "Ctrl+L")
        self.lock.clicked.connect(self.lock_asked)
        self.person = RailButton(theme, "user", "", translate("Rail", "Switch user, training"))
        self.person.clicked.connect(self.person_asked)
        for button in (self.help, self.lock, self.person):
            layout.addWidget(button)
        self.setLayout(layout)

    def offer(self, names: set[str]) -> None:
        """Show these sections; each keeps its place in the order."""
        for name, button in self.entries.items():
            button.setVisible(name in names)

    def show_section(self, name: str) -> None:
        """Mark the section that is up."""
        for other, button in self.entries.items():
            button.setChecked(other == name)

    def free(self, is_free: bool) -> None:
        """Whether another section can be chosen; locking always can."""
        for button in (*self.entries.values(), self.person):
            button.setEnabled(is_free)

    def widgets(self) -> list[QWidget]:
        """All entries that can be tapped now."""
        return [button for button in self.findChildren(RailButton) if button.isVisible()]

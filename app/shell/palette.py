"""Ctrl+K: one field that finds pages, actions, products, customers, receipts and settings."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.kit.qt.basic import label
from app.kit.qt.picker import Picker
from app.kit.qt.search import search_field
from app.kit.qt.sheet import Sheet
from app.kit.qt.theme import Theme
from app.kit.registry import Found
from app.kit.translation import translate

WIDTH = 640
ROWS = 8
_ROW_PX = 56
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class PaletteSheet(Sheet):
    """Runs what was chosen once it has gone; everything is listed while nothing is typed."""

    def __init__(self, host: QWidget, theme: Theme, find: Callable[[str], Sequence[Found]]) -> None:
        super().__init__(host, theme, translate("Palette", "Find"), WIDTH)
        self._find = find
        self._found: Sequence[Found] = ()
        self.search = search_field(
            theme, translate("Palette", "Page, setting, product, customer or receipt")
        )
        self.list = Picker(translate("Palette", "What was found"))
        self.list.setFixedHeight(ROWS * _ROW_PX + 4)
        self.nothing = label(translate("Palette", "Nothing found. Try another word."), "muted")
        self.nothing.setFixedHeight(ROWS * _ROW_PX + 4)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for part in (self.search, self.list, self.nothing):
            self.body.addWidget(part)
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._show)
        self.list.picked.connect(self._take)
        self._show("")
        self.open(self.search)

    def accept(self) -> None:
        self._take(self.list.currentRow())

    def take_scan(self, code: str) -> bool:
        self.search.setText(code)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            by = _STEPS.get(Qt.Key(event.key()))
            if by is not None:
                self.list.step(by)
                return True
        return super().eventFilter(watched, event)

    def _show(self, text: str) -> None:
        self._found = self._find(text)
        self.list.show_rows([(found.title, found.detail) for found in self._found])
        self.list.setVisible(bool(self._found))
        self.nothing.setVisible(not self._found)

    def _take(self, number: int) -> None:
        if 0 <= number < len(self._found):
            run = self._found[number].run
            self.close_sheet()
            run()

"""A sheet on which somebody says who they are: a tile and a PIN, or a badge."""

from PySide6.QtGui import QKeyEvent

from app.kit.pin import PinPresenter
from app.kit.qt.pin import PeopleGrid, PersonTile, PinPad
from app.kit.qt.sheet import Sheet


class PinSheet(Sheet):
    """A subclass makes the three parts before it opens; digits and scans go to its presenter."""

    presenter: PinPresenter
    pad: PinPad
    grid: PeopleGrid

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.pad.take_key(event):
            super().keyPressEvent(event)

    def take_scan(self, code: str) -> bool:
        """A scan while a PIN is asked for is a badge."""
        self.presenter.badge(code)
        return True

    def tile(self, name: str) -> PersonTile:
        """The tile of a person."""
        return self.grid.tile(name)

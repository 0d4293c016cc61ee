"""The bar on top."""

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.kit.qt.theme import Theme
from app.shell.topbar import TopBar
from app.syncing.chip import ChipRole, SyncChip


@pytest.mark.parametrize("role", ["chip-ok", "chip-busy", "chip-warning", "chip-error"])
def test_the_chip_keeps_its_colour_under_the_pointer(
    qtbot: QtBot, qapp: QApplication, role: ChipRole
) -> None:
    """The colour is the message: hovering used to wash the amber away."""
    bar = TopBar(Theme(qapp, "light"), "Shop", "Till T01")
    qtbot.addWidget(bar)
    bar.resize(1024, 60)
    bar.show_sync(SyncChip("Offline", role, "sync-offline"))
    bar.show()
    inside = bar.chip.rect().center()
    inside.setX(8)

    def colour() -> int:
        return bar.chip.grab().toImage().pixel(inside)

    before = colour()
    for widget in (bar, bar.chip):
        QTest.mouseMove(widget, widget.rect().center())
        QApplication.processEvents()
    assert bar.chip.underMouse()
    assert colour() == before

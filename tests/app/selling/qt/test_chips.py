"""The categories: in one row if they fit, else in two that scroll; the chosen one in sight."""

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.kit.qt.basic import Button
from app.kit.qt.theme import Theme
from app.selling.browse import Chip
from app.selling.qt.chips import ChipBar
from tests.app.acting import tap
from tests.screens.studio import settle

CHIPS = (
    Chip(None, "All", ""),
    *(Chip(f"c{n}", f"Category {n}", "") for n in range(14)),
)
LEFT_COLUMN_PX = 540
"""What the chips have at 1024x768."""


@pytest.fixture
def bar(qtbot: QtBot, qapp: QApplication) -> ChipBar:
    """The bar of a shop with 14 categories."""
    made = ChipBar(Theme(qapp, "light"))
    qtbot.addWidget(made)
    made.resize(LEFT_COLUMN_PX, 104)
    made.show_chips(CHIPS, None)
    made.show()
    settle(3)
    return made


def is_in_sight(bar: ChipBar, button: Button) -> bool:
    """Whether a chip can be seen from end to end."""
    return button.visibleRegion().boundingRect() == button.rect()


def in_sight(bar: ChipBar) -> set[str]:
    """The words on the chips that can be seen from end to end."""
    return {button.words for button in bar.buttons if is_in_sight(bar, button)}


def test_every_category_is_reached_in_two_rows(bar: ChipBar) -> None:
    """By scrolling with the arrows; a tap on the last one chooses it."""
    assert {button.y() for button in bar.buttons} == {bar.buttons[0].y(), bar.buttons[-1].y()}
    seen = in_sight(bar)
    assert len(seen) >= 7
    for _step in range(3):
        tap(bar.on)
        settle(2)
        seen |= in_sight(bar)
    assert seen == {chip.name for chip in CHIPS}
    heard: list[object] = []
    bar.chosen.connect(heard.append)
    tap(bar.buttons[-1])
    assert heard == ["c13"]
    for _step in range(3):
        tap(bar.back)
    settle(2)
    assert "All" in in_sight(bar)


def test_the_chosen_one_is_always_in_sight(bar: ChipBar) -> None:
    """Also when it is the last one."""
    bar.show_chips(CHIPS, "c13")
    settle(2)
    assert "Category 13" in in_sight(bar)


def test_with_room_for_all_there_is_one_row(bar: ChipBar) -> None:
    """A wide screen, or few categories."""
    bar.show_chips(CHIPS[:4], None)
    settle(2)
    assert in_sight(bar) == {chip.name for chip in CHIPS[:4]}
    assert len({button.y() for button in bar.buttons}) == 1
    assert not bar.on.isVisible()

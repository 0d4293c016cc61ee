"""The row of categories: as many as fit, the chosen one in sight, the rest one tap away."""

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.kit.qt.theme import Theme
from app.selling.browse import Chip
from app.selling.qt.chips import ChipBar

CHIPS = (
    Chip(None, "All", ""),
    *(Chip(f"c{n}", f"Category {n}", "") for n in range(20)),
)


@pytest.fixture
def bar(qtbot: QtBot, qapp: QApplication) -> ChipBar:
    """A bar in which not all fit."""
    made = ChipBar(Theme(qapp, "light"))
    qtbot.addWidget(made)
    made.resize(600, 60)
    made.show_chips(CHIPS, None)
    made.show()
    return made


def in_sight(bar: ChipBar) -> list[str]:
    """The words on the chips that can be seen."""
    return [button.words for button in bar._buttons if button.isVisible()]


def test_what_does_not_fit_is_counted_and_in_the_menu(bar: ChipBar) -> None:
    """Nothing scrolls sideways, nothing is out of reach."""
    shown = in_sight(bar)
    assert shown[0] == "All"
    assert bar.more.words == f"{len(CHIPS) - len(shown)} more"
    ends = [button.geometry().right() for button in (*bar._buttons, bar.more) if button.isVisible()]
    assert max(ends) < bar.width()
    heard: list[object] = []
    bar.chosen.connect(heard.append)
    bar.fill_menu()
    listed = bar.menu.actions()
    assert [action.text() for action in listed] == [chip.name for chip in CHIPS[len(shown) :]]
    listed[-1].trigger()
    assert heard == ["c19"]


def test_the_chosen_one_is_always_in_sight(bar: ChipBar) -> None:
    """Also when it was chosen from the menu, and when there is hardly any room."""
    bar.show_chips(CHIPS, "c19")
    assert in_sight(bar)[-1] == "Category 19"
    bar.resize(250, 60)
    assert "Category 19" in in_sight(bar)


def test_with_room_for_all_there_is_no_menu(bar: ChipBar) -> None:
    """A wide screen, or few categories."""
    bar.show_chips(CHIPS[:4], None)
    assert in_sight(bar) == [chip.name for chip in CHIPS[:4]]
    assert not bar.more.isVisible()

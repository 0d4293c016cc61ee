"""No screen overlaps, clips, scrolls sideways or has anything too small to tap.

Played on the smallest window with words as they are, with words 30 % longer, and from right to
left: what a translation does to a layout is found here and not by a cashier.
"""

from contextlib import nullcontext
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.kit.qt.basic import Button, rows
from tests.screens import back_office, manager, till
from tests.screens.faults import faults
from tests.screens.studio import SMALL, longer, longer_words, right_to_left, settle

STORIES = {"till": till, "back office": back_office}
WORDS = pytest.mark.parametrize("words", ["plain", "longer", "rtl"])


def found(window: QWidget, words: str) -> str:
    """What is wrong with a window, with its words as asked, a line each."""
    settle(4)
    with longer_words(window) if words == "longer" else nullcontext():
        settle(2)
        return "\n".join(faults(window))


@WORDS
@pytest.mark.parametrize("story", STORIES)
def test_the_steps_of_a_story(story: str, words: str, tmp_path: Path, qapp: QApplication) -> None:
    """Every step of the cashier's, and every page and form of the back office, in the window."""
    wrong = {}
    sides = right_to_left() if words == "rtl" else nullcontext()
    with sides, STORIES[story].opened(tmp_path, "light") as stage:
        stage.window.resize(QSize(*SMALL))
        for name, act in STORIES[story].SCENES:
            act(stage)
            wrong[name] = found(stage.window, words)
    assert {name: text for name, text in wrong.items() if text} == {}


@WORDS
@pytest.mark.parametrize("scene", manager.SCENES)
def test_the_managers_pages(scene: str, words: str, tmp_path: Path, qapp: QApplication) -> None:
    """Every page on its own."""
    sides = right_to_left() if words == "rtl" else nullcontext()
    with sides, manager.stand(qapp, "light", tmp_path, SMALL) as at:
        page = manager.SCENES[scene](at)
        wrong = found(at.host, words)
        page.close()
    assert wrong == ""


def test_a_faulty_layout_is_told(qtbot: QtBot) -> None:
    """The judge sees what it is there for."""
    window = QWidget()
    qtbot.addWidget(window)
    inside = rows()
    narrow = QLabel("a good deal of words")
    narrow.setFixedWidth(30)
    small = Button("x")
    small.setFixedSize(20, 20)
    over = QWidget()
    for widget in (narrow, small, over):
        inside.addWidget(widget)
    window.setLayout(inside)
    window.resize(200, 200)
    window.show()
    settle(2)
    over.setGeometry(0, 0, 200, 200)
    told = "\n".join(faults(window))
    for words in ("needs", "too small to tap", "lies over"):
        assert words in told


def test_longer_words_are_longer_and_figures_stay() -> None:
    """And everything is as it was afterwards."""
    assert longer("Charge €12.50") == "Chargeha €12.50"
    assert longer("No 7") == "No 7"

"""What setup adds to the program: its pages, and every setting for Ctrl+K."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.setup.definitions import definitions
from app.setup.qt.feature import Setup
from app.setup.qt.settings import SettingsScreen
from app.setup.recovery import Recovery
from app.shell.palette import PaletteSheet
from localdb.store.keys import recovery_text
from tests.app.acting import key, sheet, sign_in, type_text
from tests.app.stage import CASHIER_PIN, Stage
from tests.support.shops import KEY


@pytest.fixture
def with_setup(stage: Stage, tmp_path: Path) -> Stage:
    """A window that setup was added to."""

    def recovery() -> Recovery:
        return Recovery(stage.till, lambda: recovery_text(KEY), tmp_path, stage.clock)

    Setup(stage.window.shell, tmp_path, recovery, lambda _stop: None)
    return stage


def titles(stage: Stage, text: str) -> list[str]:
    return [found.title for found in stage.window.found(text)]


def test_ctrl_k_opens_the_page_at_the_setting(with_setup: Stage, qtbot: QtBot) -> None:
    """By title or keyword; its section is up and its field has the keyboard."""
    stage = with_setup
    sign_in(stage, qtbot)
    key(stage, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = sheet(stage)
    assert isinstance(palette, PaletteSheet)
    type_text(stage, "gratuity")
    assert palette.list.item(0).text() == "Suggested tips (%)\nSetting  ·  Payments and cash"
    key(stage, Qt.Key.Key_Return)
    page = stage.window.current_screen()
    assert isinstance(page, SettingsScreen)
    assert page.presenter.state.section == "payments"
    QApplication.processEvents()
    assert page.cards["tip_ppm"].control.hasFocus()
    assert page.cards["tip_ppm"].visibleRegion().boundingRect().height() > 0


def test_every_setting_is_found_by_its_title(with_setup: Stage, qtbot: QtBot) -> None:
    """And comes first; signs in a text do not matter."""
    stage = with_setup
    sign_in(stage, qtbot)
    for one in definitions():
        assert titles(stage, one.title)[0] == one.title
    assert titles(stage, "lock after")[0] == "Lock after"


def test_who_may_not_change_settings_finds_none(with_setup: Stage, qtbot: QtBot) -> None:
    """A cashier's Ctrl+K does not speak of them."""
    stage = with_setup
    sign_in(stage, qtbot)
    assert "Suggested tips (%)" in titles(stage, "tips")
    stage.program.people.lock()
    sign_in(stage, qtbot, "Jonas Weber", CASHIER_PIN)
    assert "Suggested tips (%)" not in titles(stage, "tips")

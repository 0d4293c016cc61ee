"""The selling screen of a shop that has no products yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.catalogue.qt.import_products import ImportScreen
from app.selling.qt.open_item import OpenItemSheet
from localdb.services.till import Till
from tests.app.acting import sheet, sign_in, tap
from tests.app.stage import CASHIER_PIN, Stage, open_stage
from tests.support.shops import add
from tests.support.taxes import default_taxes

pytestmark = pytest.mark.usefixtures("needs_qt")


def taxes_alone(till: Till) -> None:
    """What the first run leaves, without sample products."""
    till.write(default_taxes)


@pytest.fixture
def empty(tmp_path: Path, qapp: QApplication) -> Iterator[Stage]:
    """A shop on its first day."""
    with open_stage(tmp_path, taxes_alone) as stage:
        stage.add_page("import", lambda: ImportScreen(stage.place, tmp_path))
        stage.window.show()
        yield stage


def test_an_empty_shop_offers_the_import_and_an_open_item(empty: Stage, qtbot: QtBot) -> None:
    """By touch; both are gone as soon as there is a product."""
    sign_in(empty, qtbot)
    steps = empty.selling.first_steps
    tap(steps.open_item)
    assert isinstance(sheet(empty), OpenItemSheet)
    sheet(empty).cancel()
    tap(steps.bring_in)
    assert isinstance(empty.window.stack.currentWidget(), ImportScreen)
    empty.window.show_home()
    empty.till.write(add, "MILK", "Milk 1 l", 129, "400", 1000)
    qtbot.waitUntil(lambda: not steps.isVisible())
    assert [tile.name for tile in empty.selling.tiles.tiles] == ["Milk 1 l"]


def test_who_may_not_change_the_catalogue_is_offered_no_import(empty: Stage, qtbot: QtBot) -> None:
    """A cashier can sell an open item all the same."""
    sign_in(empty, qtbot)
    empty.program.people.lock()
    sign_in(empty, qtbot, "Jonas Weber", CASHIER_PIN)
    steps = empty.selling.first_steps
    assert (steps.bring_in.isVisible(), steps.open_item.isVisible()) == (False, True)

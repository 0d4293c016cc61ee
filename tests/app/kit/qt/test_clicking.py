"""Mouse and keyboard taken in turns, at the real window."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.catalogue.qt.import_products import ImportScreen
from app.kit.qt.basic import Button
from app.kit.qt.number import NumberSheet
from app.selling.qt.discount import DiscountSheet
from tests.app.acting import cart, has_sheet, key, scan, sheet, sign_in, tap, type_text
from tests.app.conftest import MILK
from tests.app.stage import Stage


def button(stage: Stage, words: str) -> Button:
    """A button that is shown, by its words."""
    shown = [b for b in stage.window.findChildren(Button) if b.isVisible() and b.words == words]
    return shown[-1]


def test_a_weight_is_tapped_and_typed_in_turns(stage: Stage, qtbot: QtBot) -> None:
    """1 tapped and 5 typed weigh 15 kg, not 1."""
    sign_in(stage, qtbot)
    type_text(stage, "APPLE")
    key(stage, Qt.Key.Key_Return)
    asked = sheet(stage)
    assert isinstance(asked, NumberSheet)
    tap(next(b for b in asked.findChildren(Button) if b.words == "1"))
    type_text(stage, "5")
    key(stage, Qt.Key.Key_Return)
    assert cart(stage) == ["Apples | 15.000\u00a0kg × €2.99/kg | €44.85"]


def test_a_discount_is_typed_after_what_it_is_on_was_tapped(stage: Stage, qtbot: QtBot) -> None:
    """*Whole cart*, then 10 and Enter: a tenth off the whole cart."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F6)
    asked = sheet(stage)
    assert isinstance(asked, DiscountSheet)
    tap(button(stage, "Whole cart"))
    type_text(stage, "10")
    assert asked.field.edit.text() == "10"
    key(stage, Qt.Key.Key_Return)
    assert stage.selling.presenter.open_cart.totals().total_minor == 116


def test_the_next_file_is_typed_at_once(stage: Stage, qtbot: QtBot, tmp_path: Path) -> None:
    """*Import another file* gives the keyboard to the field of its path."""
    sign_in(stage, qtbot)
    stage.add_page("Import", lambda: ImportScreen(stage.place, tmp_path))
    page = stage.window.show_page("Import")
    assert isinstance(page, ImportScreen)
    (tmp_path / "goods.csv").write_text("name,price,sku\nJam,1.99,JAM\n")
    page.path.setText(str(tmp_path / "goods.csv"))
    key(stage, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.presenter.state.can_start)
    tap(page.mapping.start)
    qtbot.waitUntil(lambda: page.presenter.state.stage == "done")
    tap(button(stage, "Import another file"))
    type_text(stage, "x")
    assert page.path.text() == "x"
    page.stop()


def test_a_tapped_row_leaves_the_search_its_keyboard(stage: Stage, qtbot: QtBot) -> None:
    """After a product was looked at from the list, the next search is typed at once."""
    from app.catalogue.qt.products import ProductsScreen

    sign_in(stage, qtbot)
    stage.add_page("Products", lambda: ProductsScreen(stage.place))
    page = stage.window.show_page("Products")
    assert isinstance(page, ProductsScreen)
    type_text(stage, "m")
    row = page.table.visualRect(page.table.model().index(0, 0)).center()
    QTest.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=row)
    assert has_sheet(stage)
    key(stage, Qt.Key.Key_Escape)
    type_text(stage, "i")
    assert page.search.text() == "i"

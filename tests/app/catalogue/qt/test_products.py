"""A manager changes products at the real window, by keys, over a real store."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.catalogue.qt.product import ProductSheet
from app.catalogue.qt.products import ProductsScreen
from app.kit.qt.confirm import ConfirmSheet
from app.selling.qt.tiles import TILE
from localdb.domain.ops import Op, decode
from localdb.queries import lists, products
from localdb.services import catalogue
from tests.app.acting import has_sheet, key, sheet, sign_in, tap, type_text
from tests.app.stage import Stage


@pytest.fixture
def page(stage: Stage, qtbot: QtBot) -> ProductsScreen:
    """The products page in the window, with a manager signed in."""
    sign_in(stage, qtbot)
    stage.add_page("Products", lambda: ProductsScreen(stage.place))
    made = stage.window.show_page("Products")
    assert isinstance(made, ProductsScreen)
    return made


def groups(stage: Stage) -> list[tuple[Op, ...]]:
    """The ops of every group that waits to be sent."""
    sql = "SELECT body FROM outbox_group ORDER BY dseq"
    return stage.till.ask(
        lambda connection: [decode(body).ops for (body,) in connection.exec_driver_sql(sql).all()]
    )


def price_of(stage: Stage, words: str) -> int:
    """The stored price of what the words find."""
    return stage.till.ask(products.search, words, 1)[0].price_minor


def product_sheet(stage: Stage) -> ProductSheet:
    """The product that is open."""
    found = sheet(stage)
    assert isinstance(found, ProductSheet)
    return found


def open_milk(stage: Stage) -> ProductSheet:
    """Search for the milk and open it by keys."""
    type_text(stage, "milk")
    key(stage, Qt.Key.Key_Return)
    return product_sheet(stage)


def test_a_price_is_changed_by_keys_and_the_tile_shows_it(
    stage: Stage, page: ProductsScreen, qtbot: QtBot
) -> None:
    """Search, Enter, type, Enter: one group with the price alone, and the new price on the tile."""
    sent = len(groups(stage))
    open_milk(stage)
    type_text(stage, "1.39")
    key(stage, Qt.Key.Key_Return)
    assert not has_sheet(stage)
    assert page.table.words() == [["Milk 1 l", "MILK", "–", "€1.39", "10"]]
    (group,) = groups(stage)[sent:]
    edits = [(op.type, op.before, op.after) for op in group if op.kind == "edit"]
    assert edits == [("product", {"price_minor": 129}, {"price_minor": 139})]
    inserted = [op.type for op in group if op.kind == "insert"]
    assert inserted == ["audit_entry", "journal_entry"]
    key(stage, Qt.Key.Key_Escape)
    assert stage.window.stack.currentWidget() is stage.selling
    qtbot.waitUntil(lambda: "€1.39" in [tile.price for tile in stage.selling.tiles.tiles])


def test_a_bad_price_is_refused_at_its_field_and_esc_leaves_it(
    stage: Stage, page: ProductsScreen
) -> None:
    """The message stands below the price, the keyboard stays there, and Esc writes nothing."""
    opened = open_milk(stage)
    type_text(stage, "1.2.3")
    key(stage, Qt.Key.Key_Return)
    field = opened.fields["price_minor"]
    assert (field.said.isVisible(), field.said.text()) == (True, "Type an amount, such as 4.50.")
    assert stage.window.focusWidget() is field.edit
    key(stage, Qt.Key.Key_Escape)
    assert not has_sheet(stage)
    assert price_of(stage, "milk") == 129
    assert stage.window.focusWidget() is page.search


def test_an_odd_price_is_asked_about_before_it_is_saved(stage: Stage, page: ProductsScreen) -> None:
    """Enter goes back to the price, with what was typed; only the button saves it."""
    opened = open_milk(stage)
    type_text(stage, "12900")
    key(stage, Qt.Key.Key_Return)
    key(stage, Qt.Key.Key_Return)
    assert product_sheet(stage) is opened
    assert price_of(stage, "milk") == 129
    assert stage.window.focusWidget() is opened.texts["price_minor"]
    key(stage, Qt.Key.Key_Return)
    question = next(s for s in stage.window.findChildren(ConfirmSheet) if s.isVisible())
    tap(question.yes)
    assert not has_sheet(stage)
    assert price_of(stage, "milk") == 1_290_000


def test_a_cashier_is_refused_in_words(stage: Stage, page: ProductsScreen) -> None:
    """The list may be read; Enter says who may change it and opens nothing."""
    people = stage.till.ask(lists.people)
    stage.till.sign_in(next(user for user in people if user.role == "cashier"))
    key(stage, Qt.Key.Key_F2)
    key(stage, Qt.Key.Key_Down)
    key(stage, Qt.Key.Key_Return)
    assert not has_sheet(stage)
    assert page.strip.text.startswith("Only a manager may change products.")


def test_a_change_elsewhere_is_taken_in_with_f5_and_what_was_typed_stays(
    stage: Stage, page: ProductsScreen, qtbot: QtBot
) -> None:
    """Another price arrives while one is typed: said at once, kept side by side after F5."""
    opened = open_milk(stage)
    type_text(stage, "1.49")
    product = opened.presenter.loaded
    assert product is not None
    stage.till.write(catalogue.change_product, product.id, price_minor=139)
    qtbot.waitUntil(lambda: "changed elsewhere" in opened.strip.text)
    key(stage, Qt.Key.Key_Return)
    assert price_of(stage, "milk") == 139
    key(stage, Qt.Key.Key_F5)
    assert opened.strip.text == ""
    assert opened.texts["price_minor"].text() == "1.49"
    assert opened.fields["price_minor"].said.text() == "Changed elsewhere to €1.39"
    key(stage, Qt.Key.Key_Return)
    assert price_of(stage, "milk") == 149


def test_stock_and_removal_are_asked_over_the_product(
    stage: Stage, page: ProductsScreen, qtbot: QtBot
) -> None:
    """Three less by the keypad's sheet; then off sale, once confirmed."""
    opened = open_milk(stage)
    tap(opened.adjust)
    type_text(stage, "-3")
    key(stage, Qt.Key.Key_Return)
    assert opened.stock.text() == "7"
    assert product_sheet(stage) is opened
    tap(opened.remove)
    key(stage, Qt.Key.Key_Escape)
    assert product_sheet(stage) is opened
    tap(opened.remove)
    key(stage, Qt.Key.Key_Return)
    assert not has_sheet(stage)
    assert page.empty.words.text() == "Nothing found for “milk”."


def test_a_right_click_on_a_tile_opens_the_product_for_a_manager_only(
    stage: Stage, page: ProductsScreen, qtbot: QtBot
) -> None:
    """From the selling screen, and the search has the keyboard again afterwards."""
    key(stage, Qt.Key.Key_Escape)
    tiles = stage.selling.tiles
    qtbot.waitUntil(lambda: len(tiles.tiles) > 0)
    right_click(stage)
    opened = product_sheet(stage)
    assert opened.presenter.loaded is not None
    assert opened.presenter.loaded.id == tiles.model().index(0, 0).data(TILE).product_id
    key(stage, Qt.Key.Key_Escape)
    assert stage.window.focusWidget() is stage.selling.search
    people = stage.till.ask(lists.people)
    stage.till.sign_in(next(user for user in people if user.role == "cashier"))
    right_click(stage)
    assert not has_sheet(stage)


def right_click(stage: Stage) -> None:
    """Ask for the menu of the first tile, as a mouse does."""
    tiles = stage.selling.tiles
    at = tiles.visualRect(tiles.model().index(0, 0)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, tiles.viewport().mapToGlobal(at))
    QApplication.sendEvent(tiles.viewport(), event)

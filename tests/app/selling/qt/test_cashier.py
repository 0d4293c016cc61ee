"""A cashier at the real window, beside plain ringing up: variants, prices, notes, labels."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.kit.qt.basic import Button
from app.kit.qt.options import OptionsSheet
from app.kit.qt.text import TextSheet
from app.selling.qt.favourites import FavouritesSheet
from app.selling.qt.held import HeldSheet
from app.selling.qt.open_item import OpenItemSheet
from localdb.domain.barcode import check_digit
from localdb.domain.ops import decode
from localdb.domain.records import Product, SaleLine, StockMovement
from localdb.queries import products
from localdb.services import catalogue, settings
from localdb.store import outbox
from localdb.store.unit_of_work import UnitOfWork
from tests.app.acting import cart, has_sheet, key, scan, sheet, sign_in, tap, type_text
from tests.app.conftest import BREAD, COLA, MILK
from tests.app.stage import Stage

CONTROL = Qt.KeyboardModifier.ControlModifier
SIZES = ("L", "M", "S", "XL")


def shirt(stage: Stage) -> None:
    """A shirt in four sizes; the parent's SKU finds it."""

    def make(uow: UnitOfWork) -> None:
        like = uow.find(Product, sku="MILK")[0]
        parent = replace(like, id=uow.new_id(), sku="SHIRT", name="T-shirt", price_minor=1500)
        catalogue.add_product(uow, parent)
        for size in SIZES:
            one = replace(
                parent,
                id=uow.new_id(),
                sku=f"SHIRT-{size}",
                name=f"T-shirt, {size}",
                variant_of=parent.id,
            )
            catalogue.add_product(uow, one)

    stage.till.write(make)
    stage.selling.browse.refresh()


def ask_size(stage: Stage) -> OptionsSheet:
    """Type the SKU of the shirt and Enter."""
    type_text(stage, "SHIRT")
    key(stage, Qt.Key.Key_Return)
    asked = sheet(stage)
    assert isinstance(asked, OptionsSheet)
    return asked


def test_a_size_is_chosen_by_digit_arrows_or_touch(stage: Stage, qtbot: QtBot) -> None:
    """2 takes the second, arrows and Enter another one, a tap a third; Esc none."""
    shirt(stage)
    sign_in(stage, qtbot)
    ask_size(stage)
    key(stage, Qt.Key.Key_2)
    ask_size(stage)
    key(stage, Qt.Key.Key_Down)
    key(stage, Qt.Key.Key_Return)
    tap(ask_size(stage).buttons[2])
    ask_size(stage)
    key(stage, Qt.Key.Key_Escape)
    assert cart(stage) == [f"T-shirt, {size} | 1 × €15.00 | €15.00" for size in ("M", "XL", "L")]


def test_a_parent_with_stock_is_sold_itself(stage: Stage, qtbot: QtBot) -> None:
    """Its own code asks, and offers it first; it goes out of its own stock."""
    sign_in(stage, qtbot)
    milk, bread = (stage.till.ask(products.by_code, code) for code in (MILK, BREAD))
    assert milk is not None
    assert bread is not None
    stage.till.write(catalogue.change_product, bread.product.id, variant_of=milk.product.id)
    scan(stage, MILK)
    asked = sheet(stage)
    assert isinstance(asked, OptionsSheet)
    assert [button.option.name for button in asked.buttons] == ["Milk 1 l", "Rye bread"]
    key(stage, Qt.Key.Key_1)
    scan(stage, BREAD)
    assert cart(stage) == ["Milk 1 l | 1 × €1.29 | €1.29", "Rye bread | 1 × €3.49 | €3.49"]


def test_a_new_category_appears_by_itself(stage: Stage, qtbot: QtBot) -> None:
    """Also its icon and colour, and the page of favourites; what is chosen stays chosen."""
    sign_in(stage, qtbot)
    selling = stage.selling
    drinks = stage.till.write(catalogue.add_category, "Drinks")
    qtbot.waitUntil(lambda: "Drinks" in [chip.name for chip in selling.browse.state.chips])
    selling.browse.choose(drinks.id)
    stage.till.write(catalogue.add_category, "Bakery")
    qtbot.waitUntil(lambda: "Bakery" in [chip.name for chip in selling.browse.state.chips])
    assert selling.browse.state.chosen == drinks.id
    milk = stage.till.ask(products.by_code, MILK)
    assert milk is not None
    stage.till.write(catalogue.arrange_favourites, [milk.product.id])
    qtbot.waitUntil(lambda: "Favourites" in [chip.name for chip in selling.browse.state.chips])
    assert selling.browse.state.chosen == drinks.id


def test_variants_stand_under_their_parents_tile(stage: Stage, qtbot: QtBot) -> None:
    """Browsing shows the shirt once; searching finds each size."""
    shirt(stage)
    sign_in(stage, qtbot)
    tiles = stage.selling.tiles
    qtbot.waitUntil(lambda: any(tile.name == "T-shirt" for tile in tiles.tiles))
    (parent,) = [tile for tile in tiles.tiles if "shirt" in tile.name]
    assert (parent.price, parent.badge) == ("€15.00", "4 options")
    type_text(stage, "shirt xl")
    qtbot.waitUntil(lambda: [tile.name for tile in tiles.tiles] == ["T-shirt, XL"])
    key(stage, Qt.Key.Key_Return)
    assert cart(stage) == ["T-shirt, XL | 1 × €15.00 | €15.00"]


def test_a_price_check_sells_nothing_and_ends_by_itself(stage: Stage, qtbot: QtBot) -> None:
    """Ctrl+P and a scan show price and stock in large type; the next scan is sold."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    panel = stage.selling.price
    key(stage, Qt.Key.Key_P, CONTROL)
    assert panel.isVisible()
    scan(stage, BREAD)
    assert (panel.name.text(), panel.price.text()) == ("Rye bread", "€3.49")
    assert panel.stock.text() == "In stock: 0"
    tap(panel.again)
    type_text(stage, "COLA")
    key(stage, Qt.Key.Key_Return)
    assert panel.price.text() == "€1.99"
    assert cart(stage) == ["Milk 1 l | 1 × €1.29 | €1.29"]
    scan(stage, MILK)
    assert not panel.isVisible()
    assert cart(stage) == ["Milk 1 l | 2 × €1.29 | €2.58"]


def test_esc_leaves_the_price_check(stage: Stage, qtbot: QtBot) -> None:
    """Without having looked anything up, and then the next scan is sold."""
    sign_in(stage, qtbot)
    key(stage, Qt.Key.Key_P, CONTROL)
    key(stage, Qt.Key.Key_Escape)
    scan(stage, MILK)
    assert cart(stage) == ["Milk 1 l | 1 × €1.29 | €1.29"]


def test_a_tapped_line_offers_what_can_be_done(stage: Stage, qtbot: QtBot) -> None:
    """Buttons of 48 px and more: one more, one less, note, price, void and its undo."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    scan(stage, BREAD)
    panel = stage.selling.panel
    assert not panel.line_actions.isVisible()
    row = panel.list.visualRect(panel.list.model().index(0, 0))
    QTest.mouseClick(
        panel.list.viewport(), Qt.MouseButton.LeftButton, pos=row.center() + QPoint(1, 0)
    )
    buttons = panel.line_actions.buttons
    assert panel.line_actions.isVisible()
    assert all(min(b.width(), b.height()) >= 48 for b in buttons.values())
    tap(buttons["more"])
    tap(buttons["more"])
    tap(buttons["less"])
    tap(buttons["note"])
    assert isinstance(sheet(stage), TextSheet)
    type_text(stage, "cold")
    key(stage, Qt.Key.Key_Return)
    assert cart(stage) == [
        "Milk 1 l | 2 × €1.29  ·  cold | €2.58",
        "Rye bread | 1 × €3.49 | €3.49",
    ]
    key(stage, Qt.Key.Key_F9)
    assert cart(stage) == ["Rye bread | 1 × €3.49 | €3.49"]
    tap(stage.selling.strip.button("Undo"))
    assert len(cart(stage)) == 2
    key(stage, Qt.Key.Key_F9)
    key(stage, Qt.Key.Key_Z, CONTROL)
    assert len(cart(stage)) == 2
    scan(stage, MILK)
    assert not panel.line_actions.isVisible()


def test_a_note_and_an_open_item_by_key(stage: Stage, qtbot: QtBot) -> None:
    """Ctrl+O asks a price, Ctrl+N a few words for the line."""
    sign_in(stage, qtbot)
    key(stage, Qt.Key.Key_O, CONTROL)
    type_text(stage, "7.5")
    key(stage, Qt.Key.Key_Return)
    key(stage, Qt.Key.Key_N, CONTROL)
    type_text(stage, "lamp")
    key(stage, Qt.Key.Key_Return)
    assert cart(stage) == ["Open item | 1 × €7.50  ·  lamp | €7.50"]


def test_an_open_item_is_named_and_taxed_by_touch(stage: Stage, qtbot: QtBot) -> None:
    """The price has the keyboard; the name and the tax are there for who wants them."""
    sign_in(stage, qtbot)
    key(stage, Qt.Key.Key_O, CONTROL)
    asked = sheet(stage)
    assert isinstance(asked, OpenItemSheet)
    type_text(stage, "7.5")
    asked.name.setText("Vase & co")
    asked.tax.setCurrentIndex(asked.tax.findText("Reduced rate"))
    asked.accept()
    assert cart(stage) == ["Vase & co | 1 × €7.50 | €7.50"]
    (line,) = stage.selling.presenter.cart.lines
    assert line.tax_class_id == asked.tax.currentData()


def test_goods_that_come_back_take_their_deposit_along(stage: Stage, qtbot: QtBot) -> None:
    """`-1*` before a scan gives back the bottle and its deposit."""
    sign_in(stage, qtbot)
    type_text(stage, "-1*")
    scan(stage, COLA)
    assert cart(stage) == ["Cola | -1 × €1.99 | -€1.99", "Deposit | -1 × €0.25 | -€0.25"]


@pytest.mark.parametrize("entry", ["", "2*"])
def test_a_price_label_is_scanned(stage: Stage, qtbot: QtBot, entry: str) -> None:
    """The label's price counts, alone and times two, and nothing is asked."""

    def label_apples(uow: UnitOfWork) -> None:
        apples = uow.find(Product, sku="APPLE")[0]
        catalogue.change_product(uow, apples.id, plu="77")

    sign_in(stage, qtbot)
    stage.till.write(label_apples)
    stage.till.write(settings.change, "embedded_codes", "22PPPPPVVVVVK")
    payload = "220007700598"
    type_text(stage, entry)
    scan(stage, payload + str(check_digit(payload)))
    assert not has_sheet(stage)
    times = 2 if entry else 1
    assert cart(stage) == [
        f"Apples | {2 * times}.000\u00a0kg × €2.99/kg | €{598 * times / 100:.2f}"
    ]


def test_a_code_with_a_separator_names_its_lot(stage: Stage, qtbot: QtBot) -> None:
    """GS reaches the parser from real key events: what stands behind it is no part of the lot."""
    sign_in(stage, qtbot)
    scan(stage, f"01{MILK:0>14}10LOT7\x1d17300101")
    (line,) = stage.selling.presenter.cart.lines
    assert (line.lot, line.expires_day) == ("LOT7", 20300101)


def test_favourites_are_the_first_page(stage: Stage, qtbot: QtBot) -> None:
    """A manager adds two and puts the second first; they stand so before everything else."""
    sign_in(stage, qtbot)
    stage.program.selling.favourites()
    asked = sheet(stage)
    assert isinstance(asked, FavouritesSheet)
    for name in ("rye", "milk"):
        asked.search.clear()
        type_text(stage, name)
        key(stage, Qt.Key.Key_Return)
    asked.presenter.select(1)
    tap(asked.up)
    tap(asked.up)
    assert [tile.name for tile in asked.presenter.state.chosen] == ["Milk 1 l", "Rye bread"]
    key(stage, Qt.Key.Key_Escape)
    selling = stage.selling
    assert [chip.name for chip in selling.browse.state.chips[:2]] == ["Favourites", "All"]
    selling.chips.chosen.emit(selling.browse.state.chips[0].category_id)
    qtbot.waitUntil(lambda: [t.name for t in selling.tiles.tiles] == ["Milk 1 l", "Rye bread"])
    stage.program.selling.favourites()
    again = sheet(stage)
    assert isinstance(again, FavouritesSheet)
    tap(again.remove)
    assert [tile.name for tile in again.presenter.state.chosen] == ["Rye bread"]
    assert [t.name for t in stage.till.ask(products.favourites)] == ["Rye bread"]


def test_a_scanners_frame_holds_before_anybody_signs_in(stage: Stage, qtbot: QtBot) -> None:
    """A prefix from the settings is taken off the first scan after the lock."""
    sign_in(stage, qtbot)
    stage.till.write(settings.change, "scanner_prefix", "#")
    stage.program.people.lock()
    codes: list[str] = []
    stage.place.scanner.scanned.connect(codes.append)
    scan(stage, f"#{MILK}")
    assert codes == [MILK]


def test_carts_on_hold_say_whose_they_are(stage: Stage, qtbot: QtBot) -> None:
    """Who held it, when, how many lines and how much; Enter takes the one that is marked."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    scan(stage, COLA)
    key(stage, Qt.Key.Key_F7)
    key(stage, Qt.Key.Key_F8)
    asked = sheet(stage)
    assert isinstance(asked, HeldSheet)
    clock = stage.place.formats.clock(stage.clock())
    _label, detail = asked.list.item(0).text().split("\n")
    assert detail == f"Mara Lindqvist  ·  {clock}  ·  3 lines  ·  €3.53"
    key(stage, Qt.Key.Key_Return)
    assert len(cart(stage)) == 3


def test_a_short_number_is_typed_on_the_keypad(stage: Stage, qtbot: QtBot) -> None:
    """A PLU and Enter, by touch alone; a multiplier before it counts."""

    def number_bread(uow: UnitOfWork) -> None:
        catalogue.change_product(uow, uow.find(Product, sku="BREAD")[0].id, plu="77")

    sign_in(stage, qtbot)
    stage.till.write(number_bread)
    tap(stage.selling.keypad_toggle)
    keypad = stage.selling.keypad
    assert keypad.isVisible()
    for says in ("2", "Times: type a number, then ×, then scan", "7", "7", "Enter"):
        tap(next(b for b in keypad.findChildren(Button) if b.accessibleName() == says))
    assert cart(stage) == ["Rye bread | 2 × €3.49 | €6.98"]
    assert not keypad.isVisible()


def test_four_sold_are_four_everywhere(stage: Stage, qtbot: QtBot) -> None:
    """Failure 23: `4*` is four on the line, in the stock, and in what waits for the server."""
    sign_in(stage, qtbot)
    type_text(stage, "4*")
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)
    (line,) = stage.till.write(lambda uow: uow.find(SaleLine))
    moved = stage.till.write(lambda uow: uow.find(StockMovement, sale_id=line.sale_id))
    assert (line.quantity_milli, [m.quantity_milli for m in moved]) == (4000, [-4000])
    group = decode(stage.till.ask(outbox.next_batch, 10_000, 1 << 30)[-1].body)
    sent = {
        (op.type, op.values["quantity_milli"])
        for op in group.ops
        if op.values is not None and "quantity_milli" in op.values
    }
    assert sent == {("sale_line", 4000), ("stock_movement", -4000)}

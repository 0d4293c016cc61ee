"""Absurd and strange input on the real window: a strip says no, and selling goes on."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from localdb.queries import lists, receipts
from localdb.services import carts as cart_services
from localdb.store import carts as cart_store
from localdb.store.tables import TABLES
from localdb.store.unit_of_work import UnitOfWork
from tests.app.acting import cart, has_sheet, key, scan, sign_in, type_text
from tests.app.conftest import MILK, stage
from tests.app.stage import Stage
from tests.faults.strange import STRANGE_TEXTS

__all__ = ["stage"]
ONE_MILK = "Milk 1 l | 1 × €1.29 | €1.29"


def sell_one_more(stage: Stage, qtbot: QtBot) -> None:
    """What is in the cart can be paid, as if nothing had happened."""
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: stage.till.ask(receipts.last) is not None)
    assert cart(stage) == []


@pytest.mark.parametrize("typed", ["99999*", "0*"])
def test_an_absurd_multiplier_is_no_line(stage: Stage, qtbot: QtBot, typed: str) -> None:
    """A quantity that cannot be is said in the strip; the next scan counts one."""
    sign_in(stage, qtbot)
    type_text(stage, typed)
    scan(stage, MILK)
    assert "quantity" in stage.selling.strip.text
    assert cart(stage) == []
    scan(stage, MILK)
    assert cart(stage) == [ONE_MILK]


def test_an_absurd_quantity_or_price_leaves_the_line_alone(stage: Stage, qtbot: QtBot) -> None:
    """F4 and F5 with what nobody means say so, and the sale goes on at the old figures."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    for digits, pressed in (
        ("99999", Qt.Key.Key_F4),
        ("0", Qt.Key.Key_F4),
        ("9" * 15, Qt.Key.Key_F5),
        ("-5", Qt.Key.Key_F5),
    ):
        stage.selling.search.clear()
        type_text(stage, digits)
        key(stage, pressed)
        assert stage.selling.strip.text
        assert not has_sheet(stage)
        assert cart(stage) == [ONE_MILK]
    stage.selling.search.clear()
    sell_one_more(stage, qtbot)


def test_a_strange_code_is_a_strip_at_most(stage: Stage, qtbot: QtBot) -> None:
    """Scanned or pasted into the field, it opens nothing, adds nothing and breaks nothing."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    for name, text in STRANGE_TEXTS.items():
        stage.selling.scanned(text)
        assert cart(stage) == [ONE_MILK], name
        QApplication.clipboard().setText(text)
        stage.selling.search.paste()
        qtbot.wait(20)
        stage.selling.search.clear()
        assert not has_sheet(stage), name
        assert cart(stage) == [ONE_MILK], name
    assert stage.selling.missed.text
    stage.selling.presenter.open_cart.dismiss_missed()
    sell_one_more(stage, qtbot)


def test_a_tampered_held_cart_is_said_in_the_strip(stage: Stage, qtbot: QtBot) -> None:
    """Recalling it says that it is damaged; it stays on hold, and the next sale is rung."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    open_cart = stage.selling.presenter.cart
    held = stage.till.write(cart_services.hold, open_cart, "Blue coat")
    stage.selling.presenter.open_cart.finish()
    body = json.loads(open_cart.to_json())
    body["lines"][0]["quantity_milli"] = 1500.5
    stage.till.write(_overwrite, held, json.dumps(body))
    stage.selling.presenter.recall(held)
    assert "damaged" in stage.selling.strip.text
    assert [one.id for one in stage.till.ask(lists.held_carts)] == [held]
    assert cart(stage) == []
    scan(stage, MILK)
    sell_one_more(stage, qtbot)


def test_an_open_cart_of_an_unknown_tax_does_not_close_the_shop(stage: Stage, qtbot: QtBot) -> None:
    """The selling screen opens empty and says why; the next sale is rung."""
    body = {
        "lines": [
            {
                "id": "1",
                "name": "Milk",
                "unit_price_minor": 1,
                "list_price_minor": 1,
                "tax_class_id": "01900000-0000-7000-8000-000000000000",
            }
        ]
    }
    stage.till.write(lambda uow: cart_store.save(uow.connection, json.dumps(body), uow.now_us))
    sign_in(stage, qtbot)
    assert cart(stage) == []
    assert "tax" in stage.selling.strip.text
    scan(stage, MILK)
    sell_one_more(stage, qtbot)


def _overwrite(uow: UnitOfWork, held_id: str, text: str) -> None:
    table = TABLES["held_cart"]
    uow.connection.execute(table.update().where(table.c.id == held_id).values(cart=text))

"""Customers and gift cards by hand and scanner, on the real window."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.customers.qt.customer import CustomerSheet
from app.customers.qt.gift_card import GiftCardSheet
from localdb.queries import balances, receipts
from localdb.queries import customers as customer_queries
from localdb.services import balances as balance_service
from localdb.services import customers
from tests.app.acting import cart, has_sheet, key, scan, sheet, sign_in, tap, type_text
from tests.app.conftest import MILK
from tests.app.stage import Stage

CARD = "GC-0001-7734"


def pay_cash(stage: Stage) -> None:
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)


def on_card(stage: Stage) -> int:
    card = stage.till.ask(balances.card_by_code, CARD)
    assert card is not None
    return stage.till.ask(balances.balance, "gift_card", card.id)


def test_a_gift_card_is_sold_and_then_loaded_by_its_scan(stage: Stage, qtbot: QtBot) -> None:
    """Scanned into the sheet and sold with the milk; scanned again it shows what is on it."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    stage.program.customers.gift_card()
    scan(stage, CARD)
    opened = sheet(stage)
    assert isinstance(opened, GiftCardSheet)
    assert (opened.load.words, opened.balance.isVisible()) == ("Sell card", False)
    type_text(stage, "25")
    key(stage, Qt.Key.Key_Return)
    assert cart(stage)[1] == "Gift card | 1 × €25.00 | €25.00"
    pay_cash(stage)
    assert on_card(stage) == 2500

    scan(stage, CARD)
    opened = sheet(stage)
    assert isinstance(opened, GiftCardSheet)
    assert (opened.balance.text(), opened.load.words) == ("€25.00", "Load")
    type_text(stage, "10")
    key(stage, Qt.Key.Key_Return)
    pay_cash(stage)
    assert on_card(stage) == 3500
    receipt = stage.till.ask(receipts.last)
    assert receipt is not None
    assert [(line.name, line.tax_minor) for line in receipt.lines] == [("Gift card, loaded", 0)]


def test_a_typed_code_leads_to_the_amount(stage: Stage, qtbot: QtBot) -> None:
    """Enter goes on to it, and an amount that is none says so."""
    sign_in(stage, qtbot)
    stage.program.customers.gift_card()
    opened = sheet(stage)
    assert isinstance(opened, GiftCardSheet)
    type_text(stage, "AB1")
    key(stage, Qt.Key.Key_Return)
    assert opened.amount.hasFocus()
    key(stage, Qt.Key.Key_Return)
    assert "above 0" in opened.field.problem.text()
    key(stage, Qt.Key.Key_Escape)
    assert (has_sheet(stage), cart(stage)) == (False, [])


def test_a_scanned_customer_card_is_the_customer_of_the_sale(stage: Stage, qtbot: QtBot) -> None:
    """Without a sheet; F3 then shows that customer, who can be taken off again."""
    sign_in(stage, qtbot)
    mary = stage.till.write(customers.create, "Mary", card="C-20017")
    stage.till.write(balance_service.adjust, "points", mary.id, 120, "Welcome")
    scan(stage, MILK)
    scan(stage, "C-20017")
    assert stage.selling.panel.customer.button.words == "Mary"
    assert not has_sheet(stage)
    key(stage, Qt.Key.Key_F3)
    opened = sheet(stage)
    assert isinstance(opened, CustomerSheet)
    assert ("Points", "120") in opened.presenter.state.facts
    tap(opened.nobody)
    assert stage.selling.presenter.cart.customer_id is None
    assert not has_sheet(stage)


def test_what_is_owed_is_paid_off_as_a_line(stage: Stage, qtbot: QtBot) -> None:
    """Found by name, looked at, paid off in cash: the receipt is the proof."""
    sign_in(stage, qtbot)
    mary = stage.till.write(customers.create, "Mary", credit_limit_minor=10_000)
    stage.till.write(balance_service.adjust, "on_account", mary.id, 7550, "carried over")
    key(stage, Qt.Key.Key_F3)
    opened = sheet(stage)
    assert isinstance(opened, CustomerSheet)
    tap(opened.details)
    tap(opened.pay_off)
    key(stage, Qt.Key.Key_Return)
    assert cart(stage) == ["Paid on account: Mary | 1 × €75.50 | €75.50"]
    assert stage.selling.panel.customer.button.words == "Mary"
    pay_cash(stage)
    view = stage.till.ask(customer_queries.view, mary.id)
    assert view is not None
    assert view.owed_minor == 0


def test_a_customer_is_changed_by_keys(stage: Stage, qtbot: QtBot) -> None:
    """Esc goes back a step at a time and loses nothing but what was typed."""
    sign_in(stage, qtbot)
    stage.till.write(customers.create, "Mary")
    key(stage, Qt.Key.Key_F3)
    opened = sheet(stage)
    assert isinstance(opened, CustomerSheet)
    tap(opened.details)
    tap(opened.edit)
    type_text(stage, "555")
    key(stage, Qt.Key.Key_Return)
    assert opened.presenter.state.page == "shown"
    assert ("Phone", "555") in opened.presenter.state.facts
    key(stage, Qt.Key.Key_Escape)
    assert (opened.presenter.state.page, opened.isVisible()) == ("find", True)
    key(stage, Qt.Key.Key_Escape)
    assert not has_sheet(stage)

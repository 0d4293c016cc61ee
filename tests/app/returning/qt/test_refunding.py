"""Money back in the real window: by scan and keys, in parts, in exchange, and never twice."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.devices.terminal_simulator import SimulatedTerminal
from app.devices.wedge import GAP_MAX_MS
from app.kit.claims import OnWord
from app.kit.qt.approval import ApprovalSheet
from app.kit.qt.basic import Button
from app.returning.qt.refund import RefundScreen
from localdb.domain.claims import Wish, Word
from localdb.domain.records import ReceiptMail, Sale, SaleLine, Setting
from localdb.domain.settings import PREFIX
from localdb.queries import lists, payments, receipts, shifts
from localdb.queries.receipts import Receipt
from localdb.store.unit_of_work import UnitOfWork
from tests.app.acting import has_sheet, key, scan, sheet, sign_in, tap, type_text
from tests.app.conftest import BREAD, MILK
from tests.app.stage import MANAGER_PIN, Stage
from tests.support.terminals import QueuedTerminal

FLOAT = 10_000


def sell(stage: Stage, qtbot: QtBot, *codes: str, pay: str = "") -> str:
    """Scan goods and charge them, in cash or by the letter of a method; gives the number."""
    for code in codes:
        scan(stage, code)
    key(stage, Qt.Key.Key_F12)
    if pay:
        type_text(stage, pay)
    key(stage, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: stage.window.stack.currentWidget() is stage.selling)
    return last(stage).sale.receipt_number


def last(stage: Stage) -> Receipt:
    receipt = stage.till.ask(receipts.last)
    assert receipt is not None
    return receipt


def page(stage: Stage) -> RefundScreen:
    """The page of refunds, which must be on the screen."""
    current = stage.window.stack.currentWidget()
    assert isinstance(current, RefundScreen)
    return current


def look_up(stage: Stage, number: str) -> None:
    """Scan the code of a receipt, and let the page be painted as a person would."""
    scan(stage, number)
    QTest.qWait(2 * GAP_MAX_MS)


def rows(stage: Stage) -> list[str]:
    """The lines as the page shows them: `Milk 1 l | 2 of 2 left, €1.29 each | 1 | €1.29`."""
    return [
        " | ".join((row.name, row.detail, row.back or "-", row.amount or "-"))
        for row in page(stage).presenter.state.lines
    ]


def drawer_cash(stage: Stage) -> int:
    shift = stage.till.ask(shifts.current)
    assert shift is not None
    return shift.expected_cash_minor - FLOAT


def printed(stage: Stage, number: str) -> str:
    return (stage.printed / f"{number}.txt").read_text(encoding="utf-8")


def test_a_scanned_receipt_is_given_back_in_parts_by_scanning_the_goods(
    stage: Stage, qtbot: QtBot
) -> None:
    """The code at the foot opens the page, each scan brings one back, F12 and Enter pay it out."""
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, MILK, MILK, BREAD)
    assert f"*{number}*" in printed(stage, number)
    look_up(stage, number)
    assert page(stage).number.text() == number
    scan(stage, MILK)
    assert rows(stage) == [
        "Milk 1 l | 2 of 2 left, €1.29 each | 1 | €1.29",
        "Rye bread | 1 of 1 left, €3.49 each | - | -",
    ]
    key(stage, Qt.Key.Key_F12)
    assert stage.window.stack.currentWidget() is stage.charge
    key(stage, Qt.Key.Key_Return)
    back = last(stage)
    assert (back.sale.total_minor, back.sale.reason) == (-129, "return")
    assert drawer_cash(stage) == 607 - 129
    text = printed(stage, back.sale.receipt_number)
    assert "REFUND" in text
    assert f"Of receipt{number:>38}" in text
    assert stage.selling.panel.change.change.text() == "€1.29"
    look_up(stage, number)
    assert rows(stage)[0].startswith("Milk 1 l | 1 of 2 left")
    scan(stage, MILK)
    scan(stage, MILK)
    assert page(stage).strip.text == "Every Milk 1 l on this receipt has been refunded."


def test_cash_rounding_closes_over_refunds_in_parts(stage: Stage, qtbot: QtBot) -> None:
    """With coins of 1.00 two milks bring 3.00; scanned back one by one, the drawer is as before."""

    def coins_of_one(uow: UnitOfWork) -> None:
        uow.insert(Setting(id=uow.new_id(), key=f"{PREFIX}cash_step_minor", value="100"))

    stage.till.write(coins_of_one)
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, MILK, MILK)
    assert drawer_cash(stage) == 300
    for left in (100, 0):
        look_up(stage, number)
        scan(stage, MILK)
        key(stage, Qt.Key.Key_F12)
        key(stage, Qt.Key.Key_Return)
        assert drawer_cash(stage) == left
        text = printed(stage, last(stage).sale.receipt_number)
        assert "TOTAL EUR" in text
        assert "Cash rounding" in text


def test_everything_by_keys_and_never_twice(stage: Stage, qtbot: QtBot) -> None:
    """Ctrl+A and F12 give all of it back; the receipt then says that nothing is left."""
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, MILK, BREAD)
    key(stage, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert page(stage).search.hasFocus()
    type_text(stage, "1")
    key(stage, Qt.Key.Key_Return)
    assert page(stage).number.text() == number
    key(stage, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)
    assert last(stage).sale.total_minor == -478
    assert drawer_cash(stage) == 0
    look_up(stage, number)
    assert page(stage).strip.text == "Everything on this receipt has been refunded."
    key(stage, Qt.Key.Key_F12)
    assert page(stage).strip.text == "Select at least one item to return: scan it or tap its line."


def test_plus_minus_damaged_and_a_reason(stage: Stage, qtbot: QtBot) -> None:
    """Keys and taps pick quantities; damaged goods and the reason stand on the refund."""
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, MILK, MILK)
    look_up(stage, number)
    for pressed in (Qt.Key.Key_Plus, Qt.Key.Key_Plus, Qt.Key.Key_Plus, Qt.Key.Key_Minus):
        key(stage, pressed)
    assert page(stage).presenter.state.lines[0].back == "1"
    key(stage, Qt.Key.Key_Space)
    assert page(stage).presenter.state.lines[0].is_damaged
    page(stage).reasons.choose(1)
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)
    assert (last(stage).sale.total_minor, last(stage).sale.note) == (-129, "Faulty")


def test_a_card_gets_its_money_back(stage: Stage, qtbot: QtBot) -> None:
    """Enter offers the card, whatever else was sold since; no cash leaves the drawer."""
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, MILK, pay="C")
    sell(stage, qtbot, BREAD, pay="C")
    look_up(stage, number)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    assert stage.charge.presenter.state.selected == "card"
    key(stage, Qt.Key.Key_Return)
    assert last(stage).payments[0].method == "card"
    assert drawer_cash(stage) == 0


def test_no_two_buttons_of_a_refund_say_the_same(stage: Stage, qtbot: QtBot) -> None:
    """The way it was paid is offered once, other ways by their names; cash says that it is cash."""
    sign_in(stage, qtbot)
    for pay, offered in (("", "Cash"), ("c", "Card")):
        number = sell(stage, qtbot, MILK) if not pay else sell_by_card(stage, qtbot, MILK)
        look_up(stage, number)
        scan(stage, MILK)
        key(stage, Qt.Key.Key_F12)
        charge = stage.charge
        words = [b.words for b in charge.findChildren(Button) if b.isVisible() and b.words]
        assert len(words) == len(set(words))
        assert charge.take.words == f"{offered}  €1.29"
        assert not any(word.startswith("Exact") for word in words)
        assert [word for word in words if "€1.29" in word] == (
            ["Cash €1.29", "Card  €1.29"] if pay else ["Card  €1.29", "Cash  €1.29"]
        )
        key(stage, Qt.Key.Key_Return)
        assert last(stage).payments[0].method == offered.lower()


def sell_by_card(stage: Stage, qtbot: QtBot, code: str) -> str:
    """Scan goods and charge them to a card; gives the number."""
    scan(stage, code)
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: stage.window.stack.currentWidget() is stage.selling)
    return last(stage).sale.receipt_number


def test_an_exchange_says_what_it_comes_to_from_its_first_moment(
    stage: Stage, qtbot: QtBot
) -> None:
    """Not how the last sale ended; the difference is charged or refunded, in the button's words."""
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, BREAD)
    selling = stage.selling
    assert selling.panel.shows_change
    look_up(stage, number)
    scan(stage, BREAD)
    key(stage, Qt.Key.Key_F8)
    assert not selling.panel.shows_change
    scan(stage, MILK)
    assert selling.charge.words == "Refund €2.20"
    assert (selling.panel.totals.caption.text(), selling.panel.totals.total.text()) == (
        "REFUND",
        "€2.20",
    )
    scan(stage, BREAD)
    assert selling.charge.words == "Charge €1.29"
    assert selling.panel.totals.caption.text() == "Total"
    stage.program.people.lock()
    sign_in(stage, qtbot)
    assert selling.charge.words == "Charge €1.29"
    tap(selling.panel.exchange.findChildren(Button)[0])
    key(stage, Qt.Key.Key_Return)
    assert selling.charge.words == "Charge €4.78"


def test_a_cart_that_pays_out_says_refund(stage: Stage, qtbot: QtBot) -> None:
    """No `Charge -€1.29`."""
    sign_in(stage, qtbot)
    type_text(stage, "-1*")
    scan(stage, MILK)
    selling = stage.selling
    assert selling.charge.words == "Refund €1.29"
    assert selling.panel.totals.total.property("tone") == "danger"


def test_an_exchange_for_something_dearer(stage: Stage, qtbot: QtBot) -> None:
    """F8 leads back to selling; what is scanned there is paid with what comes back."""
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, MILK)
    look_up(stage, number)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F8)
    assert stage.window.stack.currentWidget() is stage.selling
    assert stage.selling.panel.exchange.words.text() == (f"Exchange: €1.29 refund\n{number}")
    scan(stage, BREAD)
    key(stage, Qt.Key.Key_F12)
    shown = [(line.name, line.total) for line in stage.charge.basket.lines.lines]
    assert shown == [("Milk 1 l", "-€1.29"), ("Rye bread", "€3.49")]
    assert stage.charge.presenter.state.total == "€2.20"
    key(stage, Qt.Key.Key_Return)
    sold = last(stage)
    assert (sold.sale.total_minor, drawer_cash(stage)) == (349, 349)
    assert not stage.selling.panel.exchange.isVisible()
    assert "EXCHANGE: GOODS RETURNED" in printed(stage, "S01-T01-000002")
    assert "Exchange S01-T01-000002" in printed(stage, "S01-T01-000003")


def test_an_exchange_for_something_cheaper_pays_out(stage: Stage, qtbot: QtBot) -> None:
    """The difference goes back in the way the money came."""
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, BREAD)
    look_up(stage, number)
    scan(stage, BREAD)
    key(stage, Qt.Key.Key_F8)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    assert stage.charge.presenter.state.is_refund
    key(stage, Qt.Key.Key_Return)
    assert drawer_cash(stage) == 129
    assert stage.selling.panel.change.change.text() == "€2.20"


def test_an_exchange_survives_a_lock_and_can_be_cancelled(stage: Stage, qtbot: QtBot) -> None:
    """It is on disk beside the cart; cancelled, the cart is a plain sale again."""
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, MILK)
    look_up(stage, number)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F8)
    scan(stage, BREAD)
    key(stage, Qt.Key.Key_F7)
    assert stage.selling.strip.text == "Finish the exchange first, or cancel it."
    stage.program.people.lock()
    sign_in(stage, qtbot)
    row = stage.selling.panel.exchange
    assert row.words.text() == f"Exchange: €1.29 refund\n{number}"
    stage.program.returning.ask_to_cancel_exchange()
    key(stage, Qt.Key.Key_Return)
    assert not row.isVisible()
    key(stage, Qt.Key.Key_F12)
    assert stage.charge.presenter.state.total == "€3.49"


def test_the_last_sale_is_voided(stage: Stage, qtbot: QtBot) -> None:
    """A manager says why; the drawer is as before and the paper says that it was a void."""
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, MILK)
    stage.program.returning.void_last()
    type_text(stage, "Rung twice")
    key(stage, Qt.Key.Key_Return)
    assert stage.selling.strip.text == f"{number} voided. Return to the customer: Cash €1.29."
    assert drawer_cash(stage) == 0
    text = printed(stage, last(stage).sale.receipt_number)
    assert "VOID" in text
    assert "Rung twice" in text
    stage.program.returning.void_last()
    if has_sheet(stage):
        key(stage, Qt.Key.Key_Return)
    assert "refund already" in stage.selling.strip.text


def test_a_reprint_is_one_key_and_says_copy(stage: Stage, qtbot: QtBot) -> None:
    """Ctrl+D prints the last receipt again, marked; the first print stays as it was."""
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, MILK)
    key(stage, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert "COPY" in printed(stage, f"{number}-copy")
    assert "COPY" not in printed(stage, number)


def test_a_reprint_says_that_it_was_done(stage: Stage, qtbot: QtBot) -> None:
    """Which receipt; and that there is none, before anything was sold."""
    sign_in(stage, qtbot)
    said = stage.selling.strip
    key(stage, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert said.text == "This till has not sold anything yet."
    number = sell(stage, qtbot, MILK)
    key(stage, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert said.text == f"Receipt {number} reprinted."
    stage.program.receipts.show_last()
    press(stage, "Gift receipt")
    assert said.text == f"Gift receipt {number} printed."


def test_a_return_without_a_receipt_comes_off_the_next_sale(stage: Stage, qtbot: QtBot) -> None:
    """The menu's entry lets the next scan come back; F12 pays it out."""
    sign_in(stage, qtbot)
    stage.program.returning.return_without_receipt()
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)
    assert (last(stage).sale.kind, drawer_cash(stage)) == ("refund", -129)


@pytest.mark.parametrize("code", ["S01-T09-000001", "S02-T01-000001"])
def test_a_receipt_that_is_not_here_says_what_to_do(stage: Stage, qtbot: QtBot, code: str) -> None:
    """No dead end: the page names the other way."""
    sign_in(stage, qtbot)
    scan(stage, code)
    assert code in page(stage).empty.words.text()
    assert "Return without a receipt" in page(stage).empty.words.text()


def press(stage: Stage, words: str) -> None:
    """Tap a button of the sheet that is open."""
    tap(next(b for b in sheet(stage).findChildren(Button) if b.words == words))


def test_a_gift_receipt_an_invoice_and_a_mail_of_the_last_sale(stage: Stage, qtbot: QtBot) -> None:
    """Each is a button below the receipt; the gift receipt has no price on it."""
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, MILK)
    stage.program.receipts.show_last()
    press(stage, "Gift receipt")
    assert "1.29" not in printed(stage, f"{number}-gift")
    stage.program.receipts.show_last()
    press(stage, "Invoice")
    type_text(stage, "Weber GmbH")
    press(stage, "Save buyer")
    text = printed(stage, f"{number}-copy")
    assert "INVOICE" in text
    assert "Weber GmbH" in text
    stage.program.receipts.show_last()
    press(stage, "E-mail")
    type_text(stage, "ada@example.org")
    key(stage, Qt.Key.Key_Return)
    assert stage.selling.strip.text == "The receipt will be e-mailed when the server is reached."
    (mail,) = stage.till.write(lambda uow: uow.find(ReceiptMail))
    assert mail.email == "ada@example.org"
    stage.program.receipts.show_last()
    press(stage, "Refund")
    assert page(stage).number.text() == number


def test_an_invoice_asked_for_before_paying_is_on_the_receipt(stage: Stage, qtbot: QtBot) -> None:
    """The buyer goes into the sale itself, and onto the first print."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    stage.program.receipts.invoice_cart()
    type_text(stage, "Weber GmbH")
    key(stage, Qt.Key.Key_Return)
    number = sell(stage, qtbot)
    assert last(stage).sale.buyer == "Weber GmbH"
    assert "INVOICE" in printed(stage, number)


def test_a_cashier_needs_a_managers_pin_to_pay_cash_for_a_card(stage: Stage, qtbot: QtBot) -> None:
    """Enter would take the card; another letter asks for leave, and without it nothing is paid."""
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, MILK, pay="C")
    cashier = next(user for user in stage.till.ask(lists.people) if user.role == "cashier")
    stage.till.sign_in(cashier)
    look_up(stage, number)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    charge = stage.charge
    charge.presenter.pay_cash()
    assert isinstance(sheet(stage), ApprovalSheet)
    key(stage, Qt.Key.Key_Escape)
    assert "a different payment type" in charge.strip.text
    assert last(stage).sale.kind == "sale"
    charge.presenter.pay_cash()
    type_text(stage, MANAGER_PIN)
    key(stage, Qt.Key.Key_Return)
    assert last(stage).sale.total_minor == -129
    assert drawer_cash(stage) == -129


class Refusing:
    """A server that gave the line to another till."""

    def ask(self, wish: Wish, answer: OnWord) -> None:
        assert wish.kind == "sale_line"
        answer(Word(0))


def test_what_the_server_gave_to_another_till_is_not_paid_out(stage: Stage, qtbot: QtBot) -> None:
    """The cashier is told, and the charge screen does not open."""
    object.__setattr__(stage.place, "claims", Refusing())
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, MILK)
    look_up(stage, number)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    assert "already refunded at another till" in page(stage).strip.text
    assert last(stage).sale.kind == "sale"


def test_a_refund_at_the_terminal_survives_a_lock(stage: Stage, qtbot: QtBot) -> None:
    """Asked and not answered: after the PIN it is asked after, and stored once."""
    machine = SimulatedTerminal(sleep=lambda _: None)
    terminal = QueuedTerminal(machine)
    stage.program.paying.cards.use(terminal)
    sign_in(stage, qtbot)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_F11)
    terminal.deliver()
    number = last(stage).sale.receipt_number
    look_up(stage, number)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)
    assert terminal.asked[-1][0] == "refund"
    stage.program.people.lock()
    terminal.forget()
    sign_in(stage, qtbot)
    assert stage.window.stack.currentWidget() is stage.charge
    terminal.deliver()
    assert (last(stage).sale.total_minor, machine.charged_minor) == (-129, 0)
    look_up(stage, number)
    assert page(stage).presenter.state.lines == ()


def refund_elsewhere(uow: UnitOfWork, sale: Sale) -> None:
    """Another till's refund of a whole sale arrives."""
    refund_id = uow.new_id()
    uow.insert(
        replace(
            sale,
            id=refund_id,
            receipt_number="S01-T02-000001",
            kind="refund",
            refund_of=sale.id,
            total_minor=-sale.total_minor,
        )
    )
    for line in uow.find(SaleLine, sale_id=sale.id):
        uow.insert(
            replace(
                line,
                id=uow.new_id(),
                sale_id=refund_id,
                refund_of=line.id,
                quantity_milli=-line.quantity_milli,
                total_minor=-line.total_minor,
            )
        )


def test_a_refund_overtaken_by_another_till_gives_its_money_back(
    stage: Stage, qtbot: QtBot
) -> None:
    """Locked half way, and the goods came back elsewhere: nothing that moved is forgotten."""
    machine = SimulatedTerminal(sleep=lambda _: None)
    terminal = QueuedTerminal(machine)
    stage.program.paying.cards.use(terminal)
    sign_in(stage, qtbot)
    scan(stage, BREAD)
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_F11)
    terminal.deliver()
    sale = last(stage).sale
    look_up(stage, sale.receipt_number)
    scan(stage, BREAD)
    key(stage, Qt.Key.Key_F12)
    type_text(stage, "1")
    key(stage, Qt.Key.Key_F11)
    terminal.deliver()
    assert machine.charged_minor == 249
    stage.program.people.lock()
    stage.till.write(refund_elsewhere, sale)
    sign_in(stage, qtbot)
    charge = stage.charge
    assert stage.window.stack.currentWidget() is charge
    assert "Press Esc to return" in charge.notes.text
    assert stage.till.ask(payments.open_charge) is not None
    key(stage, Qt.Key.Key_Escape)
    key(stage, Qt.Key.Key_Return)
    terminal.deliver()
    assert stage.window.stack.currentWidget() is not charge
    assert (machine.charged_minor, stage.till.ask(payments.open_charge)) == (349, None)


def test_a_voided_card_is_reversed_at_the_terminal(stage: Stage, qtbot: QtBot) -> None:
    """Without anybody's doing, once the void is on disk."""
    machine = SimulatedTerminal(sleep=lambda _: None)
    terminal = QueuedTerminal(machine)
    stage.program.paying.cards.use(terminal)
    sign_in(stage, qtbot)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_F11)
    terminal.deliver()
    stage.program.returning.void_last()
    key(stage, Qt.Key.Key_Return)
    assert machine.charged_minor == 129
    terminal.deliver()
    assert machine.charged_minor == 0
    assert stage.till.ask(payments.abandoned) == ()


def test_any_receipt_can_be_copied_from_the_page(stage: Stage, qtbot: QtBot) -> None:
    """Not only the last one: found, shown, printed again."""
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, MILK)
    sell(stage, qtbot, BREAD)
    look_up(stage, number)
    tap(next(b for b in page(stage).findChildren(Button) if b.words == "Receipt"))
    press(stage, "Reprint")
    assert "COPY" in printed(stage, f"{number}-copy")


def test_esc_at_the_charge_screen_leads_back_to_what_was_picked(stage: Stage, qtbot: QtBot) -> None:
    """Nothing has to be picked again; the next sale's Esc leads to selling as ever."""
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, MILK)
    look_up(stage, number)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Escape)
    assert rows(stage) == ["Milk 1 l | 1 of 1 left, €1.29 each | 1 | €1.29"]
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)
    assert last(stage).sale.total_minor == -129
    scan(stage, BREAD)
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Escape)
    assert stage.window.stack.currentWidget() is stage.selling


def test_an_exchange_asks_the_server_once_more_before_it_is_charged(
    stage: Stage, qtbot: QtBot
) -> None:
    """Ringing up may take longer than a claim lasts: another till may have been faster."""
    sign_in(stage, qtbot)
    number = sell(stage, qtbot, MILK)
    look_up(stage, number)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F8)
    scan(stage, BREAD)
    object.__setattr__(stage.place, "claims", Refusing())
    key(stage, Qt.Key.Key_F12)
    assert stage.window.stack.currentWidget() is stage.selling
    assert "already refunded at another till" in stage.selling.strip.text
    assert last(stage).sale.receipt_number == number

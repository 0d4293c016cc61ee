"""Being paid at the real window: by keyboard, scanner and touch, with a terminal that fails."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.devices.ports import DrawerFault
from app.devices.terminal import Answer, TerminalFault, ThreadedTerminal
from app.devices.terminal_simulator import Conduct, SimulatedTerminal
from app.kit.qt.options import OptionsSheet
from app.kit.qt.text import TextSheet
from app.paying.qt.payments import PaymentsSheet
from app.paying.state import PaymentView
from localdb.domain.balances import card_line
from localdb.domain.cart import Cart
from localdb.domain.money import Currency
from localdb.domain.records import GiftCard, Payment, PaymentMethod
from localdb.domain.tender import Tender
from localdb.queries import payments, receipts
from localdb.services import settings
from localdb.services.checkout import checkout
from localdb.services.till import Till
from localdb.store.unit_of_work import UnitOfWork
from tests.app.acting import cart, key, scan, sheet, sign_in, tap, type_text
from tests.app.conftest import BREAD, COLA, MILK
from tests.app.stage import Stage
from tests.support.terminals import QueuedTerminal

CTRL = Qt.KeyboardModifier.ControlModifier


def paid(till: Till) -> list[tuple[str, int]]:
    """Every payment on disk, in the order of sales and positions."""
    found = till.write(lambda uow: uow.find(Payment))
    ordered = sorted(found, key=lambda one: (one.sale_id, one.position))
    return [(one.method, one.amount_minor) for one in ordered]


def to_charge(stage: Stage, qtbot: QtBot, *codes: str) -> None:
    """Sign in, scan and press F12."""
    sign_in(stage, qtbot)
    for code in codes or (BREAD,):
        scan(stage, code)
    key(stage, Qt.Key.Key_F12)


def with_terminal(stage: Stage, *script: Conduct) -> tuple[QueuedTerminal, SimulatedTerminal]:
    """Give the till a card terminal whose answers wait."""
    machine = SimulatedTerminal(script=script, sleep=lambda _: None)
    terminal = QueuedTerminal(machine)
    stage.program.paying.cards.use(terminal)
    return terminal, machine


def letter(stage: Stage, pressed: str) -> None:
    """One key, not part of any scan."""
    type_text(stage, pressed)


# ---------------------------------------------------------------- keys


def test_three_keys_pay_by_any_method(stage: Stage, qtbot: QtBot) -> None:
    """F12, a letter, Enter; the screen says what Enter would take."""
    to_charge(stage, qtbot)
    letter(stage, "w")
    assert stage.charge.take.words == "Wallet  €3.49"
    key(stage, Qt.Key.Key_Return)
    assert paid(stage.till) == [("wallet", 349)]


def test_two_keys_pay_by_card(stage: Stage, qtbot: QtBot) -> None:
    """F12 and F11."""
    to_charge(stage, qtbot)
    key(stage, Qt.Key.Key_F11)
    assert paid(stage.till) == [("card", 349)]
    assert stage.drawer.openings == 0


def test_an_amount_and_a_letter_split(stage: Stage, qtbot: QtBot) -> None:
    """Digits stay digits; Esc takes back what is typed, what is chosen, then leaves."""
    to_charge(stage, qtbot)
    type_text(stage, "1.5")
    letter(stage, "k")
    key(stage, Qt.Key.Key_Return)
    assert stage.charge.presenter.state.payments == (PaymentView("Coupon", "€1.50"),)
    type_text(stage, "7")
    letter(stage, "w")
    charge = stage.charge
    key(stage, Qt.Key.Key_Escape)
    assert (charge.amount.text(), charge.presenter.state.selected) == ("", "wallet")
    key(stage, Qt.Key.Key_Escape)
    assert charge.presenter.state.selected == "cash"
    key(stage, Qt.Key.Key_Escape)
    key(stage, Qt.Key.Key_Return)
    assert cart(stage) == ["Rye bread | 1 × €3.49 | €3.49"]
    assert (paid(stage.till), stage.till.ask(payments.open_charge)) == ([], None)


def test_a_tip_by_keyboard_and_by_touch(stage: Stage, qtbot: QtBot) -> None:
    """An amount and T, or a tap on a rate; the receipt says which part was the tip."""
    sign_in(stage, qtbot)
    stage.till.write(settings.change, "tip_ppm", "100000")
    scan(stage, BREAD)
    key(stage, Qt.Key.Key_F12)
    type_text(stage, "1")
    letter(stage, "t")
    assert stage.charge.remaining.text() == "€4.49"
    tap(next(b for b in stage.charge.quick.tips if b.words.startswith("10%")))
    assert stage.charge.remaining.text() == "€3.84"
    key(stage, Qt.Key.Key_F11)
    printed = (stage.printed / "S01-T01-000001.txt").read_text()
    assert "of which tip" in printed
    assert "TOTAL EUR                                   3.49" in printed


def test_letters_of_a_scan_choose_nothing(stage: Stage, qtbot: QtBot) -> None:
    """A code that begins with a method's letter waits for the next cart, and Enter takes cash."""
    to_charge(stage, qtbot)
    scan(stage, "WX-1234567")
    assert "1 scan waits" in stage.charge.strip.text
    key(stage, Qt.Key.Key_Return)
    assert paid(stage.till) == [("cash", 349)]


def test_a_gift_card_is_scanned_and_pays(stage: Stage, qtbot: QtBot) -> None:
    """During payment the card's code is no goods: it pays what is on it."""
    sign_in(stage, qtbot)
    stage.till.write(_sell_gift_card, "GC700100")
    scan(stage, BREAD)
    key(stage, Qt.Key.Key_F12)
    scan(stage, "GC700100")
    assert stage.charge.presenter.state.payments[0].amount == "€2.00"
    key(stage, Qt.Key.Key_Return)
    assert paid(stage.till)[-2:] == [("gift_card", 200), ("cash", 149)]


def test_a_method_that_asks_waits_for_its_reference(stage: Stage, qtbot: QtBot) -> None:
    """A tap opens the field for it; Enter there takes the payment."""
    sign_in(stage, qtbot)
    stage.till.write(_add_method)
    scan(stage, BREAD)
    key(stage, Qt.Key.Key_F12)
    tap(next(b for b in stage.charge.methods.methods if b.code == "meal"))
    assert stage.charge.reference.isVisible()
    type_text(stage, "V-77")
    key(stage, Qt.Key.Key_Return)
    assert paid(stage.till) == [("meal", 349)]


# ---------------------------------------------------------------- after the commit


def test_receipt_and_drawer_come_after_the_commit(stage: Stage, qtbot: QtBot) -> None:
    """Failure 13: what is printed, and the cash that is put away, is on disk already."""
    seen: list[tuple[str, int]] = []

    class Watching:
        columns = 48

        def print_receipt(self, name: str, lines: list[str]) -> None:
            seen.append(("receipt", len(paid(stage.till))))

    stage.program.receipts.presenter.use(Watching())

    def opened() -> None:
        seen.append(("drawer", len(paid(stage.till))))

    stage.place.drawer.open = opened  # type: ignore[union-attr,method-assign]
    to_charge(stage, qtbot)
    key(stage, Qt.Key.Key_Return)
    assert seen == [("drawer", 1), ("receipt", 1)]


def test_the_drawer_opens_once_for_cash_in_any_part(stage: Stage, qtbot: QtBot) -> None:
    """Of a sale by card and cash too."""
    to_charge(stage, qtbot)
    type_text(stage, "1")
    key(stage, Qt.Key.Key_F11)
    key(stage, Qt.Key.Key_Return)
    assert stage.drawer.openings == 1


def test_a_drawer_that_stays_shut_never_fails_a_sale(stage: Stage, qtbot: QtBot) -> None:
    """It is said, and can be tried again."""

    def jammed() -> None:
        raise DrawerFault("jammed")

    stage.place.drawer.open = jammed  # type: ignore[union-attr,method-assign]
    to_charge(stage, qtbot)
    key(stage, Qt.Key.Key_Return)
    assert paid(stage.till) == [("cash", 349)]
    strip = stage.selling.strip
    assert strip.text == "The cash drawer did not open. jammed"
    del stage.place.drawer.open  # type: ignore[union-attr]
    tap(strip.button("Open again"))
    assert (strip.text, stage.drawer.openings) == ("", 1)


def test_the_menu_is_shut_while_something_is_being_paid(stage: Stage, qtbot: QtBot) -> None:
    """No page can come in front of a payment under way."""
    to_charge(stage, qtbot)
    assert not stage.window.rail.entries["orders"].isEnabled()
    key(stage, Qt.Key.Key_Escape)
    assert stage.window.rail.entries["orders"].isEnabled()


# ---------------------------------------------------------------- the card terminal


def test_the_terminal_is_asked_and_answers(stage: Stage, qtbot: QtBot) -> None:
    """Meanwhile the screen says so, takes nothing else, and keeps painting."""
    terminal, machine = with_terminal(stage)
    to_charge(stage, qtbot)
    key(stage, Qt.Key.Key_F11)
    panel = stage.charge.terminal
    assert (panel.isVisible(), panel.title.text()) == (True, "Card  €3.49")
    key(stage, Qt.Key.Key_Return)
    key(stage, Qt.Key.Key_F12)
    assert paid(stage.till) == []
    terminal.deliver()
    assert (paid(stage.till), machine.charged_minor) == ([("card", 349)], 349)
    assert stage.selling.panel.shows_change


def test_a_terminal_on_a_thread_of_its_own(stage: Stage, qtbot: QtBot) -> None:
    """As the program runs it: the answer comes through the bridge, and the sale is stored."""
    machine = SimulatedTerminal(sleep=lambda _: None)
    stage.program.paying.cards.use(ThreadedTerminal(machine, stage.place.bridge.post))
    to_charge(stage, qtbot)
    key(stage, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: stage.selling.panel.shows_change)
    assert (paid(stage.till), machine.charged_minor) == ([("card", 349)], 349)


def test_given_up_for_cash_the_late_approval_is_shown(stage: Stage, qtbot: QtBot) -> None:
    """Failure 29: Esc gives the terminal up; its late yes is undone and said where one looks."""
    terminal, machine = with_terminal(stage, Conduct.LATE)
    to_charge(stage, qtbot)
    key(stage, Qt.Key.Key_F11)
    key(stage, Qt.Key.Key_Escape)
    assert stage.charge.strip.text == "Card payment cancelled. Checking with the terminal…"
    key(stage, Qt.Key.Key_Return)
    terminal.deliver()
    assert (paid(stage.till), machine.charged_minor) == ([("cash", 349)], 0)
    assert "It has been refunded" in stage.selling.strip.text


def test_what_became_of_a_cancelled_card_is_said_once(stage: Stage, qtbot: QtBot) -> None:
    """While it is looked up nothing is claimed; then one sentence says what happened."""
    for conduct, said in (
        (Conduct.LATE, "The card was charged €3.49 after you cancelled. It has been refunded."),
        (Conduct.DECLINE, "Card payment cancelled. The card was not charged."),
    ):
        terminal, _ = with_terminal(stage, conduct)
        to_charge(stage, qtbot)
        charge = stage.charge
        key(stage, Qt.Key.Key_F11)
        key(stage, Qt.Key.Key_Escape)
        assert charge.strip.text == "Card payment cancelled. Checking with the terminal…"
        terminal.deliver()
        assert (charge.notes.text, charge.strip.text) == (said, "")
        key(stage, Qt.Key.Key_Return)


def test_after_a_lock_the_payment_under_way_comes_back(stage: Stage, qtbot: QtBot) -> None:
    """Locked while the terminal is asked and deaf: the PIN leads to the question, Y answers it."""

    class Deaf(SimulatedTerminal):
        def status(self, payment_id: str) -> Answer:
            raise TerminalFault("no connection")

    terminal = QueuedTerminal(Deaf(sleep=lambda _: None))
    stage.program.paying.cards.use(terminal)
    to_charge(stage, qtbot)
    type_text(stage, "1")
    key(stage, Qt.Key.Key_Return)
    key(stage, Qt.Key.Key_F11)
    key(stage, Qt.Key.Key_L, CTRL)
    terminal.forget()
    sign_in(stage, qtbot)
    charge = stage.charge
    assert stage.window.stack.currentWidget() is charge
    terminal.deliver()
    assert charge.terminal.title.text() == "Was the card charged €2.49?"
    assert (charge.terminal.yes.words, charge.terminal.no.words) == (
        "Yes, charged  (Y)",
        "No, not charged  (N)",
    )
    assert charge.presenter.state.payments == (PaymentView("Cash", "€1.00"),)
    key(stage, Qt.Key.Key_Return)
    key(stage, Qt.Key.Key_Escape)
    assert paid(stage.till) == []
    letter(stage, "y")
    assert paid(stage.till) == [("cash", 100), ("card", 249)]


def test_leaving_with_a_card_taken_gives_it_back_first(stage: Stage, qtbot: QtBot) -> None:
    """Back to the cart only when the terminal has reversed it."""
    terminal, machine = with_terminal(stage)
    to_charge(stage, qtbot)
    type_text(stage, "2")
    key(stage, Qt.Key.Key_F11)
    terminal.deliver()
    key(stage, Qt.Key.Key_Escape)
    key(stage, Qt.Key.Key_Return)
    assert stage.window.stack.currentWidget() is stage.charge
    terminal.deliver()
    assert stage.window.stack.currentWidget() is stage.selling
    assert (machine.charged_minor, paid(stage.till)) == (0, [])
    assert cart(stage) == ["Rye bread | 1 × €3.49 | €3.49"]


def test_what_is_stuck_at_the_terminal_can_be_done_by_hand(stage: Stage, qtbot: QtBot) -> None:
    """The strip offers to try again, or to say that it was done."""
    terminal, _machine = with_terminal(stage, Conduct.LATE)
    to_charge(stage, qtbot)
    key(stage, Qt.Key.Key_F11)
    key(stage, Qt.Key.Key_Escape)
    stage.program.paying.cards.use(None)
    stage.program.paying._ask_after()
    notes = stage.charge.notes
    assert notes.text == "€3.49 must not stand on the card terminal."
    tap(notes.button("Done by hand"))
    assert (notes.text, stage.till.ask(payments.abandoned)) == ("", ())
    terminal.forget()


# ---------------------------------------------------------------- corrections


def test_the_tender_just_taken_is_corrected(stage: Stage, qtbot: QtBot) -> None:
    """From the change panel: cash was a card; the next cart is untouched, the receipt new."""
    to_charge(stage, qtbot)
    key(stage, Qt.Key.Key_Return)
    scan(stage, MILK)
    stage.program.paying.correct_last()
    assert stage.charge.basket.title.text() == "Correct Cash €3.49"
    key(stage, Qt.Key.Key_F11)
    assert paid(stage.till) == [("cash", 349), ("cash", -349), ("card", 349)]
    receipt = stage.till.ask(receipts.last)
    assert receipt is not None
    assert [one.method for one in receipt.payments] == ["card"]
    assert "Card" in (stage.printed / "S01-T01-000001.txt").read_text()
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)
    assert paid(stage.till)[-1] == ("cash", 129)


def test_of_several_payments_the_wrong_one_is_chosen(stage: Stage, qtbot: QtBot) -> None:
    """A split sale asks which; by keyboard or touch, and split again if need be."""
    to_charge(stage, qtbot, BREAD, COLA)
    type_text(stage, "2")
    key(stage, Qt.Key.Key_F11)
    key(stage, Qt.Key.Key_Return)
    tap(stage.selling.panel.change.correct)
    asked = sheet(stage)
    assert isinstance(asked, PaymentsSheet)
    assert [button.words for button in asked.payments] == ["Card €2.00", "Cash €3.73"]
    tap(asked.payments[1])
    type_text(stage, "1")
    key(stage, Qt.Key.Key_F11)
    letter(stage, "w")
    key(stage, Qt.Key.Key_Return)
    receipt = stage.till.ask(receipts.last)
    assert receipt is not None
    assert [(one.method, one.amount_minor) for one in receipt.payments] == [
        ("card", 200),
        ("card", 100),
        ("wallet", 273),
    ]


def test_a_correction_under_way_survives_a_lock(stage: Stage, qtbot: QtBot) -> None:
    """A part of the new payment was taken: after the PIN the correction goes on."""
    to_charge(stage, qtbot)
    key(stage, Qt.Key.Key_Return)
    stage.program.paying.correct_last()
    type_text(stage, "1")
    key(stage, Qt.Key.Key_F11)
    key(stage, Qt.Key.Key_L, CTRL)
    sign_in(stage, qtbot)
    assert stage.charge.basket.title.text() == "Correct Cash €3.49"
    key(stage, Qt.Key.Key_Return)
    assert paid(stage.till) == [("cash", 349), ("cash", -349), ("card", 100), ("cash", 249)]


def test_a_card_corrected_to_cash_is_given_back_at_the_terminal(stage: Stage, qtbot: QtBot) -> None:
    """The wrong card payment is reversed there without anybody's doing."""
    terminal, machine = with_terminal(stage)
    to_charge(stage, qtbot)
    key(stage, Qt.Key.Key_F11)
    terminal.deliver()
    stage.program.paying.correct_last()
    key(stage, Qt.Key.Key_Return)
    terminal.deliver()
    assert paid(stage.till) == [("card", 349), ("card", -349), ("cash", 349)]
    assert (machine.charged_minor, stage.till.ask(payments.abandoned)) == (0, ())


def test_without_a_sale_there_is_nothing_to_correct(stage: Stage, qtbot: QtBot) -> None:
    """It is said, and nothing opens."""
    sign_in(stage, qtbot)
    stage.program.paying.correct_last()
    assert "no sale in this shift" in stage.selling.strip.text


def test_a_double_click_corrects_once(stage: Stage, qtbot: QtBot) -> None:
    """Failure 26: of two presses the second finds the correction done."""
    to_charge(stage, qtbot)
    key(stage, Qt.Key.Key_Return)
    stage.program.paying.correct_last()
    card = stage.charge.card
    QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(card, Qt.MouseButton.LeftButton)
    assert paid(stage.till) == [("cash", 349), ("cash", -349), ("card", 349)]


def _sell_gift_card(uow: UnitOfWork, code: str) -> None:
    card = GiftCard(id=uow.new_id(), code=code)
    uow.insert(card)
    sold = Cart().add(card_line(uow.new_id(), card, 200, is_new=True))
    checkout(uow, sold, Tender(200, Currency.of("EUR")).pay_cash())


def _add_method(uow: UnitOfWork) -> None:
    uow.insert(
        PaymentMethod(id=uow.new_id(), code="meal", name="Meal voucher", asks_reference=True)
    )


def test_the_basket_is_shown_while_it_is_paid(stage: Stage, qtbot: QtBot) -> None:
    """The lines stay in sight beside what is due, which is said once until something is paid."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    assert [line.name for line in stage.charge.basket.lines.lines] == ["Milk 1 l"]
    assert not stage.charge.basket.total.isVisible()
    type_text(stage, "1")
    key(stage, Qt.Key.Key_Return)
    assert stage.charge.basket.total.isVisible()


def test_the_change_is_said_while_the_amount_is_typed(stage: Stage, qtbot: QtBot) -> None:
    """Only for cash, and only once more than what is due is typed."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    type_text(stage, "2")
    assert stage.charge.amount_words.text() == "Change €0.71"
    type_text(stage, "0")
    assert stage.charge.amount_words.text() == "Change €18.71"
    stage.charge.amount.setText("1")
    assert "Change" not in stage.charge.amount_words.text()


def test_three_friends_pay_their_shares(stage: Stage, qtbot: QtBot) -> None:
    """Slash, 3: a card, cash with change of the share alone, and a tap for the rest."""
    sign_in(stage, qtbot)
    scan(stage, BREAD)
    key(stage, Qt.Key.Key_F12)
    letter(stage, "/")
    letter(stage, "3")
    charge = stage.charge
    assert charge.amount_words.text() == "Payment 1 of 3 (blank = its share)"
    assert (charge.card.words, charge.take.words) == ("Card  €1.17", "Cash  €1.17")
    key(stage, Qt.Key.Key_F11)
    type_text(stage, "5")
    assert charge.amount_words.text() == "Change €3.84"
    key(stage, Qt.Key.Key_Return)
    assert charge.amount_words.text() == "Payment 3 of 3 (blank = its share)"
    tap(charge.take)
    assert paid(stage.till) == [("card", 117), ("cash", 116), ("cash", 116)]
    receipt = stage.till.ask(receipts.last)
    assert receipt is not None
    assert [payment.change_minor for payment in receipt.payments] == [0, 384, 0]


def test_a_split_by_touch_outlives_a_power_cut(stage: Stage, qtbot: QtBot) -> None:
    """What is taken and into how many it was split is on disk."""
    sign_in(stage, qtbot)
    scan(stage, BREAD)
    key(stage, Qt.Key.Key_F12)
    tap(next(tile for tile in stage.charge.methods.methods if tile.code == "split"))
    asked = sheet(stage)
    assert isinstance(asked, OptionsSheet)
    tap(asked.buttons[1])
    tap(stage.charge.card)
    stage.charge.presenter.suspend()
    stage.program.paying.resume()
    assert stage.charge.amount_words.text() == "Payment 2 of 2 (blank = its share)"
    assert stage.charge.remaining.text() == "€1.74"


def test_after_a_sale_the_receipt_is_at_hand_until_the_next(stage: Stage, qtbot: QtBot) -> None:
    """By touch: a gift receipt, an e-mail, and back to an empty cart."""
    to_charge(stage, qtbot)
    tap(stage.charge.take)
    change = stage.selling.panel.change
    tap(change.gift)
    assert "GIFT RECEIPT" in "".join(file.read_text() for file in stage.printed.iterdir()).upper()
    tap(change.mail)
    asked = sheet(stage)
    assert isinstance(asked, TextSheet)
    asked.cancel()
    tap(change.new_sale)
    assert not stage.selling.panel.shows_change

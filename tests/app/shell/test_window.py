"""A cashier at the real window over a real database."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.customers.qt.customer import CustomerSheet
from app.devices.ports import PrinterFault
from app.devices.wedge import GAP_MAX_MS
from app.kit.qt.confirm import ConfirmSheet
from app.kit.sync_figures import SyncFigures
from app.paying.state import PaymentView
from localdb.domain.records import User
from localdb.queries import lists, receipts
from localdb.services import people
from localdb.services.till import Till
from localdb.store.unit_of_work import UnitOfWork
from tests.app.acting import cart, has_sheet, key, scan, sheet, sign_in, tap, type_text
from tests.app.conftest import BREAD, COLA, MILK, WINE
from tests.app.stage import Stage

UNKNOWN = "4002293401102"


def sales(till: Till) -> list[tuple[str, int]]:
    """Every stored sale: number and total."""
    return till.ask(
        lambda connection: [
            (row.receipt_number, row.total_minor)
            for row in connection.exec_driver_sql("SELECT receipt_number, total_minor FROM sale")
        ]
    )


def test_who_is_added_while_nobody_is_signed_in_can_be_picked(stage: Stage, qtbot: QtBot) -> None:
    """A manager whom the server's operator adds arrives by sync; what is being typed stays."""
    mara = stage.till.ask(lists.people)[-1]
    window = stage.signin
    window.presenter.choose(mara.id)
    type_text(stage, "1")
    stage.till.write(people.create, "Kim", "manager", "1111")
    qtbot.waitUntil(lambda: len(window.presenter.state.people) == 3)
    assert window.tile("Kim").isVisible()
    assert (window.presenter.state.chosen_name, window.presenter.state.typed) == (mara.name, 1)
    stage.till.write(staff_leaves, mara.id)
    qtbot.waitUntil(lambda: len(window.presenter.state.people) == 2)
    assert window.presenter.state.chosen is None


def staff_leaves(uow: UnitOfWork, user_id: str) -> None:
    uow.edit(User, user_id, active=False)


def test_a_sale_from_pin_to_change(stage: Stage, qtbot: QtBot) -> None:
    """Sign in, scan three things, one of them three times, pay with a note: stored once."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    scan(stage, BREAD)
    type_text(stage, "3*")
    scan(stage, COLA)
    assert cart(stage) == [
        "Milk 1 l | 1 × €1.29 | €1.29",
        "Rye bread | 1 × €3.49 | €3.49",
        "Cola | 3 × €1.99 | €5.97",
        "Deposit | 3 × €0.25 | €0.75",
    ]
    assert stage.selling.charge.words == "Charge €11.50"
    key(stage, Qt.Key.Key_F12)
    twenty = next(b for b in stage.charge.quick.quick if b.words == "€20.00")
    tap(twenty)
    panel = stage.selling.panel
    assert panel.shows_change
    assert panel.change.change.text() == "€8.50"
    assert sales(stage.till) == [("S01-T01-000001", 1150)]
    assert (stage.printed / "S01-T01-000001.txt").read_text().count("Cola") == 1
    scan(stage, MILK)
    assert not panel.shows_change
    assert cart(stage) == ["Milk 1 l | 1 × €1.29 | €1.29"]


def test_enter_does_not_agree_to_an_odd_price(stage: Stage, qtbot: QtBot) -> None:
    """A till asks about 1,250,000.00; Enter goes back, only its own button sells at it."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    for _ in range(2):
        type_text(stage, "1,250,000")
        key(stage, Qt.Key.Key_F5)
        assert isinstance(sheet(stage), ConfirmSheet)
        assert sheet(stage).card.accessibleName() == "Is €1,250,000.00 right?"
        key(stage, Qt.Key.Key_Return)
        assert not has_sheet(stage)
        assert cart(stage) == ["Milk 1 l | 1 × €1.29 | €1.29"]
        key(stage, Qt.Key.Key_Escape)
    type_text(stage, "1,250,000")
    key(stage, Qt.Key.Key_F5)
    question = sheet(stage)
    assert isinstance(question, ConfirmSheet)
    tap(question.yes)
    assert cart(stage) == ["Milk 1 l | 1 × €1,250,000.00 | €1,250,000.00"]


def test_paying_exactly_takes_two_keys(stage: Stage, qtbot: QtBot) -> None:
    """F12 and Enter pay exactly what is due in cash."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)
    assert sales(stage.till) == [("S01-T01-000001", 129)]


def test_a_double_click_pays_once(stage: Stage, qtbot: QtBot) -> None:
    """A double click on Cash, or on a note that covers only a part, counts as one click."""
    sign_in(stage, qtbot)
    scan(stage, "4012345678901")
    for _ in range(9):
        scan(stage, BREAD)
    key(stage, Qt.Key.Key_F12)
    charge = stage.charge
    charge.amount.setText("10")
    _double_click(charge.take)
    assert charge.presenter.state.payments == (PaymentView("Cash", "€10.00"),)
    _double_click(charge.take)
    assert sales(stage.till) == [("S01-T01-000001", 3490)]


def test_the_second_of_two_fast_scans_is_a_line(stage: Stage, qtbot: QtBot) -> None:
    """Failure 28: two scans without a pause are two lines, also while a quantity is asked."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    scan(stage, BREAD)
    assert cart(stage) == ["Milk 1 l | 1 × €1.29 | €1.29", "Rye bread | 1 × €3.49 | €3.49"]
    assert stage.selling.search.text() == ""
    key(stage, Qt.Key.Key_F4)
    scan(stage, COLA)
    scan(stage, MILK)
    assert sheet(stage).field.edit.text() == "1"  # type: ignore[attr-defined]
    key(stage, Qt.Key.Key_Escape)
    assert cart(stage) == [
        "Milk 1 l | 2 × €1.29 | €2.58",
        "Rye bread | 1 × €3.49 | €3.49",
        "Cola | 1 × €1.99 | €1.99",
        "Deposit | 1 × €0.25 | €0.25",
    ]


def test_a_scan_during_a_question_waits_for_it(stage: Stage, qtbot: QtBot) -> None:
    """While a weight is asked, a scan is neither lost nor typed into the weight."""
    sign_in(stage, qtbot)
    type_text(stage, "APPLE")
    key(stage, Qt.Key.Key_Return)
    assert has_sheet(stage)
    scan(stage, MILK)
    assert cart(stage) == []
    type_text(stage, "0.5")
    key(stage, Qt.Key.Key_Return)
    assert cart(stage) == [
        "Apples | 0.500\u00a0kg × €2.99/kg | €1.50",
        "Milk 1 l | 1 × €1.29 | €1.29",
    ]


def test_a_scan_lands_while_a_sheet_has_the_focus(stage: Stage, qtbot: QtBot) -> None:
    """A scan into the customer search is still a line, and leaves no trace in the field."""
    sign_in(stage, qtbot)
    key(stage, Qt.Key.Key_F3)
    scan(stage, MILK, Qt.Key.Key_Tab)
    assert cart(stage) == ["Milk 1 l | 1 × €1.29 | €1.29"]
    assert sheet(stage).search.text() == ""  # type: ignore[attr-defined]


def test_a_scan_during_payment_waits_for_the_next_cart(stage: Stage, qtbot: QtBot) -> None:
    """What is scanned while paying becomes the first line of the next sale."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    scan(stage, BREAD)
    assert "1 scan waits" in stage.charge.strip.text
    key(stage, Qt.Key.Key_Return)
    assert sales(stage.till) == [("S01-T01-000001", 129)]
    assert cart(stage) == ["Rye bread | 1 × €3.49 | €3.49"]


def test_an_unknown_code_shows_a_strip_and_no_dialog(stage: Stage, qtbot: QtBot) -> None:
    """`Not found` stands in a strip; the goods can be sold as an open item from there."""
    sign_in(stage, qtbot)
    scan(stage, UNKNOWN)
    strip = stage.selling.missed
    assert strip.text == f"Not found: {UNKNOWN}."
    assert not has_sheet(stage)
    tap(strip.button("Open item"))
    type_text(stage, "4.5")
    key(stage, Qt.Key.Key_Return)
    assert cart(stage) == [f"Open item {UNKNOWN} | 1 × €4.50 | €4.50"]
    assert strip.text == ""


def test_age_is_asked_once_a_cart(stage: Stage, qtbot: QtBot) -> None:
    """Wine asks for the customer's age; refused it is not sold, confirmed it is not asked again."""
    sign_in(stage, qtbot)
    scan(stage, WINE)
    key(stage, Qt.Key.Key_Escape)
    assert cart(stage) == []
    scan(stage, WINE)
    key(stage, Qt.Key.Key_Return)
    scan(stage, WINE)
    assert cart(stage) == ["Red wine | 2 × €5.99 | €11.98"]


def test_quantity_price_discount_and_void(stage: Stage, qtbot: QtBot) -> None:
    """F4 and F5 take the typed number, F6 a percentage, F9 takes the line out."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    type_text(stage, "4")
    key(stage, Qt.Key.Key_F4)
    type_text(stage, "1.5")
    key(stage, Qt.Key.Key_F5)
    assert cart(stage) == ["Milk 1 l | 4 × €1.50 | €6.00"]
    key(stage, Qt.Key.Key_F6)
    type_text(stage, "10")
    key(stage, Qt.Key.Key_Return)
    line = stage.selling.panel.list.lines[0]
    assert (line.saved, line.total) == ("−€0.60 (10%)", "€5.40")
    key(stage, Qt.Key.Key_F9)
    assert cart(stage) == []


def test_hold_and_recall(stage: Stage, qtbot: QtBot) -> None:
    """F7 holds the sale under what was typed, F8 brings it back as it was."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    type_text(stage, "Blue coat")
    key(stage, Qt.Key.Key_F7)
    assert cart(stage) == []
    assert [held.label for held in stage.till.ask(lists.held_carts)] == ["Blue coat"]
    key(stage, Qt.Key.Key_F8)
    key(stage, Qt.Key.Key_Return)
    assert cart(stage) == ["Milk 1 l | 1 × €1.29 | €1.29"]
    assert stage.till.ask(lists.held_carts) == []


def test_a_lock_keeps_the_cart(stage: Stage, qtbot: QtBot) -> None:
    """Ctrl+L locks; after the PIN the cart is as it was, and a scan meanwhile did nothing."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert stage.till.user is None
    assert stage.window.stack.currentWidget() is stage.signin
    scan(stage, BREAD)
    assert stage.signin.error == "Sign in first, then scan the goods."
    sign_in(stage, qtbot)
    assert cart(stage) == ["Milk 1 l | 1 × €1.29 | €1.29"]


def test_a_wrong_pin_is_said_in_the_strip(stage: Stage) -> None:
    """A wrong PIN leaves the screen up and says so."""
    tap(stage.signin.tile("Mara Lindqvist"))
    type_text(stage, "999")
    key(stage, Qt.Key.Key_Return)
    assert stage.signin.error == "Wrong PIN. Try again."
    assert stage.till.user is None


def test_split_payment_by_card_and_cash(stage: Stage, qtbot: QtBot) -> None:
    """A part by card and the rest in cash are two payments of one sale."""
    sign_in(stage, qtbot)
    scan(stage, BREAD)
    key(stage, Qt.Key.Key_F12)
    type_text(stage, "2")
    key(stage, Qt.Key.Key_F11)
    assert stage.charge.remaining.text() == "€1.49"
    key(stage, Qt.Key.Key_Return)
    receipt = stage.till.ask(receipts.last)
    assert receipt is not None
    assert [(p.method, p.amount_minor) for p in receipt.payments] == [("card", 200), ("cash", 149)]


def test_leaving_payment_keeps_the_cart(stage: Stage, qtbot: QtBot) -> None:
    """Esc on the charge screen goes back to the cart, and nothing is stored."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Escape)
    assert cart(stage) == ["Milk 1 l | 1 × €1.29 | €1.29"]
    assert sales(stage.till) == []


def test_search_shows_tiles_and_enter_takes_the_best(stage: Stage, qtbot: QtBot) -> None:
    """Typing shows what matches; Enter adds the highlighted product."""
    sign_in(stage, qtbot)
    type_text(stage, "rye")
    tiles = stage.selling.tiles
    qtbot.waitUntil(lambda: [tile.name for tile in tiles.tiles] == ["Rye bread"])
    assert tiles.tiles[0].badge == "Out of stock"
    key(stage, Qt.Key.Key_Return)
    assert cart(stage) == ["Rye bread | 1 × €3.49 | €3.49"]
    qtbot.waitUntil(lambda: len(tiles.tiles) == 6)


def test_a_failed_print_never_fails_the_sale(stage: Stage, qtbot: QtBot) -> None:
    """Without paper the sale stands; the strip offers Retry and Skip."""

    class NoPaper:
        columns = 48
        tries = 0

        def print_receipt(self, name: str, lines: list[str]) -> None:
            self.tries += 1
            raise PrinterFault("no paper")

    printer = NoPaper()
    stage.program.receipts.presenter.use(printer)
    sign_in(stage, qtbot)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)
    strip = stage.selling.strip
    assert sales(stage.till) == [("S01-T01-000001", 129)]
    assert strip.text == "Sale saved. Receipt not printed."
    tap(strip.button("Retry"))
    assert printer.tries == 2
    tap(strip.button("Skip"))
    assert strip.text == ""


def test_the_chip_says_how_the_sync_stands(stage: Stage) -> None:
    """The chip follows the figures it is given."""
    assert stage.window.bar.chip.words == "Stand-alone"
    stage.figures = SyncFigures(enrolled=True, waiting_groups=12)
    stage.place.bridge.sync_changed.emit()
    assert stage.window.bar.chip.words == "Syncing 12"


def test_light_and_dark(stage: Stage) -> None:
    """The scheme changes while the window is open."""
    stage.place.theme.toggle()
    assert stage.place.theme.scheme == "dark"
    assert stage.window.palette().window().color().lightness() < 60


def test_a_customer_made_on_the_spot_is_on_the_sale(stage: Stage, qtbot: QtBot) -> None:
    """F3, a name nobody has, New customer: the sale carries it, and the next cart does not."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F3)
    type_text(stage, "Ines")
    customer = sheet(stage)
    assert isinstance(customer, CustomerSheet)
    tap(customer.new)
    key(stage, Qt.Key.Key_Return)
    assert stage.selling.panel.customer.button.words == "Ines"
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)
    receipt = stage.till.ask(receipts.last)
    assert receipt is not None
    assert receipt.customer_name == "Ines"
    assert stage.selling.presenter.cart.customer_id is None


def test_a_shift_is_counted_blind_and_over_is_recorded(stage: Stage, qtbot: QtBot) -> None:
    """Closing asks for the cash first and only then says what was expected."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)
    stage.program.drawer.close_shift()
    key(stage, Qt.Key.Key_F2)
    type_text(stage, "102")
    key(stage, Qt.Key.Key_Return)
    said = " ".join(words.text() for words in sheet(stage).findChildren(QLabel))
    assert "Expected: €101.29" in said
    assert "Difference: €0.71 over" in said
    assert stage.program.drawer.shift.is_open
    key(stage, Qt.Key.Key_Return)
    assert not stage.program.drawer.shift.is_open


def test_cash_in_needs_a_reason_and_the_drawer_is_logged(stage: Stage, qtbot: QtBot) -> None:
    """Paid in asks amount and reason; opening the drawer without a sale is an event."""
    sign_in(stage, qtbot)
    stage.program.drawer.move_cash("paid_in")
    type_text(stage, "20")
    key(stage, Qt.Key.Key_Return)
    type_text(stage, "Coins")
    key(stage, Qt.Key.Key_Return)
    key(stage, Qt.Key.Key_F10)
    key(stage, Qt.Key.Key_Return)
    assert stage.selling.strip.text == "Drawer opened. Logged as a no-sale."
    events = stage.till.ask(
        lambda connection: connection.exec_driver_sql(
            "SELECT kind, amount_minor, reason FROM shift_event ORDER BY id"
        ).fetchall()
    )
    assert [tuple(event) for event in events] == [
        ("open", 10_000, ""),
        ("paid_in", 2000, "Coins"),
        ("no_sale", 0, "Change for a customer"),
    ]


def test_tab_stays_inside_a_sheet(stage: Stage, qtbot: QtBot) -> None:
    """However often Tab is pressed, the keyboard never reaches what is behind the sheet."""
    sign_in(stage, qtbot)
    key(stage, Qt.Key.Key_F3)
    for _ in range(4):
        QTest.qWait(GAP_MAX_MS + 10)
        key(stage, Qt.Key.Key_Tab)
        assert sheet(stage).isAncestorOf(stage.window.focusWidget())


def _double_click(widget: object) -> None:
    """Press, release, double-click press, release: what Qt sends for a double click."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]
    QTest.mouseDClick(widget, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]

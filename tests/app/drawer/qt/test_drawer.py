"""The drawer and its shift on the real window, with real keys: a whole shift and the next."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.devices.ports import DrawerFault, PrinterFault
from app.drawer.qt.count import PIECES, SUM, CountSheet
from app.drawer.qt.shift_report import ShiftReportSheet
from app.kit.qt.reason import ReasonSheet
from localdb.domain.records import ShiftEvent, User
from localdb.domain.shift import closed_shift
from localdb.services import settings
from tests.app.acting import cart, has_sheet, key, menu_entries, scan, sheet, tap, type_text
from tests.app.conftest import BREAD, MILK
from tests.app.stage import CASHIER_PIN, MANAGER_PIN, Stage


@pytest.fixture
def signed_in(stage: Stage) -> Stage:
    """The cashier, who is asked for the float."""
    tap(stage.signin.tile("Jonas Weber"))
    type_text(stage, CASHIER_PIN)
    key(stage, Qt.Key.Key_Return)
    return stage


@pytest.fixture
def at_work(signed_in: Stage) -> Stage:
    """The cashier, with a float of 100.00."""
    type_text(signed_in, "100")
    key(signed_in, Qt.Key.Key_Return)
    assert not has_sheet(signed_in)
    return signed_in


def choose(stage: Stage, words: str) -> None:
    """Choose from the menu."""
    next(a for a in menu_entries(stage.window) if a.text().startswith(words)).trigger()


def counting(stage: Stage) -> CountSheet:
    """The sheet on which cash is counted."""
    asked = sheet(stage)
    assert isinstance(asked, CountSheet)
    return asked


def count(stage: Stage, pieces: dict[int, str]) -> None:
    """Type the pieces of each note and coin in order, Enter after each; F12 when done."""
    last = max(list(counting(stage).fields).index(value) for value in pieces)
    for number, value in enumerate(counting(stage).fields):
        if number > last:
            break
        type_text(stage, pieces.get(value, ""))
        if number < last:
            key(stage, Qt.Key.Key_Return)
    key(stage, Qt.Key.Key_F12)


def events(stage: Stage) -> list[ShiftEvent]:
    """The drawer's events so far."""
    return stage.till.write(lambda uow: uow.find(ShiftEvent))


def said(widget: QWidget) -> str:
    """Every word on a widget."""
    return " ".join(words.text() for words in widget.findChildren(QLabel))


def as_manager(stage: Stage) -> None:
    """The manager stands at the till."""
    stage.till.sign_in(stage.till.write(lambda uow: uow.find(User, role="manager"))[0])


def pay(stage: Stage) -> None:
    """Exact cash."""
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)


def test_a_shift_from_float_to_the_next(signed_in: Stage, qtbot: QtBot) -> None:
    """Failure 32: counted by notes, sold, dropped, closed short; the cart is the next shift's."""
    stage = signed_in
    key(stage, Qt.Key.Key_F2)
    assert counting(stage).how.chosen == PIECES
    count(stage, {5000: "1", 2000: "2", 1000: "1"})
    scan(stage, MILK)
    pay(stage)
    choose(stage, "Safe drop")
    type_text(stage, "50")
    key(stage, Qt.Key.Key_Return)
    scan(stage, BREAD)
    choose(stage, "Close shift")
    assert counting(stage).how.chosen == PIECES
    assert "Expected" not in said(counting(stage))
    count(stage, {2000: "2", 1000: "1", 100: "1"})
    assert "Difference: €0.29 short" in said(sheet(stage))
    assert "carried over to the next shift" in said(sheet(stage))
    key(stage, Qt.Key.Key_Return)
    shown = sheet(stage)
    assert isinstance(shown, ShiftReportSheet)
    assert shown.view.title == "Z report 1"
    assert "Difference | €0.29 short" in shown.paper.words()
    key(stage, Qt.Key.Key_PageDown)
    assert shown.area.verticalScrollBar().value() > 0
    key(stage, Qt.Key.Key_Return)
    assert len(cart(stage)) == 1
    key(stage, Qt.Key.Key_F12)
    assert counting(stage).how.chosen == SUM
    assert counting(stage).sum.text() == "51.00"
    key(stage, Qt.Key.Key_Return)
    key(stage, Qt.Key.Key_Return)
    kinds = [(event.kind, event.amount_minor) for event in events(stage)]
    assert kinds == [("open", 10_000), ("drop", 5_000), ("close", 5_100), ("open", 5_100)]
    closed = closed_shift(events(stage)[2].detail)
    assert closed is not None
    assert (closed.sale_count, closed.over_short_minor) == (1, -29)
    second = stage.program.drawer.shift.x_report()
    assert second is not None
    qtbot.waitUntil(lambda: (stage.printed / "S01-T01-000002.txt").exists())


def test_a_z_is_printed_once_and_then_as_a_copy(at_work: Stage) -> None:
    """The print at close is the original; the button prints what says that it is a copy."""
    choose(at_work, "Close shift")
    key(at_work, Qt.Key.Key_F2)
    type_text(at_work, "100")
    key(at_work, Qt.Key.Key_Return)
    key(at_work, Qt.Key.Key_Return)
    file: Path = at_work.printed / "S01-T01-Z000001.txt"
    assert "COPY" not in file.read_text(encoding="utf-8")
    shown = sheet(at_work)
    assert isinstance(shown, ShiftReportSheet)
    print_it = next(b for b in shown.findChildren(QWidget) if getattr(b, "words", "") == "Print")
    tap(print_it)
    assert "*** COPY ***" in file.read_text(encoding="utf-8")
    shown.save_pdf(at_work.printed / "z.pdf")
    assert (at_work.printed / "z.pdf").read_bytes().startswith(b"%PDF")


def test_after_a_z_nothing_says_paid(at_work: Stage) -> None:
    """The last sale belongs to the shift that ended."""
    scan(at_work, MILK)
    pay(at_work)
    assert at_work.selling.panel.shows_change
    choose(at_work, "Close shift")
    count(at_work, {5000: "2"})
    key(at_work, Qt.Key.Key_Return)
    key(at_work, Qt.Key.Key_Escape)
    assert not at_work.selling.panel.shows_change
    assert "Z report 1" in at_work.selling.strip.text


def test_a_recount_keeps_the_first_count(at_work: Stage) -> None:
    """Esc at the question counts anew from nothing; both sums stay with the event."""
    choose(at_work, "Close shift")
    key(at_work, Qt.Key.Key_F2)
    type_text(at_work, "90")
    key(at_work, Qt.Key.Key_Return)
    assert "€10.00 short" in said(sheet(at_work))
    key(at_work, Qt.Key.Key_Escape)
    assert all(not field.text() for field in counting(at_work).fields.values())
    key(at_work, Qt.Key.Key_F2)
    type_text(at_work, "100")
    key(at_work, Qt.Key.Key_Return)
    key(at_work, Qt.Key.Key_Return)
    assert '"recounted":[9000]' in events(at_work)[-1].detail


def test_backing_out_of_the_count_closes_nothing(at_work: Stage) -> None:
    """The shift goes on as it was."""
    choose(at_work, "Close shift")
    key(at_work, Qt.Key.Key_F12)
    assert counting(at_work).problem.text().startswith("Enter the count")
    key(at_work, Qt.Key.Key_Escape)
    assert at_work.program.drawer.shift.is_open
    assert [event.kind for event in events(at_work)] == ["open"]


def test_a_shop_that_does_not_count_blind_shows_what_should_be_there(at_work: Stage) -> None:
    """And how the count compares while it is typed."""
    as_manager(at_work)
    at_work.till.write(settings.change, "blind_count", "0")
    choose(at_work, "Close shift")
    key(at_work, Qt.Key.Key_F2)
    type_text(at_work, "101")
    assert "Expected €100.00  ·  €1.00 over" in said(counting(at_work))


def test_counting_by_touch(at_work: Stage) -> None:
    """The keypad types into the field that has the focus; its Enter goes to the next."""
    choose(at_work, "Close shift")
    asked = counting(at_work)
    for sent in ("2", "enter", "3", "backspace", "1", "enter"):
        asked._pressed(sent)
    assert (asked.fields[50000].text(), asked.fields[20000].text()) == ("2", "1")
    assert asked.total.text() == "€1,200.00"
    type_text(at_work, "x")
    assert asked.fields[10000].text() == ""
    key(at_work, Qt.Key.Key_Up)
    asked._pressed("clear")
    assert asked.total.text() == "€1,000.00"


def test_the_drawer_opens_after_its_event_is_stored(at_work: Stage) -> None:
    """F10, a reason by two keys; a drawer that fails is said, and the event stays."""
    key(at_work, Qt.Key.Key_F10)
    assert isinstance(sheet(at_work), ReasonSheet)
    key(at_work, Qt.Key.Key_Down)
    key(at_work, Qt.Key.Key_Return)
    assert events(at_work)[-1].reason == "Change for the till"
    assert at_work.drawer.openings == 1

    def jammed() -> None:
        assert len(events(at_work)) == 3
        raise DrawerFault("It is jammed.")

    at_work.drawer.open = jammed  # type: ignore[method-assign]
    key(at_work, Qt.Key.Key_F10)
    type_text(at_work, "to look")
    key(at_work, Qt.Key.Key_Return)
    assert "did not open" in at_work.selling.strip.text
    assert events(at_work)[-1].reason == "to look"


def test_an_x_report_asks_for_somebody_who_may_see_it(at_work: Stage) -> None:
    """The cashier's X needs a manager's PIN; the override is counted in it."""
    choose(at_work, "X report")
    type_text(at_work, MANAGER_PIN)
    key(at_work, Qt.Key.Key_Return)
    shown = sheet(at_work)
    assert isinstance(shown, ShiftReportSheet)
    assert "Expected in the drawer | 100.00" in shown.paper.words()
    assert "Approved with another PIN | 1" in shown.paper.words()


def test_a_z_that_is_not_printed_is_closed_all_the_same(at_work: Stage) -> None:
    """Said in the strip, with a way to try again that prints the original."""
    printer = at_work.place.printer
    assert printer is not None
    whole = printer.print_receipt

    def broken(name: str, lines: list[str]) -> None:
        raise PrinterFault("out of paper")

    printer.print_receipt = broken  # type: ignore[method-assign]
    choose(at_work, "Close shift")
    key(at_work, Qt.Key.Key_F2)
    type_text(at_work, "100")
    key(at_work, Qt.Key.Key_Return)
    key(at_work, Qt.Key.Key_Return)
    assert not at_work.program.drawer.shift.is_open
    key(at_work, Qt.Key.Key_Return)
    strip = at_work.selling.strip
    assert strip.text == "Shift closed. Z report not printed."
    printer.print_receipt = whole  # type: ignore[method-assign]
    tap(next(b for b in strip.findChildren(QWidget) if getattr(b, "words", "") == "Retry"))
    text = (at_work.printed / "S01-T01-Z000001.txt").read_text(encoding="utf-8")
    assert "Z REPORT 1" in text
    assert "COPY" not in text


def test_a_full_drawer_is_said_after_the_sale(at_work: Stage) -> None:
    """From the shop's limit on, until some of it was dropped."""
    as_manager(at_work)
    at_work.till.write(settings.change, "drawer_max_minor", "10100")
    scan(at_work, MILK)
    pay(at_work)
    assert at_work.selling.strip.text.startswith("More than €101.00 in the drawer")

"""The drawer's screens: counting, reports and the journal, each on a small shop of its own."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.drawer.qt.count import CountSheet
from app.drawer.qt.shift_report import ShiftReportSheet
from app.drawer.qt.shift_reports import ShiftReportsScreen
from app.drawer.shift import ShiftPresenter
from app.kit.flow import AskCash, AskReason
from app.kit.qt.reason import ReasonSheet
from app.setup.journal import JournalState
from app.setup.qt.journal import JournalScreen
from localdb.domain.tender import Tender
from localdb.domain.totals import totals
from localdb.queries import offers
from localdb.services import shifts
from localdb.services.checkout import checkout
from tests.screens.manager import Stand, filled, stand
from tests.support.shops import Shop

__all__ = ["SCENES", "stand"]

COUNTED = {5000: 1, 2000: 2, 1000: 1, 500: 2, 200: 4, 100: 3, 50: 2, 20: 7, 5: 4, 2: 1}


def traded(shop: Shop) -> None:
    """Two shifts: one closed by notes and coins and short, one at work."""
    till = shop.till
    for number, goods in enumerate(((shop.milk,), (shop.bread, shop.milk), (shop.bread,))):
        till.sign_in((shop.manager, shop.cashier)[number % 2])
        cart = shop.cart(*goods)
        terms = till.ask(offers.terms, shop.clock())
        due = totals(cart, terms).total_minor
        tender = Tender(due, till.currency)
        till.write(checkout, cart, tender.pay_card() if number == 2 else tender.pay_cash())
    till.sign_in(shop.manager)
    till.write(shifts.paid_out, 1250, "Window cleaning")
    till.write(shifts.no_sale, "Change for a customer")
    till.write(shifts.drop, 5000, pieces={5000: 1})
    till.write(shifts.close_shift, sum(v * n for v, n in COUNTED.items()), pieces=COUNTED)
    till.write(shifts.open_shift, 5000)


def _count(question: AskCash, typed: bool) -> Callable[[Stand], QWidget]:
    def draw(at: Stand) -> QWidget:
        sheet = CountSheet(at.host, at.place.theme, at.place.formats, question, lambda _: None)
        if typed:
            for value, pieces in COUNTED.items():
                sheet.fields[value].setText(str(pieces))
        return sheet

    return draw


def _reason(at: Stand) -> QWidget:
    shift = ShiftPresenter(at.shop.till, at.place.formats)
    question = AskReason("Reason", shift.reasons("paid_out"))
    return ReasonSheet(at.host, at.place.theme, question, lambda _: None)


def _reports(row: int) -> Callable[[Stand], QWidget]:
    def draw(at: Stand) -> QWidget:
        traded(at.shop)
        page = ShiftReportsScreen(at.place)
        filled(at, page)
        page.open()
        page.table.selectRow(row)
        return page

    return draw


def _z_sheet(at: Stand) -> QWidget:
    traded(at.shop)
    shift = ShiftPresenter(at.shop.till, at.place.formats)
    view = shift.z_report(shift.past()[0].event_id)
    return ShiftReportSheet(at.host, at.place.theme, view, lambda: None)


def _journal(**changes: object) -> Callable[[Stand], QWidget]:
    def draw(at: Stand) -> QWidget:
        page = JournalScreen(at.place, Path(at.folder))
        filled(at, page)
        page.open()
        page.stop()
        if changes:
            said = {"extent": "12,345 entries, since 1/2/26, 9:00 AM", **changes}
            page.show_state(JournalState(**said))  # type: ignore[arg-type]
        return page

    return draw


_HOLDS = {
    "headline": "Journal verified: 12,345 entries, unbroken",
    "detail": "From 1/2/26, 9:00 AM to 11/21/26, 7:14 PM\nFingerprint of the last entry:\n"
    + "0a1b2c3d" * 8,
    "tone": "success",
}
_BREAKS = {
    "headline": "The journal is broken at entry 4,211",
    "detail": "The entry was changed after it was written. Entries after this point cannot be "
    "trusted. Export the journal and keep it; then call support.",
    "tone": "danger",
}
_FOUND = {
    "headline": "Entry 4,211 has the code 7K4M-Q2XP",
    "detail": "Sale, 11/21/26, 7:14 PM\nReceipt S01-T01-003907\nTotal €8.00\n"
    "Compare this with the paper, then press Verify.",
}
_CLOSE = AskCash("Close the shift", "Count the cash in the drawer. F12 when done.", by_pieces=True)
_OPEN_DRAWER = AskCash(
    "Close the shift", "Count the cash in the drawer.", expected_minor=12_345, by_pieces=True
)

SCENES: dict[str, Callable[[Stand], QWidget]] = {
    "count-empty": _count(_CLOSE, typed=False),
    "count-typed": _count(_OPEN_DRAWER, typed=True),
    "count-sum": _count(AskCash("Open the shift", "Count the cash", 5000), typed=False),
    "cash-reason": _reason,
    "shift-x": _reports(0),
    "shift-z": _reports(1),
    "shift-z-sheet": _z_sheet,
    "journal": _journal(),
    "journal-working": _journal(working="verify", permille=420, progress="5,200 of 12,345 entries"),
    "journal-holds": _journal(**_HOLDS),
    "journal-breaks": _journal(**_BREAKS),
    "journal-code": _journal(**_FOUND),
}

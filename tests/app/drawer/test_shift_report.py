"""X and Z reports written out, for the screen and for paper of either width."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.devices.ports import PrinterFault
from app.drawer.shift import ShiftPresenter
from app.drawer.shift_report import ReportView, paper
from app.drawer.shift_reports import NOT_PRINTED, ReportsState, ShiftReportsPresenter
from app.kit.formats import Formats
from localdb.domain.balances import card_line
from localdb.domain.records import GiftCard, ShiftEvent
from localdb.domain.tender import Tender
from localdb.domain.totals import totals
from localdb.queries import offers
from localdb.services import shifts
from localdb.services.checkout import checkout
from localdb.store.unit_of_work import UnitOfWork
from tests.screens.cash import COUNTED, traded
from tests.support.shops import Shop, small_shop

FORMATS = Formats("en", "EUR")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with small_shop(tmp_path) as made:
        yield made


def lines(shown: ReportView) -> dict[str, str]:
    """Name -> figure, of every line."""
    return {line.name.strip(): line.value for part in shown.sections for line in part.lines}


def last_z(shop: Shop) -> ReportView:
    presenter = ShiftPresenter(shop.till, FORMATS)
    return presenter.z_report(presenter.past()[0].event_id)


def test_a_z_says_all_of_a_shift(shop: Shop) -> None:
    """Sales, tax, payments, the drawer with its movements, the count, the cashiers."""
    traded(shop)
    shown = lines(last_z(shop))
    assert shown["Sales (3)"] == "9.56"
    assert shown["Turnover"] == "9.56"
    assert (shown["Cash"], shown["Card"], shown["Total"]) == ("6.07", "3.49", "9.56")
    assert (shown["Paid out (1)"], shown["To the safe (1)"]) == ("-12.50", "-50.00")
    assert shown["Expected in the drawer"] == "43.57"
    assert shown["Counted"] == FORMATS.amount(sum(v * n for v, n in COUNTED.items()))
    assert shown["Difference"].endswith("over")
    assert (shown["Ada (2)"], shown["Grace (1)"]) == ("4.78", "4.78")
    assert shown["No-sales"] == "1"
    assert (shown["First receipt"], shown["Last receipt"]) == ("S01-T01-000001", "S01-T01-000003")
    assert shown["2 × 20.00"] == "40.00"
    assert any(name.endswith("Pay out, Window cleaning (Ada)") for name in shown)


def test_a_gift_card_is_money_owed_and_no_turnover(shop: Shop) -> None:
    """Sold beside milk: the turnover is the milk."""
    card = GiftCard(id=shop.till.write(UnitOfWork.new_id), code="G-1")
    bought = card_line(shop.till.write(UnitOfWork.new_id), card, 2500, is_new=True)
    cart = shop.cart(shop.milk).add(bought)
    due = totals(cart, shop.till.ask(offers.terms, shop.clock())).total_minor
    shop.till.write(checkout, cart, Tender(due, shop.till.currency).pay_cash())
    shown = ShiftPresenter(shop.till, FORMATS).x_report()
    assert shown is not None
    assert lines(shown)["Sales (1)"] == "26.29"
    assert lines(shown)["less gift cards sold"] == "-25.00"
    assert lines(shown)["Turnover"] == "1.29"
    assert lines(shown)["Sold and loaded"] == "25.00"


@pytest.mark.parametrize("columns", [48, 32])
def test_paper_is_never_too_narrow(shop: Shop, columns: int) -> None:
    """Every line fits, the figures end at the right edge, and a copy says so."""
    traded(shop)
    original = last_z(shop)
    text = paper(original, columns)
    assert max(map(len, text)) <= columns
    assert any(line.startswith("Turnover") and line.endswith("9.56") for line in text)
    assert "COPY" not in "\n".join(text)
    presenter = ShiftPresenter(shop.till, FORMATS)
    copy = presenter.z_report(presenter.past()[0].event_id, is_copy=True)
    assert "*** COPY ***" in "\n".join(paper(copy, columns))
    assert [line for line in paper(copy, columns) if "COPY" not in line] == text


def test_an_x_is_no_z(shop: Shop) -> None:
    """It has no number and no count, and its file name has no letter a file cannot have."""
    shown = ShiftPresenter(shop.till, FORMATS).x_report()
    assert shown is not None
    assert shown.title == "X report"
    assert "Counted" not in lines(shown)
    assert set(shown.name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


class Listed:
    """The page's presenter with what it shows."""

    def __init__(self, shop: Shop, printer: "Jammed | None" = None) -> None:
        shift = ShiftPresenter(shop.till, FORMATS, printer)
        self.state = ReportsState()
        self.presenter = ShiftReportsPresenter(shift, FORMATS, self._show)
        self.presenter.open()

    def _show(self, state: ReportsState) -> None:
        self.state = state


class Jammed:
    """A printer that prints nothing."""

    columns = 48

    def print_receipt(self, name: str, lines: list[str]) -> None:
        raise PrinterFault("jammed")


def test_the_page_lists_the_open_shift_and_the_closes(shop: Shop) -> None:
    """The X first; a past Z is read as a copy."""
    traded(shop)
    page = Listed(shop)
    assert [row.name for row in page.state.rows] == ["X, the open shift", "Z 1"]
    assert page.state.view is not None
    assert page.state.view.title == "X report"
    page.presenter.choose(1)
    assert page.state.view is not None
    assert page.state.view.is_copy
    page.presenter.choose(7)
    assert page.state.view is None


def test_other_tills_closes_are_listed_behind_this_till_s(shop: Shop) -> None:
    """As they were pulled; one that kept no report says so and shows none."""
    traded(shop)
    foreign = ShiftEvent(
        id=shop.till.write(UnitOfWork.new_id),
        store_id=shop.till.identity.store_id,
        device_id=shop.till.write(UnitOfWork.new_id),
        shift_id=shop.till.write(UnitOfWork.new_id),
        kind="close",
        user_id=shop.cashier.id,
        at_us=9,
        z_number=77,
    )
    shop.till.write(lambda uow: uow.insert(foreign))
    page = Listed(shop)
    assert len(page.state.rows) == 2
    page.presenter.open(whole_store=True)
    assert [row.name for row in page.state.rows][-1] == "?  ·  Z 77"
    page.presenter.choose(2)
    assert page.state.view is None
    assert "older program" in page.state.problem


def test_a_print_that_fails_is_said(shop: Shop) -> None:
    """On the page; nothing else changes."""
    page = Listed(shop, Jammed())
    assert page.presenter.can_print
    page.presenter.print()
    assert page.state.problem == NOT_PRINTED


def test_a_till_without_a_shift_says_so(tmp_path: Path) -> None:
    """In the place of the list."""
    with small_shop(tmp_path) as shop:
        shop.till.write(shifts.close_shift, 10_000)
        assert ShiftPresenter(shop.till, FORMATS).x_report() is None
        assert [row.name for row in Listed(shop).state.rows] == ["Z 1"]

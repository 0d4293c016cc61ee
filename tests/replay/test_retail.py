"""The gift shop's replay: returns find their sales, and both sides of a made-up file agree."""

from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.server import DemoServer
from tests.replay import retail_books
from tests.replay.retail import Invoice, Line, read_invoices
from tests.replay.returns import Plan, plans
from tests.replay.run import Replay, retail_invoices

INVOICES = """\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1001,A1,RED MUG,6,2010-12-01 08:26:00,2.55,17850,United Kingdom
1001,A1,RED MUG,6,2010-12-01 08:26:00,2.55,17850,United Kingdom
1001,POST,POSTAGE,1,2010-12-01 08:26:00,18.0,17850,United Kingdom
1002,B2,"PAPER, BLUE",20500,2010-12-01 09:00:00,0.21,12346,Germany
C1003,A1,RED MUG,-4,2010-12-02 10:00:00,2.55,17850,United Kingdom
C1003,A1,RED MUG,-9,2010-12-02 10:00:00,2.55,17850,United Kingdom
C1004,A1,RED MUG,-2,2010-12-02 11:00:00,2.55,17850,United Kingdom
C1004,A1,RED MUG,-6,2010-12-02 11:00:00,2.55,17850,United Kingdom
C1005,B2,"PAPER, BLUE",-20500,2010-12-02 12:00:00,0.21,12346,Germany
C1006,D,Discount,-1,2010-12-02 13:00:00,27.5,17851,United Kingdom
1007,A1,,-10,2010-12-03 08:00:00,0.0,,United Kingdom
1008,C3,GIFT,1,2010-12-03 09:00:00,0.0,17851,United Kingdom
1009,PADS,PADS,1,2010-12-03 10:00:00,0.001,17851,United Kingdom
1010,PADS,PADS,3,2010-12-03 11:00:00,0.005,,United Kingdom
A1011,B,Adjust bad debt,1,2010-12-04 08:00:00,-11062.06,,United Kingdom
C1012,AMAZONFEE,AMAZON FEE,-1,2010-12-04 09:00:00,13541.33,,United Kingdom
1013,BANK CHARGES,Bank Charges,1,2010-12-04 10:00:00,15.0,17850,United Kingdom
C1014,BANK CHARGES,Bank Charges,-1,2010-12-04 11:00:00,37.5,,United Kingdom
"""


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    """A small file of invoices."""
    file = tmp_path / "invoices.csv"
    file.write_text(INVOICES)
    return file


@pytest.fixture
def planned(made_up: Path) -> dict[str, Plan]:
    """The plans of the made-up file, by invoice."""
    return {plan.number: plan for plan in plans(read_invoices(made_up))}


def mugs(quantity: int) -> Line:
    """That many red mugs."""
    return Line("A1", "RED MUG", quantity, Decimal("2.55"))


def test_a_return_goes_to_the_newest_line_that_has_as_many(planned: dict[str, Plan]) -> None:
    """Four mugs come back on the second line of their receipt, and two more on the same later."""
    assert planned["C1003"].returned == {"1001": {1: mugs(-4)}}
    assert planned["C1004"].returned == {"1001": {1: mugs(-2), 0: mugs(-6)}}


def test_a_return_that_no_sale_covers_needs_no_receipt(planned: dict[str, Plan]) -> None:
    """Nine mugs are on no line, and a discount was never sold: both are paid out without one."""
    assert planned["C1003"].rung == [mugs(-9)]
    assert planned["C1006"].returned == {}
    assert [line.code for line in planned["C1006"].rung] == ["D"]


def test_a_large_line_is_split_and_comes_back_in_the_same_parts(planned: dict[str, Plan]) -> None:
    """20,500 sheets are three lines, and each returns to its own."""
    assert [line.quantity for line in planned["1002"].rung] == [9999, 9999, 502]
    returned = planned["C1005"].returned["1002"]
    assert {at: line.quantity for at, line in returned.items()} == {0: -9999, 1: -9999, 2: -502}


def test_returns_of_another_customer_or_price_find_nothing() -> None:
    """Only the same customer, code and price make a return receipted."""
    sale = Invoice("1", 0, "5", [mugs(3)])
    other_customer = Invoice("C2", 0, "6", [mugs(-1)])
    other_price = Invoice("C3", 0, "5", [mugs(-1)._replace(price=Decimal("2.10"))])
    unknown = Invoice("C4", 0, "", [mugs(-1)])
    for plan in plans([sale, other_customer, other_price, unknown])[1:]:
        assert not plan.returned
        assert len(plan.rung) == 1


def test_the_books_of_a_made_up_file(made_up: Path, planned: dict[str, Plan]) -> None:
    """The independent sum counts what a person counts, and says what it left out."""
    summed = retail_books.count(made_up, planned.values())
    books = summed.books["all"]
    assert books.total_cents == 4860 + 430_500 - 1020 - 2295 - 2040 - 430_500 - 2750 + 0 + 2 + 1500
    assert books.lines == 3 + 3 + 2 + 2 + 3 + 1 + 1 + 1 + 1 + 1
    assert books.receipted_returns == 1 + 2 + 3
    assert books.sales == 1 + 1 + 2 + 1 + 1 + 1 + 1 + 1 + 1 + 1
    assert books.stock_milli["A1"] == 1000 * (-12 + 13 + 8 - 10)
    assert summed.lines_out == {
        "an entry of the ledger: Adjust bad debt": 1,
        "a fee of a marketplace: AMAZON FEE": 1,
        "a charge that the bank makes the shop: BANK CHARGES": 1,
    }
    assert summed.rounded_off == Decimal("0.001") + Decimal("-0.005")
    assert summed.remarks[-1].endswith("yes")


def test_a_made_up_file_is_the_same_on_both_sides(made_up: Path, server: DemoServer) -> None:
    """Sales, refunds with and without a receipt and write-offs reach the server to the cent."""
    replay = Replay(made_up.parent, server, made_up.parent)
    outcome = retail_invoices(replay, made_up)
    assert outcome.agrees, outcome.text()


def test_real_invoices_are_the_same_on_both_sides(replay: Replay) -> None:
    """The first 300 invoices of the real file agree on every figure."""
    outcome = retail_invoices(replay, limit=300)
    assert outcome.agrees, outcome.text()
    assert outcome.rung.count == 300

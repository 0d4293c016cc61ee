"""The grocer's replay: what each kind of line becomes, and both sides of a made-up file."""

from pathlib import Path

import pytest

from app.demo.server import DemoServer
from localdb.domain.ids import IdSource
from localdb.domain.money import Currency
from localdb.domain.records import Product
from localdb.errors import Refusal
from tests.replay import grocer_books
from tests.replay.grocer import (
    PRODUCTS,
    TRANSACTIONS,
    Basket,
    Line,
    Ware,
    cart_line,
    quantity_milli,
    read_baskets,
    read_wares,
    shelf_price,
    tender_of,
    write_catalogue,
)
from tests.replay.run import Replay, grocer_baskets
from tests.support.clock import Clock

WARES = """\
product_id,manufacturer_id,department,brand,product_category,product_type,package_size
10,1,GROCERY,National,BREAD,WHITE BREAD,1 LB
11,1,GROCERY,Private,MILK,,1 GA
12,2,FUEL,National,COUPON/MISC ITEMS,GASOLINE-REG UNLEADED,
"""
BASKETS = """\
basket_id,ts,store_id,household_id,product_id,quantity,sales_cents,retail_disc_cents,\
coupon_disc_cents,coupon_match_disc_cents
101,2017-01-01T11:53:26,330,1,10,2,300,50,25,25
101,2017-01-01T11:53:26,330,1,11,3,100,0,0,0
102,2017-01-01T12:00:00,331,2,12,8725,2006,0,0,0
102,2017-01-01T12:00:00,331,2,11,0,0,0,100,0
103,2017-01-02T09:00:00,330,3,11,1,0,0,0,0
104,2017-01-02T09:30:00,331,3,10,1,230,0,300,0
105,2017-01-02T10:00:00,330,4,99,0,0,0,250,0
106,2017-01-02T11:00:00,330,4,10,-1,-150,-10,0,0
107,2017-01-02T12:00:00,331,5,12,1,1500,0,0,0
108,2017-01-02T13:00:00,331,5,11,1,-20,50,0,0
"""
MILK = Product(
    id="01890000-0000-7000-8000-000000000011",
    sku="11",
    name="MILK 1 GA",
    price_minor=33,
    tax_class_id="01890000-0000-7000-8000-0000000000c1",
)
FUEL = Ware("GASOLINE-REG UNLEADED", "FUEL", is_fuel=True)
new_id = IdSource(Clock())


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    """A folder with a small file of baskets and its products, plain."""
    (tmp_path / PRODUCTS).with_suffix("").write_text(WARES)
    (tmp_path / TRANSACTIONS).with_suffix("").write_text(BASKETS)
    return tmp_path


def paths(folder: Path) -> tuple[Path, Path]:
    """The made-up baskets and products."""
    return (folder / TRANSACTIONS).with_suffix(""), (folder / PRODUCTS).with_suffix("")


def test_a_line_keeps_the_files_total_over_its_unit_price() -> None:
    """Three for 1.00 is rung as exactly 1.00, at a unit price of 0.33."""
    line = cart_line(Line("11", 3, 100, 0, 0, 0), MILK, None, new_id())
    assert (line.full_minor, line.unit_price_minor, line.quantity_milli) == (100, 33, 3000)


def test_a_whole_unit_price_needs_no_amount() -> None:
    """Where quantity times price is the total, the till works it out by itself."""
    line = cart_line(Line("11", 2, 200, 40, 0, 10), MILK, None, new_id())
    assert line.amount_minor is None
    assert (line.unit_price_minor, line.full_minor) == (125, 250)
    assert line.discount is not None
    assert line.discount.amount_minor == 50


def test_quantity_0_is_an_amount_line_that_moves_no_stock() -> None:
    """A line of quantity 0 is one open-price item of its amount."""
    line = cart_line(Line("11", 0, 50, 0, 0, 0), MILK, None, new_id())
    assert (line.kind, line.quantity_milli, line.full_minor) == ("open_price", 1000, 50)


@pytest.mark.parametrize(
    ("quantity", "ware", "milli"),
    [
        (8725, FUEL, 8725),
        (1, FUEL, 1000),
        (8725, None, 8725),
        (120, None, 120_000),
        (3, None, 3000),
    ],
)
def test_fuel_is_counted_in_thousandths(quantity: int, ware: Ware | None, milli: int) -> None:
    """Fuel is in thousandths, a prepaid sum is one, and an unlisted product is fuel by quantity."""
    assert quantity_milli(Line("12", quantity, 2006, 0, 0, 0), ware) == milli


@pytest.mark.parametrize(
    ("line", "shelf", "off"),
    [
        (Line("11", 1, 100, 20, 0, 5), 125, 25),
        (Line("11", -1, -150, -10, 0, 0), -160, -10),
        (Line("11", 1, -20, 50, 0, 0), -20, 0),
        (Line("11", 1, 0, 50, 0, 0), 50, 50),
    ],
)
def test_a_discount_that_no_till_gives_is_in_the_price(line: Line, shelf: int, off: int) -> None:
    """A discount has the price's sign and at most its size; any other is folded into it."""
    assert shelf_price(line) == (shelf, off)


def test_coupons_beyond_the_total_are_paid_out() -> None:
    """A basket of 2.30 with coupons of 3.00 gives 0.70 back, and is complete."""
    basket = Basket("104", 0, "S02", [Line("10", 1, 230, 0, 300, 0)])
    tender = tender_of(basket, Currency("EUR"))
    paid = [(payment.method, payment.amount_minor) for payment in tender.payments]
    assert paid == [("coupon", 300), ("cash", -70)]
    assert tender.is_complete


def test_a_row_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A file with a broken number is refused with the line it stands on."""
    file = tmp_path / "broken.csv"
    file.write_text(BASKETS.replace("2006", "20.06"))
    with pytest.raises(Refusal, match=r"broken.csv, line 4: .*20\.06"):
        read_baskets(file)


def test_products_are_named_by_what_the_file_knows(made_up: Path) -> None:
    """Type or category and size make a name; a product that is not listed goes by its number."""
    transactions, products = paths(made_up)
    numbers = write_catalogue(made_up / "out.csv", read_baskets(transactions), read_wares(products))
    assert numbers == ("10", "11", "12", "99")
    assert (made_up / "out.csv").read_text().splitlines()[1:] == [
        "10,WHITE BREAD 1 LB,1.88,GROCERY,reduced,piece,normal",
        "11,MILK 1 GA,0.33,GROCERY,reduced,piece,normal",
        "12,GASOLINE-REG UNLEADED,2.30,FUEL,reduced,l,weighed",
        "99,99,0.00,,reduced,piece,normal",
    ]


def test_the_books_of_a_made_up_file(made_up: Path) -> None:
    """The independent sum counts what a person counts."""
    books = grocer_books.count(*paths(made_up))
    everything, first = books["all"], books["S01"]
    assert (everything.sales, first.sales) == (8, 4)
    assert (everything.total_cents, first.total_cents) == (3966, 250)
    assert everything.discount_cents == 75 - 10
    assert everything.tax_cents == 26 + 131 + 0 + 15 + 0 - 10 + 98 - 1
    assert everything.payments == {"coupon": 4, "card": 3, "cash": 4}
    assert everything.paid_cents == {"coupon": 675, "card": 1625, "cash": 1666}
    assert everything.stock_milli == {"10": -2000, "11": -5000, "12": -9725}
    assert grocer_books.count(*paths(made_up), limit=2)["all"].sales == 2


def test_a_made_up_file_is_the_same_on_both_sides(made_up: Path, server: DemoServer) -> None:
    """Every kind of line goes through two tills and the server to the cent."""
    transactions, products = paths(made_up)
    replay = Replay(made_up, server, made_up)
    outcome = grocer_baskets(replay, transactions, products=products)
    assert outcome.agrees, outcome.text()
    assert outcome.rung.count == 8


def test_real_baskets_are_the_same_on_both_sides(replay: Replay) -> None:
    """The first 300 baskets of the real file agree on every figure."""
    outcome = grocer_baskets(replay, limit=300)
    assert outcome.agrees, outcome.text()
    assert outcome.rung.count == 300

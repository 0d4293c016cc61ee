"""From a paid cart to its records."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.cart import LINES_MAX, Cart
from localdb.domain.ops import GROUP_BYTES_MAX, GROUP_OPS_MAX, Group, Op, encode
from localdb.domain.pricing import Discount, ListPrice
from localdb.domain.records import (
    Payment,
    Sale,
    SaleDiscount,
    SaleLine,
    SaleTax,
    StockMovement,
)
from localdb.domain.sale import complete
from localdb.domain.sale_discounts import ROWS_MAX
from localdb.domain.tender import Tender
from localdb.domain.terms import Terms
from localdb.domain.totals import totals
from localdb.domain.validate import problems
from localdb.errors import Refusal
from tests.localdb.domain.build import (
    EUR,
    EXCLUDED_5,
    STORE,
    TERMS,
    TERMS_PER_LINE,
    baskets,
    carts,
    check_sums,
    context,
    discounts,
    line,
    numbered_id,
    of_type,
    on_offer,
    paid,
    promotion,
    terms_with,
)


@given(carts(), st.sampled_from([TERMS, TERMS_PER_LINE]), st.sampled_from([1, 5]))
def test_every_stored_sale_closes(cart: Cart, terms: Terms, step: int) -> None:
    """Whatever is in the cart, the records are valid and every sum in them closes."""
    due = totals(cart, terms).total_minor
    records = complete(cart, paid(due, step), context(terms))
    check_sums(records)
    assert isinstance(records[0], Sale)
    assert all(not problems(type(record), record.values()) for record in records)
    assert len({record.id for record in records}) == len(records)


def test_a_sale_as_it_is_stored() -> None:
    """The records say who sold what where, in the cart's order."""
    cart = (
        Cart()
        .add(line(1, 1190, barcode="4006381333931", note="blue"))
        .add(line(2, 1000, tax_class_id=EXCLUDED_5, quantity_milli=2000))
        .set_customer(numbered_id(77), "Ada")
        .set_note("thanks")
        .discount_line(line(1).id, Discount(amount_minor=190))
    )
    records = complete(cart, Tender(3100, EUR).pay_card(1000, "4711").pay_cash(5000), context())
    (sale,) = of_type(records, Sale)
    assert (sale.total_minor, sale.tax_minor, sale.discount_minor) == (3100, 260, 190)
    assert (sale.kind, sale.customer_id, sale.note) == ("sale", numbered_id(77), "thanks")
    first, second = of_type(records, SaleLine)
    assert (first.barcode, first.note, first.total_minor) == ("4006381333931", "blue", 1000)
    assert (second.quantity_milli, second.total_minor, second.tax_minor) == (2000, 2000, 100)
    assert [row.position for row in of_type(records, SaleTax)] == [0, 1]
    card, cash = of_type(records, Payment)
    assert (card.reference, cash.change_minor) == ("4711", 2900)


@given(baskets(), on_offer(), st.none() | discounts())
def test_a_sale_on_offer_closes(basket: Cart, terms: Terms, discount: Discount | None) -> None:
    """What saved what sums to the sale's discount, whatever offers met."""
    cart = basket.discount_cart(discount)
    records = complete(cart, paid(totals(cart, terms).total_minor), context(terms))
    check_sums(records)
    assert all(not problems(type(record), record.values()) for record in records)


def test_what_saved_what() -> None:
    """An offer and a line's discount are rows of their line, the cart's is one row for all."""
    cart = (
        Cart()
        .add(line(1, 1000, discount=Discount(amount_minor=100)))
        .add(line(2, 500))
        .discount_cart(Discount(rate_ppm=100_000))
    )
    terms = terms_with(promotion(7, rate_ppm=500_000, targets=[(2,)], name="Half"))
    records = complete(cart, paid(totals(cart, terms).total_minor), context(terms))
    first, second = of_type(records, SaleLine)
    rows = of_type(records, SaleDiscount)
    assert [(r.line_id, r.kind, r.name, r.promotion_id, r.amount_minor) for r in rows] == [
        (first.id, "line", "", None, 100),
        (second.id, "promotion", "Half", numbered_id(3007), 250),
        (None, "cart", "10%", None, 115),
    ]
    assert [row.position for row in rows] == [0, 1, 2]


def test_a_line_keeps_what_it_was() -> None:
    """Kind, unit, lot, expiry, and the catalogue's price beside the list's."""
    item = line(
        1, 250, kind="weighed", unit="kg", lot="L7", expires_day=20270131,
        prices=(ListPrice(price_minor=199, name="Club"),),
    )  # fmt: skip
    (stored,) = of_type(complete(Cart().add(item), paid(199), context()), SaleLine)
    assert (stored.unit_price_minor, stored.list_price_minor) == (199, 250)
    assert (stored.kind, stored.unit) == ("weighed", "kg")
    assert (stored.lot, stored.expires_day) == ("L7", 20270131)


def test_what_moves_stock() -> None:
    """Goods, weighed goods and deposits leave the shelf; services and open prices do not."""
    kinds = ("normal", "weighed", "deposit", "service", "open_price")
    cart = Cart(lines=tuple(line(n, 100, kind=kind) for n, kind in enumerate(kinds)))
    cart = cart.add(line(9, 100, product_id=None)).add(line(10, 100, quantity_milli=-2000))
    records = complete(cart, paid(totals(cart, TERMS).total_minor), context())
    moved = [(m.quantity_milli, m.reason) for m in of_type(records, StockMovement)]
    assert moved == [(-1000, "sale")] * 3 + [(2000, "refund")]


def test_more_back_than_bought_is_a_refund() -> None:
    """A cart below zero is paid out and stored as a refund."""
    cart = Cart().add(line(1, 500, quantity_milli=-1000)).add(line(2, 200))
    (sale,) = of_type(complete(cart, paid(-300), context()), Sale)
    assert (sale.kind, sale.total_minor) == ("refund", -300)


def test_a_sale_of_nothing_but_a_coupon() -> None:
    """A basket that totals zero is stored with its lines and without payments."""
    cart = Cart().add(line(1, 500, discount=Discount(rate_ppm=1_000_000)))
    records = complete(cart, Tender(0, EUR), context())
    check_sums(records)
    assert not of_type(records, Payment)


def test_what_is_not_sold() -> None:
    """An empty, unpaid or changed cart is refused."""
    cart = Cart().add(line(1, 500))
    with pytest.raises(Refusal, match="empty"):
        complete(Cart(), Tender(0, EUR), context())
    with pytest.raises(Refusal, match="not fully paid"):
        complete(cart, Tender(500, EUR).pay_cash(400), context())
    with pytest.raises(Refusal, match="changed"):
        complete(cart, paid(400), context())
    too_long = Cart(lines=tuple(line(n) for n in range(LINES_MAX + 1)))
    with pytest.raises(Refusal, match="at most"):
        complete(too_long, Tender(0, EUR), context())


def test_a_line_has_a_new_id_in_each_sale() -> None:
    """One held cart paid on two tills makes two sales whose lines do not collide."""
    cart = Cart().add(line(1, 500))
    one = complete(cart, paid(500), context())
    other = complete(cart, paid(500), context(first_id=2_000_000))
    assert not {record.id for record in one} & {record.id for record in other}


def test_the_longest_sale_fits_one_group() -> None:
    """A full cart stays within what one group may carry, with room for its journal entry."""
    cart = Cart(lines=tuple(line(n, 1) for n in range(LINES_MAX)))
    records = complete(cart, paid(totals(cart, TERMS).total_minor), context())
    assert len(records) < GROUP_OPS_MAX - 100


def test_more_savings_than_a_sale_can_hold() -> None:
    """Then an offer is one row for all of its lines, and the sale still fits one group."""
    lines = tuple(
        line(n, 1000, discount=Discount(amount_minor=1), note="x" * 20) for n in range(LINES_MAX)
    )
    cart = Cart(lines=lines).discount_cart(Discount(rate_ppm=100_000))
    terms = terms_with(promotion(rate_ppm=100_000))
    records = complete(cart, paid(totals(cart, terms).total_minor), context(terms))
    check_sums(records)
    rows = of_type(records, SaleDiscount)
    assert [(row.line_id, row.kind) for row in rows] == [
        (None, "promotion"),
        (None, "line"),
        (None, "cart"),
    ]


def test_the_longest_sale_of_discounts_fits_one_group() -> None:
    """As many rows as a sale may hold, and the whole within the bytes of a group too."""
    given = [Discount(amount_minor=1)] * ROWS_MAX + [None] * (LINES_MAX - ROWS_MAX)
    name = "A rather long name of something in a shop, 500 g"
    cart = Cart(lines=tuple(line(n, 9, discount=d, name=name) for n, d in enumerate(given)))
    records = complete(cart, paid(totals(cart, TERMS).total_minor), context())
    assert len(of_type(records, SaleDiscount)) == ROWS_MAX
    assert len(records) < GROUP_OPS_MAX - 100
    ops = tuple(Op("insert", record.TYPE, record.id, record.values()) for record in records)
    group = Group(numbered_id(1), numbered_id(2), 1, STORE, numbered_id(3), 0, ops)
    assert len(encode(group)) < GROUP_BYTES_MAX * 3 // 4


def test_rounding_is_stored() -> None:
    """Cash rounding stands beside the total, not in it."""
    cart = Cart().add(line(1, 1002))
    records = complete(cart, paid(1002, 5), replace(context(), currency="CHF"))
    (sale,) = of_type(records, Sale)
    assert (sale.total_minor, sale.rounding_minor, sale.currency) == (1002, -2, "CHF")


def test_a_tip_is_beside_the_total() -> None:
    """What the customer gave on top is no part of total or tax; the id is the tender's."""
    cart = Cart().add(line(1, 1190))
    tender = Tender(1190, EUR, id=numbered_id(55)).with_tip(110).pay_card()
    records = complete(cart, tender, context())
    (sale,), (payment,) = of_type(records, Sale), of_type(records, Payment)
    assert (sale.id, sale.total_minor, sale.tip_minor) == (numbered_id(55), 1190, 110)
    assert (payment.amount_minor, payment.tip_minor, payment.tendered_minor) == (1190, 110, 1300)

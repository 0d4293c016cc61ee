"""What sales and refunds move on cards, credit, points and accounts."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain import refund, refund_records
from localdb.domain.balances import Loyalty, account_line, card_line, points_kept
from localdb.domain.cart import Cart, CartLine
from localdb.domain.methods import GIFT_CARD, ON_ACCOUNT, POINTS, STORE_CREDIT
from localdb.domain.pricing import Discount
from localdb.domain.records import BalanceMovement, Customer, GiftCard, Payment, Record, SaleLine
from localdb.domain.sale import complete
from localdb.domain.tender import Tender
from localdb.domain.totals import totals
from localdb.domain.validate import problems
from localdb.errors import Refusal
from tests.localdb.domain.build import (
    EUR,
    TAXES,
    TERMS,
    carts,
    context,
    line,
    numbered_id,
    of_type,
    paid,
    receipt,
)

CARD = GiftCard(id=numbered_id(70), code="GC-70")
MARY = Customer(id=numbered_id(80), name="Mary")
SCHEME = Loyalty(points_per_unit=2, point_minor=1)
Moved = dict[tuple[str, str], int]


def moved(records: tuple[Record, ...]) -> Moved:
    """(kind, account) -> what was added."""
    sums: Counter[tuple[str, str]] = Counter()
    for movement in of_type(records, BalanceMovement):
        assert not problems(BalanceMovement, movement.values())
        sums[movement.kind, movement.account_id] += movement.amount
    return {account: amount for account, amount in sums.items() if amount}


def load(amount_minor: int = 5000) -> CartLine:
    return card_line(numbered_id(71), CARD, amount_minor, is_new=True)


def sold(cart: Cart, tender: Tender | None = None, loyalty: Loyalty = SCHEME) -> tuple[Record, ...]:
    """The records of a cart, paid in cash unless a tender is given."""
    tender = tender or paid(totals(cart, TERMS).total_minor)
    return complete(cart, tender, context(loyalty=loyalty))


def for_mary(*lines: CartLine) -> Cart:
    return Cart(lines=lines).set_customer(MARY.id, MARY.name)


# ---------------------------------------------------------------- lines


def test_a_card_that_is_sold_holds_what_was_paid_for_it() -> None:
    """Without tax, and without a share in the cart's discount."""
    cart = Cart(lines=(load(), line(1, 1000))).discount_cart(Discount(rate_ppm=100_000))
    records = sold(cart)
    card, goods = of_type(records, SaleLine)
    assert (card.total_minor, card.tax_minor, card.discount_minor) == (5000, 0, 0)
    assert (card.kind, card.account_id, card.barcode) == ("gift_card", CARD.id, "GC-70")
    assert goods.total_minor == 900
    assert moved(records) == {(GIFT_CARD, CARD.id): 5000}


def test_money_is_neither_discounted_nor_multiplied() -> None:
    """One line is one card, at the amount that is put on it."""
    cart = Cart(lines=(load(),))
    line_id = cart.lines[0].id
    with pytest.raises(Refusal, match="be discounted"):
        cart.discount_line(line_id, Discount(rate_ppm=100_000))
    with pytest.raises(Refusal, match="one card"):
        cart.set_quantity(line_id, 2000)
    assert moved(sold(cart.set_price(line_id, 700))) == {(GIFT_CARD, CARD.id): 700}
    for amount in (0, -1):
        with pytest.raises(Refusal, match="above 0"):
            load(amount)


def test_a_customer_pays_off_what_is_owed() -> None:
    """Money for a debt: no tax, no points."""
    records = sold(for_mary(account_line(numbered_id(81), MARY, 2500)))
    assert moved(records) == {(ON_ACCOUNT, MARY.id): -2500}


def test_a_cart_keeps_its_cards_over_a_crash() -> None:
    """The card of a line is stored with the open cart."""
    cart = Cart(lines=(load(),))
    assert Cart.from_json(cart.to_json()) == cart
    with pytest.raises(ValueError, match="not a cart"):
        Cart.from_json(cart.to_json().replace(CARD.id, "GC-70-and-other-text"))


# ---------------------------------------------------------------- payments


@pytest.mark.parametrize(
    ("method", "account", "added"),
    [
        (GIFT_CARD, CARD.id, -800),
        (STORE_CREDIT, MARY.id, -800),
        (ON_ACCOUNT, MARY.id, 800),
        (POINTS, MARY.id, -400),
    ],
)
def test_a_balance_that_pays_moves(method: str, account: str, added: int) -> None:
    """Cards, credit and points go down, what is owed goes up; the payment names the account."""
    tender = Tender(1000, EUR).pay(method, 800, account_id=account).pay_cash()
    records = sold(Cart(lines=(line(1, 1000),)), tender, Loyalty(point_minor=2))
    assert moved(records) == {(method, account): added}
    assert [p.account_id for p in of_type(records, Payment)] == [account, None]


def test_a_payment_without_an_account_is_refused() -> None:
    """Or money would come from nowhere."""
    tender = Tender(1000, EUR).pay(GIFT_CARD)
    with pytest.raises(Refusal, match="which card"):
        sold(Cart(lines=(line(1, 1000),)), tender)
    nameless = replace(load(), account_id=None)
    with pytest.raises(Refusal, match="has no card"):
        sold(Cart(lines=(nameless,)))


def test_only_whole_points_pay() -> None:
    """A part of a point is refused before anything is stored, as is a shop without a scheme."""
    cart, tender = Cart(lines=(line(1, 1001),)), Tender(1001, EUR).pay(POINTS, account_id=MARY.id)
    with pytest.raises(Refusal, match="whole points"):
        sold(cart, tender, Loyalty(point_minor=2))
    with pytest.raises(Refusal, match="takes no points"):
        sold(cart, tender, Loyalty())


# ---------------------------------------------------------------- points


def test_points_are_earned_on_goods_alone() -> None:
    """For each whole unit paid with money: not on cards sold, not on what points paid."""
    cart = for_mary(line(1, 1999), load())
    assert moved(sold(cart)) == {(GIFT_CARD, CARD.id): 5000, (POINTS, MARY.id): 38}
    tender = Tender(6999, EUR).pay(POINTS, 1000, account_id=MARY.id).pay_cash()
    assert moved(sold(cart, tender))[POINTS, MARY.id] == 18 - 1000


def test_nobody_earns_for_nobody() -> None:
    """Without a customer, or without a scheme, there are no points."""
    assert moved(sold(Cart(lines=(line(1, 1999),)))) == {}
    assert moved(sold(for_mary(line(1, 1999)), loyalty=Loyalty())) == {}


def test_goods_that_come_back_cost_their_points() -> None:
    """A return rung without its receipt takes what such a sale would have given."""
    assert moved(sold(for_mary(line(1, 1999, quantity_milli=-1000)))) == {(POINTS, MARY.id): -38}


@given(st.integers(-1000, 1000), st.integers(1, 100_000), st.data())
def test_points_go_back_with_the_goods(points: int, goods: int, data: st.DataObject) -> None:
    """The more goods stay the more points do, all with all of them and none with none."""
    left = sorted(data.draw(st.lists(st.integers(0, goods), min_size=1)))
    kept = [abs(points_kept(points, goods, part)) for part in left]
    assert kept == sorted(kept)
    assert points_kept(points, goods, goods) == points
    assert points_kept(points, goods, 0) == 0


# ---------------------------------------------------------------- nothing is created or lost


@st.composite
def payments(draw: st.DrawFn, due: int) -> Tender:
    """A tender split over any of the balances, the rest in cash."""
    tender = Tender(due, EUR)
    accounts = {GIFT_CARD: CARD.id, STORE_CREDIT: MARY.id, POINTS: MARY.id, ON_ACCOUNT: MARY.id}
    for method, account in accounts.items():
        if tender.remaining_minor and draw(st.booleans()):
            part = draw(st.integers(1, abs(tender.remaining_minor)))
            amount = part if due > 0 else -part
            tender = tender.pay(method, amount, account_id=account)
    return tender if tender.is_complete else tender.pay_cash()


@st.composite
def sales(draw: st.DrawFn) -> tuple[Record, ...]:
    """A sale of goods, cards and debts, to somebody or nobody, paid in any way."""
    cart = draw(carts())
    money = [load(draw(st.integers(1, 9000))), account_line(numbered_id(81), MARY, 1234)]
    lines = (*cart.lines, *draw(st.lists(st.sampled_from(money), unique=True)))
    cart = replace(cart, lines=lines, customer_id=draw(st.sampled_from([None, MARY.id])))
    return sold(cart, draw(payments(totals(cart, TERMS).total_minor)))


def worth(moved: Moved) -> int:
    """What balances hold for customers, in money, but for the points that goods earn."""
    return sum(-amount if kind == ON_ACCOUNT else amount for (kind, _), amount in moved.items())


@given(sales())
def test_what_balances_gain_somebody_paid(records: tuple[Record, ...]) -> None:
    """Money that leaves a balance is a payment, money that enters is a line: to the cent."""
    lines = sum(ln.total_minor for ln in of_type(records, SaleLine) if ln.account_id)
    spent = sum(p.amount_minor for p in of_type(records, Payment) if p.account_id)
    kept = tuple(r for r in records if getattr(r, "reason", "") != "earned")
    assert worth(moved(kept)) == lines - spent


@given(sales(), st.lists(st.integers(1, 9), max_size=3), st.data())
def test_giving_everything_back_leaves_every_balance_as_before(
    records: tuple[Record, ...], tenths: list[int], data: st.DataObject
) -> None:
    """In one go or in parts, to whatever account it is paid back: not a point or cent is left."""
    original = receipt(records)
    if original.sale.kind == "refund":
        return
    back: list[refund.Receipt] = []
    for tenth in (*tenths, 10):
        wanted = {
            part.line.id: part.quantity_milli * tenth // 10
            for part in refund.refundable(original, back)
        }
        if wanted := {line_id: quantity for line_id, quantity in wanted.items() if quantity}:
            planned = refund.plan(original, back, TAXES, wanted)
            tender = data.draw(payments(planned.due_minor))
            first = 2_000_000 + 10_000 * len(back)
            given_back = refund_records.complete(
                planned, tender, context(first_id=first, loyalty=SCHEME)
            )
            back.append(receipt(given_back))
            records += given_back
    lines = [ln for ln in of_type(records, SaleLine) if ln.account_id]
    assert sum(ln.total_minor for ln in lines) == 0
    assert sum(m.amount for m in of_type(records, BalanceMovement) if m.reason == "earned") == 0
    paid_by = Counter[tuple[str, str]]()
    for payment in of_type(records, Payment):
        if payment.account_id:
            sign = 1 if payment.method == ON_ACCOUNT else -1
            paid_by[payment.method, payment.account_id] += sign * payment.amount_minor
    assert moved(records) == {account: n for account, n in paid_by.items() if n}


def test_goods_that_two_tills_took_back_give_no_points() -> None:
    """Both refunds stand; the points they took too often do not come again with a third one."""
    original = receipt(sold(for_mary(line(1, 1000), line(2, 100))))
    one = original.lines[0].id
    back = []
    for first in (2_000_000, 3_000_000):
        planned = refund.plan(original, [], TAXES, {one: 1000})
        done = refund_records.complete(
            planned, paid(-1000), context(first_id=first, loyalty=SCHEME)
        )
        assert moved(done) == {(POINTS, MARY.id): -20}
        back.append(receipt(done))
    assert refund.plan(original, back, TAXES).points == 0

"""A sale given back in parts: the money that came in goes out, and no tax changes its sign."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localdb.domain.cart import Cart
from localdb.domain.exchange import due_minor, split
from localdb.domain.methods import EXCHANGE
from localdb.domain.records import Payment
from localdb.domain.refund import Receipt, RefundPlan, plan, refundable
from localdb.domain.refund_records import complete
from localdb.domain.sale import complete as complete_sale
from localdb.domain.tender import Tender
from localdb.domain.totals import totals
from localdb.errors import Refusal
from tests.localdb.domain.build import (
    COMPOUND,
    EUR,
    TAXES,
    TERMS,
    check_sums,
    context,
    line,
    of_type,
    receipt,
)


def sold(cart: Cart, step: int, card_minor: int = 0) -> tuple[Receipt, int]:
    """A cart paid by card in part and in cash for the rest; its receipt, and what came in."""
    tender = Tender(totals(cart, TERMS).total_minor, EUR, step)
    if card_minor and not tender.is_complete:
        tender = tender.pay_card(min(card_minor, tender.remaining_minor))
    if not tender.is_complete:
        tender = tender.pay_cash()
    records = complete_sale(cart, tender, context())
    return receipt(records), sum(p.amount_minor for p in of_type(records, Payment))


def pay_out(planned: RefundPlan, step: int, method: str = "cash") -> Tender:
    """The tender of a refund, all of it by one method."""
    tender = Tender(planned.due_minor, EUR, step, carried_minor=planned.carried_minor)
    return tender if tender.is_complete else tender.pay(method)


def give_back(
    original: Receipt, earlier: Sequence[Receipt], quantities: dict[str, int] | None, step: int
) -> tuple[Receipt, int]:
    """One refund in cash; its receipt, and what went out."""
    planned = plan(original, earlier, TAXES, quantities)
    first_id = 2_000_000 + 10_000 * len(earlier)
    records = complete(planned, pay_out(planned, step), context(first_id=first_id))
    check_sums(records)
    return receipt(records), -sum(p.amount_minor for p in of_type(records, Payment))


def test_two_halves_give_back_what_came_in() -> None:
    """2 x 7.50 at step 1.00: 15.00 in, 8.00 and 7.00 out."""
    original, came_in = sold(Cart().add(line(1, 750, quantity_milli=2000)), 100)
    item = original.lines[0].id
    first, one = give_back(original, [], {item: 1000}, 100)
    _second, other = give_back(original, [first], None, 100)
    assert (came_in, one, other) == (1500, 800, 700)


@settings(max_examples=200)
@given(
    price=st.integers(1, 2000),
    parts=st.lists(st.integers(1, 4), min_size=1, max_size=8),
    step=st.sampled_from([1, 5, 10, 20, 50, 100, 500]),
)
def test_any_split_in_cash_gives_back_what_came_in(price: int, parts: list[int], step: int) -> None:
    """To the cent, whatever the smallest coin, and never more than came in on the way."""
    cart = Cart().add(line(1, price, quantity_milli=1000 * sum(parts)))
    original, came_in = sold(cart, step)
    item = original.lines[0].id
    refunds: list[Receipt] = []
    went_out = 0
    for part in parts:
        refund, out = give_back(original, refunds, {item: 1000 * part}, step)
        refunds.append(refund)
        went_out += out
        assert out >= 0
        assert went_out <= came_in
    assert went_out == came_in
    assert refundable(original, refunds) == ()


@given(
    price=st.integers(1, 2000),
    card=st.integers(0, 5000),
    methods=st.lists(st.sampled_from(["cash", "card"]), min_size=1, max_size=5),
)
def test_a_mixed_tender_is_given_back_to_the_coin(
    price: int, card: int, methods: list[str]
) -> None:
    """Paid and paid back by card and cash in any turn: at most half a coin stays, never leaks."""
    step = 100
    cart = Cart().add(line(1, price, quantity_milli=1000 * len(methods)))
    original, came_in = sold(cart, step, card)
    item = original.lines[0].id
    refunds: list[Receipt] = []
    went_out = 0
    for method in methods:
        planned = plan(original, refunds, TAXES, {item: 1000})
        tender = pay_out(planned, step, method)
        records = complete(planned, tender, context(first_id=2_000_000 + 10_000 * len(refunds)))
        refunds.append(receipt(records))
        went_out -= sum(p.amount_minor for p in of_type(records, Payment))
    assert 2 * abs(went_out - came_in) <= step
    if methods[-1] == "card" and went_out <= came_in:
        assert went_out == came_in


def test_an_exchange_settles_what_rounding_left() -> None:
    """Half back in cash, the other half in an exchange: the money closes to the cent."""
    step = 100
    original, came_in = sold(Cart().add(line(1, 750, quantity_milli=2000)), step)
    first, out = give_back(original, [], {original.lines[0].id: 1000}, step)
    planned = plan(original, [first], TAXES)
    taken = Cart().add(line(5, 1000))
    left = due_minor(planned.due_minor, 1000, planned.carried_minor)
    tender = Tender(left, EUR, step).pay_cash()
    back, sale = split(tender, planned.due_minor, 1000, carried_minor=planned.carried_minor)
    records = complete(planned, back, context(first_id=3_000_000))
    bought = complete_sale(taken, sale, context(first_id=4_000_000))
    check_sums(records)
    check_sums(bought)
    payments = (*of_type(records, Payment), *of_type(bought, Payment))
    assert sum(p.amount_minor for p in payments if p.method == EXCHANGE) == 0
    money = sum(p.amount_minor for p in payments if p.method != EXCHANGE)
    assert came_in - out + money == 1000


def test_a_refund_that_does_not_settle_it_is_refused() -> None:
    """The tender of another moment is no tender of this refund."""
    original, _came_in = sold(Cart().add(line(1, 750, quantity_milli=2000)), 100)
    first, _out = give_back(original, [], {original.lines[0].id: 1000}, 100)
    planned = plan(original, [first], TAXES)
    with pytest.raises(Refusal, match="has changed"):
        complete(planned, Tender(planned.due_minor, EUR, 100).pay_cash(), context())


def test_two_rates_given_back_singly_keep_their_sign() -> None:
    """3 x 0.04 at 5 % and 9.975 %: no refund prints a tax that was never taken."""
    cart = Cart().add(line(1, 4, quantity_milli=3000, tax_class_id=COMPOUND))
    original, _came_in = sold(cart, 1)
    item = original.lines[0].id
    refunds: list[Receipt] = []
    for _ in range(3):
        refunds.append(give_back(original, refunds, {item: 1000}, 1)[0])
    assert all(row.tax_minor <= 0 for one in refunds for row in one.taxes)
    assert sum(r.sale.total_minor for r in refunds) == -original.sale.total_minor


@settings(max_examples=200)
@given(
    prices=st.lists(st.integers(1, 60), min_size=1, max_size=3),
    pieces=st.integers(1, 6),
    order=st.randoms(use_true_random=False),
)
def test_no_tax_of_a_part_has_the_wrong_sign(prices: list[int], pieces: int, order: Random) -> None:
    """Pieces given back one by one in any order: rates stay on their side of nothing and close."""
    lines = tuple(
        replace(line(n, price, quantity_milli=1000 * pieces), tax_class_id=COMPOUND)
        for n, price in enumerate(prices, start=1)
    )
    original, _came_in = sold(Cart(lines=lines), 1)
    steps = [item.id for item in original.lines for _ in range(pieces)]
    order.shuffle(steps)
    refunds: list[Receipt] = []
    for item in steps:
        refunds.append(give_back(original, refunds, {item: 1000}, 1)[0])
    assert all(row.tax_minor <= 0 for one in refunds for row in one.taxes)
    for row in original.taxes:
        given = sum(r.tax_minor for one in refunds for r in one.taxes if r.name == row.name)
        assert given == -row.tax_minor

"""A refund and a sale in one go: the two halves close, and together move only the difference."""

import pytest
from hypothesis import assume, given

from localdb.domain import refund, refund_records
from localdb.domain.cart import LINES_MAX, Cart
from localdb.domain.exchange import check_size, due_minor, split
from localdb.domain.methods import EXCHANGE
from localdb.domain.records import Payment, Record, Sale
from localdb.domain.sale import complete as complete_sale
from localdb.domain.tender import Tender
from localdb.domain.totals import totals
from localdb.errors import Refusal
from tests.localdb.domain.build import (
    EUR,
    TAXES,
    TERMS,
    carts,
    check_sums,
    context,
    line,
    numbered_id,
    of_type,
    paid,
    receipt,
)


def exchanged(
    sold: Cart, taken: Cart, step: int = 1
) -> tuple[tuple[Record, ...], tuple[Record, ...]]:
    """All of one cart given back for another, the difference in cash."""
    original = receipt(complete_sale(sold, paid(totals(sold, TERMS).total_minor), context()))
    plan = refund.plan(original, (), TAXES)
    price = totals(taken, TERMS).total_minor
    tender = paid(due_minor(plan.due_minor, price), step)
    back, sale = split(
        tender, plan.due_minor, price, refund_number="S01-T01-000007", sale_number="S01-T01-000008"
    )
    records = refund_records.complete(
        plan, back, context(first_id=2_000_000), reason=refund_records.EXCHANGED
    )
    return records, complete_sale(taken, sale, context(first_id=3_000_000))


@given(carts(), carts())
def test_no_cent_is_created_or_destroyed(sold: Cart, taken: Cart) -> None:
    """Both receipts close, the exchange sums to nothing, and the rest is the difference."""
    assume(totals(sold, TERMS).total_minor > 0)
    assume(totals(taken, TERMS).total_minor > 0)
    back, sale = exchanged(sold, taken)
    check_sums(back)
    check_sums(sale)
    payments = (*of_type(back, Payment), *of_type(sale, Payment))
    assert sum(p.amount_minor for p in payments if p.method == EXCHANGE) == 0
    money = sum(p.amount_minor for p in payments if p.method != EXCHANGE)
    assert money == totals(taken, TERMS).total_minor - totals(sold, TERMS).total_minor


def test_both_halves_fit_one_group() -> None:
    """What could not be stored is refused before anybody pays for it."""
    check_size(LINES_MAX - 1, 1)
    with pytest.raises(Refusal, match="Refund first"):
        check_size(LINES_MAX, 1)


def test_each_half_names_the_other() -> None:
    """On paper one finds the other; the refund says that it was an exchange."""
    back, sale = exchanged(Cart().add(line(1, 2000)), Cart().add(line(2, 1500)))
    assert of_type(back, Sale)[0].reason == "exchange"
    by_exchange, cash = of_type(back, Payment)
    assert (by_exchange.amount_minor, by_exchange.reference) == (-1500, "S01-T01-000008")
    assert (cash.method, cash.amount_minor) == ("cash", -500)
    (taken,) = of_type(sale, Payment)
    assert (taken.amount_minor, taken.reference) == (1500, "S01-T01-000007")


def test_the_difference_is_rounded_to_coins_on_one_side_only() -> None:
    """What the exchange moves is exact; only the half with cash carries a rounding."""
    back, sale = exchanged(Cart().add(line(1, 1000)), Cart().add(line(2, 1502)), step=5)
    assert of_type(back, Sale)[0].rounding_minor == 0
    assert of_type(sale, Sale)[0].rounding_minor == -2


def test_an_exchange_has_two_sides_and_the_agreed_difference() -> None:
    """Nothing that comes back, nothing that is taken, or another difference is refused."""
    with pytest.raises(Refusal, match="returned items"):
        due_minor(0, 500)
    with pytest.raises(Refusal, match="bought"):
        due_minor(-500, 0)
    with pytest.raises(Refusal, match="changed"):
        split(Tender(100, EUR).pay_cash(), -500, 700)


def test_the_sale_keeps_the_tenders_id() -> None:
    """So that an exchange is stored once, whatever happens on the way."""
    tender = Tender(0, EUR, id=numbered_id(77))
    back, sale = split(tender, -500, 500)
    assert (back.id, sale.id) == ("", numbered_id(77))
    assert back.is_complete
    assert sale.is_complete

"""Putting a payment right after the sale was stored."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.cart import Cart
from localdb.domain.corrections import correct, effective
from localdb.domain.records import Payment
from localdb.domain.sale import complete
from localdb.domain.shift import Shift
from localdb.domain.tender import PAYMENTS_MAX, Tender
from localdb.domain.validate import problems
from localdb.errors import Refusal
from tests.localdb.domain.build import EUR, context, line, numbered_id, of_type

NEW_IDS = map(numbered_id, itertools.count(5_000_000))


def paid_by(tender: Tender) -> tuple[Payment, ...]:
    cart = Cart().add(line(1, tender.due_minor))
    return of_type(complete(cart, tender, context()), Payment)


def new_id() -> str:
    return next(NEW_IDS)


def test_cash_that_was_a_card() -> None:
    """The reversal mirrors the wrong payment, change and all; the new one stands in for it."""
    payments = paid_by(Tender(1250, EUR).pay_cash(2000))
    added = correct(payments, payments[0].id, Tender(1250, EUR).pay_card(None, "4711"), new_id)
    reversal, anew = added
    assert (reversal.method, reversal.amount_minor, reversal.change_minor) == ("cash", -1250, -750)
    assert (anew.method, anew.amount_minor, anew.reference) == ("card", 1250, "4711")
    assert {p.corrects for p in added} == {payments[0].id}
    assert [p.position for p in added] == [1, 2]
    assert effective((*payments, *added)) == (anew,)


def test_a_correction_can_be_corrected() -> None:
    """What stands in for a payment can be wrong too; what was replaced cannot be replaced again."""
    payments = paid_by(Tender(1000, EUR).pay_card(400).pay_cash())
    card = payments[0]
    payments += correct(payments, card.id, Tender(400, EUR).pay("wallet"), new_id)
    wallet = effective(payments)[-1]
    payments += correct(payments, wallet.id, Tender(400, EUR).pay_card(100).pay_cash(), new_id)
    assert [(p.method, p.amount_minor) for p in effective(payments)] == [
        ("cash", 600), ("card", 100), ("cash", 300),
    ]  # fmt: skip
    for gone in (card.id, wallet.id, payments[2].id, numbered_id(1)):
        with pytest.raises(Refusal, match="already"):
            correct(payments, gone, Tender(400, EUR).pay_card(), new_id)


def test_another_amount_is_refused() -> None:
    """A correction changes how it was paid, never how much."""
    payments = paid_by(Tender(1000, EUR).pay_cash())
    for tender in (Tender(1000, EUR).pay_card(999), Tender(900, EUR).pay_card()):
        with pytest.raises(Refusal, match="come to what"):
            correct(payments, payments[0].id, tender, new_id)


@pytest.mark.parametrize("tip", [0, 49, 51])
def test_a_tip_stays_as_it_was(tip: int) -> None:
    """The sale says what tip it brought, so its payments must go on saying the same."""
    payments = paid_by(Tender(1000, EUR).with_tip(50).pay_card())
    with pytest.raises(Refusal, match="tip must stay"):
        correct(payments, payments[0].id, Tender(1000, EUR).with_tip(tip).pay_cash(), new_id)


def test_corrections_of_a_sale_are_bounded() -> None:
    """Nobody corrects one sale for ever."""
    payments = paid_by(Tender(1000, EUR).pay_cash())
    card = Tender(1000, EUR).pay_card()
    while len(payments) < 2 * PAYMENTS_MAX - 1:
        payments += correct(payments, effective(payments)[0].id, card, new_id)
    right = effective(payments)[0].id
    with pytest.raises(Refusal, match="be changed again"):
        correct(payments, right, card, new_id)


methods = st.sampled_from(["cash", "card", "wallet", "coupon"])


@given(
    st.integers(2, 9000),
    st.lists(st.tuples(st.integers(0, 9), methods, methods), max_size=6),
    st.integers(0, 400),
)
def test_whatever_is_corrected_the_sums_stand(
    due: int, corrections: list[tuple[int, str, str]], tip: int
) -> None:
    """All records, those that count, and the shift's totals come to what was paid."""
    payments = paid_by(Tender(due, EUR).with_tip(tip).pay_card(due - 1).pay_cash())
    shift = Shift(id="s", opened_at_us=0, opened_by="u", float_minor=0).with_payments(payments)
    for at, first, second in corrections:
        counting = effective(payments)
        wrong = counting[at % len(counting)]
        tender = Tender(wrong.amount_minor, EUR).with_tip(wrong.tip_minor)
        if wrong.amount_minor > 1:
            tender = tender.pay(first, 1)
        # Not every method carries a tip.
        last = "card" if tender.tip_minor else second
        added = correct(payments, wrong.id, tender.pay(last), new_id)
        payments += added
        shift = shift.with_payments(added)
    assert sum(p.amount_minor for p in payments) == due
    assert sum(p.amount_minor for p in effective(payments)) == due
    assert sum(p.tip_minor for p in payments) == tip
    by_method: dict[str, int] = {}
    for payment in effective(payments):
        count = by_method.get(payment.method, 0)
        by_method[payment.method] = count + payment.amount_minor
    assert {m: n for m, n in shift.payments_minor.items() if n} == by_method
    assert all(not problems(Payment, payment.values()) for payment in payments)
